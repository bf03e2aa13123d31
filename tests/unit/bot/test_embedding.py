"""The sentence model in NumPy: it says what the original says, of any text."""

from __future__ import annotations

import numpy as np
import pytest

from bot.understanding.embedding import SIZE, embed, embed_all

#: From the model's own page (sentence-transformers/all-MiniLM-L6-v2): how near each sentence is to the first.
KNOWN = {
    "That is a happy person": 1.0,
    "That is a very happy person": 0.943,
    "That is a happy dog": 0.695,
    "Today is a sunny day": 0.257,
}


def test_sentences_lie_as_near_to_each_other_as_the_authors_of_the_model_say() -> None:
    first = embed("That is a happy person")
    for sentence, nearness in KNOWN.items():
        assert float(first @ embed(sentence)) == pytest.approx(nearness, abs=0.002)


def test_a_need_lies_nearer_to_the_same_need_in_other_words_than_to_another() -> None:
    hungry, groceries, lawyer = map(embed, ("my kids are hungry", "we ran out of groceries", "I have to be in court on Friday"))
    assert hungry @ groceries > hungry @ lawyer


def test_many_at_once_are_read_as_one_at_a_time() -> None:
    texts = ["food", "necesito pañales para mi bebé", "a long one " * 100, "food", ""]
    for text, vector in zip(texts, embed_all(texts), strict=True):
        assert np.allclose(vector, embed(text), atol=1e-5)


@pytest.mark.parametrize("text", ["", " ", "🍞", "\ud800", "x" * 10_000, "w " * 5_000, "中文", "\x00"])
def test_any_text_has_a_place(text: str) -> None:
    vector = embed(text)
    assert vector.shape == (SIZE,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1.0, abs=1e-4)


def test_accents_and_capitals_do_not_matter() -> None:
    assert np.array_equal(embed("NECESITO PAÑALES"), embed("necesito panales"))
