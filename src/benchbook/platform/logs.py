"""Logs: one JSON object a line (pretty on a terminal), with the request's id in each.

No personal data: no bodies, no query strings, no addresses; a request is one event with its
method, route template, status and duration.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import structlog


def configure_logs(*, level: str, style: str) -> None:
    """Set up logging for the whole process.

    ``style`` is ``json``, ``pretty`` or ``auto`` (pretty when standard error is a terminal).
    """
    pretty = style == "pretty" or (style == "auto" and sys.stderr.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    tracebacks = structlog.processors.ExceptionRenderer(_places_alone)
    renderer: list[Any] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if pretty
        else [tracebacks, structlog.processors.JSONRenderer()]
    )
    # There is an event a request, and the way through the logging module would be a tenth of the
    # request's cost: our own JSON goes past it, to the same place.
    ours = [*shared, tracebacks, structlog.processors.JSONRenderer(_encode)]
    factory: Any = structlog.WriteLoggerFactory(sys.stderr)
    if pretty:
        ours = [*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter]
        factory = structlog.stdlib.LoggerFactory()
    structlog.configure(
        processors=ours,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=factory,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio", "litestar"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)


_transform = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)


def _places_alone(exc_info: Any) -> list[dict[str, Any]]:
    """A traceback as the exceptions' types and where they were raised, and nothing more.

    Messages are left out, and so are variables: either may hold a name, an address or a password
    (PostgreSQL repeats the offending row, Python the value that it could not read).
    """
    return [_place(stack) for stack in _transform(exc_info)]


def _place(stack: dict[str, Any]) -> dict[str, Any]:
    place = {"exc_type": stack["exc_type"], "frames": stack["frames"]}
    if stack.get("exceptions"):
        place["exceptions"] = [[_place(inner) for inner in group] for group in stack["exceptions"]]
    return place


def _encode(event: dict[str, Any], *, default: Callable[[Any], Any]) -> str:
    return msgspec.json.encode(event, enc_hook=default).decode()


def get_logger() -> Any:
    """A structured logger: ``logger.info("event_name", key=value)``."""
    return structlog.stdlib.get_logger("benchbook")
