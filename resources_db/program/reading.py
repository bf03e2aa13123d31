"""What the program view shows: sums of finished weeks, with everything held back that could be about a family.

A view is of half a year. Halves do not overlap, so that no small number is what one page shows less what another does; and
the week under way is left out of all of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Literal, NamedTuple, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from resources_db.models.program_count import ProgramCount
from resources_db.program.counting import SPANS, Measure
from resources_db.program.hiding import SMALLEST_SHOWN, Number, held_back, is_small

OTHER_ZIPS, NO_ZIP = "other", ""

_Key = TypeVar("_Key")

Shown = int | None
"""A number, or None where it is held back."""


class Half(NamedTuple):
    """Half a calendar year; a week belongs to the one its Monday is in."""

    year: int
    half: Literal[1, 2]

    @property
    def start(self) -> date:
        return date(self.year, 1 if self.half == 1 else 7, 1)

    @property
    def end(self) -> date:
        """The first day after it."""
        return date(self.year, 7, 1) if self.half == 1 else date(self.year + 1, 1, 1)

    @classmethod
    def of(cls, day: date) -> Half:
        return cls(day.year, 1 if day.month < 7 else 2)


@dataclass(frozen=True)
class Series:
    """Counts by period, each the first day of a week or a month; `totals` are of all periods."""

    by: Literal["week", "month"]
    periods: tuple[date, ...]
    counts: Mapping[Measure, tuple[Shown, ...]]
    totals: Mapping[Measure, Shown]

    def rates(self, part: Measure, whole: Measure) -> tuple[float | None, ...]:
        """part/whole of each period; None where either is held back or the whole is too small."""
        return tuple(map(rate, self.counts[part], self.counts[whole]))


@dataclass(frozen=True)
class ByNeed:
    """`counts` and `totals` as in Series, for each of `needs`."""

    needs: tuple[str, ...]
    counts: Mapping[Measure, tuple[Shown, ...]]
    totals: Mapping[Measure, Shown]


@dataclass(frozen=True)
class Spread:
    """How long it took to get help. `median` is the class half of them are within, None where there are too few."""

    spans: tuple[str, ...]
    counts: tuple[Shown, ...]
    total: Shown
    median: str | None


@dataclass(frozen=True)
class Unmet:
    """Needs that stayed open, by ZIP; ZIPs with few of them are one row, OTHER_ZIPS."""

    zips: tuple[str, ...]
    needs: tuple[str, ...]
    cells: tuple[tuple[Shown, ...], ...]
    of_zip: tuple[Shown, ...]
    of_need: tuple[Shown, ...]
    total: Shown


@dataclass(frozen=True)
class View:
    half: Half
    enrolment: Series
    replies: Series
    needs: Series
    by_need: ByNeed
    time_to_help: Spread
    unmet: Unmet

    @property
    def empty(self) -> bool:
        series = (self.enrolment, self.replies, self.needs)
        return not any(total != 0 for one in series for total in one.totals.values()) and self.unmet.total == 0


class _Row(NamedTuple):
    week: date
    measure: str
    need: str
    zip: str
    span: str
    number: int


def rate(part: Shown, whole: Shown) -> float | None:
    """A share of a number that is shown and large enough. Of an answer that came a week later the share may pass 1."""
    return part / whole if part is not None and whole is not None and whole >= SMALLEST_SHOWN else None


def halves(session: Session, site: str | None, today: date) -> list[Half]:
    """Those with a finished week to show, newest first; the present one where there is none."""
    query = select(ProgramCount.week).distinct().where(ProgramCount.week < _this_monday(today))
    weeks = session.scalars(query if site is None else query.where(ProgramCount.site == site))
    return sorted({Half.of(week) for week in weeks}, reverse=True) or [Half.of(today)]


def sites(session: Session) -> list[str]:
    """The sites anything was counted for."""
    return [site for site in session.scalars(select(ProgramCount.site).distinct().order_by(ProgramCount.site)) if site]


def read_view(session: Session, *, site: str | None, half: Half, today: date) -> View:
    """The view of half a year; `site` None is all of them together."""
    rows = _rows(session, site, half, today)
    weeks = _weeks(rows, half, today)
    unmet = _unmet([row for row in rows if row.measure == "need_unmet"])
    needs, by_need = _needs(rows, weeks, unmet)
    return View(
        half=half,
        enrolment=_series(rows, weeks, ("enrolled", "finished", "stopped", "opted_out")),
        replies=_series(rows, weeks, ("check_in_said", "check_in_answered")),
        needs=needs,
        by_need=by_need,
        time_to_help=_spread([row for row in rows if row.measure == "time_to_help"]),
        unmet=unmet,
    )


class _Sheet:
    """Numbers by their names, on their way to being shown."""

    def __init__(self) -> None:
        self._names: list[Hashable] = []
        self._numbers: list[Number] = []

    def put(self, name: Hashable, start: str, end: str, value: int, *, total: bool = False) -> None:
        self._names.append(name)
        self._numbers.append(Number(start, end, value, total))

    def shown(self) -> dict[Hashable, Shown]:
        hidden = held_back(self._numbers)
        return {
            name: None if position in hidden else number.value
            for position, (name, number) in enumerate(zip(self._names, self._numbers, strict=True))
        }


def _rows(session: Session, site: str | None, half: Half, today: date) -> list[_Row]:
    """Of finished weeks. One statement, so that all sums are of the same moment."""
    count = ProgramCount
    key = (count.week, count.measure, count.need, count.zip, count.span)
    query = select(*key, func.sum(count.count)).where(count.week >= half.start, count.week < _end(half, today)).group_by(*key)
    return [_Row(*found) for found in session.execute(query if site is None else query.where(count.site == site))]


def _this_monday(today: date) -> date:
    return today - timedelta(days=today.weekday())


def _end(half: Half, today: date) -> date:
    return min(half.end, _this_monday(today))


def _weeks(rows: Sequence[_Row], half: Half, today: date) -> list[date]:
    """Every Monday from the first with a count to the last finished week."""
    first = min((row.week for row in rows), default=_end(half, today))
    return [first + timedelta(days=days) for days in range(0, (_end(half, today) - first).days, 7)]


def _sums(rows: Iterable[_Row], key: Callable[[_Row], _Key]) -> Counter[_Key]:
    sums: Counter[_Key] = Counter()
    for row in rows:
        sums[key(row)] += row.number
    return sums


def _periods(
    rows: Sequence[_Row], weeks: Sequence[date], measures: Sequence[Measure]
) -> tuple[Literal["week", "month"], list[date]]:
    """Weeks; months where the count of any week would be held back."""
    counts = _sums((row for row in rows if row.measure in measures), lambda row: (row.measure, row.week))
    if any(is_small(count) for count in counts.values()):
        return "month", sorted({week.replace(day=1) for week in weeks})
    return "week", list(weeks)


def _period_of(by: Literal["week", "month"], row: _Row) -> date:
    return row.week if by == "week" else row.week.replace(day=1)


def _series(rows: Sequence[_Row], weeks: Sequence[date], measures: Sequence[Measure]) -> Series:
    by, periods = _periods(rows, weeks, measures)
    counts: dict[Measure, tuple[Shown, ...]] = {}
    totals: dict[Measure, Shown] = {}
    for measure in measures:
        sums = _sums((row for row in rows if row.measure == measure), lambda row: _period_of(by, row))
        sheet = _Sheet()
        for period in periods:
            sheet.put(period, "start", "end", sums[period])
        sheet.put("total", "end", "start", sums.total(), total=True)
        shown = sheet.shown()
        counts[measure], totals[measure] = tuple(shown[period] for period in periods), shown["total"]
    return Series(by, tuple(periods), counts, totals)


def _needs(rows: Sequence[_Row], weeks: Sequence[date], unmet: Unmet) -> tuple[Series, ByNeed]:
    """Found and met by period and by need: two ways to cut the same sum, so they are held back together."""
    measures: tuple[Measure, ...] = ("need_found", "need_met")
    by, periods = _periods(rows, weeks, measures)
    needs = tuple(sorted({row.need for row in rows if row.measure in measures} | set(unmet.needs)))
    counts: dict[Measure, tuple[Shown, ...]] = {}
    of_needs: dict[Measure, tuple[Shown, ...]] = {}
    totals: dict[Measure, Shown] = {}
    for measure in measures:
        own = [row for row in rows if row.measure == measure]
        by_period, by_need = _sums(own, lambda row: _period_of(by, row)), _sums(own, lambda row: row.need)
        sheet = _Sheet()
        for period in periods:
            sheet.put(period, "start", "middle", by_period[period])
        for need in needs:
            sheet.put(("need", need), "middle", "end", by_need[need])
        sheet.put("total", "end", "start", by_need.total(), total=True)
        shown = sheet.shown()
        counts[measure], totals[measure] = tuple(shown[period] for period in periods), shown["total"]
        of_needs[measure] = tuple(shown["need", need] for need in needs)
    of_unmet = dict(zip(unmet.needs, unmet.of_need, strict=True))
    of_needs["need_unmet"] = tuple(of_unmet.get(need, 0) for need in needs)
    return Series(by, tuple(periods), counts, totals), ByNeed(needs, of_needs, {**totals, "need_unmet": unmet.total})


def _spread(rows: Sequence[_Row]) -> Spread:
    spans, sums = tuple(name for _, name in SPANS), _sums(rows, lambda row: row.span)
    sheet = _Sheet()
    for span in spans:
        sheet.put(span, "start", "end", sums[span])
    sheet.put("total", "end", "start", sums.total(), total=True)
    shown = sheet.shown()
    within = accumulate(sums[span] for span in spans)
    median = next((span for span, so_far in zip(spans, within, strict=True) if 2 * so_far >= sums.total()), None)
    return Spread(spans, tuple(shown[span] for span in spans), shown["total"], median if shown["total"] else None)


def _unmet(rows: Sequence[_Row]) -> Unmet:
    of_zip = _sums(rows, lambda row: row.zip)
    few = {zip for zip, count in of_zip.items() if is_small(count)}
    cells = _sums(rows, lambda row: (OTHER_ZIPS if row.zip in few else row.zip, row.need))
    zips = sorted({zip for zip, _ in cells}, key=lambda zip: (zip in (OTHER_ZIPS, NO_ZIP), zip == NO_ZIP, zip))
    needs = sorted({need for _, need in cells})
    sheet = _Sheet()
    for zip in zips:
        sheet.put(("zip", zip), "start", f"zip {zip}", sum(cells[zip, need] for need in needs), total=True)
        for need in needs:
            sheet.put((zip, need), f"zip {zip}", f"need {need}", cells[zip, need])
    for need in needs:
        sheet.put(("need", need), f"need {need}", "end", sum(cells[zip, need] for zip in zips), total=True)
    sheet.put("total", "end", "start", cells.total(), total=True)
    shown = sheet.shown()
    return Unmet(
        tuple(zips), tuple(needs), tuple(tuple(shown[zip, need] for need in needs) for zip in zips),
        tuple(shown["zip", zip] for zip in zips), tuple(shown["need", need] for need in needs), shown["total"],
    )  # fmt: skip
