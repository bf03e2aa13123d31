"""What lies nearest to a point, by distance alone: for the API and for whoever ranks for themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from typing import NamedTuple

from sqlalchemy.orm import Session

from resources_db.geo.places import Place
from resources_db.search import layout
from resources_db.search.areas import Areas
from resources_db.search.listings import Listings
from resources_db.search.nearby import Filters, Nearby, nth_best
from resources_db.search.ranking import Judge, Judged
from resources_db.search.reader import Reader
from resources_db.search.upkeep import settle
from resources_db.search.week import slots_of
from resources_db.search.words import MOST_WORDS, corrected, fold

FARTHEST_MILES = 100.0


class Near(NamedTuple):
    service_id: str
    service_at_location_id: str
    miles: float


def nearest(
    session: Session,
    point: tuple[float, float],
    *,
    need: str | None = None,
    text: str | None = None,
    radius_miles: float = FARTHEST_MILES,
    ages: Sequence[float] = (),
    language: str | None = None,
    open_at: datetime | None = None,
    place: Place | None = None,
    services_only: bool = False,
    limit: int = 50,
    offset: int = 0,
) -> list[Near]:
    """The nearest services at places, in miles over the ground; equally near ones by service and place id.

    Only places with a public point, of services that are not over. `text` is for words in the listing, all of them;
    spelling is forgiven where nothing has it as written. `open_at` (aware) keeps what is open then or has unknown
    hours, `language` (ISO 639-1) what names it, `ages` (years) what takes one of them, and `place` what does not say
    that it serves elsewhere. With `services_only` each service comes once, at its nearest place.
    """
    search = _search(session, point, need, text, ages, language, open_at, place)
    return search.page(offset + limit, radius_miles, services_only)[offset:] if search else []


def near_count(
    session: Session,
    point: tuple[float, float],
    *,
    need: str | None = None,
    text: str | None = None,
    radius_miles: float = FARTHEST_MILES,
    ages: Sequence[float] = (),
    language: str | None = None,
    open_at: datetime | None = None,
    place: Place | None = None,
    services_only: bool = False,
    most: int = 100,
) -> int:
    """How many `nearest` would find, up to `most`. With `open_at`, by the usual week: a holiday is not looked up."""
    search = _search(session, point, need, text, ages, language, open_at, place)
    return search.count(radius_miles, most, services_only) if search else 0


class _Search:
    def __init__(
        self,
        reader: Reader,
        nearby: Nearby,
        judge: Judge,
        language: str | None,
        by_time: bool,
    ) -> None:
        self._nearby, self._by_time = nearby, by_time
        self._language = layout.language_bit(language) if language else 0
        self._listings = Listings(reader, judge, hours=by_time)

    def page(self, count: int, radius: float, services_only: bool) -> list[Near]:
        goal = count
        while True:
            self._nearby.find(goal, self._distance, radius, by_cost=False, by_service=services_only)
            last = nth_best(self._nearby.known.values(), goal, self._distance, services_only)
            reach = radius if last is None else min(last, radius)
            found = self._open_ones(reach, services_only)
            if len(found) >= count or last is None or last > radius:
                return found[:count]
            goal *= 4

    def count(self, radius: float, most: int, services_only: bool) -> int:
        rows = most + most // 2
        while True:
            known = [one for one in self._nearby.known.values() if self._is_within(one, radius)]
            found = len({one.row.service for one in known}) if services_only else len(known)
            if found >= most or self._nearby.miles >= radius:
                return min(found, most)
            self._nearby.sample(radius, rows)
            rows *= 4

    def _open_ones(self, reach: float, services_only: bool) -> list[Near]:
        known = [one for one in self._nearby.known.values() if self._is_within(one, reach)]
        self._listings.look_up([one for one in known if not self._listings.knows(one)])
        listed = [ranked for one in known if (ranked := self._listings.ranked(one))]
        if self._by_time:
            listed = [ranked for ranked in listed if ranked.state != "closed"]
        near = sorted((one.row.miles or 0.0, one.service_id, one.service_at_location_id) for one in listed)
        first = {(service if services_only else site): Near(service, site, miles) for miles, service, site in reversed(near)}
        return sorted(first.values(), key=lambda one: (one.miles, one.service_id, one.service_at_location_id))

    def _is_within(self, judged: Judged, miles: float) -> bool:
        distance = self._distance(judged)
        return distance is not None and distance <= miles

    def _distance(self, judged: Judged) -> float | None:
        row = judged.row
        if self._language and not row.languages & self._language:
            return None
        if self._by_time and not (row.may_open and row.flags & layout.ACTIVE):
            return None
        return row.miles


def _search(
    session: Session,
    point: tuple[float, float],
    need: str | None,
    text: str | None,
    ages: Sequence[float],
    language: str | None,
    open_at: datetime | None,
    place: Place | None,
) -> _Search | None:
    """None when the text has no words."""
    settle(session)
    reader = Reader(session)
    words = fold(text or "")[:MOST_WORDS]
    if text is not None and not words:
        return None
    number = layout.NEED_NUMBER[need] if need else layout.ANY_NEED
    judge = Judge(place, ages, "", open_at or datetime.now(timezone.utc), open_at, (), Areas(reader))
    filters = Filters(
        may=slots_of(open_at) if open_at else {},
        soon={},
        only_open=open_at is not None,
        ages=tuple(ages),
        words=tuple(corrected(reader, words)) if words else (),
    )
    return _Search(reader, Nearby(reader, number, point, filters, judge), judge, language, open_at is not None)
