"""What lies nearest to a point, by distance alone: for the API and for whoever ranks for themselves.

As in nearby.py, the rows around the point bound how far the answer can lie, and a few ranges cover that bound. Here
a row has nothing but its distance, because everything that is asked for is asked in SQL.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from resources_db.coverage import Coverage, serves
from resources_db.eligibility import ADULT
from resources_db.geo.places import Place
from resources_db.search import layout
from resources_db.search.areas import Areas
from resources_db.search.candidates import hours_of
from resources_db.search.cells import cell_of, first_spot, meters_within, miles_of_chord, xyz
from resources_db.search.listings import LISTINGS, NO_HOURS
from resources_db.search.nearby import KEY, SQUARED, Around, bits_of, source_of, words_of
from resources_db.search.ranking import ZIP_AREA_MILES, state_at
from resources_db.search.reader import Reader
from resources_db.search.upkeep import settle
from resources_db.search.week import slots_of
from resources_db.search.words import MOST_WORDS, corrected, fold, need_mark

FARTHEST_MILES = 100.0
# Rows of one service often stand together, so more are looked at than are wanted.
_SEEDS_FOR_EACH = 3
# For many more PostgreSQL would read and sort all rows for the need, because it cannot know how common that is.
_MOST_SEEDS = 32
# Among so many rows on either side those are looked for that meet what is asked.
_WINDOW = 200
_FIRST_LIMIT = 64
# Miles, and how many times as far next.
_FIRST_MILES, _FARTHER = 4.0, 8.0
# Squared chords of the same place differ by no more.
_HAIR = 1 + 1e-12


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
    search = _search(session, point, need, text, ages, language, open_at, place, services_only)
    return search.page(offset + limit, radius_miles)[offset:] if search else []


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
    search = _search(session, point, need, text, ages, language, open_at, place, services_only)
    return search.count(radius_miles, most) if search else 0


class Shape(NamedTuple):
    """What the text of a statement depends on: days whose bits are asked for, how many ages, and so on."""

    days: tuple[int, ...]
    ages: int
    adults_ask: bool
    language: bool
    # How words are looked up: "", "fts5" or "tsvector".
    words: str

    @property
    def filters(self) -> bool:
        return bool(self.days or self.ages or self.language)


class _Found(NamedTuple):
    squared: float
    spot: int
    service: int
    flags: int
    areas: int


class _Search(Around):
    def __init__(
        self,
        reader: Reader,
        point: tuple[float, float],
        shape: Shape,
        values: tuple[Any, ...],
        words: tuple[str, ...],
        place: Place | None,
        open_at: datetime | None,
        services_only: bool,
    ) -> None:
        super().__init__(reader, point, shape.words, values, words)
        self._shape = shape
        self._place, self._open_at, self._services_only = place, open_at, services_only
        self._areas = Areas(reader)
        self._verdicts: dict[int, Coverage] = {}
        self._states: dict[int, Near | None] = {}
        self._known: dict[int, _Found] = {}
        # Everything within this squared chord is known; infinity when there is nothing else.
        self._reached = -1.0

    def page(self, count: int, radius: float) -> list[Near]:
        goal = count
        # Few different numbers, so that few different statements are planned.
        self._seed(min(1 << (_SEEDS_FOR_EACH * count).bit_length(), _MOST_SEEDS))
        while True:
            last = self._find(goal, _chord(radius))
            found = self._named(last, radius)
            if len(found) >= count or last == math.inf:
                return found[:count]
            goal *= 4

    def count(self, radius: float, most: int) -> int:
        self._seed(_MOST_SEEDS)
        most_squared, limit = _chord(radius), most + most // 2
        while True:
            within = [one for one in self._known.values() if miles_of_chord(one.squared) <= radius]
            found = len({one.service for one in within}) if self._services_only else len(within)
            if found >= most or self._reached >= most_squared:
                return min(found, most)
            self._cover(most_squared, limit, only=True)
            limit *= 4

    def _find(self, count: int, most: float) -> float:
        """Make the nearest `count` known, or all within `most`; returns how far they reach, infinity when it is all."""
        limit, bound = _FIRST_LIMIT, math.inf
        while True:
            last = self._nth(count)
            if last is not None and last <= self._reached:
                return last if last <= most else math.inf
            if self._reached >= most:
                return math.inf
            before, bound = bound, self._farther(most) if last is None else min(last * _HAIR, most)
            if bound > before / 2:
                limit *= 4
            self._cover(bound, limit)

    def _farther(self, most: float) -> float:
        """How far to look when nothing tells. PostgreSQL's index of words has no order to stop in, so little by little."""
        if self._shape.words != "tsvector":
            return most
        return min(max(_chord(_FIRST_MILES), self._reached * _FARTHER**2), most)

    def _nth(self, count: int) -> float | None:
        """The squared chord of the last of so many; None when there are fewer."""
        if len(self._known) < count:
            return None
        if not self._services_only:
            return sorted(one.squared for one in self._known.values())[count - 1]
        services: set[int] = set()
        for one in sorted(self._known.values()):
            services.add(one.service)
            if len(services) == count:
                return one.squared
        return None

    def _named(self, last: float, radius: float) -> list[Near]:
        """What is known up to a squared chord, in order."""
        within = [one for one in self._known.values() if one.squared <= last * _HAIR]
        measured = [(miles, one) for one in within if (miles := miles_of_chord(one.squared)) <= radius]
        if self._services_only and not self._open_at:
            best: dict[int, float] = {}
            for miles, one in measured:
                best[one.service] = min(miles, best.get(one.service, miles))
            measured = [(miles, one) for miles, one in measured if miles == best[one.service]]
        self._name([(miles, one) for miles, one in measured if one.spot not in self._states])
        named = (self._states[one.spot] for _, one in measured)
        near = sorted((one for one in named if one), key=lambda one: (one.miles, one.service_id, one.service_at_location_id))
        if not self._services_only:
            return near
        first = {one.service_id: one for one in reversed(near)}
        return [one for one in near if first[one.service_id] is one]

    def _name(self, measured: Sequence[tuple[float, _Found]]) -> None:
        """What the directory calls them, for those that may be open."""
        if not measured:
            return
        listings = {row[0]: row[1:] for row in self._reader.rows(LISTINGS, [one.spot for _, one in measured])}
        timed = {one.spot for _, one in measured if self._open_at and not one.flags & layout.HOURS_UNKNOWN}
        owners = {(site, service, place) for spot, (service, site, place, _) in listings.items() if spot in timed}
        hours = hours_of(self._reader, owners) if owners else {}
        for miles, one in measured:
            self._states[one.spot] = None
            if one.spot in listings:
                service, site, location, tz = listings[one.spot]
                its = hours.get((site, service, location), NO_HOURS)
                if not self._open_at or state_at(its, self._open_at, tz, False) != "closed":
                    self._states[one.spot] = Near(service, site or "", miles)

    # Reading

    def _seed(self, count: int) -> None:
        if self._shape.words == "tsvector":
            return
        rows = self._rows(seed_sql(self._shape, count), self._matching(), first_spot(cell_of(*self._point)))
        self._take(rows)
        if len(rows) < count and not self._shape.filters:  # neither side was full: there is nothing else
            self._reached = math.inf

    def _cover(self, bound: float, limit: int, *, only: bool = False) -> None:
        """Read what is within a squared chord, so many rows a range or only so many in all; if it is more, nothing
        is concluded."""
        ranges, ends = self._ranges(meters_within(miles_of_chord(bound)))
        rows = self._rows(cover_sql(self._shape, len(ends) // 2, limit, only), self._matching(ranges), bound, *ends)
        self._take(rows)
        if len(rows) < limit:
            self._reached = max(self._reached, bound)

    def _take(self, rows: Iterable[Sequence[Any]]) -> None:
        found = list(map(_Found._make, rows))
        if self._place:
            self._areas.load(one.areas for one in found)
            found = [one for one in found if self._may_serve(one)]
        self._known.update((one.spot, one) for one in found)

    def _may_serve(self, one: _Found) -> bool:
        verdict = self._verdicts.get(one.areas)
        if verdict is None:
            verdict = self._verdicts[one.areas] = serves(self._areas[one.areas], self._place)
        if verdict == "unknown" and one.flags & layout.ZIPS_ONLY:
            return miles_of_chord(one.squared) <= ZIP_AREA_MILES
        return verdict != "no"


def _chord(miles: float) -> float:
    """A squared chord that leaves nothing out that is so many miles away."""
    return meters_within(miles) ** 2


def _search(
    session: Session,
    point: tuple[float, float],
    need: str | None,
    text: str | None,
    ages: Sequence[float],
    language: str | None,
    open_at: datetime | None,
    place: Place | None,
    services_only: bool,
) -> _Search | None:
    """None when the text has no words."""
    settle(session)
    reader = Reader(session)
    words = fold(text or "")[:MOST_WORDS]
    if text is not None and not words:
        return None
    number = layout.NEED_NUMBER[need] if need else layout.ANY_NEED
    if words:
        # Every word has to be in the listing, and the need is filed like one.
        words = [*corrected(reader, words), *([need_mark(number)] if need else [])]
    slots = slots_of(open_at) if open_at else {}
    different = tuple(dict.fromkeys(ages))
    shape = Shape(
        days=tuple(slots),
        ages=len(different),
        adults_ask=bool(different) and max(different) < ADULT,
        language=language is not None,
        words=words_of(words, reader),
    )
    values = (number, *xyz(*point), *slots.values(), *different, *([layout.language_bit(language)] if language else ()))
    return _Search(reader, point, shape, values, tuple(words), place, open_at, services_only)


# Values: the need, the point, the bits, the ages, the language's bit and, if any, the words.
_FIRST = 5
_COLUMNS = f"{SQUARED} AS squared, p.spot, service, flags, areas"


def _parts(shape: Shape) -> tuple[str, str, int]:
    """Rows by need and words, what else they must meet, and the number of the next value."""
    ages = _FIRST + len(shape.days)
    language = ages + shape.ages
    words = language + shape.language
    conditions = ""
    if shape.days:
        conditions += f" AND {bits_of(shape.days, _FIRST)} <> 0 AND flags & {layout.ACTIVE} <> 0"
    if shape.ages:
        fit = [f"(first_age <= ?{n} AND end_age > ?{n})" for n in range(ages, language)]
        conditions += f" AND ({' OR '.join(fit + [f'first_age >= {ADULT}'] * shape.adults_ask)})"
    if shape.language:
        conditions += f" AND languages & ?{language} <> 0"
    return source_of(shape.words, words), conditions, words + bool(shape.words)


@lru_cache(maxsize=512)
def seed_sql(shape: Shape, count: int) -> str:
    """Its own value: the spot. So many rows on either side; where there are filters, from among the next few."""
    source, conditions, at = _parts(shape)
    key = KEY[shape.words]
    sides = []
    for name, side, order in (("after", f">= ?{at}", key), ("before", f"< ?{at} AND {key} >= 0", f"{key} DESC")):
        if conditions:
            columns = "p.spot, service, flags, areas, x, y, z, first_age, end_age, languages"
            columns = ", ".join([columns, *(layout.DAYS[day] for day in shape.days)])
            rows = f"(SELECT {columns} FROM {source} AND {key} {side} ORDER BY {order} LIMIT {_WINDOW}) AS p"
            select = f"SELECT {_COLUMNS} FROM {rows} WHERE true{conditions} LIMIT {count}"
        else:
            select = f"SELECT {_COLUMNS} FROM {source} AND {key} {side} ORDER BY {order} LIMIT {count}"
        sides.append(f"SELECT * FROM ({select}) AS {name}")
    return " UNION ALL ".join(sides)


@lru_cache(maxsize=512)
def cover_sql(shape: Shape, ranges: int, limit: int, only: bool) -> str:
    """Its own values: the squared chord and the ranges' ends. The limits stand in the text, because PostgreSQL plans by them."""
    source, conditions, at = _parts(shape)
    select = f"SELECT {_COLUMNS} FROM {source}{conditions} AND {SQUARED} <= ?{at}"
    key = KEY[shape.words]
    found = (
        f"SELECT * FROM ({select} AND {key} BETWEEN ?{n} AND ?{n + 1} LIMIT {limit}) AS range_{n}"
        for n in range(at + 1, at + 1 + 2 * ranges, 2)
    )
    return " UNION ALL ".join(found) + (f" LIMIT {limit}" if only else "")
