"""The program view as tables: the page shows them, the CSV file has them, and nothing else is shown or written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from resources_db.program.counting import Measure
from resources_db.program.reading import NO_ZIP, OTHER_ZIPS, Half, Series, Shown, Spread, Unmet, View, rate
from resources_db.taxonomy.needs import load_needs

#: Stands for every number that is held back, whatever it is.
HELD_BACK = "<11*"
WHY_HELD_BACK = "* under 11, or held back so that a number under 11 cannot be worked out"
#: A share that cannot be told.
NO_RATE = "–"

_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_SPANS = {
    "same day": "the same day", "1-3d": "1 to 3 days", "3-7d": "3 to 7 days", "1-2w": "1 to 2 weeks", "2-4w": "2 to 4 weeks",
    "over 4w": "over 4 weeks",
}  # fmt: skip
_ALL = "All"


@dataclass(frozen=True)
class Row:
    """`key` is the label for machines: a date in place of "Aug 10". `values` are what the cells say, where they are numbers
    and are shown."""

    label: str
    key: str
    cells: tuple[str, ...]
    values: tuple[Shown, ...]


@dataclass(frozen=True)
class Table:
    """`head` names the first column. The last row is the sum where `summed`."""

    code: str
    title: str
    about: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    summed: bool = True

    @property
    def body(self) -> tuple[Row, ...]:
        return self.rows[:-1] if self.summed else self.rows

    @property
    def holds_back(self) -> bool:
        return any(HELD_BACK in row.cells for row in self.rows)


def tables_of(view: View) -> list[Table]:
    """All of them, in the order of the page; a table nothing was counted for has no row but the sum."""
    return [
        _of_series(
            "enrolment", "Check-ins begun and ended",
            "Families who began check-ins, who came to the end of the year, who stopped them, and phones that want no texts.",
            view.enrolment, {"enrolled": "began", "finished": "finished", "stopped": "stopped", "opted_out": "no texts"},
        ),
        _replies(view.replies),
        _of_series(
            "needs", "Needs found and met", "Needs that families told of, and needs they said they got help with.",
            view.needs, {"need_found": "found", "need_met": "met"},
        ),
        _by_need(view),
        _spread(view.time_to_help),
        _unmet(view.unmet),
    ]  # fmt: skip


def name_of(half: Half) -> str:
    return f"{'January to June' if half.half == 1 else 'July to December'} {half.year}"


def name_of_period(day: date, by: Literal["week", "month"]) -> str:
    month = _MONTHS[day.month - 1]
    return f"{month} {day.year}" if by == "month" else f"{month} {day.day}"


def name_of_need(code: str) -> str:
    need = load_needs().get(code)
    return need.name["en"] if need else code or "not said"


def name_of_span(span: str) -> str:
    return _SPANS[span]


def _row(label: str, values: Sequence[Shown], *more: str, key: str = "") -> Row:
    return Row(label, key or label, (*(HELD_BACK if value is None else f"{value:,}" for value in values), *more), tuple(values))


def _of_period(day: date, series: Series, values: Sequence[Shown], *more: str) -> Row:
    key = day.isoformat() if series.by == "week" else f"{day:%Y-%m}"
    return _row(name_of_period(day, series.by), values, *more, key=key)


def _head(series: Series) -> str:
    return "Week of" if series.by == "week" else "Month"


def _of_series(code: str, title: str, about: str, series: Series, columns: Mapping[Measure, str]) -> Table:
    lines = zip(*(series.counts[measure] for measure in columns), strict=True)
    rows = [_of_period(day, series, values) for day, values in zip(series.periods, lines, strict=True)]
    rows.append(_row(_ALL, [series.totals[measure] for measure in columns]))
    return Table(code, title, about, _head(series), tuple(columns.values()), tuple(rows))


def _replies(series: Series) -> Table:
    said, answered = series.counts["check_in_said"], series.counts["check_in_answered"]
    rows = [
        _of_period(day, series, values, _percent(share))
        for day, values, share in zip(
            series.periods, zip(said, answered, strict=True), series.rates("check_in_answered", "check_in_said"), strict=True
        )
    ]
    of_all = series.totals["check_in_said"], series.totals["check_in_answered"]
    rows.append(_row(_ALL, of_all, _percent(rate(of_all[1], of_all[0]))))
    about = "Check-ins that were sent, and those that families answered, in the week of the answer."
    return Table("replies", "Replies", about, _head(series), ("sent", "answered", "reply rate"), tuple(rows))


def _by_need(view: View) -> Table:
    of = view.by_need
    measures: tuple[Measure, ...] = ("need_found", "need_met", "need_unmet")
    lines = zip(*(of.counts[measure] for measure in measures), strict=True)
    rows = [_row(name_of_need(need), values) for need, values in zip(of.needs, lines, strict=True)]
    rows.append(_row(_ALL, [of.totals[measure] for measure in measures]))
    about = "Unmet: nothing is listed for it nearby, or the family said that nothing helped."
    return Table("by-need", "Each need", about, "Need", ("found", "met", "unmet"), tuple(rows))


def _spread(spread: Spread) -> Table:
    rows = [_row(name_of_span(span), [count]) for span, count in zip(spread.spans, spread.counts, strict=True)]
    rows.append(_row(_ALL, [spread.total]))
    half = (
        f"Half of the families had help within: {name_of_span(spread.median)}." if spread.median else "Too few to say more yet."
    )
    return Table(
        "time-to-help", "Time to help", f"From a family's choice to “I got help”. {half}", "Time", ("families",), tuple(rows)
    )


def _unmet(unmet: Unmet) -> Table:
    zips = {OTHER_ZIPS: "other ZIPs", NO_ZIP: "no ZIP given"}
    rows = [
        _row(zips.get(code, code), [*cells, total])
        for code, cells, total in zip(unmet.zips, unmet.cells, unmet.of_zip, strict=True)
    ]
    rows.append(_row(_ALL, [*unmet.of_need, unmet.total]))
    about = "Needs that stayed open, by the ZIP the family was looking near. Few in a ZIP: it is among the others."
    columns = (*map(name_of_need, unmet.needs), "all")
    return Table("unmet", "Unmet need by ZIP", about, "ZIP", columns, tuple(rows))


def _percent(share: float | None) -> str:
    return NO_RATE if share is None else f"{share:.0%}"
