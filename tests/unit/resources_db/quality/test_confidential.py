from __future__ import annotations

import pytest

from resources_db.quality.confidential import says_confidential


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Safe housing at a confidential location.", "confidential location"),
        ("The shelter address is kept strictly confidential", "shelter address is kept strictly confidential"),
        ("Undisclosed Location", "Undisclosed Location"),
        ("Exact location is not disclosed online.", "location is not disclosed"),
        ("Our safe house has six rooms", "safe house"),
        ("Call for location", "Call for location"),
        ("Albergue en una ubicación confidencial", "Albergue en una ubicación confidencial"),
        ("La dirección no se divulga", "dirección no se divulga"),
        ("Casa segura para familias", "Casa segura"),
        ("a confidential\nshelter", "confidential\nshelter"),
    ],
)
def test_words_that_hide_a_place_are_found(text: str, words: str) -> None:
    assert says_confidential(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "Free, confidential counseling",
        "All requests are confidential.",
        "confidential HIV testing at our site",
        "Public housing authority",
        "Servicios gratuitos y confidenciales",
        "Call for an appointment",
        "The secretary is at the front desk of our location",
        "A hidden gem",
    ],
)
def test_other_confidential_things_are_not(text: str) -> None:
    assert says_confidential(text) is None


def test_the_first_text_that_says_so_counts_and_missing_ones_do_not_matter() -> None:
    assert says_confidential(None, "", "Pantry", "secret shelter", "safe house") == "secret shelter"
    assert says_confidential() is None
