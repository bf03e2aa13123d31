"""A message cut into words, with the phrases in it that go before places ("I live in", "cerca de")."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.understanding.text import tokenizer
from resources_db.geo.names import plain

WORDS_FILE = Path(__file__).with_name("place_words.yml")

#: What stands before a word: nothing, so that it may belong to the name before; a comma; the end of a sentence.
JOINED, COMMA, STOP = "", ",", "."

#: "L.A." is one word, "Oʻahu" and "O'ahu" are; of "natomas(Sacramento" there are two.
_PART = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]\b\.?|[^\W_]+(?:['’‘ʻʼ`][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)
#: A row of emoji, which spaCy takes apart one by one, looking at the whole row each time.
_MANY_SIGNS = re.compile(r"[^\w\s]{5,}")
_ABBREVIATIONS = {"st", "ste", "sta", "ft", "mt", "n", "s", "e", "w", "mr", "mrs", "ms", "dr", "sr", "sra"}
_BETWEEN_NEGATION_AND_CUE = {"really", "even", "actually", "currently", "i", "me"}


class Word(NamedTuple):
    """`key` is folded as the gazetteer's names are; `gap` is what stands before the word."""

    key: str
    text: str
    start: int
    end: int
    gap: str


class Cue(NamedTuple):
    """A phrase in front of a place: its kind (a key of `cues` in place_words.yml) and its first word."""

    kind: str
    first: int


@dataclass(frozen=True)
class Scan:
    """One message. `cues` are found by the number of the word behind them. Stretches of words are given by their
    first word and the one behind their last."""

    text: str
    words: list[Word]
    cues: dict[int, Cue]
    lexicon: Lexicon

    def key(self, number: int) -> str:
        """The word's key; empty outside the message, so that neighbors can be asked for without care."""
        return self.words[number].key if 0 <= number < len(self.words) else ""

    def slice(self, first: int, last: int) -> str:
        return self.text[self.words[first].start : self.words[last - 1].end]

    def follows(self, number: int, *gaps: str) -> bool:
        """Whether there is such a word, with one of these gaps before it."""
        return number < len(self.words) and self.words[number].gap in gaps

    def number_at(self, position: int) -> int:
        """The first word that starts at this character or behind it."""
        return next((n for n, word in enumerate(self.words) if word.start >= position), len(self.words))

    def clause_of(self, first: int, last: int) -> tuple[int, int]:
        """The stretch without punctuation that these words are in."""
        return self._clause_starts[first], self._clause_ends[last - 1]

    @cached_property
    def _clause_starts(self) -> list[int]:
        starts: list[int] = []
        for n, word in enumerate(self.words):
            starts.append(starts[-1] if n and word.gap == JOINED else n)
        return starts

    @cached_property
    def _clause_ends(self) -> list[int]:
        ends = [len(self.words)] * len(self.words)
        for n in range(len(self.words) - 2, -1, -1):
            ends[n] = ends[n + 1] if self.words[n + 1].gap == JOINED else n + 1
        return ends

    def cue_before(self, first: int) -> Cue | None:
        """The cue right before the word, or with "the city of" between."""
        while self.words[first].gap == JOINED:
            if first in self.cues:
                return self.cues[first]
            if self.key(first - 1) not in self.lexicon["fillers"]:
                break
            first -= 1
        return None

    def is_negated(self, first: int) -> bool:
        """ "not in …", "ya no vivo en …"; but not "no, in …"."""
        if self.key(first - 1) in _BETWEEN_NEGATION_AND_CUE and self.words[first].gap == JOINED:
            first -= 1
        return self.key(first - 1) in self.lexicon["negations"] and self.words[first].gap == JOINED

    def ends_phrase(self, last: int, *, strictly: bool = False) -> bool:
        """Whether punctuation follows, or (unless strictly) a word that starts something new."""
        return not self.follows(last, JOINED) or not strictly and self.words[last].key in self.lexicon["clause_starters"]

    def is_politeness(self, *stretches: tuple[int, int]) -> bool:
        """Whether these words say nothing but "I am in … please"."""
        return all(self._said_before[last] == self._said_before[first] for first, last in stretches)

    @cached_property
    def _said_before(self) -> list[int]:
        """For each word, and for the end, how many words before it say something."""
        says = [word.key not in self.lexicon["politeness"] for word in self.words]
        return [0, *itertools.accumulate(says)]

    def is_possessive(self, last: int) -> bool:
        """Whether the word before this number has an "'s"."""
        return _POSSESSIVE.match(self.text, self.words[last - 1].end) is not None

    @cached_property
    def has_case(self) -> bool:
        """Whether capitals tell anything: not in a message typed all in one case."""
        return any(word.text.islower() for word in self.words) and any(word.text[0].isupper() for word in self.words)

    def is_capitalized(self, first: int, last: int) -> bool:
        """Whether each of the words is, and not only because a sentence starts there."""
        starts_sentence = self.words[first].gap == STOP and last - first == 1
        return self.has_case and not starts_sentence and all(word.text[0].isupper() for word in self.words[first:last])


class Lexicon:
    """What place_words.yml holds, and the cutting of messages by it."""

    def __init__(self, file: Path = WORDS_FILE) -> None:
        data: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
        cues: dict[str, list[str]] = data.pop("cues")
        self._sets = {name: frozenset(value.split() if isinstance(value, str) else value) for name, value in data.items()}
        self._vocabulary = tokenizer().vocab
        self._matcher = PhraseMatcher(self._vocabulary)
        for kind, phrases in cues.items():
            self._matcher.add(kind, [self._document(phrase.split()) for phrase in phrases])

    def __getitem__(self, name: str) -> frozenset[str]:
        return self._sets[name]

    def scan(self, text: str) -> Scan:
        # Without a zone spaCy would keep every word that anybody ever wrote.
        with tokenizer().memory_zone():
            words: list[Word] = []
            for token in tokenizer().make_doc(_MANY_SIGNS.sub(lambda signs: " " * len(signs.group()), text)):
                if _POSSESSIVE.fullmatch(token.text):
                    continue
                for part in _PART.finditer(token.text):
                    if key := plain(part.group()).replace(".", ""):
                        start, end = token.idx + part.start(), token.idx + part.end()
                        words.append(Word(key, part.group(), start, end, _gap(text, words, start)))
            return Scan(text, words, self._cues([word.key for word in words]), self)

    def _cues(self, keys: list[str]) -> dict[int, Cue]:
        cues: dict[int, Cue] = {}
        for kind, first, last in self._matcher(self._document(keys)) if keys else ():
            if last not in cues or first < cues[last].first:
                cues[last] = Cue(self._vocabulary.strings[kind], first)
        return {last: cue for last, cue in cues.items() if last < len(keys)}

    def _document(self, keys: Iterable[str]) -> Doc:
        return Doc(self._vocabulary, words=list(keys))


def _gap(text: str, words: list[Word], start: int) -> str:
    if not words:
        return STOP
    between = _POSSESSIVE.sub("", text[words[-1].end : start])
    if words[-1].key in _ABBREVIATIONS:
        between = between.replace(".", "", 1)
    if not between.strip(" \t-‐‑'’"):
        return JOINED
    return COMMA if set(between) <= set(" \t,-–—/()'\"") else STOP
