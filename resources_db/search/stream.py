"""The services for one need in the order of their cost, as many of them as are asked for.

Candidates come from the search tables with the least they may cost; only the hours are not exact there. The
cheapest are looked at more closely until no other can come before them: the same order as judging every service
in the country, for the price of a dozen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice

from resources_db.geo.places import Place
from resources_db.search import layout
from resources_db.search.listings import Listings, Ranked
from resources_db.search.nearby import EVERYWHERE, Filters, Nearby, first_rows, nth_best
from resources_db.search.ranking import Judge, Judged
from resources_db.search.reader import Reader
from resources_db.search.unplaced import Unplaced, first_unplaced

RADII = (25.0, 50.0, 100.0)
# With fewer usable places than this for a need, the search widens.
ENOUGH = 3
# Without a starting point nothing tells which places matter; so many are looked at.
_MOST_ANYWHERE = 600
_AT_ONCE = 8
_FEW = 50


@dataclass(frozen=True)
class Wanted:
    """What one search wants, for any of its needs."""

    reader: Reader
    judge: Judge
    filters: Filters
    origin: Place | None
    max_miles: float | None
    # The numbers of services that were shown before.
    exclude: frozenset[int]
    # Whether closed places are left out, so long as there is any other.
    only_open: bool


class Stream:
    """`reach` is how many miles away a place for this need may be; None when there is nothing to measure from."""

    def __init__(self, wanted: Wanted, need: int) -> None:
        self._wanted, self._need = wanted, need
        self._listings = Listings(wanted.reader, wanted.judge)
        self._places: Nearby | None = None
        self._unplaced: Unplaced | None = None
        # Rows that were not found by their distance.
        self._others: dict[int, Judged] = {}
        self.reach: float | None = None
        self._only_open = self._found_any = False
        self._look()
        if wanted.only_open:
            self._leave_out_closed()

    def top(self, count: int) -> list[Ranked]:
        """The best `count`, each service once at its best place; fewer when there are no more."""
        goal = count
        while True:
            bound = self._gather(goal)
            found = sorted(self._resolve(count, bound).values())
            if bound == math.inf or (len(found) >= count and found[count - 1].cost <= bound):
                self._found_any = bool(found)
                return found[:count]
            if len(found) >= count:
                self._make_known(found[count - 1].cost)
            else:
                goal = 2 * goal + _AT_ONCE

    def is_met(self, nearby: float) -> bool:
        """Whether there is anything that is not farther away than that."""
        if self.reach is None or self.reach <= nearby:
            return self._found_any or bool(self.top(1))
        return any((one.row.miles or 0.0) <= nearby for one in self.top(len(self._others) + _FEW))

    def would_show(self, one: Ranked) -> bool:
        """Whether a listing that another stream found is one of this one's too."""
        if (self._need and not one.row.needs >> self._need & 1) or (
            self.reach is not None and (one.row.miles or 0.0) > self.reach
        ):
            return False
        return not self._only_open or one.state != "closed"

    def services(self, most: int) -> set[int]:
        """The numbers of all services, or of at least `most` of them.

        Where there are many, one that is closed by a holiday or an odd rule counts as open.
        """
        places, unplaced = self._places, self._unplaced
        all_places = places is None or self.reach is None or places.miles >= self.reach
        counted: set[int] = set()
        rows = 0
        while True:
            services = counted.union(judged.row.service for judged in self._known())
            if len(services) >= most:
                return services
            if not all_places and places and self.reach:
                rows = 4 * rows or most + _FEW
                counted, all_places = places.services(self.reach, rows)
                counted -= self._wanted.exclude
            elif unplaced and unplaced.cost < math.inf:
                unplaced.read_on(most)
            elif self._only_open and len(services) <= _FEW:
                return {one.row.service for one in self.top(_FEW)}
            else:
                return services

    # What is looked at

    def _look(self) -> None:
        wanted = self._wanted
        reader, judge, filters, origin = wanted.reader, wanted.judge, wanted.filters, wanted.origin
        if origin is None:
            found = first_rows(reader, self._need, filters, judge, _MOST_ANYWHERE)
            found += first_unplaced(reader, self._need, filters, judge, _MOST_ANYWHERE)
            self._others = {judged.row.spot: judged for judged in found}
            return
        self._unplaced = Unplaced(reader, self._need, origin, filters, judge)
        if origin.kind == "state":
            # Distances from the middle of a state mean nothing.
            found = first_rows(reader, self._need, filters._replace(state=origin.state), judge, _MOST_ANYWHERE)
            self._others = {judged.row.spot: judged for judged in found}
            return
        self._places = Nearby(reader, self._need, (origin.latitude, origin.longitude), filters, judge)
        self.reach = self._how_far(self._places, origin) if wanted.max_miles is None else wanted.max_miles

    def _how_far(self, places: Nearby, origin: Place) -> float:
        """As far as there are enough usable places; confidential ones and those not on the map count as near."""
        if (third := nth_best(places.known.values(), ENOUGH, self._distance)) is not None and third <= RADII[0]:
            return RADII[0]
        assert self._unplaced is not None
        near: set[int] = set()
        more = True
        while more and len(near) < ENOUGH:
            near = {one.row.service for one in self._unplaced.known.values() if self._is_usable(one)}
            more = len(near) < ENOUGH and self._unplaced.read_on()
        missing = ENOUGH - len(near)
        if missing <= 0:
            return RADII[0]

        def distance(judged: Judged) -> float | None:
            return None if judged.row.service in near else self._distance(judged)

        places.find(missing, distance, RADII[-1], by_cost=False)
        farthest = nth_best(places.known.values(), missing, distance)
        if farthest is not None and farthest <= RADII[-1]:
            return next(radius for radius in RADII if farthest <= radius)
        nearest = nth_best(places.known.values(), 1, distance)
        if near or (nearest is not None and nearest <= RADII[-1]):
            return RADII[-1]
        return self._next_nearest(origin)

    def _next_nearest(self, origin: Place) -> float:
        """Beyond the last radius: the next nearest in the same state, rather than nothing at all."""
        wanted = self._wanted
        filters = wanted.filters._replace(state=origin.state)
        in_state = Nearby(wanted.reader, self._need, (origin.latitude, origin.longitude), filters, wanted.judge)
        in_state.find(ENOUGH, self._distance, EVERYWHERE, by_cost=False)
        farthest = [nth_best(in_state.known.values(), count, self._distance) for count in range(1, ENOUGH + 1)]
        assert self._places is not None
        near = {spot: one for spot, one in self._places.known.items() if (one.row.miles or 0.0) <= RADII[-1]}
        self._others = {**near, **in_state.known}
        self._places = None
        return max((miles for miles in farthest if miles is not None), default=RADII[-1])

    def _leave_out_closed(self) -> None:
        places = self._places
        self._only_open = True
        self._places = places and places.narrowed()
        if not self.top(1):
            self._only_open = False
            self._places = places

    # What is known, and what may be missing

    def _known(self) -> list[Judged]:
        found = [*self._others.values()]
        for one in (self._places, self._unplaced):
            found += one.known.values() if one else ()
        return list(filter(self._may_be_shown, found))

    def _bound(self) -> float:
        """Whatever costs no more than this is known."""
        places, unplaced = self._places, self._unplaced
        known_places = math.inf if not places or places.miles >= (self.reach or 0.0) else places.cost
        return min(known_places, unplaced.cost if unplaced else math.inf)

    def _gather(self, count: int) -> float:
        """Make the best `count` known by the least they may cost, or all; returns the bound."""
        if self._places and self.reach is not None:
            self._places.find(count, self._least, self.reach, by_cost=True)
        if self._unplaced and self._unplaced.cost < math.inf:
            cost = nth_best(self._known(), count, _least)
            self._unplaced.within_cost(math.inf if cost is None else cost)
        return self._bound()

    def _make_known(self, cost: float) -> None:
        if self._places and self.reach is not None:
            self._places.within_cost(cost, self.reach)
        if self._unplaced:
            self._unplaced.within_cost(cost)

    def _least(self, judged: Judged) -> float | None:
        return judged.least if self._may_be_shown(judged) else None

    def _is_usable(self, judged: Judged) -> bool:
        return judged.is_usable and judged.row.service not in self._wanted.exclude

    def _distance(self, judged: Judged) -> float | None:
        return judged.row.miles if self._is_usable(judged) else None

    def _may_be_shown(self, judged: Judged) -> bool:
        row = judged.row
        if row.miles and self.reach is not None and row.miles > self.reach:
            return False
        if self._wanted.exclude and row.service in self._wanted.exclude:
            return False
        return not self._only_open or bool(row.may_open and row.flags & layout.ACTIVE)

    # What it costs exactly

    def _resolve(self, count: int, bound: float) -> dict[int, Ranked]:
        """The best place of each service, for the services that may be among the best `count`."""
        known = sorted(self._known(), key=lambda judged: judged.least)
        best: dict[int, Ranked] = {}
        for at, judged in enumerate(known):
            if judged.least > bound:
                break
            if len(best) >= count and sorted(best.values())[count - 1].cost < judged.least:
                break
            if not self._listings.knows(judged):
                next_ones = (one for one in known[at:] if not self._listings.knows(one))
                self._listings.look_up(list(islice(next_ones, max(_AT_ONCE, count))))
            ranked = self._listings.ranked(judged)
            if ranked is None or (self._only_open and ranked.state == "closed"):
                continue
            service = judged.row.service
            best[service] = min(ranked, best.get(service, ranked))
        return best


def _least(judged: Judged) -> float:
    return judged.least
