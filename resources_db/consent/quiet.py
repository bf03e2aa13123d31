"""Hours at which a text that nobody is waiting for may arrive. The hours are in quiet_hours.yml."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta, timezone
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import yaml

_FILE = Path(__file__).with_name("quiet_hours.yml")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Every pair of a weekday and a place's hours comes round within a week.
_AHEAD = 8


class Hours(NamedTuple):
    """Of one day, by the clock on the wall; `until` is no longer allowed."""

    since: time
    until: time


class _Rules(NamedTuple):
    everywhere: tuple[Hours, ...]  # by weekday, Monday first
    states: dict[str, tuple[Hours, ...]]
    whole_country: tuple[str, ...]


def next_allowed(now: datetime, zones: Sequence[str], state: str | None) -> datetime:
    """The first moment, `now` or later, at which the clocks of all `zones` allow a text to a phone of `state`; in UTC.

    zones: IANA names; none means that the phone may be anywhere in the country, and no state is asked then. A state
    that is unknown, or has no hours of its own, has those of the whole country. Raises ValueError for a naive `now` and
    for zones so far apart that no hour suits them all.
    """
    if now.tzinfo is None:
        raise ValueError("a moment without a time zone")
    rules = _rules()
    week = rules.states.get(state or "", rules.everywhere) if zones else rules.everywhere
    places = [ZoneInfo(zone) for zone in zones or rules.whole_country]
    now = now.astimezone(timezone.utc)
    # What all allow begins when the last of them begins to, so nothing but beginnings needs a look.
    for moment in sorted({now, *(start for place in places for start in _starts(now, place, week))}):
        if all(_allowed(moment, place, week) for place in places):
            return moment
    raise ValueError(f"no hour is allowed in all of {', '.join(place.key for place in places)}")


def allowed_until(moment: datetime, zones: Sequence[str], state: str | None) -> datetime:
    """The end, in UTC, of the hours in which `moment` lies, which `next_allowed` gave for the same phone."""
    rules = _rules()
    week = rules.states.get(state or "", rules.everywhere) if zones else rules.everywhere
    local = [moment.astimezone(ZoneInfo(zone)) for zone in zones or rules.whole_country]
    ends = (datetime.combine(here.date(), week[here.weekday()].until, here.tzinfo) for here in local)
    return min(end.astimezone(timezone.utc) for end in ends)


def _starts(now: datetime, place: ZoneInfo, week: Sequence[Hours]) -> Iterator[datetime]:
    today = now.astimezone(place).date()
    for day in (today + timedelta(days=ahead) for ahead in range(_AHEAD)):
        start = datetime.combine(day, week[day.weekday()].since, place).astimezone(timezone.utc)
        if start > now:
            yield start


def _allowed(moment: datetime, place: ZoneInfo, week: Sequence[Hours]) -> bool:
    local = moment.astimezone(place)
    hours = week[local.weekday()]
    return hours.since <= local.time() < hours.until


@cache
def _rules() -> _Rules:
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return _Rules(
        everywhere=_week(data["everywhere"]),
        states={state: _week(rule) for state, rule in data["states"].items()},
        whole_country=tuple(data["whole_country"]),
    )


def _week(rule: dict[str, list[str]]) -> tuple[Hours, ...]:
    return tuple(Hours(*map(_clock, rule.get(day, rule["every_day"]))) for day in _DAYS)


def _clock(written: str) -> time:
    hour, minute = written.split(":")
    return time(int(hour), int(minute))
