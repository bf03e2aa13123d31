"""Lay words, found as whole words whatever their accents and plural."""

from __future__ import annotations

import pytest

from bot.understanding.lexicon import Lexicon, Mention, cue_lexicon, longest, need_lexicon
from bot.understanding.text import plain
from resources_db.taxonomy.needs import load_needs


def codes(text: str) -> list[str]:
    return [mention.label for mention in longest(need_lexicon().mentions(plain(text)))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pañales", ["goods"]),
        ("panal", ["goods"]),
        ("food stamps", ["benefits"]),
        ("food and stamps", ["food"]),
        ("na meetings", ["treatment"]),
        ("chinatown", []),
        ("customer service", []),
        ("haven't eaten", ["food"]),
        ("a place to sleep and a lawyer", ["shelter", "legal"]),
    ],
)
def test_lay_words_are_whole_words_and_the_longest_counts(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_a_mention_tells_where_it_stands() -> None:
    assert Lexicon({"food": ["hot meal"]}).mentions("any hot meal?") == [Mention("food", 4, 12)]


def test_every_need_has_lay_words_in_both_languages_that_point_to_it() -> None:
    for code, need in load_needs().items():
        for phrases in need.synonyms.values():
            assert phrases
            assert all(code in codes(phrase) for phrase in phrases), code


def test_unknown_words_leave_no_trace_in_memory() -> None:
    lexicon = Lexicon({"food": ["bread"]})
    vocab = lexicon._vocab
    before = len(vocab.strings)
    lexicon.mentions("xqzzy plugh " * 50 + "bread")
    assert len(vocab.strings) == before


def test_cues_have_phrases_in_both_languages() -> None:
    assert [cue.label for cue in cue_lexicon().mentions("thanks")].count("gratitude") == 1
    assert [cue.label for cue in cue_lexicon().mentions("gracias")].count("gratitude") == 1
