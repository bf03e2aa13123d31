from __future__ import annotations

import pytest

from resources_db.exchange.languages import language_code


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("Spanish", "es"),
        ("es-MX", "es"),
        ("spa", "es"),
        ("ES", "es"),
        ("Chinese (Cantonese)", "zh"),
        ("Haitian Creole", "ht"),
        ("Creole", "ht"),
        ("Cape Verdean Creole", None),
        ("non-English", None),
        ("no Spanish", None),
        ("American Sign Language", "ase"),
        ("Mexican Sign Language", None),
        ("Klingon", None),
        ("", None),
    ],
)
def test_a_language_is_known_by_its_names_and_codes(given: str, code: str | None) -> None:
    assert language_code(given) == code
