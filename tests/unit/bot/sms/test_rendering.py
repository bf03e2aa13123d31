"""Answers as texts: few, whole, numbered, and a crisis before everything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sms.rendering import FIRST, MOST_SEGMENTS, NEEDED, Rendered, render
from resources_db.messages import Answer
from resources_db.sms.gsm import fold, is_gsm, segments
from resources_db.sms.options import chosen
from resources_db.words import Words, load_words
from tests.unit.bot.sms.conftest import listing

URL = "https://homeward.example.org/c/abcdefghijkmn"
MORE = [("More", "/more"), ("Open now", "/ask_hours"), ("What do I bring?", "/ask_documents"), ("Not right?", "/ask_understood")]
MENU = [("Food", "/food"), ("A place to stay", "/stay")]
PHONE = re.compile(r"\(?\d{3}\)?[-. ]\d{3}-\d{4}(?: (?:ext\.|x) ?\d+)?")
PARTS_OF_PHONES = re.compile(r"\(?\d{3}\) ?|\d{3}-\d{4}|555")
WORDS = load_words()


def said(answers: Sequence[Answer], language: str = "en", *, first: bool = False, url: str | None = URL) -> Rendered:
    return render(answers, language, words=WORDS, first=first, card_url=None if url is None else lambda ids: url)


def three(**facts: Any) -> list[dict[str, Any]]:
    return [
        listing(service_at_location_id="at-1", service="Oak Park Pantry", **facts),
        listing(service_at_location_id="at-2", service="Willow Bend Family Resource Center", **facts),
        listing(service_at_location_id="at-3", service="Warm Spoon Community Kitchen", **facts),
    ]


def test_everything_that_is_needed_has_words(words: Words) -> None:
    words.require(NEEDED)


def test_short_answers_of_a_turn_are_one_text() -> None:
    assert said([Answer("You're welcome."), Answer("What next?")]).texts == ["You're welcome.\nWhat next?"]


def test_listings_are_one_text_with_numbers_phones_hours_and_the_link() -> None:
    (text,) = said([Answer("Help with food near Sacramento, CA:", choices=MORE, matches=three())]).texts
    assert text.split("\n") == [
        "Help with food near Sacramento, CA:",
        "1 Oak Park Pantry: 916-555-0105. Open until 5pm. 1.2 mi, 3333 Third Avenue, Sacramento",
        "2 Willow Bend Family Resource Center: 916-555-0105. Open until 5pm. 1.2 mi, 3333 Third Avenue, Sacramento",
        "3 Warm Spoon Community Kitchen: 916-555-0105. Open until 5pm. 1.2 mi, 3333 Third Avenue, Sacramento",
        "Reply 1-3 for one, MORE for more.",
        f"All details: {URL}",
    ]
    assert segments(text) <= MOST_SEGMENTS


def test_spanish_listings_say_the_same_in_the_cheap_alphabet() -> None:
    matches = three(why=["Abierto ahora, hasta el mediodía"], address="12 Calle Ñandú, San José, CA 95112")
    (text,) = said(
        [Answer("Ayuda con consejería cerca de San José, CA:", choices=[("Más", "/more")], matches=matches)], "es"
    ).texts
    lines = text.split("\n")
    assert lines[0] == "Ayuda con consejeria cerca de San José, CA:"
    assert lines[1] == "1 Oak Park Pantry: 916-555-0105. Abierto hasta el mediodia. 1.2 mi, 12 Calle Ñandu, San José"
    assert lines[4] == "Responde 1-3 para ver uno, MAS para mas."
    assert is_gsm(text)


def test_at_most_three_listings_are_in_a_text_and_the_link_has_them_all() -> None:
    asked: list[Sequence[str]] = []

    def card_url(ids: Sequence[str]) -> str:
        asked.append(ids)
        return URL

    matches = [listing(service_at_location_id=f"at-{n}", service=f"Pantry {n}") for n in range(4)]
    matches.append(listing(service_at_location_id=None, service_id="helpline"))
    rendered = render([Answer("Here:", matches=matches)], "en", words=WORDS, first=False, card_url=card_url)
    assert asked == [["at-0", "at-1", "at-2", "at-3", "helpline"]]
    assert re.findall(r"^\d .*?:", rendered.texts[0], re.MULTILINE) == ["1 Pantry 0:", "2 Pantry 1:", "3 Pantry 2:"]


def test_no_link_is_made_where_there_is_nothing_to_link_to() -> None:
    def never(ids: Sequence[str]) -> str:
        raise AssertionError(ids)

    assert render([Answer("Hi.")], "en", words=WORDS, first=False, card_url=never).texts == ["Hi."]


def test_without_cards_there_is_no_link() -> None:
    (text,) = said([Answer("Here:", matches=three())], url=None).texts
    assert "http" not in text
    assert text.endswith("Reply 1-3 for one.")


def test_only_one_listing_has_no_number_and_tells_more_of_itself() -> None:
    (text,) = said([Answer("Here is Oak Park Pantry:", matches=[listing()])]).texts
    assert "\nOak Park Pantry: 916-555-0105. Open until 5pm." in text
    assert "Mon-Fri 9am-5pm. Walk in, no appointment. Free\n" in text
    assert "Reply" not in text


@pytest.mark.parametrize(
    ("names", "shown"), [({"service": "🍎", "organization": "Oak Park"}, "Oak Park: "), ({"service": ""}, "")]
)
def test_a_listing_without_a_readable_name_is_shown_all_the_same(names: dict[str, str], shown: str) -> None:
    (text,) = said([Answer("Here:", matches=[listing(**{"organization": ""} | names)])]).texts
    assert f"\n{shown}916-555-0105. Open until 5pm." in text


def test_one_listing_of_a_search_still_offers_more() -> None:
    (text,) = said([Answer("Here:", choices=MORE, matches=[listing()])]).texts
    assert "\nReply MORE for more.\n" in text


def test_numbers_and_choices_of_a_question_agree() -> None:
    rendered = said([Answer("What would help?", choices=MENU)])
    assert rendered.texts == ["What would help?\n1 Food\n2 A place to stay\nReply with a number, or in your own words."]
    assert rendered.options == MENU
    assert chosen("2", rendered.options) == 1


def test_a_question_under_listings_has_the_numbers() -> None:
    rendered = said([Answer("Beds near here:", matches=three()), Answer("3 of 9: food?", choices=MENU)])
    whole = "\n".join(rendered.texts)
    assert "\n- Oak Park Pantry" in whole
    assert "\n1 Food\n2 A place to stay" in whole
    assert "Reply 1-3" not in whole
    assert rendered.options == MENU


def test_a_question_stays_with_its_choices() -> None:
    rendered = said([Answer("So it is. " * 40), Answer("What would help?", choices=MENU)])
    assert len(rendered.texts) == 2
    assert rendered.texts[1].startswith("What would help?\n1 Food\n2 ")


def test_only_the_last_question_of_a_turn_has_numbers() -> None:
    rendered = said([Answer("Is everyone safe?", choices=[("Safe for now", "/safe")]), Answer("And?", choices=MENU)])
    assert rendered.options == MENU
    assert "Safe for now" not in "\n".join(rendered.texts)


def test_listings_have_no_numbers_above_a_list_that_has_its_own() -> None:
    rendered = said([Answer("Food:", matches=three()), Answer("Start here:\n1. Food: Oak Park Pantry, 916-555-0105")])
    assert "\n- Oak Park Pantry" in "\n".join(rendered.texts)


def test_a_crisis_comes_first_and_in_one_piece() -> None:
    crisis = WORDS.say("utter_crisis_violence", "es", "sms")
    listings = Answer("Help with food near Sacramento, CA:", choices=MORE, matches=three())
    rendered = said([listings, Answer(crisis, crisis="violence")], "es")
    assert rendered.texts[0].startswith(fold(crisis))


def test_who_is_writing_is_said_once_at_the_end_of_the_first_answer() -> None:
    who = fold(WORDS.say(FIRST, "en", "sms"))
    assert said([Answer("Hello.")], first=True).texts == [f"Hello.\n{who}"]
    texts = said([Answer("Help:", choices=MORE, matches=three())], first=True).texts
    assert texts[-1].endswith(who)
    assert "\n".join(texts).count(who) == 1


def test_listings_that_are_made_up_are_called_so() -> None:
    (text,) = said([Answer("Here:", matches=three(sample=True))]).texts
    assert text.split("\n")[1] == "Made-up samples, not real places."
    (text,) = said([Answer("Here:", matches=[listing(sample=True), listing(service="Real Pantry")])]).texts
    assert "\n1 (Sample) Oak Park Pantry" in text
    assert "\n2 Real Pantry" in text
    assert "Made-up" not in text


def test_words_that_leave_no_room_for_listings_go_in_a_text_before() -> None:
    head = "I looked far and wide. " * 16
    first, second = said([Answer(head, choices=MORE, matches=three())]).texts
    assert first == head.strip()
    assert second.startswith("1 Oak Park Pantry: 916-555-0105")


def test_one_costly_name_makes_fewer_listings_and_numbers_to_match() -> None:
    matches = three()
    matches[1]["service"] = "华人家庭服务中心食物银行"
    texts = said([Answer("Help with food near Sacramento, CA:", choices=MORE, matches=matches)]).texts
    assert all(segments(text) <= MOST_SEGMENTS for text in texts)
    count = len(re.findall(r"^\d ", "\n".join(texts), re.MULTILINE))
    assert f"Reply 1-{count} for one" in "\n".join(texts)


def test_a_long_answer_is_parted_between_lines_and_in_as_few_texts_as_can_be() -> None:
    lines = [f"• Willow Bend Family Resource Center {n}: (916) 555-01{n:02} ext. {n}, {'x' * 45}." for n in range(10)]
    texts = said([Answer("Phone numbers:\n" + "\n".join(lines))]).texts
    assert len(texts) == 3
    assert "\n".join(texts) == fold("Phone numbers:\n" + "\n".join(lines))


def test_a_long_line_is_parted_after_a_sentence_and_not_after_an_abbreviation() -> None:
    sentence = "Go to the side door at 12 St. Mary Ave. Apt. 7 and ring the bell twice please."
    texts = said([Answer(" ".join([sentence] * 12))]).texts
    assert all(text.endswith("twice please.") for text in texts)
    assert " ".join(text.replace("\n", " ") for text in texts) == " ".join([sentence] * 12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda name, number, extension, words: f"• {name}: (916) 555-{number:04}{extension}{words}",
            st.text("abcdefg áÉñ'&", min_size=1, max_size=60),
            st.integers(0, 9999),
            st.sampled_from(["", " ext. 12", " ext. 7"]),
            st.text("ab é.,", max_size=700),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_phone_number_is_whole_or_absent(lines: list[str]) -> None:
    texts = said([Answer("Phone numbers:\n" + "\n".join(lines))]).texts
    assert all(segments(text) <= MOST_SEGMENTS for text in texts)
    written = {found for line in lines for found in PHONE.findall(fold(line))}
    for text in texts:
        assert set(PHONE.findall(text)) <= written
        assert PARTS_OF_PHONES.findall(PHONE.sub("", text)) == []


@settings(max_examples=80, deadline=None)
@given(
    st.text("abc íñ", max_size=120),
    st.lists(
        st.builds(
            lambda name, address, number, site, sample: listing(
                service=name, address=address, sample=sample, website=site,
                phones=[] if number is None else [{"number": number, "extension": "77", "type": None, "languages": []}],
            ),
            st.text("abcdefgh ÁÉíóñ&-", min_size=1, max_size=90),
            st.none() | st.just("12 Some Very Long Boulevard North, Suite 1200, San Bernardino, CA 92401"),
            st.none() | st.sampled_from(["9165550105", "+1 916 555 0107", "1-800-FLOWERS", "call us"]),
            st.none() | st.sampled_from(["https://a.example.org/", "https://" + "a" * 60 + ".example.org"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
    st.sampled_from(["en", "es"]),
)  # fmt: skip
def test_listings_never_cost_more_than_three_parts_and_no_fact_is_cut(
    head: str, matches: list[dict[str, Any]], first: bool, language: str
) -> None:
    texts = said([Answer(head, choices=MORE, matches=matches)], language, first=first).texts
    assert all(segments(text) <= MOST_SEGMENTS for text in texts)
    whole = "\n".join(texts)
    assert URL in whole
    assert PARTS_OF_PHONES.findall(re.sub(r"(?:916-555-010[57]|800-356-9377) x77", "", whole)) == []
    assert whole.count("12 Some") == whole.count("12 Some Very Long Boulevard North, Suite 1200, San Bernardino")


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_emoji_of_a_provider_does_not_make_the_text_dear(language: str) -> None:
    (text,) = said([Answer("Here:", matches=[listing(service="🍎 Apple Pantry 🍎")])], language).texts
    assert "Apple Pantry: 916" in text
    assert is_gsm(text)
