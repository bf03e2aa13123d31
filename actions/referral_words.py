"""What a family says in its own words about a place: that it will call, that it did, what came of it, and why not.

The words are in referral_words.yml. The model says that a message is about a referral; what it says of it is read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from resources_db.geo.names import plain
from resources_db.referrals.vocabulary import Barrier, Way, barriers, statuses

#: What is no status: how the family wants to go about it, that nothing happened yet, that a request is not to be sent.
CALL: Final = "call"
PARTNER: Final = "partner"
REQUEST: Final = "request"
NOT_YET, TAKE_BACK = "not_yet", "take_back"
#: In a message of so many words a single one of ours is all it says.
_SHORT = 3
_WAYS: tuple[Way, ...] = (CALL, PARTNER, REQUEST)


@dataclass(frozen=True)
class Heard:
    """`what` is a status, a barrier, or one of those above."""

    what: str

    @property
    def barrier(self) -> Barrier | None:
        return barriers().get(self.what)

    @property
    def way(self) -> Way | None:
        return next((way for way in _WAYS if way == self.what), None)

    @property
    def status(self) -> str | None:
        """What the referral is then; None where it stays what it is."""
        return self.barrier.status if self.barrier else self.what if self.what in statuses() else None


def heard(text: str) -> Heard | None:
    """What a message says of a place, or None. Where it says several things the first of the file counts."""
    words = re.findall(r"[a-z0-9]+", plain(text))
    said = " ".join(words)
    found = [(match.start(), match.end(), what) for what, at in _patterns().items() for match in at.finditer(said)]
    if len(words) > _SHORT:
        found = [(start, end, what) for start, end, what in found if " " in said[start:end]]
    meant = {what for start, end, what in found if not any(_covers(other, start, end, what) for other in found)}
    return next((Heard(what) for what in _patterns() if what in meant), None)


def _covers(other: tuple[int, int, str], start: int, end: int, what: str) -> bool:
    """Whether a longer phrase takes the meaning of this one; of a reason, which is clearer, only one that holds all of it."""
    other_start, other_end, _ = other
    if other_end - other_start <= end - start:
        return False
    holds = other_start <= start and end <= other_end
    return holds or what not in barriers() and other_start < end and start < other_end


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    listed = yaml.safe_load(Path(__file__).with_name("referral_words.yml").read_text(encoding="utf-8"))
    return {
        what: re.compile(r"\b(?:" + "|".join(sorted(map(_pattern, _all(of)), key=len, reverse=True)) + r")\b")
        for what, of in listed.items()
    }


def _all(languages: dict[str, list[str]]) -> set[str]:
    return {phrase for phrases in languages.values() for phrase in phrases}


def _pattern(phrase: str) -> str:
    return phrase.replace(" ~ ", r" (?:\w+ ){0,3}")
