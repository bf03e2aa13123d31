"""One table of lines, shown identically everywhere: a number that is not in it must not be on any surface."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from bot.gateway.page import render
from bot.safety.hotlines import hotlines_for, load_hotlines
from bot.safety.screen import CATEGORIES

ROOT = Path(__file__).parents[2]
SURFACES = ("data/responses", "bot/widget", "docs", "actions", "resources_db/wording", "README.md")
SUFFIXES = {".yml", ".json", ".html", ".js", ".css", ".md", ".py", ""}
# Phone numbers as people write them, and the short numbers that are lines.
LONG = re.compile(r"(?<![\w.+-])\+?(?:1[-. ]?)?(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])|(?<!\w)\+1\d{10}(?!\d)")
SHORT = re.compile(r"(?<![\w#$.,:/+-])(?:911|988|211|741-?741|88788|838255|898211|435748)(?![\w%]|[.,-]\d)")
FICTIONAL = re.compile(r"^1?\d{3}55501\d\d$")


def _files() -> list[Path]:
    found: list[Path] = []
    for surface in SURFACES:
        path = ROOT / surface
        found += [path] if path.is_file() else [file for file in sorted(path.rglob("*")) if file.is_file()]
    return [file for file in found if file.suffix in SUFFIXES and "__pycache__" not in file.parts]


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


def _known() -> set[str]:
    numbers = {line.number for line in load_hotlines()} | {line.text_number for line in load_hotlines() if line.text_number}
    return {_digits(number) for number in numbers}


@pytest.mark.parametrize("path", _files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_number_on_a_surface_is_in_the_table_or_fictional(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    shown = {_digits(found.group()) for pattern in (LONG, SHORT) for found in pattern.finditer(text)}
    known = _known()
    strangers = {number for number in shown if number not in known and f"1{number}" not in known and not FICTIONAL.match(number)}
    assert strangers == set()


def test_the_search_for_numbers_finds_them() -> None:
    text = "call 1-800-422-2253, (800) 422-2253, +18004222253 or text 741741; not 95814-1234, 12.988 or #211"
    assert [_digits(found.group()) for found in LONG.finditer(text)] == ["18004222253", "8004222253", "18004222253"]
    assert [found.group() for found in SHORT.finditer(text)] == ["741741"]


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_crisis_reply_shows_exactly_the_lines_of_the_table(category: str, language: str) -> None:
    text = _said(f"utter_crisis_{category}", language)
    shown = {_digits(found.group()) for pattern in (LONG, SHORT) for found in pattern.finditer(text)}
    wanted = {_digits(number) for line in hotlines_for(category) for number in (line.number, line.text_number) if number}
    assert shown == wanted
    for line in hotlines_for(category):
        word = line.text_word.get(language)
        assert not word or line.text_number is None or re.search(rf"\b{word}\b", text), f"{line.id}: text {word}"


@pytest.mark.parametrize(
    "name", ["utter_still_starting", "utter_trouble", "utter_unavailable", "utter_safe_now", "utter_not_safe"]
)
@pytest.mark.parametrize("language", ["en", "es"])
def test_what_is_said_in_trouble_names_where_a_person_answers(name: str, language: str) -> None:
    shown = {found.group() for found in SHORT.finditer(_said(name, language))}
    assert {"911", "988"} <= shown


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_shows_every_line_of_the_table_in_its_order(language: str) -> None:
    page = render(language, "1", sample=False)
    places = [page.find(line.href) for line in load_hotlines()]
    assert -1 not in places
    numbers = {_digits(found) for found in re.findall(r'href="(?:tel|sms):\+?(\d+)', page)}
    assert numbers == {_digits(line.call or line.text_number or "") for line in load_hotlines()}


def _said(name: str, language: str) -> str:
    for path in sorted((ROOT / "data" / "responses").glob("*.yml")):
        variants = yaml.safe_load(path.read_text(encoding="utf-8"))["responses"].get(name)
        if variants:
            return str(variants[language == "es"]["text"])
    raise KeyError(name)


def test_every_kind_of_crisis_has_lines_and_all_of_them_exist() -> None:
    for category in CATEGORIES:
        lines = hotlines_for(category)
        assert lines
        assert {"911", "988"} & {line.id for line in lines}
    with pytest.raises(KeyError):
        hotlines_for("sadness")


def test_where_minutes_count_911_comes_first() -> None:
    for category in ("medical", "violence", "child_safety", "harm_others"):
        assert hotlines_for(category)[0].id == "911"
    assert hotlines_for("self_harm")[0].id == "988"


def test_every_line_says_what_it_is_in_both_languages_and_where_we_know_it_from() -> None:
    for line in load_hotlines():
        for words in (line.name, line.official_name, line.what, line.language_note):
            assert all(words[language].strip() for language in ("en", "es")), line.id
        assert line.hours
        assert line.source
        assert isinstance(line.checked, date)
        assert set(line.languages) <= {"en", "es"}


def test_what_is_dialed_is_the_number_that_is_shown() -> None:
    for line in load_hotlines():
        if line.call:
            assert _digits(line.call) == _digits(line.number), line.id
        assert line.href in (f"tel:{line.call}", f"sms:{line.text_number}")


def test_childhelp_warns_that_it_may_have_to_pass_things_on() -> None:
    childhelp = next(line for line in load_hotlines() if line.id == "childhelp")
    assert _digits(childhelp.number) == "18004224453"  # 4-A-CHILD
    assert "pass it on" in childhelp.for_page("en")["note"]
    assert "avisar" in childhelp.for_page("es")["note"]


def test_what_every_page_shows_first_is_danger_crisis_violence_and_local_help() -> None:
    assert [line.id for line in load_hotlines()[:4]] == ["911", "988", "dv", "211"]
