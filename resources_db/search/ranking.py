"""Which service is the most useful to this family: distance plus what stands in the way, counted in miles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from resources_db.coverage import Coverage, serves
from resources_db.eligibility import ADULT, Fit
from resources_db.geo.places import Place
from resources_db.schedules import OpenState, next_open, open_state, state_on
from resources_db.search import layout
from resources_db.search.areas import Areas
from resources_db.search.candidates import Candidate, Hours

# As if it were so many miles farther. Changing a figure changes the order and nothing else; those that `base_cost`
# adds up are stored, so raise layout.LAYOUT with them.
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
DOUBTED = 6.0  # families could not reach it lately; still before what is far, and never hidden
NO_WORD_OF_HELP = 0.5  # too few families said lately that they got help there: nearly all listings, so it is a small one
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
SOME = frozenset({"women", "men", "pregnant", "youth"})
# A service for certain ZIP codes is not for people who are this far away and have not told theirs.
ZIP_AREA_MILES = 50.0
_FRESH, _STALE = timedelta(days=90), timedelta(days=180)
# Costs that differ by less are the same, so that the order in which they are added up never shows.
_DIGITS = 6


class Row(NamedTuple):
    """A row of the search tables with its distance in miles; None where there is none to tell.

    `may_open` and `may_open_soon` are the bits of its week at the time asked for, and until SOON from now.
    """

    miles: float | None
    spot: int
    base: float
    state: str
    service: int
    flags: int
    languages: int
    needs: int
    first_age: float
    end_age: float
    checked: int
    areas: int
    doubted_until: int
    helped_until: int
    may_open: int
    may_open_soon: int


class Judged(NamedTuple):
    """A row that may be shown: what it costs whatever its hours turn out to be, and at the least with them."""

    known: float
    least: float
    row: Row

    @property
    def is_usable(self) -> bool:
        """One can really go there, or call somebody who says where it is."""
        return bool(self.row.flags & layout.ACTIVE) and not self.row.flags & layout.REMOTE


def base_cost(candidate: Candidate, hours_unknown: bool) -> float:
    """What its rank cannot do without, whoever asks and whenever."""
    hours = HOURS_UNKNOWN if hours_unknown else 0.0
    return (
        _place_cost(candidate)
        + (hours if candidate.is_active else CLOSED_FOR_NOW)
        + _access_cost(candidate.access)
        + (CHECKED_OVER_180_DAYS_AGO if candidate.verified is None else 0.0)
        + (0.0 if candidate.phones or candidate.website else NO_CONTACT)
    )


class Judge:
    """What rows are to one family. Everything but exact hours is decided from the row alone."""

    def __init__(
        self,
        origin: Place | None,
        ages: Sequence[float],
        language: str,
        now: datetime,
        open_at: datetime | date | None,
        needs: Sequence[str],
        areas: Areas,
    ) -> None:
        self._origin, self._ages, self.areas = origin, ages, areas
        self._now, self._open_at = now, open_at
        self._needs = sum(1 << layout.NEED_NUMBER[code] for code in needs)
        self._language = layout.language_bit(language)
        self._unnamed, self._unsaid = language_costs(language)
        today = now.date()
        self._today = today.toordinal()
        self._stale, self._aging = (today - _STALE).toordinal(), (today - _FRESH).toordinal()
        self._serves: dict[int, Coverage] = {0: "unknown"}
        self.least_cost = ANOTHER_NEED_TOO * max(0, len(needs) - 1)

    def judge(self, row: Row) -> Judged | None:
        """None when it may not be shown: everybody is too old or too young, or it does not serve where they are."""
        flags = row.flags
        fit: Fit = "ask" if flags & layout.ASK else "yes"
        if row.first_age or row.end_age < layout.NO_END:
            fit = self._fit_ages(row.first_age, row.end_age, fit)
        if fit == "no":
            return None
        coverage = self._serves.get(row.areas) or self._coverage(row.areas)
        if coverage != "yes" and not self._may_serve(row, coverage):
            return None
        cost = row.base + (row.miles or 0.0)
        if not row.languages & self._language:
            cost += self._unnamed if row.languages else self._unsaid
        if row.checked and row.checked < self._aging:
            cost += CHECKED_OVER_180_DAYS_AGO if row.checked < self._stale else CHECKED_OVER_90_DAYS_AGO
        if row.doubted_until >= self._today:
            cost += DOUBTED
        if row.helped_until < self._today:
            cost += NO_WORD_OF_HELP
        if fit == "ask":
            cost += ONLY_FOR_SOME if flags & layout.ONLY_FOR_SOME else ASK_IF_IT_FITS
        if coverage == "unknown" and self._origin:
            cost += ASK_IF_IT_SERVES
        if self.least_cost:
            cost += ANOTHER_NEED_TOO * max(0, (row.needs & self._needs).bit_count() - 1)
        if flags & layout.HOURS_UNKNOWN and self._open_at and flags & layout.ACTIVE:
            cost += HOURS_UNKNOWN_WHEN_ASKED - HOURS_UNKNOWN
        return Judged(cost, round(cost + self._least_hours_cost(row), _DIGITS), row)

    def may_serve(self, areas: int, flags: int, miles: float) -> bool:
        """Whether a place with a point may be shown as far as its service areas go."""
        coverage = self._serves.get(areas) or self._coverage(areas)
        if coverage == "unknown" and self._origin and flags & layout.ZIPS_ONLY:
            return miles <= ZIP_AREA_MILES
        return coverage != "no"

    def cost(self, judged: Judged, state: OpenState, hours: Hours, tz: str | None) -> float:
        """The exact cost, once its exact state is known."""
        if judged.row.flags & layout.HOURS_UNKNOWN or not judged.row.flags & layout.ACTIVE:
            return round(judged.known, _DIGITS)
        return round(judged.known + self._hours_cost(state, hours, tz), _DIGITS)

    def state(self, flags: int, hours: Hours, tz: str | None) -> OpenState:
        """Open, closed or unknown at the moment, or on the day, it is about."""
        return state_at(hours, self._open_at or self._now, tz, not flags & layout.ACTIVE)

    def _fit_ages(self, first_age: float, end_age: float, fit: Fit) -> Fit:
        """As `eligibility.fits`; `fit` is the answer where the ages are right."""
        if not self._ages:
            return "ask"
        if any(first_age <= age < end_age for age in self._ages):
            return fit
        return "ask" if first_age >= ADULT and max(self._ages) < ADULT else "no"

    def _coverage(self, areas: int) -> Coverage:
        verdict = self._serves[areas] = serves(self.areas[areas], self._origin)
        return verdict

    def _may_serve(self, row: Row, coverage: Coverage) -> bool:
        if coverage == "no":
            return False
        if self._origin and row.flags & layout.ZIPS_ONLY and (row.miles or 0.0) > ZIP_AREA_MILES:
            return False
        # Nothing to measure and nothing said about whom it serves: at least it must not be in another state.
        return not (self._origin and row.state and row.spot < 0 and row.state != self._origin.state)

    def _least_hours_cost(self, row: Row) -> float:
        if row.may_open or row.flags & layout.HOURS_UNKNOWN or not row.flags & layout.ACTIVE:
            return 0.0
        return OPENS_SOON if row.may_open_soon else CLOSED

    def _hours_cost(self, state: OpenState, hours: Hours, tz: str | None) -> float:
        if state == "open":
            return 0.0
        if state == "unknown":
            return HOURS_UNKNOWN_WHEN_ASKED if self._open_at else HOURS_UNKNOWN
        soon = self._open_at is None and next_open(hours.rules, self._now, tz, within=SOON, closures=hours.closures)
        return OPENS_SOON if soon else CLOSED


def language_costs(language: str) -> tuple[float, float]:
    """Of naming other languages than the family's, and of naming none."""
    return (LANGUAGE_UNSAID, 0.0) if language == "en" else (OTHER_LANGUAGE, LANGUAGE_UNSAID)


def state_at(hours: Hours, when: datetime | date, tz: str | None, closed: bool) -> OpenState:
    """Open, closed or unknown at a moment or, for a date, at any time of that day."""
    if isinstance(when, datetime):
        return open_state(hours.rules, when, tz, closed, hours.closures)
    return "closed" if closed else state_on(hours.rules, when, hours.closures)


def _place_cost(candidate: Candidate) -> float:
    if candidate.is_confidential:
        return CONFIDENTIAL
    if candidate.is_remote:
        return REMOTE
    return 0.0 if candidate.spot.point else NO_POINT


def _access_cost(access: frozenset[str]) -> float:
    if not access:
        return ACCESS_UNKNOWN
    gate = max((miles for code, miles in GATES.items() if code in access), default=0.0)
    if gate or access & {"walk_in", "phone"}:
        return gate
    return APPOINTMENT if "appointment" in access else ONLINE_ONLY
