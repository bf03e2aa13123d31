"""Which service is the most useful to this family: distance plus what stands in the way, counted in miles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from resources_db.coverage import Coverage, serves
from resources_db.eligibility import Eligibility, fits
from resources_db.geo.places import Place
from resources_db.schedules import OpenState, next_open, open_state, state_on
from resources_db.search.candidates import Candidate

# As if it were so many miles farther. Changing a figure changes the order and nothing else.
CLOSED = 4.0  # a wasted trip today, but it opens again
OPENS_SOON = 1.0
HOURS_UNKNOWN = 2.0  # most listings have no hours: one call settles it
HOURS_UNKNOWN_WHEN_ASKED = 5.0  # "open now?" wants those first that surely are
REFERRAL = 8.0  # help reached by phone or on foot is used about twice as often as help behind a gate
WAITING_LIST = 8.0
APPLICATION = 5.0
APPOINTMENT = 2.0
ONLINE_ONLY = 2.0
ACCESS_UNKNOWN = 1.0
OTHER_LANGUAGE = 8.0  # it says which languages it has, and the family's is not among them
LANGUAGE_UNSAID = 3.0  # nothing said; or English not named, which many lists leave out
CHECKED_OVER_90_DAYS_AGO = 1.0
CHECKED_OVER_180_DAYS_AGO = 3.0  # or never
ONLY_FOR_SOME = 10.0  # for women, for men, for teens: most families are not all of that
ASK_IF_IT_FITS = 1.0
ASK_IF_IT_SERVES = 2.0
NO_CONTACT = 10.0  # neither phone nor website: one can only go there and hope
ANOTHER_NEED_TOO = -5.0  # one trip instead of two
CONFIDENTIAL = 10.0  # somewhere in the area served; its true distance must not show, even in the order
REMOTE = 25.0  # after what is near (the first radius), before what is far
NO_POINT = 15.0  # a place we cannot put on the map
CLOSED_FOR_NOW = 10_000.0  # last of all

SOON = timedelta(hours=4)
GATES = {"referral": REFERRAL, "waiting_list": WAITING_LIST, "application": APPLICATION}
_SOME = frozenset({"women", "men", "pregnant", "youth"})
# A service for certain ZIP codes is not for people who are this far away and have not told theirs.
_ZIP_AREA_MILES = 50.0
_FRESH, _STALE = timedelta(days=90), timedelta(days=180)


@dataclass(frozen=True)
class Ranked:
    """A candidate with what was found out about it for this family; `cost` is in miles, least first."""

    candidate: Candidate
    cost: float
    state: OpenState
    eligibility: Eligibility
    coverage: Coverage

    @property
    def order(self) -> tuple[float, str, str]:
        return self.cost, *self.candidate.spot.key


def judge(
    candidate: Candidate,
    origin: Place | None,
    ages: Sequence[float],
    language: str,
    now: datetime,
    open_at: datetime | date | None,
) -> Ranked:
    """What this service is to this family; `open_at` is the moment, or the day, it wants to go."""
    eligibility = fits(candidate.limits, ages, language)
    coverage = serves(candidate.areas, origin)
    state = state_at(candidate, open_at or now)
    cost = (
        _distance_cost(candidate)
        + _hours_cost(candidate, state, now, open_at)
        + _access_cost(candidate)
        + _language_cost(candidate, language)
        + _freshness_cost(candidate, now.date())
        + _fit_cost(candidate, eligibility)
        + (ASK_IF_IT_SERVES if coverage == "unknown" and origin else 0.0)
        + (0.0 if candidate.phones or candidate.website else NO_CONTACT)
        + ANOTHER_NEED_TOO * max(0, len(candidate.needs) - 1)
    )
    return Ranked(candidate, cost, state, eligibility, coverage)


def is_for_family(ranked: Ranked, origin: Place | None) -> bool:
    """Whether it may be shown at all: nobody here is too old or too young, and it serves where they are."""
    if ranked.eligibility.fits == "no" or ranked.coverage == "no":
        return False
    candidate = ranked.candidate
    if (candidate.miles or 0.0) > _ZIP_AREA_MILES and {area.extent_type for area in candidate.areas} == {"postal_code"}:
        return ranked.coverage == "yes"
    # Nothing to measure and nothing said about whom it serves: at least it must not be in another state.
    elsewhere = origin and candidate.state and candidate.state != origin.state
    return not (elsewhere and candidate.spot.point is None and ranked.coverage == "unknown")


def state_at(candidate: Candidate, when: datetime | date) -> OpenState:
    """Open, closed or unknown at a moment or, for a date, at any time of that day."""
    closed = not candidate.is_active
    if isinstance(when, datetime):
        return open_state(candidate.rules, when, candidate.tz, closed)
    return "closed" if closed else state_on(candidate.rules, when)


def _distance_cost(candidate: Candidate) -> float:
    if candidate.is_confidential:
        return CONFIDENTIAL
    if candidate.is_remote:
        return REMOTE
    return candidate.miles or (0.0 if candidate.spot.point else NO_POINT)


def _hours_cost(candidate: Candidate, state: OpenState, now: datetime, open_at: datetime | date | None) -> float:
    if not candidate.is_active:
        return CLOSED_FOR_NOW
    if state == "open":
        return 0.0
    if state == "unknown":
        return HOURS_UNKNOWN_WHEN_ASKED if open_at else HOURS_UNKNOWN
    soon = open_at is None and next_open(candidate.rules, now, candidate.tz, within=SOON)
    return OPENS_SOON if soon else CLOSED


def _access_cost(candidate: Candidate) -> float:
    access = candidate.access
    if not access:
        return ACCESS_UNKNOWN
    gate = max((miles for code, miles in GATES.items() if code in access), default=0.0)
    if gate or access & {"walk_in", "phone"}:
        return gate
    return APPOINTMENT if "appointment" in access else ONLINE_ONLY


def _language_cost(candidate: Candidate, language: str) -> float:
    if language in candidate.languages or (language == "en" and not candidate.languages):
        return 0.0
    return OTHER_LANGUAGE if candidate.languages and language != "en" else LANGUAGE_UNSAID


def _fit_cost(candidate: Candidate, eligibility: Eligibility) -> float:
    if eligibility.fits != "ask":
        return 0.0
    return ASK_IF_IT_FITS if _SOME.isdisjoint(candidate.limits.codes) else ONLY_FOR_SOME


def _freshness_cost(candidate: Candidate, today: date) -> float:
    if candidate.spot.assured_date is None or candidate.spot.assured_date < today - _STALE:
        return CHECKED_OVER_180_DAYS_AGO
    return CHECKED_OVER_90_DAYS_AGO if candidate.spot.assured_date < today - _FRESH else 0.0
