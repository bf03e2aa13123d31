"""The program view: sums of finished weeks, and nothing in it that could be about a family."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, create_engine, delete
from sqlalchemy.orm import Session

from resources_db.models.program_count import ProgramCount
from resources_db.program import charts
from resources_db.program.csv_file import as_csv
from resources_db.program.hiding import Number
from resources_db.program.reading import OTHER_ZIPS, Half, Shown, View, halves, read_view, sites
from resources_db.program.tables import HELD_BACK, NO_RATE, tables_of
from tests.unit.resources_db.program.test_hiding import what_it_may_be

TODAY = date(2026, 11, 22)  # a Sunday
LAST = date(2026, 11, 9)
HALF = Half(2026, 2)


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    engine = create_engine("sqlite://")
    table = ProgramCount.__table__
    assert isinstance(table, Table)
    table.create(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Any) -> Iterator[Session]:
    with Session(engine) as session:
        yield session
        session.rollback()


def put(session: Session, measure: str, count: int, week: date = LAST, **more: str) -> None:
    key = {"site": "", "need": "", "zip": "", "language": "en", "span": "", **more}
    session.add(ProgramCount(week=week, measure=measure, count=count, **key))
    session.flush()


def view(session: Session, site: str | None = None, half: Half = HALF) -> View:
    return read_view(session, site=site, half=half, today=TODAY)


# ---- what is counted -----------------------------------------------------------------------------------------------


def test_weeks_are_shown_where_they_are_large_and_months_where_not(session: Session) -> None:
    for number in range(4):
        put(session, "enrolled", 20, LAST - timedelta(days=7 * number))
        put(session, "check_in_said", 5, LAST - timedelta(days=7 * number))
    shown = view(session)
    assert shown.enrolment.by == "week"
    assert shown.enrolment.periods == tuple(LAST - timedelta(days=7 * number) for number in (3, 2, 1, 0))
    assert (shown.enrolment.counts["enrolled"], shown.enrolment.totals["enrolled"]) == ((20, 20, 20, 20), 80)
    assert shown.replies.by == "month"
    assert shown.replies.periods == (date(2026, 10, 1), date(2026, 11, 1))
    assert shown.replies.counts["check_in_said"] == (None, None)
    assert shown.replies.totals["check_in_said"] == 20


def test_the_week_under_way_and_the_other_half_of_the_year_are_left_out(session: Session) -> None:
    put(session, "enrolled", 20)
    put(session, "enrolled", 100, LAST + timedelta(days=7))
    put(session, "enrolled", 1000, date(2026, 6, 29))
    assert view(session).enrolment.totals["enrolled"] == 20
    assert view(session, half=Half(2026, 1)).enrolment.totals["enrolled"] == 1000
    assert halves(session, None, TODAY) == [Half(2026, 2), Half(2026, 1)]


def test_a_site_has_its_own_numbers(session: Session) -> None:
    put(session, "enrolled", 20, site="oak")
    put(session, "enrolled", 30, site="elm")
    put(session, "enrolled", 40)
    assert sites(session) == ["elm", "oak"]
    assert view(session, "oak").enrolment.totals["enrolled"] == 20
    assert view(session).enrolment.totals["enrolled"] == 90
    assert view(session, "ash").empty


def test_a_reply_rate_needs_enough_on_both_sides(session: Session) -> None:
    weeks = [LAST - timedelta(days=7 * number) for number in range(3)]
    for week, said, answered in zip(weeks, (20, 40, 50), (15, 30, 0), strict=True):
        put(session, "check_in_said", said, week)
        if answered:
            put(session, "check_in_answered", answered, week)
    shown = view(session).replies
    assert shown.rates("check_in_answered", "check_in_said") == (0.0, 0.75, 0.75)
    put(session, "check_in_said", 10, date(2026, 8, 3))
    put(session, "check_in_answered", 10, date(2026, 8, 3))
    shown = view(session).replies
    assert shown.by == "month"
    assert shown.rates("check_in_answered", "check_in_said")[0] is None
    replies = next(table for table in tables_of(view(session)) if table.code == "replies")
    assert replies.rows[0].cells[-1] == NO_RATE


def test_the_middle_family_tells_the_time_to_help(session: Session) -> None:
    for span, count in (("same day", 12), ("1-3d", 12), ("3-7d", 30)):
        put(session, "time_to_help", count, span=span)
    assert view(session).time_to_help.median == "3-7d"
    assert view(session).time_to_help.total == 54


def test_too_few_have_no_middle(session: Session) -> None:
    put(session, "time_to_help", 6, span="1-3d")
    spread = view(session).time_to_help
    assert (spread.total, spread.median) == (None, None)


def test_zips_with_few_are_one_row(session: Session) -> None:
    for code, count in (("95814", 40), ("95815", 6), ("95816", 6), ("", 20)):
        put(session, "need_unmet", count, need="food", zip=code)
    unmet = view(session).unmet
    assert unmet.zips == ("95814", OTHER_ZIPS, "")
    assert unmet.of_zip == (40, 12, 20)
    assert "95815" not in as_csv(tables_of(view(session)), period="p", site="s")


# ---- what is held back ---------------------------------------------------------------------------------------------

_counts = st.one_of(st.integers(1, 10), st.integers(1, 3), st.integers(11, 40))
_weeks = st.integers(0, 9).map(lambda number: LAST - timedelta(days=7 * number))
_needs, _zips = st.sampled_from(["food", "housing", "health"]), st.sampled_from(["95814", "95815", "95820", ""])
_rows = st.lists(
    st.tuples(_weeks, st.sampled_from(["need_found", "need_met", "need_unmet"]), _needs, _zips, _counts), max_size=25
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_rows)
def test_nothing_small_is_shown_or_can_be_worked_out_from_all_of_a_page(
    session: Session, rows: Sequence[tuple[date, str, str, str, int]]
) -> None:
    session.execute(delete(ProgramCount))
    merged = {(week, measure, need, code): count for week, measure, need, code, count in rows}
    for (week, measure, need, code), count in merged.items():
        put(session, measure, count, week, need=need, zip=code)
    shown = view(session)
    for table in tables_of(shown):
        for row in table.rows:
            assert not any(value is not None and 0 < value < 11 for value in row.values), (table.code, row)
    for measure in ("need_found", "need_met"):
        periods, needs = shown.needs.counts[measure], shown.by_need.counts[measure]  # type: ignore[index]
        nobody_can_tell(
            [("start", "middle", value) for value in periods] + [("middle", "end", value) for value in needs]
            + [("end", "start", shown.needs.totals[measure])]  # type: ignore[index]
        )  # fmt: skip
    unmet = shown.unmet
    nobody_can_tell(
        [("start", f"zip {code}", value) for code, value in zip(unmet.zips, unmet.of_zip, strict=True)]
        + [(f"zip {code}", need, value) for code, line in zip(unmet.zips, unmet.cells, strict=True)
           for need, value in zip(unmet.needs, line, strict=True)]
        + [(need, "end", value) for need, value in zip(unmet.needs, unmet.of_need, strict=True)]
        + [("end", "start", unmet.total)]
    )  # fmt: skip


def nobody_can_tell(page: Sequence[tuple[str, str, Shown]]) -> None:
    numbers = [Number(start, end, value or 0) for start, end, value in page]
    hidden = {position for position, (_, _, value) in enumerate(page) if value is None}
    for position in hidden:
        least, most = what_it_may_be(numbers, hidden, position)
        assert least < most, (page, position)


def test_sums_of_a_page_agree_with_each_other(session: Session) -> None:
    for need, found, unmet in (("food", 30, 25), ("housing", 40, 35)):
        put(session, "need_found", found, need=need)
        put(session, "need_unmet", unmet, need=need, zip="95814")
    shown = view(session)
    assert shown.by_need.totals == {"need_found": 70, "need_met": 0, "need_unmet": 60}
    assert shown.needs.totals["need_found"] == 70
    assert shown.by_need.counts["need_unmet"] == (25, 35)


# ---- as a file and as drawings -------------------------------------------------------------------------------------


def test_the_file_has_the_cells_of_the_page_and_says_what_the_star_is(session: Session) -> None:
    put(session, "enrolled", 1200)
    put(session, "stopped", 4)
    text = as_csv(tables_of(view(session)), period="July to December 2026", site="oak")
    rows = list(csv.DictReader(io.StringIO(text)))
    begun = {(row["row"], row["column"]): row["value"] for row in rows if row["table"] == "Check-ins begun and ended"}
    assert begun["2026-11", "began"] == "1200"
    assert begun["2026-11", "stopped"] == begun["All", "stopped"] == HELD_BACK
    assert {row["site"] for row in rows} == {"oak"}
    assert rows[-1]["table"] == "note"
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


LABELS = ["Aug 3", "Aug 10", "Aug 17"]


@pytest.mark.parametrize(
    "drawn",
    [
        charts.columns("c", "A & B", LABELS, [charts.Line("found", [20, None, 40]), charts.Line("met", [0, 11, 12])]),
        charts.curve("c", "A & B", LABELS, [0.5, None, 1.2]),
        charts.bars("c", "A & B", LABELS, [charts.Line("found <b>", [20, None, 40])]),
        charts.columns("c", "A & B", [], []),
        charts.bars("c", "A & B", [], []),
    ],
)
def test_a_drawing_is_sound_named_and_draws_nothing_outside_itself(drawn: str) -> None:
    root = ElementTree.fromstring(str(drawn).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.get("role") == "img"
    assert root.findtext("s:title", namespaces=space) == "A & B"
    assert root.find("s:desc", space) is not None
    assert "style=" not in drawn
    _, _, wide, tall = map(float, root.attrib["viewBox"].split())
    for bar in root.iterfind(".//s:rect", space):
        x, y, width, height = (float(bar.attrib[name]) for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + width <= wide
        assert 0 <= y <= y + height <= tall
    for point in re.findall(r"c[xy]=\"([\d.]+)\"", drawn):
        assert 0 <= float(point) <= max(wide, tall)


def test_what_is_held_back_is_no_bar_of_some_length() -> None:
    drawn = charts.columns("c", "t", LABELS, [charts.Line("found", [20, None, 40])])
    assert drawn.count("<rect") == 2
    assert drawn.count(">*<") == 1
    assert "None" not in drawn


@pytest.mark.parametrize(
    ("most", "end"), [(0, 2), (2, 2), (11, 20), (20, 20), (41, 60), (99, 100), (100, 100), (101, 200), (950, 1000)]
)
def test_a_scale_ends_at_a_round_number(most: int, end: int) -> None:
    assert charts._round_up(most) == end
