"""Facts in few signs: whole or absent."""

from __future__ import annotations

import pytest

from bot.sms.compact import fit, phone, shorten, state
from tests.unit.bot.sms.conftest import listing


def _line(number: str, **more: object) -> dict[str, object]:
    return {"number": number, "extension": None, "type": "voice", "languages": [], **more}


@pytest.mark.parametrize(
    ("lines", "written"),
    [
        ([_line("9165550105")], "916-555-0105"),
        ([_line("+19165550105", extension="7")], "916-555-0105 x7"),
        ([_line("(916) 555-0105", type="fax"), _line("916.555.0106", type=None)], "916-555-0106"),
        ([_line("9165550105", type="TTY"), _line("9165550107", type="hotline")], "916-555-0107"),
        ([_line("211")], "211"),
        ([_line("ask for Rosa")], "ask for Rosa"),
        ([], "oakpark.example.org"),
        ([_line("9165550105", type="fax")], "oakpark.example.org"),
    ],
)
def test_one_number_that_a_person_answers_stands_for_all(lines: list[dict[str, object]], written: str) -> None:
    assert phone(listing(phones=lines), "en") == written


def test_the_number_where_they_speak_the_familys_language_comes_first() -> None:
    lines = [_line("9165550105"), _line("9165550106", languages=["es"])]
    assert phone(listing(phones=lines), "es") == "916-555-0106"
    assert phone(listing(phones=lines), "en") == "916-555-0105"


def test_a_long_website_is_left_to_the_card() -> None:
    assert phone(listing(phones=[], website="https://www.example.org/programs/family/food-pantry?id=7"), "en") == ""
    assert phone(listing(phones=[], website=None), "en") == ""


@pytest.mark.parametrize(
    ("language", "why", "told"),
    [
        ("en", ["Open now until 5:30 pm", "1 mile away"], "Open until 5:30pm"),
        ("en", ["Open now until noon"], "Open until noon"),
        ("en", ["Open 24 hours"], "Open 24 hours"),
        ("en", ["Closed Saturday at 7 am", "Opens Saturday at 9 am"], "Opens Saturday at 9am"),
        ("en", ["Opens on Dec 2, 2026 at 5 pm"], "Opens on Dec 2 at 5pm"),
        ("en", ["Open Saturday at 10 am"], "Open Saturday at 10am"),
        ("en", ["Hours not listed"], "Hours not listed"),
        ("en", ["Closed for now", "Serves all of CA"], "Closed for now"),
        ("en", ["Serves all of CA"], ""),
        ("es", ["Abierto ahora, hasta las 5 pm"], "Abierto hasta las 5pm"),
        ("es", ["Abre el 2 dic 2026 a las 5 pm"], "Abre el 2 dic a las 5pm"),
        ("es", ["Open now until 5 pm"], ""),
    ],
)
def test_whether_it_is_open_is_what_the_search_found_for_the_time_that_was_asked(
    language: str, why: list[str], told: str
) -> None:
    # never worked out anew from the hours: "open Saturday at 10" is not "open now"
    assert state(listing(why=why), language) == told


@pytest.mark.parametrize(
    ("name", "room", "short"),
    [
        ("Oak Park Pantry", 15, "Oak Park Pantry"),
        ("Oak Park Pantry", 14, "Oak Park.."),
        ("Food, Clothes & Toys", 16, "Food, Clothes.."),
        ("Supercalifragilistic", 10, "Supercal.."),
        ("Shelter at 12 Oak Street", 18, "Shelter at.."),
        ("4165550105 ring twice", 8, ".."),
    ],
)
def test_a_name_is_cut_at_a_word_and_never_in_or_after_a_number(name: str, room: int, short: str) -> None:
    assert shorten(name, room) == short


def test_facts_are_added_for_all_listings_before_the_next_fact() -> None:
    matches = [listing(), listing(service="Second Pantry")]
    bare = fit(matches, ["1 ", "2 "], "en", lambda lines: False)
    assert bare == "1 Oak Park Pantry: 916-555-0105\n2 Second Pantry: 916-555-0105"
    open_ones = fit(matches, ["1 ", "2 "], "en", lambda lines: "mi" not in lines and "Third" not in lines)
    assert open_ones.count("Open until 5pm") == 2
    everything = fit(matches, ["1 ", "2 "], "en", lambda lines: True)
    assert everything.count("1.2 mi, 3333 Third Avenue, Sacramento") == 2


def test_a_place_whose_address_is_kept_secret_has_none_and_is_not_pointed_at() -> None:
    hidden = listing(address=None, distance_miles=None, latitude=None, longitude=None)
    assert fit([hidden], [""], "en", lambda lines: True).startswith("Oak Park Pantry: 916-555-0105. Open until 5pm. Mon-Fri")


@pytest.mark.parametrize(
    ("miles", "told"), [(0.01, "0.1 mi"), (1.0, "1 mi"), (1.26, "1.3 mi"), (9.94, "9.9 mi"), (12.4, "12 mi")]
)
def test_miles_are_told_as_people_tell_them(miles: float, told: str) -> None:
    assert f". {told}, 3333" in fit([listing(distance_miles=miles)], [""], "en", lambda lines: True)


def test_a_listing_of_which_little_is_known_is_its_name() -> None:
    little = listing(phones=[], website=None, why=[], address=None, distance_miles=None, hours="", how_to_access=None, cost=None)
    assert fit([little], ["1 "], "en", lambda lines: True) == "1 Oak Park Pantry"


@pytest.mark.parametrize(
    ("language", "doubt"),
    [
        ("en", "2 families could not reach them lately. Call first"),
        ("en", "This phone number may be wrong. Ask 211 for the right one"),
        ("es", "12 familias no pudieron comunicarse hace poco. Llama antes de ir"),
    ],
)
def test_a_doubtful_place_says_so_right_after_its_number(language: str, doubt: str) -> None:
    told = listing(service="Oak Park Pantry", why=[doubt, "Serves all of CA"])
    line = fit([told], [""], language, lambda lines: True)
    assert line.startswith(f"Oak Park Pantry: 916-555-0105. {doubt}. ")
