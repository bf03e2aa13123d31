"""From what a text states to schedule rows: as few as say it, always the same ones for the same hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from resources_db.hours_text.clock import Span
from resources_db.hours_text.statements import Days, Said, Statement
from resources_db.schedules import DAY_MINUTES, WEEKDAYS

Row = dict[str, str]
_Hours = tuple[date | None, date | None, date | None, str | None, Span | None]


def schedule_rows(said: Said) -> tuple[Mapping[str, str], ...]:
    days: dict[_Hours, Days] = defaultdict(Days)
    for statement in said.opens:
        for span in statement.spans or (None,):
            days[_hours(statement, span)] |= statement.days
    rows = sorted((row for hours, on in days.items() for row in _rows(hours, on)), key=_order)
    if said.appointment:
        rows.append({"description": said.appointment})
    return tuple(MappingProxyType(row) for row in rows)


def _hours(statement: Statement, span: Span | None) -> _Hours:
    return statement.valid_from, statement.valid_to, statement.every_other_from, statement.appointment, span


def _rows(hours: _Hours, days: Days) -> Iterator[Row]:
    valid_from, valid_to, every_other_from, appointment, span = hours
    cells: Row = {}
    if every_other_from:
        cells |= {"interval": "2", "dtstart": every_other_from.isoformat()}
    if valid_from:
        cells["valid_from"] = valid_from.isoformat()
    if valid_to:
        cells["valid_to"] = valid_to.isoformat()
    if span:
        cells |= {"opens_at": _clock(span[0]), "closes_at": "23:59" if span == (0, DAY_MINUTES) else _clock(span[1])}
    if appointment:
        cells["description"] = appointment
    if days.weekly:
        yield {"freq": "WEEKLY", "byday": ",".join(WEEKDAYS[day] for day in sorted(days.weekly)), **cells}
    if days.nth:
        byday = ",".join(
            f"{nth}{WEEKDAYS[weekday]}" for nth, weekday in sorted(days.nth, key=lambda each: (each[1], _from_end(each[0])))
        )
        yield {"freq": "MONTHLY", "byday": byday, **cells}
    if days.month:
        yield {"freq": "MONTHLY", "bymonthday": ",".join(map(str, sorted(days.month, key=_from_end))), **cells}
    for day in sorted(days.dates):
        yield {**cells, "dtstart": day.isoformat()}


def _from_end(number: int) -> tuple[bool, int]:
    return number < 0, number


def _clock(minutes: int) -> str:
    return f"{minutes % DAY_MINUTES // 60:02}:{minutes % 60:02}"


def _order(row: Row) -> tuple[str, ...]:
    freq = row.get("freq", "")
    days = row["byday"].split(",") if freq == "WEEKLY" else []
    return (
        row.get("valid_from", ""),
        {"WEEKLY": "1", "MONTHLY": "2"}.get(freq, "3"),
        "".join(str(WEEKDAYS.index(day)) for day in days),
        *row.values(),
    )
