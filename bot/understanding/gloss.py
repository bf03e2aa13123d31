"""Spanish put into English word by word, for the sentence model, which learned from English.

This is no translation and nobody reads it: word order and endings stay as they are. It only brings "no tengo donde dormir"
("not I have where sleep") close to what English families say, which the Spanish words themselves are not. On Spanish
messages it is worth more than the model without it: docs/decisions/0013-sentence-embedding.md.
"""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.text import plain, words

_FILE = Path(__file__).with_name("glosses.es.tsv")
#: From this share of words that are only Spanish on, a message is glossed.
_MOSTLY = 0.4
#: A word that is not listed is read as a listed one with the same beginning: at least so long, and all but its ending.
_STEM, _ENDING = 5, 3


@dataclass(frozen=True)
class _Glosses:
    """`english` by plain Spanish word; `shared` words are English too; `stems` are beginnings of words and whose they are."""

    english: dict[str, str]
    shared: frozenset[str]
    stems: dict[str, str]

    def of(self, word: str) -> str | None:
        if word in self.english:
            return self.english[word]
        for end in range(len(word) - 1, max(_STEM, len(word) - _ENDING) - 1, -1):
            if listed := self.stems.get(word[:end]):
                return self.english[listed]
        return None


def in_english(text: str) -> str:
    """The message with an English word for each Spanish one, if it is mostly Spanish; otherwise as it is."""
    tokens = words(plain(text))
    glosses = _glosses()
    spoken = [token for token in tokens if token.isalpha()]
    only_spanish = sum(token not in glosses.shared and glosses.of(token) is not None for token in spoken)
    if not spoken or only_spanish < _MOSTLY * len(spoken):
        return text
    found = (glosses.of(token) for token in tokens)
    return " ".join(token if gloss is None else gloss for token, gloss in zip(tokens, found, strict=True))


@functools.lru_cache(maxsize=1)
def _glosses() -> _Glosses:
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    english = {row["spanish"]: row["english"] for row in rows}
    stems: dict[str, str] = {}
    for word in sorted(english, key=len):
        for end in range(_STEM, len(word) + 1):
            stems.setdefault(word[:end], word)
    return _Glosses(english, frozenset(row["spanish"] for row in rows if row["shared"]), stems)
