"""Linear text classifiers on words, pieces of words and hints.

Trained with scikit-learn, kept and served as plain arrays: nothing is unpickled, serving needs only NumPy, and a
message costs well under a millisecond. Words and characters are each scaled to length one before they are joined,
or the many character features would drown the few words.
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

from bot.understanding.text import plain, words

Weights = Any  # numpy arrays; NumPy's own types say little under --strict
_SEED = 20261122
_STRENGTH = 10.0
#: A feature must stand in so many training texts.
_MINIMUM = 2
#: Sizes of the pieces of words, and how much they count beside words.
_PIECES = range(2, 6)
_PIECES_WEIGHT = 1.5


@dataclass(frozen=True)
class Example:
    """A text, the labels it should get, and hints: names of signs that something else found in it."""

    text: str
    labels: tuple[str, ...]
    hints: tuple[str, ...] = ()


@dataclass
class LinearClassifier:
    """`labels` with one row of weights each over the features of a text. Multi-label ones give independent
    probabilities, the others a distribution."""

    labels: list[str]
    multi_label: bool
    hint_weight: float
    features: dict[str, int]
    idf: Weights
    weights: Weights
    bias: Weights

    @classmethod
    def train(
        cls, examples: Sequence[Example], *, multi_label: bool, balance: float = 0.0, hint_weight: float = 0.5
    ) -> LinearClassifier:
        """Learn one label against the rest at a time; the same input always gives the same model.

        `balance` lifts rare labels: an example of a label that one text in n has counts n ** balance times.
        `hint_weight` is what one hint counts beside all words of a text together.
        """
        from sklearn.linear_model import LogisticRegression

        counts = Counter(name for e in examples for group in _groups(e.text, e.hints) for name in set(group))
        kept = sorted(name for name, count in counts.items() if count >= _MINIMUM)
        idf = np.array([math.log((1 + len(examples)) / (1 + counts[name])) + 1 for name in kept], dtype=np.float32)
        labels = sorted({label for e in examples for label in e.labels})
        features = {name: i for i, name in enumerate(kept)}
        model = cls(labels, multi_label, hint_weight, features, idf, np.zeros((0, 0)), np.zeros(0))
        rows = model._matrix(examples)
        fits = []
        for label in labels:
            wanted = np.array([label in e.labels for e in examples])
            lift = (len(examples) / wanted.sum()) ** balance
            fit = LogisticRegression(C=_STRENGTH, solver="liblinear", random_state=_SEED, class_weight={False: 1, True: lift})
            fits.append(fit.fit(rows, wanted))
        model.weights = np.vstack([fit.coef_[0] for fit in fits]).astype(np.float32)
        model.bias = np.array([fit.intercept_[0] for fit in fits], dtype=np.float32)
        return model

    def probabilities(self, text: str, hints: Iterable[str] = ()) -> dict[str, float]:
        """Label → probability."""
        index, values = self._vector(text, hints)
        scores = self.weights[:, index] @ values + self.bias if len(index) else self.bias
        result = 1 / (1 + np.exp(-scores))
        if not self.multi_label:
            result = result / result.sum()
        return {label: float(p) for label, p in zip(self.labels, result, strict=True)}

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        np.savez_compressed(folder / "weights.npz", idf=self.idf, weights=self.weights.astype(np.float16), bias=self.bias)
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
            return cls(*about_scores, features, arrays["idf"], weights, arrays["bias"])

    def _vector(self, text: str, hints: Iterable[str]) -> tuple[Weights, Weights]:
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

    def _matrix(self, examples: Sequence[Example]) -> Any:
        from scipy.sparse import csr_matrix

        vectors = [self._vector(e.text, e.hints) for e in examples]
        rows = np.repeat(np.arange(len(vectors)), [len(index) for index, _ in vectors])
        columns, values = (np.concatenate(parts) for parts in zip(*vectors, strict=True))
        return csr_matrix((values, (rows, columns)), shape=(len(examples), len(self.features)))


def _groups(text: str, hints: Iterable[str]) -> tuple[list[str], list[str], list[str]]:
    """Words with word pairs, pieces of words, hints: marked, so that no name is in two groups."""
    text = "".join("0" if c.isdigit() else c for c in plain(text))
    return _words(text), ["~" + piece for piece in _pieces(text)], ["#" + hint for hint in hints]


def _words(text: str) -> list[str]:
    tokens = words(text)
    padded = ["<", *tokens, ">"]
    return [f"={token}" for token in tokens] + [f"={a} {b}" for a, b in pairwise(padded)]


def _pieces(text: str) -> list[str]:
    padded = [f" {word} " for word in text.split()]
    return [word[i : i + size] for word in padded for size in _PIECES for i in range(len(word) - size + 1)]
