"""Small numbers are held back, and so are others, until no small one can be worked out from what is shown.

A number from 1 to 10 may be about a family that somebody knows. Where sums are shown as well, holding back that number alone
does not help: it is the sum less the others. So numbers are seen as what flows around: each stands between two points, and
at every point as much comes in as goes out. (A table: from the start to each row its sum, from the row to each column the
cell, from the column to the end its sum, and from the end to the start the sum of all.) What is held back could be something
else exactly if flow can be moved around a circle of held-back numbers that leaves everything shown as it is. Where there is
no such circle, the cheapest one is made by holding back more.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

#: Numbers below it, other than 0, are not shown.
SMALLEST_SHOWN = 11
#: What a sum costs, besides what it counts: better to hold back two cells than a sum.
_OF_A_SUM = 10_000_000


class Number(NamedTuple):
    """`value` stands between two points. `sum`: it is a sum of others."""

    start: Hashable
    end: Hashable
    value: int
    sum: bool = False


def is_small(value: int) -> bool:
    return 0 < value < SMALLEST_SHOWN


def held_back(numbers: Sequence[Number]) -> set[int]:
    """The positions of the numbers not to show. At every point as much must come in as goes out.

    Everybody may know that what is held back is at least 1, and the same sign stands for all of it: nobody may know whether
    it is small. 0 is shown.
    """
    roads = _Roads(numbers)
    small = [position for position, number in enumerate(numbers) if is_small(number.value)]
    for position in small:
        roads.open(position)
    for position in sorted(small, key=lambda each: numbers[each].value):
        # what is held back for it lies on the same circle, so that it could be something else as well
        for more in roads.around(position):
            roads.open(more)
    return roads.opened


class _Roads:
    """Along a number it may grow, against it shrink. What is held back is open and costs nothing; zeros stay."""

    def __init__(self, numbers: Sequence[Number]) -> None:
        self.opened: set[int] = set()
        self._numbers = numbers
        self._from: dict[Hashable, list[tuple[Hashable, int]]] = defaultdict(list)
        self._open_from: dict[Hashable, Counter[Hashable]] = defaultdict(Counter)
        for position, number in enumerate(numbers):
            for start, end in _ways(number):
                self._from[start].append((end, position))

    def open(self, position: int) -> None:
        if position not in self.opened:
            self.opened.add(position)
            for start, end in _ways(self._numbers[position]):
                self._open_from[start][end] += 1

    def around(self, position: int) -> set[int]:
        """The numbers that have to be held back for this one to be able to be another, the cheapest set."""
        number = self._numbers[position]
        directions = [(end, start) for start, end in _ways(number)]
        if any(self._is_near(start, end, number) for start, end in directions):
            return set()
        ways = [self._cheapest(start, end, position) for start, end in directions]
        return min(ways, key=lambda way: way[0])[1] - self.opened

    def _is_near(self, start: Hashable, end: Hashable, without: Number) -> bool:
        """Whether there is an open way of one step or of three: a look that nearly always is enough in a large table."""
        roads = self._open_from
        own = (start, end) in list(_ways(without))
        if roads[start][end] > own:
            return True
        return any(
            roads[third][end]
            for second in roads[start]
            if second != end
            for third in roads[second]
            if third != start and third != end
        )

    def _cheapest(self, start: Hashable, end: Hashable, without: int) -> tuple[int, set[int]]:
        """Dijkstra's. There is a way from a number's end back to its start: what flows through it came from somewhere."""
        came: dict[Hashable, tuple[Hashable, int]] = {}
        costs: dict[Hashable, int] = {start: 0}
        queue: list[tuple[int, int, Hashable]] = [(0, 0, start)]
        turn, settled = 0, set()
        while queue:
            cost, _, point = heapq.heappop(queue)
            if point in settled:
                continue
            settled.add(point)
            if point == end:
                break
            for neighbor, position in self._from[point]:
                if position == without or neighbor in settled:
                    continue
                number = self._numbers[position]
                further = cost + (0 if position in self.opened else number.value + number.sum * _OF_A_SUM)
                if further < costs.get(neighbor, further + 1):
                    costs[neighbor], came[neighbor] = further, (point, position)
                    turn += 1
                    heapq.heappush(queue, (further, turn, neighbor))
        if end not in settled:
            return 1 << 62, set()
        return costs[end], set(_back(came, start, end))


def _ways(number: Number) -> Iterator[tuple[Hashable, Hashable]]:
    """Along it, and against it where it can shrink and still be at least 1."""
    if number.value >= 1:
        yield number.start, number.end
    if number.value >= 2:
        yield number.end, number.start


def _back(came: dict[Hashable, tuple[Hashable, int]], start: Hashable, end: Hashable) -> Iterator[int]:
    point = end
    while point != start:
        point, position = came[point]
        yield position
