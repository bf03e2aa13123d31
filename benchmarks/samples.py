"""Samples of the training text that keep its balance."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence

from benchmarks.understanding import Example

_SEED = 20261122


def sample(examples: Sequence[Example], share: float) -> list[Example]:
    """This share of the examples of each intent and language, at least two of each; the same at every run, and a smaller
    share is part of a larger one. In the order of the training text."""
    strata: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, example in enumerate(examples):
        strata[example.intent, example.language].append(at)
    kept: list[int] = []
    for (intent, language), places in sorted(strata.items()):
        random.Random(f"{_SEED} {intent} {language}").shuffle(places)
        kept += places[: max(2, round(share * len(places)))]
    return [examples[at] for at in sorted(kept)]
