"""Typos are mended, ordinary words are not bent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.understanding import training_text
from bot.understanding.lexicon import need_lexicon
from bot.understanding.spelling import Spelling
from bot.understanding.text import plain


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling.learn((example.text for example in training_text()), need_lexicon().words)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("groceris", "groceries"), ("shletar", "shletar"), ("sheltr", "shelter"), ("shetler", "shelter"), ("diapeers", "diapers"),
        ("aparment", "apartment"), ("vivenda", "vivienda"), ("abogadoo", "abogado"), ("guarderai", "guarderia"),
    ],
)  # fmt: skip
def test_one_slip_in_a_lay_word_is_mended(spelling: Spelling, typed: str, meant: str) -> None:
    assert spelling.mend(f"need {typed} now") == f"need {meant} now"


@pytest.mark.parametrize("word", ["starting", "hombre", "papers", "service", "foot", "95814", "x" * 500, ""])
def test_ordinary_words_are_not_bent_into_lay_words(spelling: Spelling, word: str) -> None:
    assert spelling.mend(word) == word


def test_no_word_of_the_training_text_is_bent(spelling: Spelling) -> None:
    bent = {word for e in training_text() for word in re.findall(r"[a-z]+", plain(e.text)) if spelling.mend(word) != word}
    assert bent == set()


def test_it_is_kept_with_the_model(spelling: Spelling, tmp_path: Path) -> None:
    spelling.save(tmp_path)
    assert Spelling.load(tmp_path).mend("sheltr and aparment") == "shelter and apartment"
