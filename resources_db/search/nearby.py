"""The places nearest to a point, exactly, in two indexed statements however many there are.

Seed: the rows before and after the point in the order of their squares. The best of them bound how far the answer
can lie. Cover: the few ranges of squares that hold everything within that bound. When the bound is loose, because
all seeds lie on the wrong side of a river of nothing, the cover stops early, and what it found tightens the bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from functools import lru_cache
from typing import Any, NamedTuple

from resources_db.eligibility import ADULT
from resources_db.search import layout
from resources_db.search.cells import (
    METERS_PER_MILE,
    Range,
    cell_of,
    first_spot,
    meters_within,
    miles_of_chord,
    ranges_around,
    xyz,
)
from resources_db.search.ranking import CLOSED, OPENS_SOON, Judge, Judged, Row, language_costs
from resources_db.search.reader import Reader
from resources_db.search.week import Slots
from resources_db.search.words import marks_of_ranges, match, need_mark

EVERYWHERE = 13_000.0
_SEEDS = 24
_FIRST_LIMIT = 64
_WIDEST = 1e9
# The statement is padded to one of these numbers of ranges, so that few different ones are ever planned.
RANGES = (4, 8, 16)
NO_RANGE = (1, 0)


class Filters(NamedTuple):
    """What a row must meet to be read at all. `may` and `soon` are bits of the week; with `only_open` some of `may`
    must be set. `ages` are in years; `state` is a two-letter code; `words` are folded, and all must be there."""

    may: Slots
    soon: Slots
    only_open: bool = False
    ages: tuple[float, ...] = ()
    state: str | None = None
    words: tuple[str, ...] = ()
    # ISO 639-1; what does not name it costs more.
    language: str = ""


class Shape(NamedTuple):
    """What the text of a statement depends on."""

    may: tuple[int, ...]
    soon: tuple[int, ...]
    only_open: bool
    state: bool
    # How words are looked up: "", "fts5" or "tsvector".
    words: str
    ages: int
    ask_for_adults: bool
    language: str


class Around:
    """Rows around a point, read by statements whose first values are what is asked for. `words_are` is Shape.words."""

    def __init__(
        self, reader: Reader, point: tuple[float, float], words_are: str, values: tuple[Any, ...], words: tuple[str, ...]
    ) -> None:
        self._reader, self._point, self._words_are, self._values, self._words = reader, point, words_are, values, words

    def _ranges(self, meters: float) -> tuple[list[Range], list[int]]:
        """What covers the disc; and the ends for the statement, which is padded."""
        ranges, here = ranges_around(*self._point, meters), first_spot(cell_of(*self._point))
        # Where a limit ends the search early, it should begin in the middle.
        ranges.sort(key=lambda ends: not ends[0] <= here <= ends[1])
        # With words nothing is prepared, and a lookup in vain is not free.
        size = len(ranges) if self._words else next(size for size in RANGES if size >= len(ranges))
        return ranges, [end for ends in (*ranges, *(NO_RANGE,) * (size - len(ranges))) for end in ends]

    def _matching(self, ranges: Sequence[Range] = ()) -> tuple[str, ...]:
        if not self._words:
            return ()
        squares = marks_of_ranges(ranges) if ranges and self._words_are == "tsvector" else ()
        return (match(self._reader, self._words, squares),)

    def _rows(self, statement: str, matching: tuple[str, ...], *values: Any) -> list[tuple[Any, ...]]:
        read = self._reader.rows_once if matching else self._reader.rows
        return read(statement, *self._values, *matching, *values)


class Nearby(Around):
    """Rows for one need around one point: `known` are those judged fit to be shown, by their spot."""

    def __init__(self, reader: Reader, need: int, point: tuple[float, float], filters: Filters, judge: Judge) -> None:
        self._judge, self._shape = judge, shape_of(filters, reader)
        # Every word has to be in the listing, and the need is filed like one.
        words = (*filters.words, *((need_mark(need),) if need else ())) if filters.words else ()
        super().__init__(reader, point, self._shape.words, (need, *xyz(*point), *values_of(filters)), words)
        self._ages = filters.ages
        self._seen: set[int] = set()
        self.known: dict[int, Judged] = {}
        # Everything this near is known; infinity when there is nothing else.
        self.miles = 0.0
        self.cost = -math.inf
        self._seed()

    def narrowed(self) -> Nearby:
        """The same with places that may be open only; what is known so far holds there too."""
        other = copy(self)
        other._shape = self._shape._replace(only_open=True)
        other._seen, other.known = set(self._seen), dict(self.known)
        return other

    def find(
        self,
        count: int,
        measure: Callable[[Judged], float | None],
        most: float,
        *,
        by_cost: bool,
        by_service: bool = True,
    ) -> None:
        """Look until the `count` best services (or places) by `measure` are known, or all within `most` miles.

        A measure of None leaves a row out. With `by_cost` it is a cost, which is never less than the miles, the
        row's base and the judge's least cost together; else it is the miles.
        """
        limit, bound = _FIRST_LIMIT, math.inf
        while math.isfinite(self.miles) and self.miles < most:
            found = nth_best(self.known.values(), count, measure, by_service)
            if found is not None and found <= (self.cost if by_cost else self.miles):
                return
            before, bound = bound, most if found is None else found if by_cost else min(found, most)
            if bound > before * 0.7:
                limit *= 4
            self._cover(bound, most, limit, by_cost=by_cost and found is not None)

    def within_cost(self, cost: float, most: float) -> None:
        """Make everything known that may cost no more and is at most so many miles away."""
        limit = _FIRST_LIMIT
        while cost > self.cost and self.miles < most:
            self._cover(cost, most, limit, by_cost=True)
            limit *= 8

    def services(self, most: float, rows: int) -> tuple[set[int], bool]:
        """The services of so many rows at most that many miles away, and whether those are all. Nothing else is learned."""
        meters = meters_within(most)
        ranges, ends = self._ranges(meters)
        statement = services_sql(self._shape, len(ends) // 2, rows)
        found = self._rows(statement, self._matching(ranges), *self._ages, meters * meters, *ends)
        self._judge.areas.load(row[3] for row in found)
        return {
            service
            for squared, service, flags, areas, *_ in found
            if (miles := miles_of_chord(squared)) <= most and self._judge.may_serve(areas, flags, miles)
        }, len(found) < rows

    def _cover(self, bound: float, most: float, limit: int, *, by_cost: bool = False) -> None:
        """Read what is within the bound; nothing is concluded when it is more than the limit for a range."""
        cost = bound - self._judge.least_cost if by_cost else math.inf
        reach = min(cost, most) if by_cost else bound
        meters = meters_within(reach)
        ranges, ends = self._ranges(meters)
        cost_meters = min(meters_within(cost), _WIDEST)
        limits = (meters * meters, cost_meters)
        rows = self._rows(cover_sql(self._shape, len(ends) // 2, limit), self._matching(ranges), *self._ages, *limits, *ends)
        self._take(rows)
        if len(rows) < limit:
            if by_cost:
                self.cost = max(self.cost, bound)
            else:
                self.miles = max(self.miles, reach if reach < EVERYWHERE else math.inf)
                self.cost = max(self.cost, self.miles + self._judge.least_cost)

    def _seed(self) -> None:
        spot = first_spot(cell_of(*self._point))
        if self._shape.words == "tsvector":
            rows = self._squares_around()
        else:
            rows = self._rows(seed_sql(self._shape), self._matching(), spot)
        self._take(rows)
        if len(rows) < _SEEDS:  # neither side was full: there is nothing else
            self.miles = self.cost = math.inf

    def _squares_around(self) -> list[tuple[Any, ...]]:
        """Seeds from an index without an order: from ever larger squares around the point, or all there is."""
        rows: list[tuple[Any, ...]] = []
        for miles in (4.0, 30.0, 250.0, None):
            ranges = ranges_around(*self._point, miles * METERS_PER_MILE) if miles else []
            rows = self._rows(any_sql(self._shape), self._matching(ranges), 2 * _SEEDS)
            if len(rows) >= _SEEDS:
                return rows
        return rows

    def _take(self, rows: Sequence[Sequence[Any]]) -> None:
        self._judge.areas.load(row[11] for row in rows)
        for squared, *facts in rows:
            if facts[0] in self._seen:
                continue
            self._seen.add(facts[0])
            if judged := self._judge.judge(Row(miles_of_chord(squared), *facts)):
                self.known[judged.row.spot] = judged


def nth_best(
    known: Iterable[Judged],
    count: int,
    measure: Callable[[Judged], float | None],
    by_service: bool = True,
) -> float | None:
    """The measure of the `count`-th best service, each by its best place, or place; None when there are fewer."""
    best: dict[int, float] = {}
    for judged in known:
        value = measure(judged)
        key = judged.row.service if by_service else judged.row.spot
        if value is not None and value < best.get(key, math.inf):
            best[key] = value
    return sorted(best.values())[count - 1] if len(best) >= count else None


def first_rows(reader: Reader, need: int, filters: Filters, judge: Judge, most: int) -> list[Judged]:
    """Places for a need in the order of their squares, the first so many, without distances."""
    shape = shape_of(filters, reader)
    words = (*filters.words, *((need_mark(need),) if need else ()))
    matching = (match(reader, words),) if filters.words else ()
    rows = reader.rows_once(first_sql(shape), need, 0.0, 0.0, 0.0, *values_of(filters), *matching, *filters.ages, most)
    judge.areas.load(row[11] for row in rows)
    judged = (judge.judge(Row(None, *facts)) for _, *facts in rows)
    return [one for one in judged if one]


def shape_of(filters: Filters, reader: Reader) -> Shape:
    ages = filters.ages
    ask = bool(ages) and max(ages) < ADULT
    words = words_of(filters.words, reader)
    may, soon, in_state = tuple(filters.may), tuple(filters.soon), filters.state is not None
    return Shape(may, soon, filters.only_open, in_state, words, len(ages), ask, filters.language)


def words_of(words: Sequence[str], reader: Reader) -> str:
    """How they are looked up."""
    return "" if not words else "fts5" if reader.on_sqlite else "tsvector"


def values_of(filters: Filters) -> tuple[Any, ...]:
    return (*filters.may.values(), *filters.soon.values(), *(() if filters.state is None else (filters.state,)))


SQUARED = "(x - ?2) * (x - ?2) + (y - ?3) * (y - ?3) + (z - ?4) * (z - ?4)"
_FIRST = 5


def columns_of(shape: Shape, first: int) -> str:
    """The facts of a row, the values of the bits beginning with number `first`."""
    may, soon = bits_of(shape.may, first), bits_of(shape.soon, first + len(shape.may))
    return (
        "p.spot, base, state, service, flags, languages, needs, first_age, end_age, checked, areas, "
        f"doubted_until, helped_until, {may}, {soon}"
    )


def least_cost_of(shape: Shape, first: int) -> str:
    """A row's base with what its language and the usual week add, as `Judge.judge` has it; the bits as in `columns_of`."""
    may, soon = bits_of(shape.may, first), bits_of(shape.soon, first + len(shape.may))
    unnamed, unsaid = language_costs(shape.language)
    return (
        f"(base + CASE WHEN languages & {layout.language_bit(shape.language)} <> 0 THEN 0 "
        f"WHEN languages <> 0 THEN {unnamed} ELSE {unsaid} END "
        f"+ CASE WHEN {may} <> 0 OR flags & {layout.HOURS_UNKNOWN} <> 0 OR flags & {layout.ACTIVE} = 0 THEN 0 "
        f"WHEN {soon} <> 0 THEN {OPENS_SOON} ELSE {CLOSED} END)"
    )


def after_bits(shape: Shape, first: int) -> int:
    """The number of the first value after those of `columns_of`."""
    return first + len(shape.may) + len(shape.soon)


_FROM = {
    "": "search_place AS p WHERE need = ?1",
    # The index over the words is in the order of spots too, and so the table that leads.
    "fts5": "search_words CROSS JOIN search_place AS p WHERE need = ?1 AND p.spot = search_words.rowid "
    "AND search_words MATCH ?{words}",
    "tsvector": "search_text AS t JOIN search_place AS p ON p.spot = t.spot WHERE need = ?1 AND t.lexemes @@ ?{words}::tsquery",
}
KEY = {"": "p.spot", "fts5": "search_words.rowid", "tsvector": "p.spot"}


def source_of(words: str, value: int) -> str:
    """Rows by need (value 1) and, if they are looked up, words (that value)."""
    return _FROM[words].format(words=value)


def _source(shape: Shape) -> tuple[str, int]:
    """Rows by need, state and words; and the number of the next value."""
    at = after_bits(shape, _FIRST)
    state = f" AND state = ?{at}" if shape.state else ""
    at += shape.state
    return source_of(shape.words, at) + state, at + bool(shape.words)


def _select(shape: Shape) -> tuple[str, int]:
    """Rows by need, state and words; and the number of the next value."""
    source, at = _source(shape)
    return f"SELECT {SQUARED} AS squared, {columns_of(shape, _FIRST)} FROM {source}", at


def _conditions(shape: Shape, at: int) -> str:
    """Whether it may be open and the ages; the values of these begin with number `at`."""
    text = f" AND {bits_of(shape.may, _FIRST)} <> 0 AND flags & {layout.ACTIVE} <> 0" if shape.only_open else ""
    if shape.ages:
        fit = [f"(first_age <= ?{n} AND end_age > ?{n})" for n in range(at, at + shape.ages)]
        text += f" AND ({' OR '.join(fit + [f'first_age >= {ADULT}'] * shape.ask_for_adults)})"
    return text


@lru_cache(maxsize=256)
def seed_sql(shape: Shape) -> str:
    """Its own value: the spot. Hours and ages are not looked at, because a seed must
    be cheap whatever is asked for."""
    select, at = _select(shape)
    key = KEY[shape.words]
    return (
        f"SELECT * FROM ({select} AND {key} >= ?{at} ORDER BY {key} LIMIT {_SEEDS}) AS after "
        f"UNION ALL SELECT * FROM ({select} AND {key} < ?{at} AND {key} >= 0 ORDER BY {key} DESC LIMIT {_SEEDS}) AS before"
    )


@lru_cache(maxsize=256)
def any_sql(shape: Shape) -> str:
    """Its own value: how many rows."""
    select, at = _select(shape)
    return f"{select} LIMIT ?{at}"


@lru_cache(maxsize=256)
def cover_sql(shape: Shape, ranges: int, limit: int) -> str:
    """Its own values: the squared chord, the cost in meters, and the ranges' ends.

    The most rows of a range stand in the text, because PostgreSQL plans by them.
    """
    select, at = _select(shape)
    select += _conditions(shape, at)
    at += shape.ages
    select += f" AND {SQUARED} <= ?{at}"
    # The cheap comparisons first: most rows need no other.
    for cost in (f"(?{at + 1} - base * {METERS_PER_MILE})", f"(?{at + 1} - {least_cost_of(shape, _FIRST)} * {METERS_PER_MILE})"):
        select += f" AND {cost} >= 0 AND {SQUARED} <= {cost} * {cost}"
    key = KEY[shape.words]
    found = (
        f"SELECT * FROM ({select} AND {key} BETWEEN ?{n} AND ?{n + 1} LIMIT {limit}) AS range_{n}"
        for n in range(at + 2, at + 2 + 2 * ranges, 2)
    )
    return " UNION ALL ".join(found)


@lru_cache(maxsize=256)
def services_sql(shape: Shape, ranges: int, limit: int) -> str:
    """Its own values: the squared chord and the ranges' ends."""
    source, at = _source(shape)
    key = KEY[shape.words]
    # The bits only because PostgreSQL wants to know what every value is for.
    bits = ", ".join(f"{layout.DAYS[day]} & ?{n}" for n, day in enumerate((*shape.may, *shape.soon), _FIRST))
    select = f"SELECT {SQUARED} AS squared, service, flags, areas, {bits} FROM {source}{_conditions(shape, at)}"
    at += shape.ages
    found = (
        f"SELECT * FROM ({select} AND {SQUARED} <= ?{at} AND {key} BETWEEN ?{n} AND ?{n + 1} LIMIT {limit}) AS range_{n}"
        for n in range(at + 1, at + 1 + 2 * ranges, 2)
    )
    return " UNION ALL ".join(found) + f" LIMIT {limit}"


@lru_cache(maxsize=256)
def first_sql(shape: Shape) -> str:
    """Its own values: the ages, and how many rows."""
    select, at = _select(shape)
    return f"{select}{_conditions(shape, at)} ORDER BY {KEY[shape.words]} LIMIT ?{at + shape.ages}"


def bits_of(days: Sequence[int], first: int) -> str:
    """The bits of the week that are among those of the values from that number on."""
    return "(" + (" | ".join(f"({layout.DAYS[day]} & ?{first + n})" for n, day in enumerate(days)) or "0") + ")"
