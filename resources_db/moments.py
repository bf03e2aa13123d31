"""Wished-for times, such as "Saturday at 10" or "now": as a moment or a whole day, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from resources_db.wording import clock_phrase, phrase

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_EVENING = 20


def wished_for(when: Mapping[str, Any], now: datetime) -> datetime | date:
    """`when` ({"kind": now|today|tonight|tomorrow|day, "weekday"?, "hour"?, "minute"?}) in the zone of `now`.

    A date means any time that day. Tonight without an hour means 8 pm.
    """
    kind, hour = when["kind"], when.get("hour")
    if kind == "now":
        return now
    day = now
    if kind == "tomorrow":
        day = now + timedelta(days=1)
    elif kind == "day":
        day = now + timedelta(days=(when["weekday"] - now.weekday()) % 7)
    if hour is None and kind == "tonight":
        hour = _EVENING
    if hour is None:
        return day.date()
    return day.replace(hour=hour, minute=when.get("minute") or 0, second=0, microsecond=0)


def say_wish(when: Mapping[str, Any], language: str) -> str:
    """ "right now", "Saturday", "tomorrow at 6 pm"."""
    kind, hour = when["kind"], when.get("hour")
    if kind == "now":
        return phrase(language, "moment.now")
    if kind == "day":
        day = phrase(language, "moment.weekday", day=phrase(language, f"day.long.{_WEEKDAYS[when['weekday']]}"))
    else:
        day = phrase(language, f"moment.{kind}")
    if hour is None:
        return day
    return f"{day} {clock_phrase(language, 'at', hour * 60 + (when.get('minute') or 0))}"
