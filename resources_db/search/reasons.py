"""Why a listing is shown, in short phrases of the family's language: the most telling first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from resources_db.coverage import covering_area
from resources_db.eligibility import Eligibility
from resources_db.geo.places import Place
from resources_db.match import Verified
from resources_db.schedules import WEEKDAYS, OpenState, open_until
from resources_db.search.candidates import Candidate, local_day
from resources_db.wording import LANGUAGES, calendar_date, clock_phrase, phrase

# Farther than a search looks of its own accord.
FAR_MILES = 100.0
_STALE = timedelta(days=180)
_ACCESS_ORDER = ("walk_in", "phone", "online", "appointment", "application", "referral", "waiting_list")


@dataclass(frozen=True)
class Asked:
    """What the family asked from, in and for; `now` and a moment in `open_at` are aware."""

    origin: Place | None
    language: str
    now: datetime
    open_at: datetime | date | None = None


@dataclass(frozen=True)
class Shown:
    """A listing about to be shown; `needs` are those asked for that it meets, `miles` None where none may be told."""

    candidate: Candidate
    needs: tuple[str, ...]
    miles: float | None
    state: OpenState
    eligibility: Eligibility
    # When it opens next, if it is closed now and that is known.
    opens: datetime | None = None
    capacity: Capacity | None = None


class Capacity(NamedTuple):
    """How many of something are left, as somebody said then; `unit` is in the family's language."""

    available: float
    unit: str
    updated: datetime


def why(shown: Shown, miles: float | None, verified: Verified | None, alert: str | None, asked: Asked) -> tuple[str, ...]:
    """The reasons. `alert` is the provider's own warning, already in the family's language."""
    return tuple(dict.fromkeys(_reasons(shown, miles, verified, alert, asked)))


def access_words(candidate: Candidate, language: str) -> list[str]:
    """How one gets help here, from its access codes."""
    return [phrase(language, f"access.{code}") for code in _ACCESS_ORDER if code in candidate.access]


def _reasons(shown: Shown, miles: float | None, verified: Verified | None, alert: str | None, asked: Asked) -> Iterator[str]:
    candidate, language = shown.candidate, asked.language
    if not candidate.is_active:
        yield phrase(language, "open.for_now")
    if alert:
        yield alert
    yield from _told_reasons(candidate, asked)
    if shown.capacity:
        yield _capacity_words(shown.capacity, asked)
    if miles is not None and miles > FAR_MILES:
        yield distance_words(miles, language)
    if asked.open_at is not None and candidate.is_active:
        yield from _hours_reasons(shown, asked)
    yield from _area_reasons(shown, asked)
    yield from access_words(candidate, language)[:1]
    yield from shown.eligibility.reasons
    yield from _language_reasons(candidate, language)
    if asked.open_at is None and candidate.is_active:
        yield from _hours_reasons(shown, asked)
    if verified:
        stale = verified.on < local_day(asked.now, candidate.tz) - _STALE
        key = "checked.stale" if stale else f"checked.{verified.by}"
        yield phrase(language, key, date=calendar_date(language, verified.on))
    if candidate.is_confidential:
        yield phrase(language, "area.call_for_location")
    if miles is not None:
        yield distance_words(miles, language)


def distance_words(miles: float, language: str) -> str:
    """ "1.2 miles away"; whole miles from ten on; says so when it is beyond where a search looks."""
    if miles < 0.5:
        return phrase(language, "miles.near")
    shown = f"{miles:.0f}" if miles >= 9.95 else f"{miles:.1f}".removesuffix(".0")
    form = "far" if miles > FAR_MILES else "one" if shown == "1" else "many"
    return phrase(language, f"miles.{form}", miles=shown)


def _told_reasons(candidate: Candidate, asked: Asked) -> Iterator[str]:
    """What families told of it lately; a doubt says how many where they were more than one."""
    today, told = asked.now.date(), candidate.told
    if told.doubted_until >= today.toordinal():
        families = told.could_not(today)
        yield phrase(asked.language, "told.doubted" if families > 1 else "told.wrong_phone", count=families)
    elif told.helped_until >= today.toordinal():
        yield phrase(asked.language, "told.helped")


def _area_reasons(shown: Shown, asked: Asked) -> Iterator[str]:
    candidate, language, origin = shown.candidate, asked.language, asked.origin
    area = covering_area(candidate.areas, origin) if origin else None
    if area is None or origin is None:
        if origin and origin.kind != "state" and (candidate.areas or candidate.is_remote):
            yield phrase(language, "area.ask")
    elif area.extent_type == "county":
        county = origin.county or ""
        key = "county" if county.endswith(" County") else "place"
        yield phrase(language, f"area.{key}", place=county.removesuffix(" County"))
    elif area.extent_type == "state":
        yield phrase(language, "area.state", place=area.name if area.name and len(area.codes()) == 1 else origin.state)
    else:
        yield phrase(language, f"area.{area.extent_type}", place=origin.postal_code)
    if candidate.spot.location_type == "virtual":
        yield phrase(language, "area.remote")


def _capacity_words(capacity: Capacity, asked: Asked) -> str:
    """ "Beds open: 3, told today"."""
    zone = asked.now.tzinfo
    ago = (asked.now.date() - capacity.updated.astimezone(zone).date()).days
    day = phrase(
        asked.language, "capacity.today" if ago <= 0 else "capacity.yesterday" if ago == 1 else "capacity.days_ago", days=ago
    )
    key = "left" if capacity.available > 0 else "none"
    return phrase(asked.language, f"capacity.{key}", unit=capacity.unit, count=f"{capacity.available:g}", day=day)


def _language_reasons(candidate: Candidate, language: str) -> Iterator[str]:
    if language not in LANGUAGES:
        return
    if language in candidate.languages:
        if language != "en":
            yield phrase(language, f"language.{language}.speaks")
    elif candidate.languages or language != "en":
        yield phrase(language, f"language.{language}.ask")


def _hours_reasons(shown: Shown, asked: Asked) -> Iterator[str]:
    candidate, language, when = shown.candidate, asked.language, asked.open_at
    if shown.state == "unknown":
        yield phrase(language, "open.unknown")
        return
    if not isinstance(when, datetime) and when is not None:
        key = "open.on_day" if shown.state == "open" else "open.closed_on_day"
        yield phrase(language, key, day=_day_words(when, local_day(asked.now, candidate.tz), language))
    elif when is None or abs(when - asked.now) < timedelta(minutes=1):
        yield from _now_reasons(shown, asked)
    else:
        local = when.astimezone(ZoneInfo(candidate.tz)) if candidate.tz else when
        key = "open.then" if shown.state == "open" else "open.closed_then"
        yield _at(key, local, candidate, asked)
    if shown.state == "closed" and shown.opens:
        yield _at("open.opens", shown.opens, candidate, asked)


def _now_reasons(shown: Shown, asked: Asked) -> Iterator[str]:
    candidate, language = shown.candidate, asked.language
    if shown.state == "open":
        closes = open_until(candidate.rules, asked.now, candidate.tz, candidate.closures)
        if closes:
            until = clock_phrase(language, "until", closes.hour * 60 + closes.minute)
            yield phrase(language, "open.now_until", until=until)
        else:
            yield phrase(language, "open.always")
    elif not shown.opens:
        yield phrase(language, "open.closed")


def _at(key: str, moment: datetime, candidate: Candidate, asked: Asked) -> str:
    day = _day_words(moment.date(), local_day(asked.now, candidate.tz), asked.language)
    clock = clock_phrase(asked.language, "at", moment.hour * 60 + moment.minute)
    return phrase(asked.language, key, day=day, at=clock)


def _day_words(day: date, today: date, language: str) -> str:
    """ "today", "tomorrow", "Thursday" within the week, then the date."""
    ahead = (day - today).days
    if ahead in (0, 1):
        return phrase(language, "moment.tomorrow" if ahead else "moment.today")
    if 1 < ahead < 7:
        name = phrase(language, f"day.long.{WEEKDAYS[day.weekday()]}")
        return phrase(language, "moment.weekday", day=name)
    return phrase(language, "moment.date", date=calendar_date(language, day))
