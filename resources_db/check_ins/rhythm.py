"""The days of check-ins, counted from the day the children came home. Nothing but dates: hours are in resources_db/contacts."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Rhythm = Literal["steady", "light", "own"]

#: For so long anything is said at all; a week later Homeward says goodbye, and what remains available.
MONTHS = 12
_GOODBYE = timedelta(days=7)
#: (days, months) after the day they came home. Steady: weekly in the first month, every two weeks to the third, monthly to the
#: sixth, and twice more.
_WEEK = 7
_DAYS_AND_MONTHS: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "steady": (tuple(_WEEK * week for week in (1, 2, 3, 4, 6, 8, 10, 12)), (4, 5, 6, 9, 12)),
    "light": ((_WEEK,), (1, 3, 6, 12)),
}


@dataclass(frozen=True)
class Step:
    """Something to say on a day, or, where nobody can be reached on it, on the next on which they can be."""

    kind: Literal["check_in", "ending"]
    on: date


def steps(rhythm: str, every_days: int | None, home_on: date) -> Iterator[Step]:
    """All of a rhythm, in order; the last is the ending. every_days: of a rhythm of the family's own, at least 1."""
    end = months_after(home_on, MONTHS)
    if rhythm == "own":
        if not every_days or every_days < 1:
            raise ValueError("a rhythm of one's own has a number of days")
        dates = [home_on + timedelta(days=days) for days in range(every_days, (end - home_on).days + 1, every_days)]
    else:
        days, months = _DAYS_AND_MONTHS[rhythm]
        dates = [home_on + timedelta(days=count) for count in days] + [months_after(home_on, count) for count in months]
    yield from (Step("check_in", on) for on in dates)
    yield Step("ending", end + _GOODBYE)


def next_step(rhythm: str, every_days: int | None, home_on: date, after: date) -> Step | None:
    """The first step on a later day than `after`; None when the rhythm is over."""
    return next((step for step in steps(rhythm, every_days, home_on) if step.on > after), None)


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or the last of it where it has none: from January 31 to February 28 and March 31."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
