"""What we ask a family to answer with never stops, or starts, texts by accident."""

from __future__ import annotations

import re

import pytest

from resources_db.consent import reserved_words
from resources_db.words import load_words

# "Reply STOP to stop" is the very use these words are reserved for.
OURS_TO_NAME = {"STOP", "START", "ALTO", "ALTA", "PARAR", "UNSTOP"}
_ASKS = (
    r"(?:reply|text|answer|type|send|write|say|respond[ae]|responde"
    r"|contest[ae]|escrib[ae]|mand[ae]|env[ií][ae]|di|diga)"
)
_WORD = "|".join(sorted((re.escape(word) for word in reserved_words() - OURS_TO_NAME), key=len, reverse=True))
_WORD = re.sub(r"\bSI\b", "S[IÍ]", _WORD)
# The word as one is asked to send it: in quotation marks, or in capitals.
ASKED = re.compile(
    rf"\b(?i:{_ASKS})(?i:\s+(?:back|us|me|the word|con|la palabra))*\s+(?:[\"“'«](?i:{_WORD})[\"”'»]|(?:{_WORD})\b)"
)


def texts() -> list[tuple[str, str]]:
    return [(name, text) for name, variants in load_words().texts.items() for (_, _), text in variants.items()]


def test_no_response_asks_for_a_reserved_word() -> None:
    assert [(name, text) for name, text in texts() if ASKED.search(text)] == []


@pytest.mark.parametrize(
    "prompt", ["Reply YES to go on.", 'Text "cancel" to go back', "Responde SÍ para seguir", "Reply with your ZIP or type END"]
)
def test_such_a_prompt_would_be_found(prompt: str) -> None:
    assert ASKED.search(prompt)


@pytest.mark.parametrize(
    "prompt", ["Reply STOP to stop.", "Reply 1 for yes", "We can say yes to that", "Escribe para qué", "Text us your ZIP"]
)
def test_the_legal_lines_and_plain_words_are_allowed(prompt: str) -> None:
    assert not ASKED.search(prompt)
