"""Why a listing is shown, in short phrases of the family's language: the most telling first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from resources_db.coverage import covering_area
from resources_db.geo.places import Place
from resources_db.match import Verified
from resources_db.schedules import WEEKDAYS, next_open, open_until
from resources_db.search.candidates import Candidate
from resources_db.search.ranking import Ranked
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


def why(ranked: Ranked, miles: float | None, verified: Verified | None, alert: str | None, asked: Asked) -> tuple[str, ...]:
    """The reasons. `alert` is the provider's own warning, already in the family's language."""
    return tuple(dict.fromkeys(_reasons(ranked, miles, verified, alert, asked)))


def access_words(candidate: Candidate, language: str) -> list[str]:
    """How one gets help here, from its access codes."""
    return [phrase(language, f"access.{code}") for code in _ACCESS_ORDER if code in candidate.access]


def local_day(candidate: Candidate, now: datetime) -> date:
    """Today at the place."""
    return (now.astimezone(ZoneInfo(candidate.tz)) if candidate.tz else now).date()


def _reasons(ranked: Ranked, miles: float | None, verified: Verified | None, alert: str | None, asked: Asked) -> Iterator[str]:
    candidate, language = ranked.candidate, asked.language
    if not candidate.is_active:
        yield phrase(language, "open.for_now")
    if alert:
        yield alert
    if miles is not None and miles > FAR_MILES:
        yield distance_words(miles, language)
    if asked.open_at is not None and candidate.is_active:
        yield from _hours_reasons(ranked, asked)
    yield from _area_reasons(ranked, asked)
    yield from access_words(candidate, language)[:1]
    yield from ranked.eligibility.reasons
    yield from _language_reasons(candidate, language)
    if asked.open_at is None and candidate.is_active:
        yield from _hours_reasons(ranked, asked)
    if verified:
        stale = verified.on < local_day(candidate, asked.now) - _STALE
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


def _area_reasons(ranked: Ranked, asked: Asked) -> Iterator[str]:
    candidate, language, origin = ranked.candidate, asked.language, asked.origin
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


def _language_reasons(candidate: Candidate, language: str) -> Iterator[str]:
    if language not in LANGUAGES:
        return
    if language in candidate.languages:
        if language != "en":
            yield phrase(language, f"language.{language}.speaks")
    elif candidate.languages or language != "en":
        yield phrase(language, f"language.{language}.ask")


def _hours_reasons(ranked: Ranked, asked: Asked) -> Iterator[str]:
    candidate, language, when = ranked.candidate, asked.language, asked.open_at
    if ranked.state == "unknown":
        yield phrase(language, "open.unknown")
        return
    if not isinstance(when, datetime) and when is not None:
        key = "open.on_day" if ranked.state == "open" else "open.closed_on_day"
        yield phrase(language, key, day=_day_words(when, local_day(candidate, asked.now), language))
    elif when is None or abs(when - asked.now) < timedelta(minutes=1):
        yield from _now_reasons(ranked, asked)
    else:
        local = when.astimezone(ZoneInfo(candidate.tz)) if candidate.tz else when
        key = "open.then" if ranked.state == "open" else "open.closed_then"
        yield _at(key, local, candidate, asked)
    if ranked.state == "closed" and (opens := next_open(candidate.rules, asked.now, candidate.tz)):
        yield _at("open.opens", opens, candidate, asked)


def _now_reasons(ranked: Ranked, asked: Asked) -> Iterator[str]:
    candidate, language = ranked.candidate, asked.language
    if ranked.state == "open":
        closes = open_until(candidate.rules, asked.now, candidate.tz)
        if closes:
            until = clock_phrase(language, "until", closes.hour * 60 + closes.minute)
            yield phrase(language, "open.now_until", until=until)
        else:
            yield phrase(language, "open.always")
    elif not next_open(candidate.rules, asked.now, candidate.tz):
        yield phrase(language, "open.closed")


def _at(key: str, moment: datetime, candidate: Candidate, asked: Asked) -> str:
    day = _day_words(moment.date(), local_day(candidate, asked.now), asked.language)
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
