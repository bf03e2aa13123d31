from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources_db.exchange import cells
from resources_db.exchange.cells import Bad


@pytest.mark.parametrize(
    ("raw", "time"),
    [
        ("08:30", "08:30"),
        ("8:30", "08:30"),
        ("17:00:00", "17:00"),
        ("17:00:00Z", "17:00"),
        ("09:00:00+00:00", "09:00"),
        ("4:00 PM", "16:00"),
        ("3pm", "15:00"),
        ("9am", "09:00"),
        ("8:30AM", "08:30"),
        ("12 a.m.", "00:00"),
        ("12:15 p.m.", "12:15"),
        ("24:00", "00:00"),
        ("00:00", "00:00"),
    ],
)
def test_times_that_can_mean_only_one_thing_are_read(raw: str, time: str) -> None:
    assert cells.clock(raw) == time


@pytest.mark.parametrize("raw", ["9", "25:00", "13pm", "0am", "08:75", "noon", "9-5", "24:30", "8:30 or 9:00"])
def test_times_that_cannot_are_not_guessed(raw: str) -> None:
    with pytest.raises(Bad, match="HH:MM"):
        cells.clock(raw)


@given(st.times())
def test_every_time_of_day_is_read_as_itself(moment: Any) -> None:
    assert cells.clock(f"{moment:%H:%M}") == f"{moment:%H:%M}"
    assert cells.clock(f"{moment:%I:%M %p}") == f"{moment:%H:%M}"


def test_dates_are_read_in_the_forms_that_mean_one_day() -> None:
    assert cells.day("2024-10-05") == date(2024, 10, 5)
    assert cells.day("2024-10-05T18:00:00Z") == date(2024, 10, 5)
    assert cells.day("October 5, 2024") == date(2024, 10, 5)
    assert cells.day("10/25/2024") == cells.day("25/10/2024") == date(2024, 10, 25)
    assert cells.day("5/5/2024") == date(2024, 5, 5)


@pytest.mark.parametrize(
    "raw",
    [
        *("10/05/2024", "2024-13-05", "2024-1-5", "soon", "2024-10-05x", "2/30/2024", "12/24/15", "13/13/2024", "0/20/2024"),
        *("0001-01-01", "January 01, 0001", "1/31/1899", "2201-01-01", "9999-12-31"),
    ],
)
def test_other_dates_are_not_guessed(raw: str) -> None:
    with pytest.raises(Bad, match="YYYY-MM-DD"):
        cells.day(raw)


def test_the_first_and_the_last_year_that_a_date_may_have_are_read() -> None:
    assert cells.day("1900-01-01") == date(1900, 1, 1)
    assert cells.day("December 31, 2200") == date(2200, 12, 31)


def test_moments_keep_their_offset() -> None:
    assert cells.moment("2024-10-05T10:00:00-08:00") == datetime(2024, 10, 5, 18, tzinfo=timezone.utc)
    assert cells.moment("2024-10-05T18:00:00Z") == datetime(2024, 10, 5, 18, tzinfo=timezone.utc)


@pytest.mark.parametrize(("raw", "days"), [("mo, we ,FR", "MO,WE,FR"), ("2SA,4SA", "2SA,4SA"), ("-1MO", "-1MO")])
def test_days_are_read_with_or_without_blanks(raw: str, days: str) -> None:
    assert cells.byday(raw) == days


@pytest.mark.parametrize("raw", ["Monday", "MO-FR", ",", "7SA"])
def test_other_days_are_refused(raw: str) -> None:
    with pytest.raises(Bad):
        cells.byday(raw)


@pytest.mark.parametrize(
    ("parse", "raw"),
    [
        (cells.number, "38,5"),
        (cells.number, "nan"),
        (cells.number, "inf"),
        (cells.integer, "2.5"),
        (cells.integer, "99999999999"),
        (cells.truth, "maybe"),
        (cells.moment, "yesterday"),
    ],
)
def test_what_is_no_number_truth_or_moment_is_refused(parse: Callable[[str], Any], raw: str) -> None:
    with pytest.raises(Bad):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<p>Food &amp; clothes.</p><p>Every day.</p>", "Food & clothes.\nEvery day."),
        ("Bring:<ul><li>ID</li><li>Bill</li></ul>", "Bring:\nID\nBill"),
        ('Hi<script>alert("x")</script> there', "Hi there"),
        ("Income < 200% and > 0", "Income < 200% and > 0"),
        ("Write to <info@example.org>", "Write to <info@example.org>"),
        ("<b>Write</b> to <info@example.org>", "Write to <info@example.org>"),
        ("Ben & Jerry; AT&T", "Ben & Jerry; AT&T"),
        ('=HYPERLINK("http://x","y")', '=HYPERLINK("http://x","y")'),
        ("+1 free meal", "+1 free meal"),
        ("a\x00b\x07c\r\nd", "abc\nd"),
        ("niños – ¡gratis!", "niños – ¡gratis!"),
        ('<a href="https://x.example/form">Apply</a> here', "Apply (https://x.example/form) here"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="javascript:run()">Apply</a>', "Apply"),
        ("half a pair: \ud83d", "half a pair:"),
    ],
)
def test_text_loses_its_html_and_nothing_else(raw: str, text: str) -> None:
    assert cells.plain_text(raw) == text


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-SUM(A1)", "= A1"]
)
def test_formulas_are_told_from_text(text: str) -> None:
    assert cells.looks_like_formula(text)


@pytest.mark.parametrize("text", ["+1 free meal", "@familycenter", "- bring ID", "-- closed --", "+1 (916) 555-0100", "==="])
def test_text_is_told_from_formulas(text: str) -> None:
    assert not cells.looks_like_formula(text)


@given(st.text())
def test_no_text_breaks_the_cleaning_or_leaves_control_characters(raw: str) -> None:
    assert all(char >= " " or char in "\n\t" for char in cells.plain_text(raw))


def test_the_end_of_the_calendar_means_no_end() -> None:
    assert cells.last_day("9999-12-31") is None
    assert cells.last_day("2026-12-31") == date(2026, 12, 31)
