"""The classifier under needs, acts and language."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.understanding.linear import Example, LinearClassifier

EXAMPLES = [
    *(Example(f"we need food and milk {n}", ("food",)) for n in range(4)),
    *(Example(f"help with the rent {n}", ("rent",), ("money",)) for n in range(4)),
    *(Example(f"food and the rent {n}", ("food", "rent")) for n in range(4)),
    *(Example(f"good morning {n}", ()) for n in range(4)),
]
SINGLE = [example for example in EXAMPLES if len(example.labels) == 1]


def test_several_labels_can_be_likely_at_once() -> None:
    model = LinearClassifier.train(EXAMPLES, multi_label=True)
    likely = model.probabilities("food and rent")
    assert likely["food"] > 0.5
    assert likely["rent"] > 0.5
    assert max(model.probabilities("good morning").values()) < 0.5


def test_with_one_label_a_text_the_probabilities_are_shared_out() -> None:
    likely = LinearClassifier.train(SINGLE, multi_label=False).probabilities("milk")
    assert sum(likely.values()) == pytest.approx(1)
    assert likely["food"] > likely["rent"]


def test_spelling_accents_capitals_and_apostrophes_hardly_matter() -> None:
    accented = [Example("pañales dont", ("goods",)), Example("panales don't", ("goods",))]
    model = LinearClassifier.train([*EXAMPLES, *accented], multi_label=True)
    assert model.probabilities("PAÑALES don't") == model.probabilities("panales dont")
    assert model.probabilities("fooood")["food"] > model.probabilities("window")["food"]


def test_a_hint_counts_beside_the_words() -> None:
    model = LinearClassifier.train(EXAMPLES, multi_label=True)
    assert model.probabilities("please", ["money"])["rent"] > model.probabilities("please")["rent"]
    assert model.probabilities("please", ["never seen"]) == model.probabilities("please")


def test_a_text_of_unknown_words_is_no_error() -> None:
    model = LinearClassifier.train(EXAMPLES, multi_label=True)
    assert set(model.probabilities("")) == set(model.probabilities("🍞 zzzz")) == {"food", "rent"}


def test_balance_lifts_rare_labels() -> None:
    rare = [*EXAMPLES, Example("lawyer please", ("legal",)), Example("lawyer now", ("legal",))]
    even = LinearClassifier.train(rare, multi_label=True).probabilities("lawyer")["legal"]
    assert LinearClassifier.train(rare, multi_label=True, balance=0.5).probabilities("lawyer")["legal"] > even


def test_training_twice_gives_the_same_model() -> None:
    first, second = (LinearClassifier.train(EXAMPLES, multi_label=True) for _ in range(2))
    assert first.features == second.features
    assert np.array_equal(first.weights, second.weights)


def test_a_saved_model_answers_as_before(tmp_path: Path) -> None:
    model = LinearClassifier.train(EXAMPLES, multi_label=True, hint_weight=0.9)
    model.save(tmp_path)
    loaded = LinearClassifier.load(tmp_path)
    for text in ("food", "the rent", "morning", ""):
        for label, p in model.probabilities(text, ["money"]).items():
            assert loaded.probabilities(text, ["money"])[label] == pytest.approx(p, abs=0.01)


def test_nothing_saved_needs_unpickling(tmp_path: Path) -> None:
    LinearClassifier.train(EXAMPLES, multi_label=True).save(tmp_path)
    assert {path.suffix for path in tmp_path.iterdir()} == {".npz", ".json"}
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {"idf", "weights", "meaning", "bias"}
