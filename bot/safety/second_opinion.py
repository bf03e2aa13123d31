"""The trained second opinion: hears danger that no phrase of the lexicon names. It may add an alarm, never remove one.

A linear model on words, pieces of words, signs (signs.yml) and what the message is about, one per kind of crisis and one for
any. It reads what the lexicon's guards leave of a message, as a whole and, when it is long, a stretch at a time. `rasa train`
fits it on data/nlu and on the lines beside this file, and finds by cross-validation above which probability each kind is an
alarm. README.md says how well that works, and where it does not.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from bot.safety import text as tidying
from bot.safety.phrases import PhraseError, Phrases, Symbol
from bot.safety.screen import CATEGORIES, LANGUAGES, CrisisSignal, LexiconError, Screen
from bot.safety.spelling import Spelling
from bot.understanding.embedding import Array, embed, embed_all
from bot.understanding.linear import Example, LinearClassifier
from bot.understanding.text import clean, plain

_FILE = "second_opinion.json"
_ANY = "any"
_BALANCE, _HINT_WEIGHT, _VECTOR_WEIGHT = 0.3, 0.3, 1.0
#: A message of more words is also read in stretches of so many, each beginning in the middle of the one before.
_LONG, _STRETCH = 30, 20
_FOLDS = 3
#: Two messages with so large a share of their word pairs in common are one for cross-validation.
_ALIKE = 0.4
#: Of a hundred crises of a kind, how many false alarms of that kind training may raise. Higher finds more: README.md.
_FALSE_ALARMS = 7


class Labeled(NamedTuple):
    """A training message and what kind of crisis it is; None for no crisis."""

    text: str
    category: str | None


class SecondOpinion:
    """The trained part. `thresholds`: category → the probability from which on it is an alarm."""

    def __init__(self, classifier: LinearClassifier, thresholds: dict[str, float]) -> None:
        self._classifier = classifier
        self.thresholds = thresholds

    @classmethod
    def train(cls, messages: Sequence[Labeled], screen: Screen) -> SecondOpinion:
        """The same messages always give the same model.

        A harmless message in which the lexicon hears a crisis is left out: the two must not be taught to disagree.
        """
        kept = []
        for message in dict.fromkeys(messages):
            screened = screen.screened(message.text)
            if message.category or not screened.signal:
                kept.append(Labeled(screened.rest, message.category))
        vectors = embed_all([clean(message.text) for message in kept])
        examples = [_example(message, vector) for message, vector in zip(kept, vectors, strict=True)]
        groups = _groups([message.text for message in kept])
        judged: list[dict[str, float]] = [{}] * len(kept)
        for fold in range(_FOLDS):
            fitted = _fit([example for example, group in zip(examples, groups, strict=True) if group % _FOLDS != fold])
            for index, group in enumerate(groups):
                if group % _FOLDS == fold:
                    example = examples[index]
                    judged[index] = fitted.probabilities(example.text, example.hints, example.vector)
        return cls(_fit(examples), _thresholds(judged, [message.category for message in kept]))

    def probabilities(self, text: str) -> dict[str, float]:
        """Category → how sure it is of that kind of crisis: the most in any stretch of the message."""
        highest: dict[str, float] = {}
        cleaned = clean(text)
        vector = embed(cleaned)
        for part in _parts(cleaned):
            judged = self._classifier.probabilities(plain(part), _hints(part), vector)
            for category, probability in _shared_out(judged).items():
                highest[category] = max(probability, highest.get(category, 0.0))
        return highest

    def alarms(self, text: str) -> list[tuple[str, float]]:
        """Categories with their probability, the most urgent first; empty when it hears none."""
        judged = self.probabilities(text)
        return [(c, judged[c]) for c in CATEGORIES if c in judged and judged[c] >= self.thresholds[c]]

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        self._classifier.save(folder)
        (folder / _FILE).write_text(json.dumps(self.thresholds), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> SecondOpinion:
        """Read what `save` wrote."""
        return cls(LinearClassifier.load(folder), json.loads((folder / _FILE).read_text(encoding="utf-8")))


class CrisisReader:
    """Lexicon and second opinion together."""

    def __init__(self, screen: Screen, opinion: SecondOpinion) -> None:
        self.screen = screen
        self.opinion = opinion

    def check(self, text: str) -> CrisisSignal | None:
        """The most urgent crisis in the message, or None. Takes any text and never raises.

        What the lexicon hears stays; the second opinion adds to it.
        """
        signal, rest = self.screen.screened(text)
        alarms = dict(self.opinion.alarms(rest))
        if signal is None:
            if not alarms:
                return None
            first, *others = alarms
            return CrisisSignal(first, "", "", tuple(others), alarms[first])
        heard = (signal.category, *signal.also)
        return replace(signal, also=(*signal.also, *(category for category in alarms if category not in heard)))


def written_lines() -> list[Labeled]:
    """The lines beside this file that say what they are."""
    lines = []
    for name in ("corpus", "indirect"):
        for language in LANGUAGES:
            path = Path(__file__).with_name(f"{name}.{language}.yml")
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            lines += [Labeled(str(text), category) for category, texts in content["must_catch"].items() for text in texts]
            lines += [Labeled(str(text), None) for text in content["must_not"]]
    return lines


def _fit(examples: Sequence[Example]) -> LinearClassifier:
    return LinearClassifier.train(
        examples, multi_label=True, balance=_BALANCE, hint_weight=_HINT_WEIGHT, vector_weight=_VECTOR_WEIGHT
    )


def _example(message: Labeled, vector: Array) -> Example:
    text = clean(message.text)
    return Example(plain(text), (message.category, _ANY) if message.category else (), _hints(text), vector)


def _shared_out(judged: dict[str, float]) -> dict[str, float]:
    """The probability of any crisis for the likeliest kind; of the other kinds, what each has by itself."""
    kinds = {category: judged[category] for category in CATEGORIES if category in judged}
    if kinds:
        likeliest = max(kinds, key=lambda category: kinds[category])
        kinds[likeliest] = max(kinds[likeliest], judged[_ANY])
    return kinds


def _thresholds(judged: Sequence[dict[str, float]], truth: Sequence[str | None]) -> dict[str, float]:
    """Per category the lowest probability that keeps its false alarms on messages not trained on within _FALSE_ALARMS."""
    false: dict[str, list[float]] = {category: [] for category in CATEGORIES}
    for probabilities, category in zip(judged, truth, strict=True):
        if category is None:
            for kind, probability in _shared_out(probabilities).items():
                false[kind].append(probability)
    crises = Counter(category for category in truth if category)
    chosen = {}
    for category in CATEGORIES:
        allowed = crises[category] * _FALSE_ALARMS // 100
        highest = sorted(false[category], reverse=True)
        chosen[category] = highest[allowed] + 1e-6 if allowed < len(highest) else 0.5
    return chosen


def _groups(texts: Sequence[str]) -> list[int]:
    """The number of each text's group; texts that are nearly the same share one."""
    pairs = [_pairs(text) for text in texts]
    holding: dict[str, list[int]] = {}
    number: list[int] = []
    count = 0
    for index, own in enumerate(pairs):
        shared = Counter(other for pair in own for other in holding.get(pair, ()))
        alike = (other for other, common in sorted(shared.items()) if common > _ALIKE * len(own | pairs[other]))
        first = next(alike, None)
        number.append(count if first is None else number[first])
        count += first is None
        for pair in own:
            holding.setdefault(pair, []).append(index)
    return number


def _pairs(text: str) -> frozenset[str]:
    words = [word.text for word in tidying.split(plain(text))]
    return frozenset(map(" ".join, itertools.pairwise(words))) or frozenset(words)


def _parts(text: str) -> Iterator[str]:
    yield text
    words = text.split(" ")
    if len(words) > _LONG:
        for start in range(0, len(words) - _STRETCH // 2, _STRETCH // 2):
            yield " ".join(words[start : start + _STRETCH])


# --- signs


def _hints(text: str) -> tuple[str, ...]:
    """The signs in a text, and which of them are there together."""
    found = _signs().find(text)
    return (*found, *(f"{one} {other}" for one, other in itertools.combinations(found, 2)))


class Signs:
    """What signs.yml lists. Raises LexiconError for a phrase that cannot be read."""

    def __init__(self, path: Path) -> None:
        self._phrases = Phrases()
        self._names: list[str] = []
        try:
            for name, sign in yaml.safe_load(path.read_text(encoding="utf-8"))["signs"].items():
                for language in LANGUAGES:
                    self._phrases.add(sign[language], len(self._names), {})
                    self._names.append(name)
        except (OSError, yaml.YAMLError, PhraseError, KeyError, TypeError, AttributeError) as error:
            raise LexiconError(f"{path}: {error}") from error
        self._spelling = Spelling(self._phrases.vocabulary, {}, ())

    def find(self, text: str) -> list[str]:
        """The names of the signs in the text, in the order of the alphabet."""
        symbols: list[Symbol] = []
        stops: list[bool] = []
        for word in tidying.split(tidying.tidy(text)):
            readings = self._spelling.readings(word.text)
            symbols += readings
            stops += [word.starts_sentence] + [False] * (len(readings) - 1)
        return sorted({self._names[found.phrase] for found in self._phrases.find(symbols, stops)})


@cache
def _signs() -> Signs:
    return Signs(Path(__file__).with_name("signs.yml"))
