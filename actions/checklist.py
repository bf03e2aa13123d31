"""The coming-home list: what many families need when their kids come home, asked one thing at a time.

Plain state and reading of coming_home.yml; the conversation about it is in coming_home.py. The slot `coming_home` holds
the state, so the list waits through other searches, a crisis or a reload, and can be taken up again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from resources_db.geo.names import plain

SLOT = "coming_home"

NEED, HAVE, SKIP = "need", "have", "skip"


@dataclass(frozen=True)
class Item:
    """One thing on the list. `name` and `question` are keyed by language; `words` narrow the search."""

    code: str
    needs: tuple[str, ...]
    name: dict[str, str]
    question: dict[str, str]
    words: str | None = None

    def is_named_by(self, text: str) -> bool:
        """Whether a message is nothing but words of the item's name, and perhaps a number: "beds", "camas 92701"."""
        named = set(_letters(" ".join(self.name.values())))
        said = _letters(text)
        return bool(said) and named.issuperset(said)


@cache
def items() -> dict[str, Item]:
    """The list by its codes, in its order."""
    return {code: Item(code, **{**row, "needs": tuple(row["needs"])}) for code, row in _file()["items"].items()}


def tells_the_news(text: str) -> bool:
    """Whether a message says, beside whatever it asks for, that children come home."""
    return all(pattern.search(plain(text)) for pattern in _news())


def _letters(text: str) -> list[str]:
    return re.findall(r"[a-z]+", plain(text))


@cache
def _news() -> tuple[re.Pattern[str], ...]:
    lists = ([phrase for phrases in part.values() for phrase in phrases] for part in _file()["news"].values())
    return tuple(re.compile(r"\b(?:" + "|".join(map(re.escape, phrases)) + r")\b") for phrases in lists)


@cache
def _file() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("coming_home.yml").read_text(encoding="utf-8"))
    return content


@dataclass(frozen=True)
class Checklist:
    """How far a family has come. `answers` are need, have or skip by item; `found` the service_at_location ids shown for
    an item, none if nothing was found. `offered`: never offer it again by itself; `waits`: it was left in the middle, and
    the family was not yet told that it is still here."""

    answers: dict[str, str] = field(default_factory=dict)
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    offered: bool = False
    place_asked: bool = False
    waits: bool = False

    @property
    def next(self) -> Item | None:
        """The first item without an answer."""
        return next((item for item in items().values() if item.code not in self.answers), None)

    @property
    def wanted(self) -> tuple[Item, ...]:
        return tuple(item for item in items().values() if self.answers.get(item.code) == NEED)

    @property
    def unserved(self) -> tuple[Item, ...]:
        """Wanted, and not looked for yet."""
        return tuple(item for item in self.wanted if item.code not in self.found)

    def answered(self, code: str, answer: str) -> Checklist:
        return replace(self, answers={**self.answers, code: answer})

    def served(self, code: str, ids: Iterable[str]) -> Checklist:
        return replace(self, found={**self.found, code: tuple(ids)})

    def as_slot(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_slot(cls, value: dict[str, Any] | None) -> Checklist:
        if not value:
            return cls()
        known = {code: tuple(ids) for code, ids in value["found"].items() if code in items()}
        answers = {code: answer for code, answer in value["answers"].items() if code in items()}
        return cls(**{**value, "answers": answers, "found": known})


def position(code: str) -> int:
    """The item's number, from 1."""
    return list(items()).index(code) + 1


def needs_of(wanted: Iterable[Item]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(need for item in wanted for need in item.needs))


def already_asked_for(needs: Iterable[str]) -> str | None:
    """The item that says the same as these needs, if one does: there is no use in asking it again."""
    same = [item.code for item in items().values() if item.needs == tuple(needs)]
    return same[0] if len(same) == 1 else None
