"""Sets of service areas by their number, kept in memory: thousands of listings share a few, and none ever changes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from resources_db.coverage import Area
from resources_db.search.reader import Reader

_MOST_KEPT = 50_000
_kept: dict[int, tuple[Area, ...]] = {0: ()}


class Areas:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def load(self, numbers: Iterable[int]) -> None:
        """Read those that are not in memory."""
        missing = {number for number in numbers if number not in _kept}
        if not missing:
            return
        if len(_kept) > _MOST_KEPT:
            _kept.clear()
            _kept[0] = ()
        for number, text in self._reader.rows("SELECT id, areas FROM search_area WHERE id IN ?1", missing):
            _kept[number] = tuple(Area(*pair) for pair in json.loads(text))

    def __getitem__(self, number: int) -> tuple[Area, ...]:
        if number not in _kept:
            self.load((number,))
        return _kept[number]
