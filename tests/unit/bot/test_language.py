"""Which language a message is in, and when that cannot be told."""

from __future__ import annotations

import pytest

from bot.understanding.language import Language
from bot.understanding.pipeline import Understanding


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I need food near 95814", "en"),
        ("rent help", "en"),
        ("were can i get diapers", "en"),
        ("what do i bring", "en"),
        ("i'm in anaheim", "en"),
        ("necesito pañales y donde dormir esta noche, 92701", "es"),
        ("ocupo ayuda con la renta", "es"),
        ("hola", "es"),
        ("que llevo", "es"),
        ("kiero ablar con alguien", "es"),
        ("¿Medicaid?", "es"),
        ("I need comida para mis hijos porfa, no tenemos nada", "es"),
    ],
)
def test_the_language_of_a_message(understanding: Understanding, text: str, code: str) -> None:
    assert understanding.language.detect(text, "en" if code == "es" else "es") == Language(code, True)


@pytest.mark.parametrize("text", ["95814", "ok", "no", "🍞", "", "springfield", "santa ana", "los angeles", "costa mesa"])
def test_a_message_that_shows_no_language_keeps_that_of_the_conversation(understanding: Understanding, text: str) -> None:
    assert understanding.language.detect(text, "en") == Language("en", False)
    assert understanding.language.detect(text, "es") == Language("es", False)
