"""Which question comes next: what was hard last time first, then what was not asked for longest; never one twice in a row
unless it was hard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.check_ins.questions import HARD, NEVER, Item, items
from resources_db.models.check_in import CheckInAnswer, ScheduledContact

#: Questions of one check-in, at most.
MOST = 2


@dataclass(frozen=True)
class Known:
    """What is known of one family: of each item the last answer and its moment, and when it was last asked. `last` were asked
    in the check-in before, `now` in this one."""

    answers: Mapping[str, tuple[str, datetime]] = field(default_factory=dict)
    asked: Mapping[str, datetime] = field(default_factory=dict)
    last: frozenset[str] = frozenset()
    now: frozenset[str] = frozenset()

    def was_hard(self, code: str) -> bool:
        return code in self.answers and self.answers[code][0] == HARD


def known_of(session: Session, conversation_id: str, contact_id: str) -> Known:
    """What this family was asked and answered, in the check-in `contact_id` and before."""
    contacts = session.execute(
        select(ScheduledContact.id, ScheduledContact.item, ScheduledContact.said_at)
        .where(
            ScheduledContact.conversation_id == conversation_id,
            ScheduledContact.kind == "check_in",
            ScheduledContact.said_at.is_not(None),
        )
        .order_by(ScheduledContact.said_at)
    ).all()
    answers = session.execute(
        select(CheckInAnswer.contact_id, CheckInAnswer.item, CheckInAnswer.answer, CheckInAnswer.at)
        .where(CheckInAnswer.conversation_id == conversation_id)
        .order_by(CheckInAnswer.at)
    ).all()
    latest = {row.item: (row.answer, row.at) for row in answers}
    asked = {row.item: row.said_at for row in contacts if row.item}
    for row in answers:
        asked[row.item] = max(row.at, asked.get(row.item, row.at))
    before = next((row.id for row in reversed(contacts) if row.id != contact_id), None)
    of = {
        which: frozenset(
            {row.item for row in contacts if row.id == which and row.item}
            | {row.item for row in answers if row.contact_id == which}
        )
        for which in (before, contact_id)
    }
    return Known(latest, asked, of[before], of[contact_id])


def next_item(known: Known, *, unprompted: bool) -> Item | None:
    """The question to ask now, or None when this check-in had its two. `unprompted`: nobody has written yet."""
    if len(known.now) >= MOST:
        return None
    open_to = [item for item in items().values() if _may_ask(known, item, unprompted)]
    hard = [item for item in open_to if known.was_hard(item.code)]
    if hard:
        return min(hard, key=lambda item: known.answers[item.code][1])
    rested = [item for item in open_to if item.code not in known.last]
    return _longest_ago(known, rested or open_to)


def is_again(known: Known, item: Item) -> bool:
    """Whether to ask as after a hard time: "last time … was hard"."""
    return known.was_hard(item.code)


def _may_ask(known: Known, item: Item, unprompted: bool) -> bool:
    if item.code in known.now or unprompted and not item.unprompted:
        return False
    return known.answers.get(item.code, ("", None))[0] != NEVER


def _longest_ago(known: Known, some: Iterable[Item]) -> Item | None:
    """Among those never asked, the first of questions.yml."""
    ordered = sorted(some, key=lambda item: (item.code in known.asked, known.asked.get(item.code, datetime.min)))
    return ordered[0] if ordered else None
