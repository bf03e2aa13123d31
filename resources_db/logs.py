"""Logs that cannot carry what families write.

The text of an exception may: a database driver quotes the row it could not store, an HTTP parser the line it could not
read. So of an exception only its kind and the places in the code are written down, whoever logs it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class DiscreetFormatter(logging.Formatter):
    """Writes `KeyError in file.py:12 handler, …` where Python would write the exception's text."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        kept, record.exc_text = record.exc_text, None  # what another formatter made of it is not for us
        try:
            return super().format(record)
        finally:
            record.exc_text = kept

    def formatMessage(self, record: logging.LogRecord) -> str:
        # nothing that was sent to us can begin a line of its own, or speak to a terminal
        return _CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", super().formatMessage(record))

    def formatException(self, ei: ExcInfo) -> str:
        return describe(ei[1]) if ei[1] else ""

    def formatStack(self, stack_info: str) -> str:
        return ""


def describe(error: BaseException) -> str:
    """The kind of an exception, and of those it came from, with the places in our code that led to each."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < 5:
        frames = traceback.extract_tb(current.__traceback__)
        telling = [f for f in frames[:-1] if "/lib/python" not in f.filename][-5:] + frames[-1:]
        places = ", ".join(f"{'/'.join(Path(f.filename).parts[-2:])}:{f.lineno} {f.name}" for f in telling)
        parts.append(f"  {type(current).__module__}.{type(current).__qualname__} in {places or 'no place'}")
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\n".join(parts)


def set_up_logging(level: int = logging.WARNING) -> None:
    """Send what is logged to stderr, discreetly. To be called first thing in a process."""
    handler = logging.StreamHandler()
    handler.setFormatter(DiscreetFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)


def log_loop_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Let what goes wrong in nobody's hands on this loop be logged by its kind alone: asyncio would print the task."""

    def handle(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        exc_info = (type(error), error, error.__traceback__) if isinstance(error, BaseException) else None
        logging.getLogger("asyncio").error("%s", context.get("message", "an error"), exc_info=exc_info)

    loop.set_exception_handler(handle)
