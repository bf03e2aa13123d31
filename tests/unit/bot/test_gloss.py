"""Spanish is put into English words for the sentence model; English stays as it is."""

from __future__ import annotations

import pytest

from bot.understanding.gloss import in_english


@pytest.mark.parametrize(
    ("spanish", "english"),
    [
        ("necesito pañales", "I need diapers"),
        ("No tengo dónde dormir", "not I have where sleep"),
        ("necesito diapers", "I need diapers"),
    ],
)
def test_a_spanish_message_is_put_into_english_word_by_word(spanish: str, english: str) -> None:
    assert in_english(spanish) == english


@pytest.mark.parametrize(
    "text", ["I need a plan for my doctor visit", "no", "food in San Jose", "my casa worker is late", "", "95814"]
)
def test_what_is_not_mostly_spanish_stays_as_it_is(text: str) -> None:
    assert in_english(text) == text


def test_an_ending_that_is_not_listed_is_read_as_its_word() -> None:
    assert in_english("mi hermanote") == in_english("mi hermano") == "my brother"


@pytest.mark.parametrize("text", ["\x00", "😀" * 50, "ñ" * 5000, "مرحبا", "a\u200bb"])
def test_any_text_is_taken(text: str) -> None:
    assert isinstance(in_english(text), str)
