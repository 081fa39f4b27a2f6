"""PDFs: a template and data, typeset by Typst in a process of its own.

Setting a document takes memory and seconds. In a process of its own the memory goes back when it
is done, a limit ends nothing but that document, and the server answers others meanwhile. Data are
JSON that the template reads; they are never taken for markup, whatever is in them.

The fonts are Noto Sans for most scripts (packages of their own, under the SIL Open Font License),
and none of the machine's, so that a document looks the same wherever it is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

FONT_PACKAGES: Final = ("manimgx_fonts", "manimgx_fonts_cjk")
LONGEST_SECONDS: Final = 120
# Of addresses; what is resident is about half of it.
MOST_BYTES: Final = 3 * 1024**3
_DOES_NOT_FIT: Final = 3

# Two at once would only wait for each other's processor, and take twice the memory.
_one_at_a_time: asyncio.Lock | None = None


class DoesNotFit(Exception):
    """The document takes more memory or time than one may."""


class _Order(msgspec.Struct):
    """What the process is told."""

    template: str
    data: str
    made_at: datetime
    most_bytes: int


async def typeset(template: str, data: object) -> bytes:
    """The PDF that a Typst template makes of data, which it reads as ``sys.inputs.data``.

    It follows PDF/UA-1, for readers of screens, unless it holds a character that no font has.
    Raises DoesNotFit.
    """
    global _one_at_a_time
    _one_at_a_time = _one_at_a_time or asyncio.Lock()
    order = msgspec.json.encode(
        _Order(
            template=template,
            data=msgspec.json.encode(data).decode(),
            made_at=datetime.now(UTC).replace(microsecond=0),
            most_bytes=MOST_BYTES,
        )
    )
    async with _one_at_a_time:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __name__),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_environment(),
        )
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                document, complaint = await process.communicate(order)
        except TimeoutError as error:
            raise DoesNotFit from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    # A negative code is that of a signal: Typst aborts where it gets no memory.
    if process.returncode == _DOES_NOT_FIT or (process.returncode or 0) < 0:
        raise DoesNotFit
    if process.returncode:
        raise RuntimeError(f"Typesetting ended with {process.returncode}: {complaint.decode()}")
    return document


def _environment() -> dict[str, str]:
    """This process's environment, without anything that is not a matter of typesetting."""
    kept = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "LANG")
    return {name: os.environ[name] for name in kept if name in os.environ}


# In the process of its own ----------------------------------------------------------------------


def main() -> int:
    """Read an order from standard input, write the PDF to standard output."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=_Order)
    _keep_within(order.most_bytes)
    try:
        document = _document(order)
    except MemoryError:
        return _DOES_NOT_FIT
    sys.stdout.buffer.write(document)
    return 0


def _document(order: _Order) -> bytes:
    # Imported where it is needed: the server does without its 80 MB.
    import typst

    compiler = typst.Compiler(
        font_paths=typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[_directory_of(package) for package in FONT_PACKAGES],
        ),
        ignore_system_fonts=True,
        sys_inputs={"data": order.data},
    )
    template = order.template.encode()
    try:
        document = compiler.compile(input=template, pdf_standards=["ua-1"], timestamp=order.made_at)
    except typst.TypstError:
        # The standard forbids a character that cannot be shown; a box in its place must do.
        document = compiler.compile(input=template, timestamp=order.made_at)
    assert isinstance(document, bytes)
    return document


def _directory_of(package: str) -> Path:
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _keep_within(most_bytes: int) -> None:
    if sys.platform != "win32":
        import resource

        os.nice(5)
        resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))
        # No image of the memory, which holds people's names, is left behind by an abort.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
