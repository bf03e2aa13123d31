"""The phrases of listings: the same in both languages, all used, none missing."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from resources_db.search.ranking import GATES
from resources_db.wording import LANGUAGES, calendar_date, clock, clock_phrase, join, phrase, phrases

SOURCES = Path(__file__).parents[3]
PLACEHOLDER = re.compile(r"{(\w+)}")


def test_both_languages_have_the_same_phrases_with_the_same_placeholders() -> None:
    english, spanish = (
        {key: sorted(PLACEHOLDER.findall(text)) for key, text in phrases(language).items()} for language in LANGUAGES
    )
    assert english == spanish


def test_no_phrase_is_empty_or_left_in_the_other_language() -> None:
    english, spanish = phrases("en"), phrases("es")
    same = {key for key in english if english[key] == spanish[key]}
    words = {key for key in same if re.sub(r"{\w+}|\W", "", english[key])}
    assert words == {"clock.am", "clock.pm"}
    assert all(text.strip() for text in spanish.values())


def test_every_phrase_is_used() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8") for package in ("resources_db", "actions") for path in (SOURCES / package).rglob("*.py")
    )
    unused = [key for key in phrases("en") if not any(part in code for part in _ways_to_write(key))]
    assert unused == []


def _ways_to_write(key: str) -> list[str]:
    """The whole key, or its beginning before a part that is filled in: "nth.{...", "age.{unit}.one"."""
    parts = key.split(".")
    beginnings = [".".join(parts[:count]) for count in range(1, len(parts))]
    return [f'"{key}"', *(f'"{text}.{{' for text in beginnings), *(f'"{text}"' for text in beginnings if "." in text)]


def test_another_language_reads_english() -> None:
    assert phrase("vi", "open.closed") == "Closed now"


@pytest.mark.parametrize(
    ("minutes", "english", "spanish_at", "spanish_until"),
    [
        (0, "midnight", "a la medianoche", "hasta la medianoche"),
        (30, "12:30 am", "a las 12:30 am", "hasta las 12:30 am"),
        (60, "1 am", "a la 1 am", "hasta la 1 am"),
        (9 * 60, "9 am", "a las 9 am", "hasta las 9 am"),
        (12 * 60, "noon", "al mediodía", "hasta el mediodía"),
        (13 * 60 + 15, "1:15 pm", "a la 1:15 pm", "hasta la 1:15 pm"),
        (24 * 60, "midnight", "a la medianoche", "hasta la medianoche"),
    ],
)
def test_times_are_said_as_people_say_them(minutes: int, english: str, spanish_at: str, spanish_until: str) -> None:
    assert clock("en", minutes) == english
    assert clock_phrase("es", "at", minutes) == spanish_at
    assert clock_phrase("es", "until", minutes) == spanish_until


def test_dates_and_lists_follow_the_language() -> None:
    assert calendar_date("en", date(2026, 11, 3)) == "Nov 3, 2026"
    assert calendar_date("es", date(2026, 11, 3)) == "3 nov 2026"
    assert join("en", ["a", "b", "c"]) == "a, b and c"
    assert join("es", ["a", "b"]) == "a y b"
    assert join("es", ["a"]) == "a"
    assert join("es", []) == ""


def test_every_way_of_access_that_ranks_has_words() -> None:
    for code in (*GATES, "walk_in", "phone", "online", "appointment"):
        assert phrase("es", f"access.{code}")
