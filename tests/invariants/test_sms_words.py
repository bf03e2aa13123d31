"""Every answer as a text: short enough, in the cheap alphabet, without words of the web page, and safe to answer.

Each response of data/responses/ is rendered as the gateway does it, in both languages, with long values filled in
(benchmarks/texts.py).
"""

from __future__ import annotations

import re

import pytest

from benchmarks.texts import LIMITS, Template, templates, values, variant
from bot.safety.hotlines import hotlines_for
from bot.safety.screen import CATEGORIES
from bot.sms.rendering import MOST_SEGMENTS
from resources_db.sms.gsm import fold, is_gsm, segments
from resources_db.words import load_words

ALL = templates()
_WEB = re.compile(r"\b(tap|tapped|click|button|page|toca|toque|boton|pagina|haz clic)\b", re.IGNORECASE)
#: Alone, the carrier and we take them for a wish about texts (resources_db/consent/).
_RESERVED = (
    "stop stopall unsubscribe cancel end quit revoke optout yes unstop start help info "
    "alto parar basta alta ayuda si no cancelar terminar fin"
)  # fmt: skip
#: "reply X", but not "text X to 988": that word goes to somebody else.
_ASKED_FOR = re.compile(r"\b(?i:reply|send|text|say|responde|manda|escribe|di)\s+\"?([A-ZÑ]{2,})\b(?!\"? (?:to|al) \d)")
#: Where a family is told on purpose how to stop or get help.
_OF_THE_LAW = re.compile(r"^utter_(sms|phone)_")


def test_no_answer_costs_more_than_two_parts_in_english_or_three_in_spanish() -> None:
    assert [(row.name, row.language, row.segments) for row in ALL if row.segments > LIMITS[row.language]] == []


def test_every_answer_goes_out_in_the_cheap_alphabet() -> None:
    assert [text for row in ALL for text in row.texts if not is_gsm(text)] == []


def test_no_text_speaks_of_a_page_or_of_tapping() -> None:
    assert [(row.name, found) for row in ALL if (found := _WEB.findall("\n".join(row.texts)))] == []


def test_no_placeholder_stays_open() -> None:
    assert [(row.name, found) for row in ALL if (found := re.findall(r"{\w+}", "\n".join(row.texts)))] == []


def test_no_choice_reads_like_a_wish_to_stop_or_start_texts() -> None:
    # nor begins like one: a family that answers with its first word means the choice
    wrong = {
        (row.name, label)
        for row in ALL
        for label in _labels(row)
        if label in _RESERVED.split() or (label.split()[0] in _RESERVED.split() and label.split()[0] != "no")
    }
    assert wrong == set()


def test_no_answer_asks_for_a_word_that_stops_or_starts_texts() -> None:
    ours = [row for row in ALL if not _OF_THE_LAW.match(row.name)]
    asked = {(row.name, word) for row in ours for word in _ASKED_FOR.findall("\n".join(row.texts))}
    assert {(name, word) for name, word in asked if word.casefold() in _RESERVED.split()} == set()


def test_the_search_for_such_words_finds_them() -> None:
    texts = 'Reply YES to go on. Responde "ALTO". Text START to 88788, manda AYUDA al 988. Or text STOP.'
    assert _ASKED_FOR.findall(texts) == ["YES", "ALTO", "STOP"]
    assert _WEB.findall(fold("Toca el botón de esta página")) == ["Toca", "boton", "pagina"]


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_crisis_is_answered_in_one_text_with_the_lines_of_the_table(category: str, language: str) -> None:
    (row,) = (row for row in ALL if (row.name, row.language) == (f"utter_crisis_{category}", language))
    (text,) = row.texts
    assert segments(text) <= MOST_SEGMENTS
    # nothing of the words is lost, and so no number
    assert " ".join(text.split()) == " ".join(fold(variant(row.name, language)["text"]).split())
    digits = re.sub(r"(?<=\d)-(?=\d)", "", text)
    shown = set(re.findall(r"(?<!\d)(?:\d{3}|\d{5,6}|1\d{10})(?!\d)", digits))
    lines = hotlines_for(category)
    assert shown == {number.replace("-", "") for line in lines for number in (line.number, line.text_number) if number}
    for line in lines:
        word = line.text_word.get(language)
        assert not word or line.text_number is None or re.search(rf"\b{word}\b", text), f"{line.id}: text {word}"


def test_the_crisis_words_for_texts_warn_that_childhelp_may_have_to_pass_it_on() -> None:
    assert "pass it on" in variant("utter_crisis_child_safety", "en")["text"]
    assert "avisar" in variant("utter_crisis_child_safety", "es")["text"]


def test_words_for_texts_come_in_both_languages() -> None:
    # else Rasa would say the English ones to a Spanish-speaking family
    for name, said in load_words().texts.items():
        assert (("en", "sms") in said) == (("es", "sms") in said), name


def test_the_long_values_are_long() -> None:
    assert len(values("utter_results", "en")["needs"]) > 50
    assert len(values("utter_results", "es")["needs"]) > 50
    assert len(values("utter_list_question", "es")["question"]) > 75


def _labels(row: Template) -> list[str]:
    """Those that get numbers, without accents and capitals."""
    buttons = variant(row.name, row.language).get("buttons", [])
    return [fold(button["title"]).casefold() for button in buttons if button["payload"] != "/ask_understood"]
