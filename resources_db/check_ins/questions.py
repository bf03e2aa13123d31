"""What a check-in may ask: questions.yml, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FINE, SOME, HARD = "fine", "some", "hard"
#: Not answered this time; and not to be asked again. Kept as answers, so that what was asked is known.
SKIP, NEVER = "skip", "never"
#: How hard each answer says it is.
SEVERITY: Mapping[str, int] = {FINE: 0, SOME: 1, HARD: 2, SKIP: 0, NEVER: 0}
#: The item that asks how things are at all; what is hard then has still to be said.
GENERAL = "home"


@dataclass(frozen=True)
class Item:
    """One question. `topic` and `question` are keyed by language, `needs` by answer."""

    code: str
    factor: str
    instrument: str
    unprompted: bool
    needs: Mapping[str, tuple[str, ...]]
    topic: Mapping[str, str]
    question: Mapping[str, str]
    person: bool = False
    optional: bool = False

    def opened_by(self, answer: str) -> tuple[str, ...]:
        """The need codes that this answer opens."""
        return self.needs.get(answer, ())


@dataclass(frozen=True)
class Credit:
    """Whom a question's idea comes from."""

    name: str
    credit: str = field(repr=False)


@cache
def items() -> dict[str, Item]:
    """Every question by its code, in the order in which they are asked."""
    return {
        code: Item(code, **{**row, "needs": {answer: tuple(needs) for answer, needs in row["needs"].items()}})
        for code, row in _file()["items"].items()
    }


def item_of_need(need: str) -> Item | None:
    """The first question about this need: where "we are short on rent" belongs, whatever was asked."""
    return next((item for item in items().values() if need in item.opened_by(HARD)), None)


def factors() -> Mapping[str, Mapping[str, str]]:
    """The five protective factors of the CSSP by code, their names keyed by language."""
    found: Mapping[str, Mapping[str, str]] = _file()["factors"]
    return found


def instruments() -> dict[str, Credit]:
    """Where the questions come from, by code."""
    return {code: Credit(**row) for code, row in _file()["instruments"].items()}


@cache
def _file() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("questions.yml").read_text(encoding="utf-8"))
    return read
