"""Which hours are meant by "9-5", "1-4" or "10-noon"; and by "6-8" none, because it may be morning or evening."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from resources_db.schedules import DAY_MINUTES

Span = tuple[int, int]

_NOON = 12 * 60
# A night's opening begins in the afternoon at the earliest and is over by mid-morning.
_NIGHT_FROM, _NIGHT_TO = 15 * 60, 10 * 60
_TOO_EARLY = 5 * 60


@dataclass(frozen=True)
class ClockTime:
    """A time as written: `half` "am" or "pm" if it says so; `named` for noon and midnight; `exact` with seconds."""

    hour: int
    minute: int = 0
    half: str | None = None
    named: bool = False
    exact: bool = False

    @property
    def past_twelve(self) -> int:
        """Minutes past twelve o'clock, noon or midnight."""
        return self.hour % 12 * 60 + self.minute

    def on(self, half: str) -> int:
        """Minutes past midnight if it is a time of that half of the day."""
        return self.past_twelve + (_NOON if half == "pm" else 0)


def is_24_hour(times: Iterable[ClockTime]) -> bool | None:
    """Whether a text counts its hours to 24, which no text does that also writes am or pm; None if it does both."""
    written = [time for time in times if not time.named]
    beyond = any(time.half is None and (time.hour > 12 or time.hour == 0 or time.exact) for time in written)
    if beyond and any(time.half for time in written):
        return None
    return beyond


def span(start: ClockTime, end: ClockTime, by_24: bool) -> Span | None:
    """Minutes past the day's midnight from and to, the end up to a day later; None if not clear or not likely."""
    if by_24:
        first, last = _on_24(start), _on_24(end)
        if 0 < first < _TOO_EARLY:  # more likely an afternoon that was not counted to 24
            return None
    else:
        found = _halves(start, end)
        if found is None or _noon_or_midnight(start, end, *found):
            return None
        first, last = start.on(found[0]), end.on(found[1])
    if first >= DAY_MINUTES:
        return None
    if last == 0 or (first == 0 and last == DAY_MINUTES - 1):
        last = DAY_MINUTES
    if last > first:
        return first, last
    return (first, last + DAY_MINUTES) if first >= _NIGHT_FROM and last <= _NIGHT_TO else None


def _on_24(time: ClockTime) -> int:
    return time.on(time.half or "am") if time.named else time.hour * 60 + time.minute


def _halves(start: ClockTime, end: ClockTime) -> tuple[str, str] | None:
    """The halves of the day of both, from what is written of one and from what is usual."""
    first, last = start.past_twelve, end.past_twelve
    if start.half and end.half:
        return start.half, end.half
    if end.half:
        if end.named:  # "10-noon", but "6-midnight" may begin in the morning
            return ("am", "pm") if end.half == "pm" and first >= 6 * 60 else None
        if first < last:  # "1-3 pm", "9-11 am"
            return end.half, end.half
        return ("am", "pm") if end.half == "pm" and first >= 5 * 60 else None  # "9-1 pm"
    if start.half == "am":  # "9am-5", but "8am-10" may go on till night
        return ("am", "pm") if last <= first else None
    if start.half == "pm":
        return ("pm", "pm") if first < last else None
    if first >= 7 * 60 and last <= 6 * 60:  # "9-5", "8-12"
        return "am", "pm"
    if first >= 10 * 60 and first < last:  # "10-11:45"
        return "am", "am"
    if first < 5 * 60 and first < last <= 8 * 60:  # "1-4", "12-2"
        return "pm", "pm"
    return None


def _noon_or_midnight(start: ClockTime, end: ClockTime, first: str, last: str) -> bool:
    """Whether somebody may have written 12 am for noon: "12:00 AM - 3:00 PM", "9 AM - 12 AM"."""
    if not start.named and start.hour == 12 and first == "am" and last == "pm":
        return end.on("pm") != DAY_MINUTES - 1
    return not end.named and end.hour == 12 and last == "am" and first == "am" and start.on("am") > 0
