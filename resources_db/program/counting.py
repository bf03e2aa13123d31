"""Counting what happens, in the transaction in which it happens; nothing of the family is written down with it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal, cast, get_args

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from resources_db.models.program_count import ProgramCount

Measure = Literal[
    "enrolled", "paused", "stopped", "finished", "opted_out",
    "check_in_said", "check_in_answered", "check_in_skipped", "check_in_missed",
    "need_found", "need_met", "need_unmet", "time_to_help",
    "referral", "request_sent", "call_asked", "call_made", "call_late", "person_asked",
]  # fmt: skip
"""`need_found`: a family said it needs this in a check-in or asked for it; `need_met`: it said it got help with it;
`need_unmet`: nothing was listed for it, or it said that nothing helped. `time_to_help`: from a referral to "got help".
`call_late`: the promised moment passed."""
MEASURES: tuple[Measure, ...] = get_args(Measure)

#: Classes of `time_to_help`: (longer than, name).
SPANS = ((timedelta(), "same day"), (timedelta(days=1), "1-3d"), (timedelta(days=3), "3-7d"), (timedelta(days=7), "1-2w"),
         (timedelta(days=14), "2-4w"), (timedelta(days=28), "over 4w"))  # fmt: skip

_counts = cast(Table, ProgramCount.__table__)


def count(
    session: Session, measure: Measure, now: datetime, *,
    site: str | None = None, need: str = "", zip: str | None = None, language: str = "", span: timedelta | None = None,
) -> None:  # fmt: skip
    """One more of `measure` in the week of `now` (UTC)."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    key = {
        "week": week_of(now), "site": site or "", "measure": measure, "need": need, "zip": zip or "", "language": language,
        "span": "" if span is None else span_of(span),
    }  # fmt: skip
    row = dialect.insert(_counts).values(**key, count=1)
    session.execute(row.on_conflict_do_update(index_elements=list(key), set_={"count": _counts.c.count + 1}))


def week_of(moment: datetime) -> date:
    """The Monday of its week."""
    day = moment.date()
    return day - timedelta(days=day.weekday())


def span_of(length: timedelta) -> str:
    """The class a time to help falls into."""
    return next(name for longer_than, name in reversed(SPANS) if length >= longer_than or longer_than == timedelta())
