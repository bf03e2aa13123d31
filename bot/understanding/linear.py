"""Linear text classifiers on words, pieces of words, hints, and what a text is about.

Trained with scikit-learn, kept and served as plain arrays: nothing is unpickled, serving needs only NumPy, and a
message costs well under a millisecond beside its embedding. Words, characters and the embedding are each scaled to
length one before they are joined, or the many character features would drown the others.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bot.understanding.embedding import Array
from bot.understanding.text import plain, words

_SEED = 20261122
#: How close the training stops to the optimum; closer ones take several times as long and read no better.
_TOLERANCE = 0.003
#: A feature must stand in so many training texts.
_MINIMUM = 2
#: Sizes of the pieces of words, and how much they count beside words.
_PIECES = range(2, 6)
_PIECES_WEIGHT = 1.5


@dataclass(frozen=True)
class Example:
    """A text, the labels it should get, hints (names of signs that something else found in it), and its embedding
    (float32[384] of length one), which either all examples of a classifier have or none."""

    text: str
    labels: tuple[str, ...]
    hints: tuple[str, ...] = ()
    vector: Array | None = None


@dataclass
class LinearClassifier:
    """`labels` with one row each of `weights` over the features of a text and of `meaning` over its embedding. Multi-label
    ones give independent probabilities, the others a distribution."""

    labels: list[str]
    multi_label: bool
    hint_weight: float
    features: dict[str, int]
    idf: Array
    weights: Array
    meaning: Array
    bias: Array

    @classmethod
    def train(
        cls,
        examples: Sequence[Example],
        *,
        multi_label: bool,
        balance: float = 0.0,
        hint_weight: float = 0.5,
        vector_weight: float = 1.5,
        strength: float = 10.0,
    ) -> LinearClassifier:
        """Learn one label against the rest at a time; the same input always gives the same model.

        `balance` lifts rare labels: an example of a label that one text in n has counts n ** balance times.
        `hint_weight` and `vector_weight` are what one hint and the embedding count beside all words of a text together.
        `strength` is how far the weights may follow the examples (the inverse of regularization).
        """
        from sklearn.linear_model import LogisticRegression

        counts = Counter(name for e in examples for group in _groups(e.text, e.hints) for name in set(group))
        kept = sorted(name for name, count in counts.items() if count >= _MINIMUM)
        idf = np.array([math.log((1 + len(examples)) / (1 + counts[name])) + 1 for name in kept], dtype=np.float32)
        labels = sorted({label for e in examples for label in e.labels})
        features = {name: i for i, name in enumerate(kept)}
        nothing = np.zeros((0, 0), dtype=np.float32)
        model = cls(labels, multi_label, hint_weight, features, idf, nothing, nothing, nothing)
        rows = model._matrix(examples, vector_weight)
        fits = []
        for label in labels:
            wanted = np.array([label in e.labels for e in examples])
            lift = (len(examples) / wanted.sum()) ** balance
            fit = LogisticRegression(
                C=strength, tol=_TOLERANCE, solver="liblinear", random_state=_SEED, class_weight={False: 1, True: lift}
            )
            fits.append(fit.fit(rows, wanted))
        coefficients = np.vstack([fit.coef_[0] for fit in fits]).astype(np.float32)
        model.weights, model.meaning = coefficients[:, : len(kept)], vector_weight * coefficients[:, len(kept) :]
        model.bias = np.array([fit.intercept_[0] for fit in fits], dtype=np.float32)
        return model

    def probabilities(self, text: str, hints: Iterable[str] = (), vector: Array | None = None) -> dict[str, float]:
        """Label → probability; with the text's embedding if the examples had theirs."""
        index, values = self._vector(text, hints)
        scores = self.weights[:, index] @ values + self.bias if len(index) else self.bias
        if vector is not None:
            scores = scores + self.meaning @ vector
        result = 1 / (1 + np.exp(-scores))
        if not self.multi_label:
            result = result / result.sum()
        return {label: float(p) for label, p in zip(self.labels, result, strict=True)}

    def knows(self, word: str) -> bool:
        """Whether a word of plain text stood in the training text often enough to be a feature."""
        return "=" + _without_digits(word) in self.features

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        arrays = {"idf": self.idf, "weights": self.weights.astype(np.float16), "meaning": self.meaning, "bias": self.bias}
        np.savez_compressed(folder / "weights.npz", **arrays)
        about = {
            "labels": self.labels,
            "multi_label": self.multi_label,
            "hint_weight": self.hint_weight,
            "features": list(self.features),
        }
        (folder / "model.json").write_text(json.dumps(about, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LinearClassifier:
        """Read what `save` wrote."""
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        features = {name: index for index, name in enumerate(about["features"])}
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            weights = arrays["weights"].astype(np.float32)
            about_scores = about["labels"], about["multi_label"], about["hint_weight"]
            return cls(*about_scores, features, arrays["idf"], weights, arrays["meaning"], arrays["bias"])

    def _vector(self, text: str, hints: Iterable[str]) -> tuple[Array, Array]:
        indices: list[int] = []
        values: list[float] = []
        *groups, signs = _groups(text, hints)
        for group, share in zip(groups, (1.0, _PIECES_WEIGHT), strict=True):
            counts = Counter(i for name in group if (i := self.features.get(name)) is not None)
            weighted = [(i, (1 + math.log(n)) * float(self.idf[i])) for i, n in counts.items()]
            length = math.sqrt(sum(v * v for _, v in weighted)) or 1.0
            indices += [i for i, _ in weighted]
            values += [share * v / length for _, v in weighted]
        present = [i for name in dict.fromkeys(signs) if (i := self.features.get(name)) is not None]
        return np.array(indices + present, dtype=np.int64), np.array(values + [self.hint_weight] * len(present), dtype=np.float32)

    def _matrix(self, examples: Sequence[Example], vector_weight: float) -> Any:
        from scipy.sparse import csr_matrix, hstack

        found = [self._vector(e.text, e.hints) for e in examples]
        rows = np.repeat(np.arange(len(found)), [len(index) for index, _ in found])
        columns, values = (np.concatenate(parts) for parts in zip(*found, strict=True))
        matrix = csr_matrix((values, (rows, columns)), shape=(len(examples), len(self.features)))
        vectors = [e.vector for e in examples if e.vector is not None]
        return hstack([matrix, csr_matrix(vector_weight * np.array(vectors))]).tocsr() if vectors else matrix


def _groups(text: str, hints: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Words with word pairs, pieces of words, hints: marked, so that no name is in two groups."""
    text = _without_digits(plain(text))
    return _words(text), ["~" + piece for piece in _pieces(text)], ["#" + hint for hint in hints]


def _without_digits(text: str) -> str:
    """All numbers are alike."""
    return "".join("0" if c.isdigit() else c for c in text)


def _words(text: str) -> list[str]:
    tokens = words(text)
    padded = ["<", *tokens, ">"]
    return [f"={token}" for token in tokens] + [f"={a} {b}" for a, b in pairwise(padded)]


def _pieces(text: str) -> list[str]:
    padded = [f" {word} " for word in text.split()]
    return [word[i : i + size] for word in padded for size in _PIECES for i in range(len(word) - size + 1)]
