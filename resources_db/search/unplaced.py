"""Help without a point on the map: by phone, online, at home, at a confidential place. Found by whom it serves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from resources_db.coverage import county_key
from resources_db.geo.places import Place
from resources_db.search.nearby import Filters, Shape, columns_of, least_cost_of, shape_of, values_of
from resources_db.search.projection import COUNTIES_OF, UNSAID, ZIPS_OF
from resources_db.search.ranking import Judge, Judged, Row
from resources_db.search.reader import Reader
from resources_db.search.words import area_mark, match, need_mark

_AT_ONCE, _MANY = 6, 200
_MOST_MATCHING = 1000
_HAIR = 1e-5
_DEAREST = 1e9
_BEFORE_ALL = (-1.0, -(1 << 63))

# Keys with the base and the spot after which to read on.
_Ends = dict[str, tuple[float, int]]


class Unplaced:
    """Rows for one need that may serve a place, in the order of what they cost at least: `known` by their spot."""

    def __init__(self, reader: Reader, need: int, place: Place | None, filters: Filters, judge: Judge) -> None:
        self._reader, self._need, self._judge = reader, need, judge
        self._shape, self._values = shape_of(filters, reader), values_of(filters)
        self._open: _Ends = dict.fromkeys(keys_for(place), _BEFORE_ALL)
        self._seen: set[int] = set()
        self.known: dict[int, Judged] = {}
        # Everything that may cost this much is known; infinity when there is nothing else.
        self.cost = -math.inf
        if filters.words:
            self._read_matching(filters.words)
        else:
            self.read_on()

    def within_cost(self, cost: float) -> None:
        """Make everything known that may cost no more."""
        if cost == math.inf:
            while self.read_on(_MANY):
                pass
            return
        if cost > self.cost:
            after = self._open
            while after:
                after = self._read(after, _MANY, cost)
            self.cost = cost

    def read_on(self, at_once: int = _AT_ONCE) -> bool:
        """Make so many more known for each key, the next cheapest; False when there are none."""
        if not self._open:
            return False
        self._open = self._read(self._open, at_once)
        # Rows as cheap as the last one read may follow.
        lowest = min((base for base, _ in self._open.values()), default=math.inf)
        self.cost = max(self.cost, lowest - _HAIR + self._judge.least_cost)
        return True

    def _read_matching(self, words: Sequence[str]) -> None:
        """Whatever has the words and may serve the place: not many, since both are filed together."""
        words = (*words, *((need_mark(self._need),) if self._need else ()))
        matching = match(self._reader, words, [area_mark(key) for key in self._open])
        rows = self._reader.rows_once(matching_sql(self._shape), self._need, *self._values, matching, _MOST_MATCHING)
        self._judge.areas.load(row[10] for row in rows)
        for facts in rows:
            if judged := self._judge.judge(Row(None, *facts)):
                self.known[judged.row.spot] = judged
        self._open, self.cost = {}, math.inf

    def _read(self, after: _Ends, at_once: int, cost: float = math.inf) -> _Ends:
        """The next so many rows under each key that may cost no more; returns the keys that have more."""
        ends = [value for key, last in after.items() for value in (key, *last)]
        most = min(cost - self._judge.least_cost + _HAIR, _DEAREST)
        rows = self._reader.rows(list_sql(self._shape, len(after)), self._need, at_once, *self._values, most, *ends)
        self._judge.areas.load(row[11] for row in rows)
        last: dict[str, list[tuple[float, int]]] = {key: [] for key in after}
        for key, *facts in rows:
            last[key].append((facts[1], facts[0]))
            if facts[0] not in self._seen:
                self._seen.add(facts[0])
                if judged := self._judge.judge(Row(None, *facts)):
                    self.known[judged.row.spot] = judged
        return {key: read[-1] for key, read in last.items() if len(read) == at_once}


def keys_for(place: Place | None) -> Sequence[str]:
    """Under which keys of search_unplaced.area stands what serves the place, or what does not say that it does not."""
    if place is None:
        return ()
    state = place.state
    keys = ["US", state, UNSAID, UNSAID + state]
    keys.append(f"{state}/{county_key(place.county)}" if place.county else COUNTIES_OF + state)
    keys += [place.postal_code] if place.postal_code else [ZIPS_OF, ZIPS_OF + state]
    return keys


def first_unplaced(reader: Reader, need: int, filters: Filters, judge: Judge, most: int) -> list[Judged]:
    """For any place, the first so many."""
    shape = shape_of(filters, reader)
    if filters.words:
        matching = match(reader, (*filters.words, *((need_mark(need),) if need else ())))
        rows = reader.rows_once(matching_sql(shape), need, *values_of(filters), matching, most)
    else:
        rows = reader.rows(first_sql(shape), need, *values_of(filters), most)
    judge.areas.load(row[10] for row in rows)
    judged = (judge.judge(Row(None, *row)) for row in rows)
    return [one for one in judged if one]


@lru_cache(maxsize=256)
def list_sql(shape: Shape, keys: int) -> str:
    """Values: need, how many rows of a key, the bits, the most a row may cost, and for each key itself with the base and
    spot to read on after."""
    most = 3 + len(shape.may) + len(shape.soon)
    least = f"base <= ?{most} AND {least_cost_of(shape, 3)} <= ?{most}"
    return " UNION ALL ".join(
        f"SELECT * FROM (SELECT area, {columns_of(shape, 3)} FROM search_unplaced AS p WHERE need = ?1 AND area = ?{at} "
        f"AND {least} AND (base, p.spot) > (?{at + 1}, ?{at + 2}) ORDER BY base, p.spot LIMIT ?2) AS key_{at}"
        for at in range(most + 1, most + 1 + 3 * keys, 3)
    )


@lru_cache(maxsize=256)
def first_sql(shape: Shape) -> str:
    end = 2 + len(shape.may) + len(shape.soon)
    return f"SELECT DISTINCT {columns_of(shape, 2)} FROM search_unplaced AS p WHERE need = ?1 ORDER BY p.spot LIMIT ?{end}"


@lru_cache(maxsize=256)
def matching_sql(shape: Shape) -> str:
    at = 2 + len(shape.may) + len(shape.soon)
    source = {
        "fts5": f"search_words CROSS JOIN search_unplaced AS p WHERE search_words MATCH ?{at} AND search_words.rowid < 0 "
        "AND p.spot = search_words.rowid",
        "tsvector": f"search_text AS t JOIN search_unplaced AS p ON p.spot = t.spot WHERE t.lexemes @@ ?{at}::tsquery "
        "AND t.spot < 0",
    }[shape.words]
    return f"SELECT DISTINCT {columns_of(shape, 2)} FROM {source} AND need = ?1 LIMIT ?{at + 1}"
