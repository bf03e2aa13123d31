"""What short answers mean, in both languages and as families type them."""

from __future__ import annotations

import pytest

from actions.answers import meaning_of, number_of


@pytest.mark.parametrize(
    ("meaning", "texts"),
    [
        ("yes", ["yes", "Yeah!", "yes please", "ok", "sí", "si", "Claro que sí", "dale"]),
        ("no", ["no", "Nope.", "no, not really", "nel", "ninguna"]),
        ("need", ["Need help", "yes we need it", "no we don't have one", "we have nothing", "no tengo", "Sí, necesito ayuda"]),
        ("have", ["we have it", "yes we have it", "don't need it", "no thanks", "ya tengo", "Ya lo tenemos, gracias"]),
        ("skip", ["skip", "next one please", "idk", "i don't know", "saltar", "no sé", "después"]),
        ("stop", ["stop", "Stop the list", "that's all", "never mind", "ya no", "es todo", "olvídalo"]),
        ("both", ["both", "los dos", "las dos por favor"]),
        ("other", ["something else", "otra cosa"]),
        ("list", ["back to the list", "show me the list please", "volver a la lista", "la lista"]),
        ("wrong", ["that's wrong", "no, that's not what i asked", "eso no es", "no es eso"]),
        ("why", ["why do you need my zip?", "¿para qué?", "y tienen que saber mi dirección?"]),
    ],
)  # fmt: skip
def test_a_short_answer_has_its_meaning(meaning: str, texts: list[str]) -> None:
    assert [meaning_of(text) for text in texts] == [meaning] * len(texts)


@pytest.mark.parametrize(
    "text",
    ["", "🙏", "no one has called me back", "what are the hours", "no food in the house", "i want to go back to school next year",
     "la comida que nos dieron ayer no alcanza para toda la familia"],
)  # fmt: skip
def test_a_message_that_tells_more_is_no_answer(text: str) -> None:
    assert meaning_of(text) is None


def test_a_number_counts_only_alone() -> None:
    assert [number_of(text) for text in ("2", " 2.", "(3)", "number 2", "2 kids", "92701")] == [2, 2, 3, None, None, None]
