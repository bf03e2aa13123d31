"""Which answer of a list is meant, and which language is wanted."""

from __future__ import annotations

import pytest

from bot.understanding.choices import LAST, find_choice, find_wanted_language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("number 2", 2),
        ("#2", 2),
        ("3", 3),
        ("no 4", 4),
        ("two please", 2),
        ("the second one", 2),
        ("first one", 1),
        ("tell me about the third", 3),
        ("more info on the top one", 1),
        ("the last one", LAST),
        ("the bottom one", LAST),
        ("the second ones phone", 2),
        ("el 2", 2),
        ("número tres", 3),
        ("opción 4", 4),
        ("el segundo", 2),
        ("la primera por favor", 1),
        ("andele, ese primero", 1),
        ("el último", LAST),
    ],
)
def test_a_pick_is_found(text: str, expected: int) -> None:
    assert find_choice(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2 kids",
        "i have 3 kids",
        "95814",
        "first months rent",
        "the first of the month",
        "the last time i went",
        "segundo grado",
        "my first baby",
        "option",
        "la primera vez que pido ayuda",
        "they changed my caseworker again and thats already the 4th one",
        "",
    ],
)
def test_what_only_counts_is_no_pick(text: str) -> None:
    assert find_choice(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in Spanish", "es"),
        ("spanish", "es"),
        ("do you speak spanish", "es"),
        ("en español por favor", "es"),
        ("¿habla español?", "es"),
        ("cámbiale a español", "es"),
        ("no hablo inglés señorita", "es"),
        ("no entiendo inglés", "es"),
        ("english please", "en"),
        ("switch to english", "en"),
        ("puede ser en inglés", "en"),
        ("inglés mejor", "en"),
        ("i dont understand spanish", "en"),
        ("english classes", None),
        ("clases de inglés", None),
        ("can we do english", "en"),
        ("do they speak spanish", None),
        ("¿hablan español ahí?", None),
        ("a spanish speaking lawyer", None),
        ("pre-k para mi niña que no habla inglés", None),
        ("la escuela le hizo firmar un papel en inglés y mi hijo no entendió nada de lo que decía", None),
    ],
)
def test_the_language_the_family_asks_for(text: str, expected: str | None) -> None:
    assert find_wanted_language(text) == expected
