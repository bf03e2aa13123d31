"""When a place is open: HSDS schedule rows (RFC 5545 pieces) answered as open, closed or unknown.

Nothing is guessed. A rule we cannot read, a place without a time zone, or words instead of times give
"unknown", because a family who is told "closed" will not call and one who is told "open" will take a bus.
Hours are wall-clock hours of the place, so a change to or from daylight saving time moves nothing;
a wall-clock time that occurs twice or never that night is read as RFC 5545 section 3.3.5 says.

On a date with a closure the usual rules do not begin. Hours that began the evening before still run to their
end, past midnight: they belong to the day they began on, as everywhere here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from functools import cached_property, lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

OpenState = Literal["open", "closed", "unknown"]

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY_MINUTES = 24 * 60
# "By appointment only", "Appointment required", "Solo con cita previa": a description that says this and nothing else.
APPOINTMENT = (
    r"(?:please )?(?:call )?(?:by|with|for|to make) (?:an? )?(?:appointments?|appts?\.?)(?: only)?|"
    r"(?:an? )?(?:appointments?|appts?\.?)(?: (?:is|are))?(?: (?:only|required|needed|necessary))?|"
    r"(?:(?:s[oó]lo|solamente|[uú]nicamente) )?(?:con|por|bajo|llam[ae] para (?:hacer )?una) (?:previa )?cita(?: previa)?|"
    r"(?:se (?:requiere|necesita) )?(?:previa cita|cita previa)"
)
_APPOINTMENT = re.compile(APPOINTMENT)
_BYDAY = re.compile(r"([+-]?[1-5])?(MO|TU|WE|TH|FR|SA|SU)")
_CLOCK = re.compile(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?")
_ONE_DAY = timedelta(days=1)
# Covers what happens once a year; nobody plans a trip for longer ahead.
_FAR = timedelta(days=400)
# Where counting occurrences gives up: such a rule ends later than anybody plans.
_COUNT_DAYS = 366 * 20


@dataclass(frozen=True)
class OpeningRule:
    """One HSDS schedule row, its values as they are stored. Times are local to the place.

    A rule without times, days or dates is a note: its `description` is shown and nothing is computed.
    `closes_at` before `opens_at` means the next morning; 23:59 and 24:00 both mean midnight, and from midnight
    to midnight is the whole day. `until` and `count` end the recurrence, so afterwards it is closed; `valid_to`
    ends what the directory vouches for, so afterwards nothing is known.

    `byweekno` and `byyearday` leave the days unknown: RFC 5545 gives them no meaning in a weekly or monthly
    rule, and who writes "2,4" there may mean weeks of the month.
    """

    freq: str | None = None
    byday: str | None = None
    opens_at: str | None = None
    closes_at: str | None = None
    interval: int | None = None
    dtstart: date | None = None
    until: date | None = None
    count: int | None = None
    wkst: str | None = None
    bymonthday: str | None = None
    byweekno: str | None = None
    byyearday: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    description: str | None = None
    notes: str | None = None
    attending_type: str | None = None
    schedule_link: str | None = None

    @property
    def is_note(self) -> bool:
        return not (self.freq or self.byday or self.bymonthday or self.opens_at or self.closes_at)

    @cached_property
    def by_appointment(self) -> bool:
        """Whether the description says that one has to make an appointment, and nothing else."""
        words = " ".join((self.description or "").lower().split()).strip(" .!*()")
        return _APPOINTMENT.fullmatch(words) is not None

    @cached_property
    def every(self) -> int:
        return int(self.interval or 1)

    @cached_property
    def weekdays(self) -> tuple[tuple[int, int], ...] | None:
        """(nth, weekday) pairs, nth 0 meaning every such day; None when `byday` cannot be read."""
        parts = [part.strip().upper() for part in (self.byday or "").split(",") if part.strip()]
        matches = [_BYDAY.fullmatch(part) for part in parts]
        if not all(matches):
            return None
        return tuple((int(m[1] or 0), WEEKDAYS.index(m[2])) for m in matches if m)

    @cached_property
    def month_days(self) -> tuple[int, ...] | None:
        """Days of the month, negative ones from its end; None when `bymonthday` cannot be read."""
        try:
            days = tuple(int(part) for part in (self.bymonthday or "").split(",") if part.strip())
        except ValueError:
            return None
        return days if all(1 <= abs(day) <= 31 for day in days) else None

    @cached_property
    def readable(self) -> bool:
        """Whether we know for certain on which days this rule falls."""
        if self.weekdays is None or self.month_days is None or self.every < 1 or (self.count or 0) < 0:
            return False
        if self.byweekno or self.byyearday or (self.wkst or "MO") not in WEEKDAYS:
            return False
        if (self.every > 1 or self.count) and not self.dtstart:
            return False
        if self.freq == "WEEKLY":
            plain = not self.month_days and all(nth == 0 for nth, _ in self.weekdays)
            return plain and bool(self.weekdays or self.dtstart)
        if self.freq == "MONTHLY":
            return bool(self.weekdays or self.month_days or self.dtstart)
        return not (self.freq or self.weekdays or self.month_days) and self.dtstart is not None

    @cached_property
    def minutes(self) -> tuple[int, int] | None:
        """(start, end) in minutes from the day's midnight, end up to two days later; None if not told."""
        return _minutes(self.opens_at, self.closes_at)

    def in_force(self, day: date) -> bool:
        """Whether the directory vouches for this rule on that day."""
        return not (self.valid_from and day < self.valid_from) and not (self.valid_to and day > self.valid_to)

    def falls_on(self, day: date) -> bool:
        """Whether a readable rule has an occurrence that begins on that day."""
        if self.dtstart and day < self.dtstart:
            return False
        if self.last_day and day > self.last_day:
            return False
        return self.in_force(day) and self._repeats_on(day)

    @cached_property
    def last_day(self) -> date | None:
        if not (self.count and self.dtstart):
            return self.until
        left = int(self.count)
        for offset in range(_COUNT_DAYS):
            day = self.dtstart + timedelta(days=offset)
            left -= self._repeats_on(day)
            if not left:
                return min(day, self.until) if self.until else day
        return self.until

    def _repeats_on(self, day: date) -> bool:
        start = self.dtstart
        if self.freq == "WEEKLY":
            if self.weekdays:
                if (0, day.weekday()) not in self.weekdays:
                    return False
            elif start and day.weekday() != start.weekday():
                return False
            return self.every == 1 or start is None or self._weeks_since(start, day) % self.every == 0
        if self.freq == "MONTHLY":
            if start and (12 * (day.year - start.year) + day.month - start.month) % self.every:
                return False
            if self.month_days and not {day.day, day.day - _month_length(day) - 1} & set(self.month_days):
                return False
            if self.weekdays:
                return any(_is_nth(day, nth, weekday) for nth, weekday in self.weekdays)
            return bool(self.month_days) or (start is not None and day.day == start.day)
        return day == start

    def _weeks_since(self, start: date, day: date) -> int:
        first = WEEKDAYS.index(self.wkst or "MO")
        week = day - timedelta(days=(day.weekday() - first) % 7)
        return (week - (start - timedelta(days=(start.weekday() - first) % 7))).days // 7


@dataclass(frozen=True)
class Closure:
    """Dates, both included, on which a place is closed or has these hours instead of its usual ones.

    One row of holiday_schedule. Neither closed nor with hours means only that the usual hours do not hold.
    """

    start_date: date
    end_date: date
    closed: bool = True
    opens_at: str | None = None
    closes_at: str | None = None
    description: str | None = None

    @cached_property
    def minutes(self) -> tuple[int, int] | None:
        """As of OpeningRule: the hours on each of these days; None when closed or not told."""
        return None if self.closed else _minutes(self.opens_at, self.closes_at)

    def covers(self, day: date) -> bool:
        return self.start_date <= day <= self.end_date


def open_state(
    rules: Sequence[OpeningRule],
    at: datetime,
    tz: str | None,
    closed: bool = False,
    closures: Sequence[Closure] = (),
) -> OpenState:
    """Is a place with these hours open at an (aware) moment? `closed` is for places closed for now.

    Unknown: no rules in force, only notes, a rule that might apply but cannot be read, or no time zone
    (unless the place never closes, which is true in every zone). A closure is certain whatever the rules.
    """
    if closed:
        return "closed"
    zone = _zone(tz)
    if zone is None:
        # Wherever on earth it is, it is one of these days there.
        utc_day = at.astimezone(timezone.utc).date()
        days = (utc_day - _ONE_DAY, utc_day, utc_day + _ONE_DAY)
        always = all(never_closes(rules, day) and not _on(closures, day) for day in days)
        return "open" if always else "unknown"
    today = at.astimezone(zone).date()
    for day in (today, today - _ONE_DAY):
        if any(start <= at < end for start, end in _spans(rules, day, zone, closures)):
            return "open"
    if special := _on(closures, today):
        return "closed" if _shut(special) or all(closure.minutes for closure in special) else "unknown"
    in_force = [rule for rule in rules if not rule.is_note and rule.in_force(today)]
    told = all(rule.readable and (rule.minutes or not rule.falls_on(today)) for rule in in_force)
    return "closed" if in_force and told else "unknown"


def state_on(rules: Sequence[OpeningRule], day: date, closures: Sequence[Closure] = ()) -> OpenState:
    """Does a place with these hours open at any time on that day (of its own calendar)?"""
    if special := _on(closures, day):
        if _shut(special):
            return "closed"
        return "open" if any(closure.minutes for closure in special) else "unknown"
    in_force = [rule for rule in rules if not rule.is_note and rule.in_force(day)]
    if any(rule.readable and rule.falls_on(day) for rule in in_force):
        return "open"
    return "closed" if in_force and all(rule.readable for rule in in_force) else "unknown"


def next_open(
    rules: Sequence[OpeningRule],
    at: datetime,
    tz: str | None,
    within: timedelta = _FAR,
    closures: Sequence[Closure] = (),
) -> datetime | None:
    """The first moment from `at` on when the place is known to be open, in its own zone; `at` if it is.

    None when there is none that we know of within the time given.
    """
    zone = _zone(tz)
    if zone is None:
        return None
    day = at.astimezone(zone).date() - _ONE_DAY
    last = (at + within).astimezone(zone).date()
    while day <= last:
        starts = [max(start, at) for start, end in _spans(rules, day, zone, closures) if end > at]
        if starts:
            first = min(starts)
            return first.astimezone(zone) if first <= at + within else None
        day += _ONE_DAY
    return None


def open_until(
    rules: Sequence[OpeningRule],
    at: datetime,
    tz: str | None,
    closures: Sequence[Closure] = (),
) -> datetime | None:
    """When a place that is open at `at` closes next, in its own zone; None if not open or not that week."""
    zone = _zone(tz)
    if zone is None:
        return None
    first = at.astimezone(zone).date() - _ONE_DAY
    close = at
    for day in (first + timedelta(days=n) for n in range(9)):
        for start, end in _spans(rules, day, zone, closures):
            if start <= close < end:
                close = end
    return close.astimezone(zone) if at < close < at + timedelta(days=7) else None


def never_closes(rules: Sequence[OpeningRule], day: date) -> bool:
    """Open around the clock every day of the week, by the usual rules in force on that day."""
    whole_days = {
        weekday
        for rule in rules
        if rule.freq == "WEEKLY"
        and rule.readable
        and rule.every == 1
        and rule.minutes == (0, DAY_MINUTES)
        and rule.in_force(day)
        and not (rule.dtstart and rule.dtstart > day)
        and not rule.last_day
        for _, weekday in rule.weekdays or ()
    }
    return len(whole_days) == 7


def _on(closures: Sequence[Closure], day: date) -> list[Closure]:
    return [closure for closure in closures if closure.covers(day)]


def _shut(closures: Sequence[Closure]) -> bool:
    """Of two rows for one date that disagree, the one that spares a wasted trip."""
    return any(closure.closed for closure in closures)


def _spans(
    rules: Sequence[OpeningRule], day: date, zone: ZoneInfo, closures: Sequence[Closure]
) -> list[tuple[datetime, datetime]]:
    """The known opening spans that begin on that day, earliest first, as instants."""
    if special := _on(closures, day):
        minutes = {closure.minutes for closure in special if closure.minutes and not _shut(special)}
    else:
        minutes = {rule.minutes for rule in rules if rule.minutes and rule.readable and rule.falls_on(day)}
    spans = [(_instant(day, start, zone), _instant(day, end, zone)) for start, end in minutes]
    # On the night when the clocks go forward a span may come to nothing, and two may swap places.
    return sorted((start, end) for start, end in spans if start < end)


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    # In UTC, because Python compares two times of one zone by their wall clock.
    days, minutes = divmod(minutes, DAY_MINUTES)
    clock = time(minutes // 60, minutes % 60)
    return datetime.combine(day + timedelta(days=days), clock, zone).astimezone(timezone.utc)


def _minute(clock: str | None) -> int | None:
    match = _CLOCK.fullmatch((clock or "").strip())
    minute = int(match[1]) * 60 + int(match[2]) if match else None
    return minute if minute is not None and minute <= DAY_MINUTES else None


def _minutes(opens_at: str | None, closes_at: str | None) -> tuple[int, int] | None:
    opens, closes = _minute(opens_at), _minute(closes_at)
    if opens is None or closes is None or opens >= DAY_MINUTES:
        return None
    if opens == closes:
        return None if opens else (0, DAY_MINUTES)
    if closes == DAY_MINUTES - 1:
        closes = DAY_MINUTES
    return opens, closes if closes > opens else closes + DAY_MINUTES


def _is_nth(day: date, nth: int, weekday: int) -> bool:
    if day.weekday() != weekday:
        return False
    from_end = (_month_length(day) - day.day) // 7 + 1
    return nth in (0, (day.day - 1) // 7 + 1, -from_end)


def _month_length(day: date) -> int:
    return (date(day.year + day.month // 12, day.month % 12 + 1, 1) - _ONE_DAY).day


@lru_cache(maxsize=1024)
def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, KeyError):  # an unknown or malformed name
        return None
