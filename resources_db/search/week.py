"""The half hours of a week in which a place may be open: a first, cheap cut that never leaves out an open one.

Bits are in UTC so that places in different zones are asked the same question; hours that daylight saving time
moves are set where they fall in winter and in summer. What is exact is `schedules.open_state`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from resources_db.schedules import DAY_MINUTES, Closure, OpeningRule
from resources_db.search.layout import SLOT_MINUTES, SLOTS_A_DAY, WHOLE_DAY

ALWAYS = (WHOLE_DAY,) * 7
# How far ahead of and behind UTC the places are where families live: Guam and American Samoa, and an hour more.
_FARTHEST_EAST, _FARTHEST_WEST = timedelta(hours=11), timedelta(hours=12)

Week = tuple[int, int, int, int, int, int, int]
Slots = Mapping[int, int]


def hours_are_unknown(rules: Sequence[OpeningRule], closures: Sequence[Closure]) -> bool:
    """Whether no moment is known to be open or closed."""
    return not closures and all(rule.is_note for rule in rules)


@lru_cache(maxsize=4096)
def week_of(rules: tuple[OpeningRule, ...], closures: tuple[Closure, ...], tz: str | None) -> Week:
    """For each UTC day from Monday on, the half hours in which the place may be open or nothing is known."""
    spans = list(_spans(rules, closures)) if tz else [None]
    if None in spans:
        return ALWAYS
    days = [0] * 7
    for start, end in (span for span in spans if span):
        for offset in _offsets(tz or "", datetime.now(timezone.utc).year):
            first, last = (start - offset) // SLOT_MINUTES, -((offset - end) // SLOT_MINUTES)
            for slot in range(first, min(last, first + 7 * SLOTS_A_DAY)):
                day, bit = divmod(slot % (7 * SLOTS_A_DAY), SLOTS_A_DAY)
                days[day] |= 1 << bit
    return tuple(days)  # type: ignore[return-value]


def slots_of(when: datetime | date, until: timedelta = timedelta(0)) -> Slots:
    """The bits to look at, by UTC day: of a moment, of the time from it on, or of a day wherever on earth."""
    if isinstance(when, datetime):
        first, last = when.astimezone(timezone.utc), (when + until).astimezone(timezone.utc)
    else:
        midnight = datetime(when.year, when.month, when.day, tzinfo=timezone.utc)
        first, last = midnight - _FARTHEST_EAST, midnight + timedelta(days=1) + _FARTHEST_WEST
    slots: dict[int, int] = {}
    slot = _slot(first)
    for _ in range(int((last - first) / timedelta(minutes=SLOT_MINUTES)) + 2):
        day, bit = divmod(slot % (7 * SLOTS_A_DAY), SLOTS_A_DAY)
        slots[day] = slots.get(day, 0) | 1 << bit
        if slot == _slot(last):
            break
        slot = (slot + 1) % (7 * SLOTS_A_DAY)
    return slots


def _slot(moment: datetime) -> int:
    return moment.weekday() * SLOTS_A_DAY + (moment.hour * 60 + moment.minute) // SLOT_MINUTES


def _spans(rules: Sequence[OpeningRule], closures: Sequence[Closure]) -> Iterator[tuple[int, int] | None]:
    """In minutes of the place's own week; None when it may be any time."""
    timed = [rule for rule in rules if not rule.is_note]
    if not timed:
        yield None
    for rule in timed:
        if not rule.readable or rule.minutes is None or rule.valid_from or rule.valid_to:
            yield None
            return
        start, end = rule.minutes
        weekdays = {weekday for _, weekday in rule.weekdays or ()} or set(range(7))
        for weekday in weekdays:
            yield weekday * DAY_MINUTES + start, weekday * DAY_MINUTES + end
    for closure in closures:
        if closure.closed:
            continue
        # Neither closed nor with hours: nothing is known on these days.
        start, end = closure.minutes or (0, DAY_MINUTES)
        for offset in range(min(7, (closure.end_date - closure.start_date).days + 1)):
            weekday = (closure.start_date + timedelta(days=offset)).weekday()
            yield weekday * DAY_MINUTES + start, weekday * DAY_MINUTES + end


@lru_cache(maxsize=512)
def _offsets(tz: str, year: int) -> frozenset[int]:
    """Minutes ahead of UTC in winter and in summer; none for an unknown zone."""
    try:
        zone = ZoneInfo(tz)
    except (OSError, ValueError, KeyError):
        return frozenset({-DAY_MINUTES, 0, DAY_MINUTES})
    offsets = {datetime(year, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)}
    return frozenset(int(offset.total_seconds() // 60) for offset in offsets if offset is not None)
