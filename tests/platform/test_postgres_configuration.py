"""What PostgreSQL takes of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbook.platform.embedded_postgres import configuration
from benchbook.platform.embedded_postgres.configuration import memory_bytes, settings_text

MB = 1024**2


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("memory", "buffers"),
    [(0, "128MB"), (300 * MB, "128MB"), (1024 * MB, "256MB"), (512 * 1024 * MB, "2048MB")],
)
def test_buffers_are_a_quarter_of_the_memory_within_bounds(
    memory: int, buffers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configuration, "memory_bytes", lambda: memory)
    assert f"shared_buffers = '{buffers}'" in settings_text(18, {}).splitlines()


def test_what_the_caller_says_of_buffers_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configuration, "memory_bytes", lambda: 4096 * MB)
    assert "shared_buffers = '64MB'" in settings_text(18, {"shared_buffers": "64MB"}).splitlines()


def test_memory_is_the_machines_where_nothing_holds_the_process_to_less(tmp_path: Path) -> None:
    everything = memory_bytes(tmp_path)
    assert everything > 64 * MB
    put(tmp_path / "proc/self/cgroup", "0::/a/b\n")
    put(tmp_path / "sys/fs/cgroup/a/b/memory.max", "max\n")
    assert memory_bytes(tmp_path) == everything


@pytest.mark.parametrize(
    ("groups", "limits"),
    [
        # A service, of which the slice has the limit.
        ("0::/lab.slice/benchbook.service\n", ["lab.slice/memory.max"]),
        ("0::/lab.slice/benchbook.service\n", ["lab.slice/benchbook.service/memory.max"]),
        # A container that sees its own group as the first one, under whatever name.
        ("0::/\n", ["memory.max"]),
        ("0::/docker/0123\n", ["memory.max"]),
        # Version 1.
        ("5:cpu:/x\n4:hugetlb,memory:/docker/0123\n", ["memory/memory.limit_in_bytes"]),
        ("4:memory:/x\n", ["memory/x/memory.limit_in_bytes"]),
    ],
)
def test_memory_is_what_the_control_group_is_held_to(
    tmp_path: Path, groups: str, limits: list[str]
) -> None:
    put(tmp_path / "proc/self/cgroup", groups)
    for limit in limits:
        put(tmp_path / "sys/fs/cgroup" / limit, f"{50 * MB}\n")
    assert memory_bytes(tmp_path) == 50 * MB
