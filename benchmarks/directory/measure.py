"""Processor time of a question, on this side and in the database server, and tables of it.

Other work on the machine slows the clock on the wall, and processor time far less. What is compared is asked in turns, the
repeats of a question are spread over the run, and the least of them counts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

from sqlalchemy import Engine

REPEATS = 3


class Clock:
    """Processor seconds of this thread and of these server processes (Linux; elsewhere of this thread alone)."""

    def __init__(self, backends: Sequence[int] = ()) -> None:
        # What each has used by when it was last looked at; one that ends keeps that.
        self._used = {file: 0 for pid in backends if (file := Path(f"/proc/{pid}/schedstat")).exists()}

    def read(self) -> float:
        # The server goes to sleep a moment after we have its answer; only then is its time on the books.
        for file in self._used:
            with suppress(OSError):
                self._used[file] = int(file.read_bytes().split()[0])
        return time.thread_time() + sum(self._used.values()) / 1e9

    @staticmethod
    def for_engine(engine: Engine) -> Clock:
        """With the server processes that serve this database now, so open all connections first."""
        if engine.dialect.name != "postgresql":
            return Clock()
        with engine.connect() as connection:
            return Clock(connection.exec_driver_sql(_BACKENDS).scalars().all())


_BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"


@dataclass
class Subject:
    """One thing that is timed: a way of answering, on one directory. `ask` gets a point's number."""

    name: str
    ask: Callable[[int], object]
    clock: Clock = field(default_factory=Clock)


@dataclass(frozen=True)
class Timing:
    """Milliseconds of processor time, over the points."""

    each: tuple[float, ...]

    def percentile(self, percent: int) -> float:
        if percent == 100 or len(self.each) == 1:
            return max(self.each)
        return quantiles(self.each, n=100, method="inclusive")[percent - 1]

    @property
    def p50(self) -> float:
        return self.percentile(50)

    @property
    def p95(self) -> float:
        return self.percentile(95)

    def __str__(self) -> str:
        return f"{self.p50:.2f} / {self.p95:.2f}"


def timed(subjects: Sequence[Subject], points: int, *, repeats: int = REPEATS, block: int = 10) -> dict[str, Timing]:
    """Every subject asked about points 0 to points - 1, in turns of `block` points; the least of the repeats counts."""
    best = {subject.name: [float("inf")] * points for subject in subjects}
    for start in range(0, points, block):
        for repeat in range(repeats + 1):
            for subject in subjects:
                for point in range(start, min(points, start + block)):
                    began = subject.clock.read()
                    subject.ask(point)
                    took = (subject.clock.read() - began) * 1000
                    if repeat:  # the first round warms caches up
                        best[subject.name][point] = min(best[subject.name][point], took)
    return {name: Timing(tuple(times)) for name, times in best.items()}


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        cells = [
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("   " + "  ".join(cells).rstrip())
    print(flush=True)


def verdict(value: float, target: float, *, at_least: bool = False) -> str:
    """The figure beside what it should be."""
    met = value >= target if at_least else value <= target
    sign = "≥" if at_least else "≤"
    return f"{value:,.2f} ({'met' if met else 'MISSED'}: {sign} {target:,g})"
