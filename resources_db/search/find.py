"""What a family can use near where it is: the most useful first, widening until there is something.

Never shown: services that ended, that are not for these ages, or that do not serve where the family is.
Never told: the address, point or distance of a confidential place.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from resources_db.geo.distance import box_around
from resources_db.geo.places import Place
from resources_db.match import Match, as_json
from resources_db.search.candidates import candidates
from resources_db.search.cards import make_matches
from resources_db.search.ranking import Ranked, is_for_family, judge
from resources_db.search.reasons import Asked
from resources_db.search.spots import (
    Spot,
    nearest,
    spots_anywhere,
    spots_by_id,
    spots_in,
    spots_in_state,
    spots_without_point,
)

RADII = (25.0, 50.0, 100.0)
# With fewer usable places than this for a need, the search widens.
ENOUGH = 3
# Without a starting point nothing tells which places matter; so many are looked at.
_MOST_ANYWHERE = 600
_ROUND_MILES = 50


@dataclass(frozen=True)
class SearchRequest:
    """`now` is aware; `needs` are need codes, the most important first; `ages` are in years.

    `origin` None means that the place is not known: everything is looked through and nothing is measured;
    a whole state as origin means everything in it. `open_at` is an aware moment, or a date for "any time
    that day". `max_miles` keeps the search from widening beyond it. `exclude` holds service_at_location or
    service ids whose services were shown already.
    """

    needs: tuple[str, ...]
    origin: Place | None
    now: datetime
    language: str = "en"
    open_at: datetime | date | None = None
    ages: tuple[float, ...] = ()
    limit: int = 5
    offset: int = 0
    max_miles: float | None = None
    exclude: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SearchResult:
    """`total` counts distinct services, all pages together; `unmet` are the needs with nothing nearby.

    `widened_to_miles` is set when matches on this page lie beyond the first 25 miles: how far was looked.
    """

    origin: Place | None
    total: int = 0
    widened_to_miles: float | None = None
    matches: tuple[Match, ...] = ()
    unmet: tuple[str, ...] = ()


def find_matches(session: Session, request: SearchRequest) -> SearchResult:
    """The page of services the request asks for. Reads only; the session is the caller's."""
    needs = tuple(dict.fromkeys(request.needs))
    if not needs:
        return SearchResult(request.origin)
    found = _Found(session, request, needs)
    found.look()
    by_need = {need: _for_when(found.ranked_for(need), request) for need in needs}
    page_order = _taking_turns(by_need, needs)
    page = page_order[request.offset : request.offset + request.limit]
    asked = Asked(request.origin, request.language, request.now, request.open_at)
    return SearchResult(
        origin=request.origin,
        total=len(page_order),
        widened_to_miles=found.widened_to(page),
        matches=make_matches(session, page, asked),
        unmet=tuple(need for need in needs if not any(found.is_nearby(one, need) for one in by_need[need])),
    )


def matches_by_id(
    session: Session,
    ids: Sequence[str],
    *,
    origin: Place | None = None,
    language: str = "en",
    ages: tuple[float, ...] = (),
    now: datetime,
    needs: tuple[str, ...] = (),
) -> tuple[Match, ...]:
    """Listings shown before, by service_at_location (or service) id, in that order and with today's facts.

    Ids that are not shown any more are left out.
    """
    place = _measurable(origin)
    listed = candidates(session, spots_by_id(session, ids), needs, place) if ids else []
    ranked = [judge(candidate, origin, ages, language, now, None) for candidate in listed]
    order = {one: position for position, one in enumerate(ids)}
    ranked.sort(key=lambda one: order[one.candidate.spot.service_at_location_id or one.candidate.service_id])
    return make_matches(session, ranked, Asked(origin, language, now))


def result_as_json(result: SearchResult) -> dict[str, Any]:
    """The answer of `homeward search --json` (DESIGN section 5)."""
    origin = result.origin
    return {
        "origin": origin
        and {
            "label": origin.label,
            "kind": origin.kind,
            "latitude": origin.latitude,
            "longitude": origin.longitude,
        },
        "total": result.total,
        "widened_to_miles": result.widened_to_miles,
        "matches": [as_json(match) for match in result.matches],
    }


@dataclass
class _Found:
    """What has been found so far, for each need within its own reach: a rare need must not widen a common one."""

    session: Session
    request: SearchRequest
    needs: tuple[str, ...]
    ranked: dict[tuple[str, str], Ranked] = field(default_factory=dict)
    reach: dict[str, float] = field(default_factory=dict)

    def look(self) -> None:
        request, origin = self.request, self.request.origin
        spots = spots_without_point(self.session, self.needs)
        place = _measurable(origin)
        if origin is None:
            self._add(spots + spots_anywhere(self.session, self.needs, _MOST_ANYWHERE))
        elif place is None:
            there = sorted(spots_in_state(self.session, self.needs, origin.state), key=lambda spot: spot.key)
            self._add(spots + there[:_MOST_ANYWHERE])
        elif request.max_miles is not None:
            self.reach = dict.fromkeys(self.needs, request.max_miles)
            self._add(spots + self._around(place, self.needs, request.max_miles))
        else:
            self.reach = dict.fromkeys(self.needs, RADII[0])
            self._add(spots + self._around(place, self.needs, RADII[0]))
            self._widen(place)

    def ranked_for(self, need: str) -> list[Ranked]:
        """What may be shown for a need, the most useful first, each service once."""
        reach = self.reach.get(need)
        within = (
            one
            for one in self.ranked.values()
            if need in one.candidate.needs and (reach is None or (one.candidate.miles or 0.0) <= reach)
        )
        services: dict[str, Ranked] = {}
        for one in sorted(within, key=lambda one: one.order):
            services.setdefault(one.candidate.service_id, one)
        return list(services.values())

    def is_nearby(self, one: Ranked, need: str) -> bool:
        return (one.candidate.miles or 0.0) <= max(self.request.max_miles or 0.0, RADII[-1])

    def widened_to(self, shown: Iterable[Ranked]) -> float | None:
        if self.request.max_miles is not None or not self.reach:
            return None
        farthest = max((one.candidate.miles or 0.0 for one in shown), default=0.0)
        if farthest <= RADII[0]:
            return None
        beyond = -(-farthest // _ROUND_MILES) * _ROUND_MILES
        return next((radius for radius in RADII if farthest <= radius), beyond)

    def _widen(self, place: Place) -> None:
        short = tuple(need for need in self.needs if self._usable(need, RADII[0]) < ENOUGH)
        if not short:
            return
        self._add(self._around(place, short, RADII[-1]))
        for need in short:
            self.reach[need] = next((r for r in RADII if self._usable(need, r) >= ENOUGH), RADII[-1])
        lost = tuple(need for need in short if not self._usable(need, RADII[-1]))
        if lost:
            self._next_nearest(place, lost)

    def _next_nearest(self, place: Place, needs: tuple[str, ...]) -> None:
        """Beyond the last radius: the next nearest in the same state, rather than nothing at all."""
        self._add(nearest(spots_in_state(self.session, needs, place.state), place, math.inf))
        for need in needs:
            distances = sorted(self._distances(need))
            if distances:
                self.reach[need] = distances[:ENOUGH][-1]

    def _around(self, place: Place, needs: Sequence[str], radius: float) -> list[Spot]:
        box = box_around(place.latitude, place.longitude, radius)
        return nearest(spots_in(self.session, needs, box), place, radius)

    def _add(self, spots: Sequence[Spot]) -> None:
        request = self.request
        new = [spot for spot in spots if spot.key not in self.ranked]
        shown = {spot.service_id for spot in new if request.exclude & set(spot.key)}
        new = [spot for spot in new if spot.service_id not in shown]
        if not new:
            return
        place = _measurable(request.origin)
        for one in candidates(self.session, new, self.needs, place):
            ranked = judge(one, request.origin, request.ages, request.language, request.now, request.open_at)
            if is_for_family(ranked, request.origin):
                self.ranked[one.spot.key] = ranked

    def _usable(self, need: str, radius: float) -> int:
        """How many services there are for a need within the radius that one can really go to or call."""
        return sum(distance <= radius for distance in self._distances(need))

    def _distances(self, need: str) -> list[float]:
        """How far the nearest place of each service for a need is; confidential places count as near."""
        by_service: dict[str, float] = {}
        for one in self.ranked.values():
            candidate = one.candidate
            if need not in candidate.needs or candidate.is_remote or not candidate.is_active:
                continue
            miles = candidate.miles or 0.0
            by_service[candidate.service_id] = min(miles, by_service.get(candidate.service_id, miles))
        return list(by_service.values())


def _measurable(origin: Place | None) -> Place | None:
    """The origin, if distances from it mean anything: those from the middle of a state do not."""
    return None if origin is None or origin.kind == "state" else origin


def _for_when(ranked: list[Ranked], request: SearchRequest) -> list[Ranked]:
    """Without the closed ones when a time was asked for, unless nothing else is left."""
    if request.open_at is None:
        return ranked
    return [one for one in ranked if one.state != "closed"] or ranked


def _taking_turns(by_need: dict[str, list[Ranked]], needs: Sequence[str]) -> list[Ranked]:
    """One list from several: whichever need has been served least gets its best next; nothing comes twice."""
    served = dict.fromkeys(needs, 0)
    waiting = {need: list(reversed(ranked)) for need, ranked in by_need.items()}
    needs_of: dict[str, set[str]] = defaultdict(set)
    for need, ranked in by_need.items():
        for one in ranked:
            needs_of[one.candidate.service_id].add(need)
    order: list[Ranked] = []
    taken: set[str] = set()
    while left := [need for need in needs if waiting[need]]:
        need = min(left, key=lambda code: served[code])
        one = waiting[need].pop()
        service = one.candidate.service_id
        if service not in taken:
            taken.add(service)
            order.append(one)
            for code in needs_of[service]:
                served[code] += 1
    return order
