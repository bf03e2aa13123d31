"""The words about referrals: statuses and what may follow them, and why it did not work out. They are in the .yml here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Outcome = Literal["met", "unmet"]
Way = Literal["call", "request", "partner"]

OFFERED, CONTACTED, REQUESTED, ACCEPTED, WAITLISTED = "offered", "contacted", "requested", "accepted", "waitlisted"
GOT_HELP, NO_LONGER_NEEDED, UNKNOWN = "got_help", "no_longer_needed", "unknown"
NO_CAPACITY, NOT_ELIGIBLE = "no_capacity", "not_eligible"
COULDNT_CONTACT, COULDNT_GET_HELP = "couldnt_contact", "couldnt_get_help"


@dataclass(frozen=True)
class Status:
    """`meaning` by language, as the family reads it. `next` are the codes that may be said after it."""

    code: str
    meaning: dict[str, str]
    is_open: bool
    outcome: Outcome | None
    findhelp: str
    hl7: str | None
    next: frozenset[str]


@dataclass(frozen=True)
class Barrier:
    """`label` by language; `status` is what the referral is then; `checked`: staff are asked to look at the listing."""

    code: str
    label: dict[str, str]
    status: str
    checked: bool


@cache
def statuses() -> dict[str, Status]:
    """By code. Do not change it."""
    return {
        code: Status(
            code, row["meaning"], row["open"], row["outcome"], row["findhelp"], row["hl7"], frozenset(row["next"])
        )
        for code, row in _read("statuses.yml")["statuses"].items()
    }  # fmt: skip


@cache
def barriers() -> dict[str, Barrier]:
    """By code. Do not change it."""
    return {code: Barrier(code, **row) for code, row in _read("barriers.yml")["barriers"].items()}


@cache
def likely_barriers(way: str | None) -> tuple[Barrier, ...]:
    """The ones to choose from when somebody went about it in this way, likeliest first."""
    return tuple(barriers()[code] for code in _read("barriers.yml")["likely"][way or "call"])


@cache
def ways() -> dict[Way, dict[str, str]]:
    """How to go about it: the label of each way, by language. Do not change it."""
    return dict(_read("barriers.yml")["ways"])


@cache
def _read(name: str) -> Any:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
