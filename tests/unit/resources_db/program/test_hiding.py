"""No small number can be worked out from a table and its sums. An outsider with a solver is set on what is shown."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from resources_db.program.hiding import Number, held_back, is_small

Table = list[list[int]]

_cells = st.one_of(st.just(0), st.integers(1, 10), st.integers(1, 3), st.integers(11, 60))
_tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(_cells, min_size=width, max_size=width), min_size=1, max_size=5)
)


def numbers_of(table: Table) -> list[Number]:
    """Cells, then the sums of rows, of columns, and of all."""
    columns = list(zip(*table, strict=True))
    return [
        *(Number(("row", i), ("column", j), value) for i, row in enumerate(table) for j, value in enumerate(row)),
        *(Number("start", ("row", i), sum(row), True) for i, row in enumerate(table)),
        *(Number(("column", j), "end", sum(column), True) for j, column in enumerate(columns)),
        Number("end", "start", sum(map(sum, table)), True),
    ]


def what_it_may_be(numbers: list[Number], hidden: set[int], position: int) -> tuple[int, int]:
    """The least and the most that a hidden number can be, for somebody who sees the others and knows how sums are made."""
    unknown = sorted(hidden)
    points: dict[Hashable, int] = {}
    for number in numbers:
        points.setdefault(number.start, len(points))
        points.setdefault(number.end, len(points))
    coming = np.zeros((len(points), len(unknown)))
    known = np.zeros(len(points))
    for place, number in enumerate(numbers):
        for point, sign in ((number.start, -1), (number.end, 1)):
            if place in hidden:
                coming[points[point], unknown.index(place)] += sign
            else:
                known[points[point]] -= sign * number.value
    goal = np.zeros(len(unknown))
    goal[unknown.index(position)] = 1
    found = []
    for sign in (1, -1):
        solved = linprog(sign * goal, A_eq=coming, b_eq=known, bounds=[(1, 10_000)] * len(unknown))
        assert solved.success
        found.append(round(sign * solved.fun))
    return found[0], found[1]


@settings(max_examples=150, deadline=None)
@given(_tables)
@example([[5, 20], [30, 40]])
@example([[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 100]])
@example([[1, 11], [11, 11]])
@example([[3]])
@example([[0, 4, 0], [50, 0, 0], [0, 0, 60]])
def test_no_small_number_can_be_worked_out_from_what_is_shown(table: Table) -> None:
    numbers = numbers_of(table)
    hidden = held_back(numbers)
    assert {place for place, number in enumerate(numbers) if is_small(number.value)} <= hidden
    for position in hidden:
        least, most = what_it_may_be(numbers, hidden, position)
        assert least < most, (table, position, numbers[position])
        assert least <= numbers[position].value <= most


def test_a_solver_does_find_a_small_number_when_only_the_small_ones_are_held_back() -> None:
    numbers = numbers_of([[5, 20], [30, 40]])
    assert what_it_may_be(numbers, {0}, 0) == (5, 5)


@settings(max_examples=100, deadline=None)
@given(_tables)
def test_zeros_are_shown_and_nothing_is_held_back_where_nothing_is_small(table: Table) -> None:
    numbers = numbers_of(table)
    hidden = held_back(numbers)
    assert all(numbers[position].value > 0 for position in hidden)
    if not any(is_small(number.value) for number in numbers):
        assert hidden == set()


def test_one_small_cell_costs_the_three_cheapest_others_and_no_sum() -> None:
    numbers = numbers_of([[5, 20, 90], [30, 40, 90], [90, 90, 90]])
    assert held_back(numbers) == {0, 1, 3, 4}


def test_a_row_of_ones_does_not_tell_that_they_are_ones() -> None:
    """Twelve hidden numbers that sum up to twelve could only be ones: something else has to be held back too."""
    numbers = numbers_of([[1] * 12 + [100]])
    hidden = held_back(numbers)
    assert all(what_it_may_be(numbers, hidden, position)[1] > 1 for position in range(12))
