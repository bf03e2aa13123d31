"""What happened in a turn that Rasa itself does not tell its channel."""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Turn:
    """`failed` are actions that could not be run; `language` is the conversation's, once its tracker was saved."""

    failed: list[str] = field(default_factory=list)
    language: str | None = None


_turn: contextvars.ContextVar[Turn | None] = contextvars.ContextVar("turn", default=None)


@contextlib.contextmanager
def noting() -> Iterator[Turn]:
    """Notes made inside the block, by whatever runs in it, are in the Turn it yields."""
    turn = Turn()
    token = _turn.set(turn)
    try:
        yield turn
    finally:
        _turn.reset(token)


def note_failure(action: str) -> None:
    if turn := _turn.get():
        turn.failed.append(action)


def note_language(language: str | None) -> None:
    if turn := _turn.get():
        turn.language = language
