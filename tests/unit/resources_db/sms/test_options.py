"""Which choice a number in a text means, and what is left for the assistant to understand."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from resources_db.messages import Answer
from resources_db.sms.options import chosen, menu, number_in, offered
from tests.unit.resources_db.sms.world import words as all_words

FOOD, STAY, TALK = ("Food", "/food"), ("A place to stay", "/stay"), ("Someone to talk to", "/talk")
CHOICES = [FOOD, STAY, TALK]
MATCH = {"service": "Pantry"}


@pytest.mark.parametrize(
    "text",
    ["2", " 2 ", "2.", "#2", "# 2", "(2)", "2)", "2!", "option 2", "Option 2.", "opción 2", "OPCION 2", "number 2", "número 2",
     "num. 2", "two", "Two", "dos", "la 2", "el dos", "la segunda", "the second one", "the second", "second", "I want 2",
     "quiero la 2", "¿2?",
     "a place to stay", "A PLACE TO STAY.", "2 a place to stay", "2. A place to stay", '"2"', "the second option", "2\n"],
)  # fmt: skip
def test_a_number_or_the_label_is_that_choice(text: str) -> None:
    assert chosen(text, CHOICES) == 1


@pytest.mark.parametrize(
    "text",
    ["", "95814", "2 kids", "2 of them", "we are 2", "22", "0", "4", "no 2", "1 and 2", "1 2", "2 food", "tengo dos", "dos hijos",
     "stay", "food stamps", "tomorrow at 2", "second hand clothes", "2.5", "-2", "not 2", "💡"],
)  # fmt: skip
def test_anything_else_is_left_to_the_assistant(text: str) -> None:
    assert chosen(text, CHOICES) is None


def test_every_number_in_words_is_known_in_both_languages() -> None:
    english = "one two three four five six seven eight nine".split()
    spanish = "uno dos tres cuatro cinco seis siete ocho nueve".split()
    ordinals = "primera segunda tercera cuarta quinta sexta séptima octava novena".split()
    for words in (english, spanish, ordinals):
        assert [number_in(word) for word in words] == list(range(1, 10))


def test_a_label_with_accents_is_known_without_them() -> None:
    assert chosen("Panales, camas, ropa", [("Pañales, camas, ropa", "/goods")]) is None  # ñ is a letter of its own
    assert chosen("todavia no", [("Todavía no", "/not_yet")]) == 0
    assert chosen("cafe", [("Café", "/x")]) == 0


def test_without_choices_a_number_means_none_of_them() -> None:
    assert chosen("1", []) is None


def test_choices_may_come_as_rows_keep_them() -> None:
    rows = [{"label": label, "payload": payload, "choice": "7.abc"} for label, payload in CHOICES]
    assert chosen("3", rows) == 2
    assert offered([SimpleNamespace(choices=rows, matches=[])]) == CHOICES


def test_the_numbers_belong_to_the_last_question_and_not_to_the_words_under_listings() -> None:
    listings = Answer("Here:", choices=[("More", "/more")], matches=[MATCH])
    question = Answer("2 of 9: beds?", choices=CHOICES)
    assert offered([listings]) == []
    assert offered([listings, question]) == CHOICES
    assert offered([Answer("Old?", choices=[FOOD]), question, Answer("By the way.")]) == CHOICES
    assert offered([]) == []


def test_choices_are_numbered_in_the_cheap_alphabet_and_the_numbers_mean_them() -> None:
    choices = [("Un poco difícil", "/some"), ("Bien", "/fine")]
    lines = menu(choices, all_words(), "es").split("\n")
    assert lines[:2] == ["1 Un poco dificil", "2 Bien"]
    assert len(lines) == 3
    assert [chosen(line, choices) for line in lines[:2]] == [0, 1]
