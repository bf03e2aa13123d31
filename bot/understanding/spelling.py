"""Mending typos: a long word nobody knows becomes the known word one slip away from it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from rapidfuzz.distance import OSA

from bot.understanding.text import plain

#: Shorter words have too many neighbors: "food", "foot", "fool".
_SHORTEST = 5
_WORD = re.compile(r"[a-z]+")
_FILE = "spelling.json"


class Spelling:
    """`known` words stay as they are, so ordinary words never bend; `targets` are what an unknown word may become,
    with how common each is."""

    def __init__(self, known: Iterable[str], targets: dict[str, int]) -> None:
        self._known = frozenset(known)
        self._targets = targets
        self._near: dict[str, list[str]] = {}
        for word in targets:
            for rest in _with_one_letter_less(word):
                self._near.setdefault(rest, []).append(word)

    @classmethod
    def learn(cls, texts: Iterable[str], listed: set[str]) -> Spelling:
        """From training texts and words that are `listed` somewhere. A word used once may itself be a typo:
        it is known, but nothing becomes it."""
        counts = Counter(word for text in texts for word in _WORD.findall(plain(text)))
        listed = {word for word in listed if _WORD.fullmatch(word)}
        targets = {word: count for word, count in counts.items() if count >= 2}
        targets |= {word: counts[word] + 1000 for word in listed}  # lay words are what families most likely mean
        return cls({*counts, *listed}, {word: targets[word] for word in sorted(targets) if len(word) >= _SHORTEST})

    def mend(self, text: str) -> str:
        """The plain text, its unknown words mended where one letter too many, too few, changed or swapped explains them."""
        return _WORD.sub(lambda match: self._mended(match[0]), text)

    def _mended(self, word: str) -> str:
        if len(word) < _SHORTEST or len(word) > 30 or word in self._known:
            return word
        near = {other for rest in _with_one_letter_less(word) for other in self._near.get(rest, ())}
        near = {other for other in near if OSA.distance(word, other) <= 1}
        return max(near, key=lambda other: (self._targets[other], other), default=word)

    def save(self, folder: Path) -> None:
        """Write it into `folder`."""
        about = {"known": sorted(self._known), "targets": self._targets}
        (folder / _FILE).write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Spelling:
        """Read what `save` wrote."""
        about = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(about["known"], about["targets"])


def _with_one_letter_less(word: str) -> Iterator[str]:
    """The word itself, and without each of its letters but the first, which people get right."""
    yield word
    for i in range(1, len(word)):
        yield word[:i] + word[i + 1 :]
