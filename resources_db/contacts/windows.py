"""The hours in which a family may be written to: its own safe hours, and by text only while no quiet hours hold at its phone.

A moment is within safe hours when the family's clock says so, also on the days on which that clock is changed: an hour that is
skipped is not waited for, and of one that comes twice nothing outside is taken.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from resources_db.consent.quiet import allowed_until, next_allowed
from resources_db.errors import ResourcesError
from resources_db.sms.numbers import state_of, zones_of

MINUTES_A_DAY = 24 * 60
#: What is shorter cannot be kept by anybody who sends thousands of texts.
SHORTEST = timedelta(minutes=30)
#: Every pair of a weekday and a phone's hours comes round within a week, and the clock is changed on one day of it.
_AHEAD = 9
#: Nothing is planned for the end of a window, so that what is put off for a moment is still in time.
_KEPT_FREE = timedelta(minutes=15)


class NoSafeHours(ResourcesError):
    """No hour suits both the family and the rules for texts to its phone. `texts_from`, `texts_until`: when texts may arrive
    there, in minutes after midnight on the family's clock, on most days; safe hours that hold half an hour of that are fine."""

    def __init__(self, texts_from: int, texts_until: int) -> None:
        super().__init__(
            f"texts to this phone may arrive from {_clock(texts_from)} to {_clock(texts_until)} on the family's clock: "
            "choose safe hours in which half an hour of that lies, or check-ins on the web"
        )
        self.texts_from = texts_from
        self.texts_until = texts_until


@dataclass(frozen=True)
class SafeHours:
    """`start` and `end` in minutes after midnight on the clock of `time_zone` (an IANA name), the end not included; on
    `weekdays`, digits with 0 for Monday. `family` is any text of its own that spreads families over the window."""

    time_zone: str
    start: int
    end: int
    weekdays: str = "0123456"
    family: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Window(NamedTuple):
    """In UTC; at `end` nothing may be said any more."""

    start: datetime
    end: datetime


def next_moment(hours: SafeHours, not_before: datetime, number: str | None) -> tuple[datetime, datetime]:
    """When to say something, `not_before` or later, and the end of the window in which that lies; in UTC.

    Each family has its own place in a window, so that thousands are not due in the same second. number: the phone's, in
    E.164, for what goes there by text; None on the web. Raises NoSafeHours.
    """
    for window in windows(hours, not_before, number):
        room = window.end - window.start - _free(window)
        own = (window.start + room * _place(hours.family)).replace(microsecond=0)
        moment = max(own, not_before.astimezone(timezone.utc))
        if moment <= window.end - _free(window):
            return moment, window.end
    raise _explained(hours, not_before, number)


def window_at(hours: SafeHours, moment: datetime, number: str | None) -> Window | None:
    """The window in which `moment` lies, if there is still time in it to say something."""
    window = next(windows(hours, moment, number), None)
    return window if window and window.start <= moment <= window.end - _free(window) / 3 else None


def windows(hours: SafeHours, since: datetime, number: str | None) -> Iterator[Window]:
    """The windows of about a week that end after `since`, in order; none shorter than SHORTEST."""
    zones, state = (zones_of(number), state_of(number)) if number else ((), None)
    today = since.astimezone(hours.zone).date()
    for day in (today + timedelta(days=ahead) for ahead in range(_AHEAD)):
        if str(day.weekday()) not in hours.weekdays:
            continue
        for window in _of_day(day, hours.time_zone, hours.start, hours.end, zones if number else None, state):
            if window.end > since and window.end - window.start >= SHORTEST:
                yield window


@lru_cache(maxsize=4096)
def _of_day(
    day: date, time_zone: str, start: int, end: int, phone_zones: tuple[str, ...] | None, state: str | None
) -> tuple[Window, ...]:
    """phone_zones: None on the web, where nobody is woken."""
    begin, until = _span(day, start, end, ZoneInfo(time_zone))
    if phone_zones is None:
        return (Window(begin, until),) if begin < until else ()
    found: list[Window] = []
    while begin < until:
        begin = next_allowed(begin, phone_zones, state)
        if begin < until:
            found.append(Window(begin, min(until, allowed_until(begin, phone_zones, state))))
            begin = found[-1].end
    return tuple(found)


def _span(day: date, start: int, end: int, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From and to the moments at which the clock of that day shows these minutes. Where it shows one twice, only what lies
    within both ways to read it, if anything does."""
    begin, until = _shown(day, start, zone, fold=1), _shown(day, end, zone, fold=0)
    return begin, until if begin < until else _shown(day, end, zone, fold=1)


def _shown(day: date, minutes: int, zone: ZoneInfo, *, fold: int) -> datetime:
    """When the clock shows so many minutes after midnight; where it skips them, when it does that."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    early, late = (wall.replace(tzinfo=zone, fold=which).astimezone(timezone.utc) for which in (1, 0))
    if early >= late:  # shown once or, where the clock is set back, twice: then 1 is the later
        return early if fold else late
    before = early.astimezone(zone).utcoffset()
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if middle.astimezone(zone).utcoffset() == before else (early, middle)
    return late.replace(microsecond=0)


def _free(window: Window) -> timedelta:
    return min(_KEPT_FREE, (window.end - window.start) / 4)


def _place(family: str) -> float:
    """From 0 to 1, always the same for a family."""
    return int.from_bytes(hashlib.blake2b(family.encode(), digest_size=4).digest(), "big") / 2**32


def _explained(hours: SafeHours, since: datetime, number: str | None) -> NoSafeHours:
    whole_day = SafeHours(hours.time_zone, 0, MINUTES_A_DAY)
    longest = max(windows(whole_day, since + timedelta(days=1), number), key=lambda window: window.end - window.start)
    first, last = (_minutes(moment.astimezone(hours.zone)) for moment in longest)
    return NoSafeHours(first, last or MINUTES_A_DAY)


def _minutes(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"
