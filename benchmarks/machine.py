"""What a report says of the machine it was made on, and how much of it others were using."""

from __future__ import annotations

import os
import platform
import re
import statistics
import tempfile
import time
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_SAMPLE_SECONDS = 0.5


def description() -> str:
    """Processor, cores and memory in a line; nothing that names the machine."""
    model = re.search(r"^model name\s*: (.+)$", _read("/proc/cpuinfo"), re.MULTILINE)
    total = re.search(r"^MemTotal:\s+(\d+) kB$", _read("/proc/meminfo"), re.MULTILINE)
    memory = f", {int(total[1]) / 1024**2:.0f} GiB memory" if total else ""
    processor = model[1].strip() if model else platform.machine()
    return f"{len(os.sched_getaffinity(0))} cores ({processor}){memory}, {platform.system()}"


def busy_seconds() -> float:
    """The processor time that all programs together have used since the machine started."""
    fields = [int(field) for field in _read("/proc/stat").splitlines()[0].split()[1:]]
    user, nice, system, _, _, interrupts, soft_interrupts = fields[:7]
    return (user + nice + system + interrupts + soft_interrupts) / _TICKS_PER_SECOND


def wait_until_quiet(cores: float, patience_seconds: float) -> None:
    """Wait until all programs together use less than so many cores, or patience ends."""
    deadline = time.monotonic() + patience_seconds
    while time.monotonic() < deadline:
        before = busy_seconds()
        time.sleep(_SAMPLE_SECONDS)
        if (busy_seconds() - before) / _SAMPLE_SECONDS < cores:
            return


def durable_write_milliseconds(directory: Path) -> float:
    """How long the disk takes to make a small write durable (median of 50)."""
    times = []
    with tempfile.TemporaryFile(dir=directory) as file:
        for _ in range(50):
            started = time.perf_counter()
            file.write(b"x" * 512)
            file.flush()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - started)
    return statistics.median(times) * 1000


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""
