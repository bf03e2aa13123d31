"""Is somebody in danger? Reads one message of a family, in English, Spanish or both, and says what it finds.

Standard library and a YAML reader only: no Rasa, no clock, no network. The words are in lexicon.en.yml and
lexicon.es.yml; README.md beside this file says what is promised, in which order things are checked, and what is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from bot.safety import text as plain
from bot.safety.phrases import PhraseError, Phrases, Symbol
from bot.safety.spelling import Spelling

LANGUAGES = ("en", "es")
# When one message holds several: first what can kill within minutes and needs 911 whoever is writing, then a child
# (who cannot call), then an attack, a threat to somebody else, and last the one where a voice on 988 helps most.
# The others are not lost: they are in `also`.
CATEGORIES = ("medical", "child_safety", "violence", "harm_others", "self_harm")


class LexiconError(ValueError):
    """A lexicon file cannot be used; the message names the file, the place and what is wrong."""


@dataclass(frozen=True)
class CrisisSignal:
    """Somebody is in danger. Nothing in it holds the family's words, so it may be logged.

    Raised by the lexicon: `phrase` is the lexicon's phrase, `language` the phrase's language. Raised by the trained second
    opinion: both are empty and `probability` says how sure it was. `also`: further categories in the same message, most
    urgent first; what the lexicon heard before what the second opinion adds.
    """

    category: str
    phrase: str
    language: str
    also: tuple[str, ...] = ()
    probability: float | None = None

    @property
    def raised_by(self) -> str:
        """Who heard it, and on what grounds, as a line for the log."""
        if self.probability is None:
            return f"lexicon: {self.phrase}"
        return f"second opinion: {self.category} {self.probability:.2f}"


class Screened(NamedTuple):
    """`signal` is what the lexicon heard. `rest` is the message without crisis words that a guard explains ("a song says
    i want to die"): the message itself when there are none."""

    signal: CrisisSignal | None
    rest: str


@dataclass(frozen=True)
class _Rule:
    """A phrase of the lexicon: a crisis of `category`, or (category None) a guard against those in `mutes`."""

    phrase: str
    language: str
    category: str | None
    mutes: frozenset[str] = frozenset()


class Screen:
    """The loaded lexicon. `version` names its exact content. Safe to share between threads and tasks."""

    def __init__(self, rules: Sequence[_Rule], phrases: Phrases, spelling: Spelling, version: str) -> None:
        self._rules = rules
        self._phrases = phrases
        self._spelling = spelling
        self.version = version

    def check(self, text: str) -> CrisisSignal | None:
        """The most urgent crisis in the message, or None. Takes any text and never raises.

        Of a text longer than 60,000 characters only the first and the last 30,000 are read.
        """
        return self.screened(text).signal

    def screened(self, text: str) -> Screened:
        """What `check` says, and what of the message is left for somebody else to judge."""
        tidied = plain.tidy(text)
        found, rest = self._read(tidied)
        without_marks = plain.joined(tidied)
        if without_marks is not None:
            found += self._read(without_marks)[0]
        rest = text if rest is None else rest
        if not found:
            return Screened(None, rest)
        first = {rule.category: rule for rule in reversed(found)}
        categories = tuple(category for category in CATEGORIES if category in first)
        rule = first[categories[0]]
        return Screened(CrisisSignal(categories[0], rule.phrase, rule.language, categories[1:]), rest)

    def _read(self, tidied: str) -> tuple[list[_Rule], str | None]:
        """The crisis phrases in the message that no guard covers, in order; and the words outside of those that one does
        cover, together with the guard: None when there are none."""
        symbols: list[Symbol] = []
        stops: list[bool] = []
        origin: list[int] = []  # of each symbol: its word
        words = plain.split(tidied)
        for index, word in enumerate(words):
            readings = self._spelling.readings(word.text)
            symbols += readings
            stops += [word.starts_sentence] + [False] * (len(readings) - 1)
            origin += [index] * len(readings)
        crises: dict[tuple[int, int], int] = {}  # (phrase, start) → the shortest end
        guarded = {category: bytearray(len(symbols)) for category in CATEGORIES}
        guards: list[tuple[int, int]] = []
        for found in self._phrases.find(symbols, stops):
            rule = self._rules[found.phrase]
            if rule.category:
                crises.setdefault((found.phrase, found.start), found.end)
            elif not any(stops[found.start + 1 : found.end]):
                guards.append((found.start, found.end))
                for category in rule.mutes:
                    guarded[category][found.start : found.end] = b"\1" * (found.end - found.start)
        heard: list[_Rule] = []
        explained: set[int] = set()  # words
        for (phrase, start), end in crises.items():
            rule = self._rules[phrase]
            if rule.category and any(guarded[rule.category][start:end]):
                for begin, stop in [(start, end), *(guard for guard in guards if guard[0] < end and start < guard[1])]:
                    explained.update(origin[begin:stop])
            else:
                heard.append(rule)
        if not explained:
            return heard, None
        left = [(". " if word.starts_sentence else "") + word.text for i, word in enumerate(words) if i not in explained]
        return heard, " ".join(left)


def load_screen(directory: Path | None = None) -> Screen:
    """Reads lexicon.en.yml and lexicon.es.yml from `directory` (default: beside this file).

    Raises LexiconError when a file is missing or a phrase in it cannot be read: a screen with holes must not start.
    """
    directory = directory or Path(__file__).parent
    rules: list[_Rule] = []
    phrases = Phrases()
    spellings: dict[str, list[str]] = {}
    not_typos: list[str] = []
    content = hashlib.sha256()
    for language in LANGUAGES:
        path = directory / f"lexicon.{language}.yml"
        try:
            data = path.read_bytes()
            lexicon = yaml.safe_load(data)
            blocks: Mapping[str, str] = lexicon["blocks"]
            for rule in _rules(lexicon, language):
                phrases.add(rule.phrase, len(rules), blocks)
                rules.append(rule)
            for word, ways in lexicon["spellings"].items():
                spellings.setdefault(word, []).extend(str(ways).split())
            not_typos += lexicon["not_typos"].split()
        except (OSError, yaml.YAMLError, PhraseError, KeyError, TypeError, AttributeError) as error:
            raise LexiconError(f"{path}: {error}") from error
        content.update(data)
    return Screen(rules, phrases, Spelling(phrases.vocabulary, spellings, not_typos), content.hexdigest()[:12])


def _rules(lexicon: Mapping[str, Any], language: str) -> Iterator[_Rule]:
    if set(lexicon["crisis"]) != set(CATEGORIES):
        raise KeyError(f"crisis must have exactly {', '.join(CATEGORIES)}")
    for category, groups in lexicon["crisis"].items():
        for group in groups:
            for phrase in _explained(group):
                yield _Rule(phrase, language, category)
    for group in lexicon["guards"]:
        mutes = frozenset(group["mutes"])
        if not mutes <= set(CATEGORIES):
            raise KeyError(f"mutes: {sorted(mutes - set(CATEGORIES))}")
        for phrase in _explained(group):
            yield _Rule(phrase, language, None, mutes)


def _explained(group: Mapping[str, Any]) -> list[str]:
    if not str(group.get("why") or "").strip():
        raise KeyError("every group of phrases says why")
    return [str(phrase) for phrase in group["phrases"]]
