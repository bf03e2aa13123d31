"""Which language a message is in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.understanding.lexicon import phrases_of_language
from bot.understanding.linear import Example, LinearClassifier
from bot.understanding.text import plain, words

_SPANISH_SIGNS = re.compile(r"[ñ¿¡]", re.IGNORECASE)
#: Said in both languages.
_SHARED = frozenset({"ok", "okay", "no", "a", "o", "me", "si", "bye", "lol"})
#: Spanish words of which the names of places in the United States are made: they alone tell no language.
_IN_PLACE_NAMES = frozenset(
    {"costa", "mesa", "santa", "vista", "playa", "monte", "puerto", "alto", "valle", "rancho", "loma", "pueblo"}
)
_CERTAIN = 0.75
#: A shorter message may be nothing but the name of a place: "santa ana" is not Spanish.
_LONG = 4
#: Short words that stand in no such name and in one of the languages only.
_SHORT = frozenset({"im", "i", "my", "the", "is", "we", "soy", "yo", "mi", "un", "una", "y"})


@dataclass(frozen=True)
class Language:
    """`code` is en or es; `sure` is False for messages such as "95814" or "ok", which carry no language."""

    code: str
    sure: bool


class LanguageDetector:
    """Told by words and pieces of words, which also know texting spelling and missing accents."""

    def __init__(self, classifier: LinearClassifier) -> None:
        self._classifier = classifier
        listed = {code: {word for phrase in phrases_of_language(code) for word in words(plain(phrase))} for code in ("en", "es")}
        self._telling = {word for word in listed["en"] ^ listed["es"] if len(word) >= _LONG} - _IN_PLACE_NAMES | _SHORT

    @classmethod
    def train(cls, texts: list[str], languages: list[str]) -> LanguageDetector:
        """From training texts and the languages of each; the word lists of both languages are learned with them."""
        examples = [Example(plain(text), (code,)) for text, code in zip(texts, languages, strict=True)]
        examples += [Example(plain(phrase), (code,)) for code in ("en", "es") for phrase in phrases_of_language(code)]
        return cls(LinearClassifier.train(examples, multi_label=False))

    def detect(self, text: str, default: str | None = None) -> Language:
        """The language of `text`. Where that is unsure: `default`, or without one the likelier language."""
        if _SPANISH_SIGNS.search(text):
            return Language("es", True)
        plained = plain(text)
        letters = re.sub(r"[^a-z ]", "", plained).strip()
        if len(letters) < 2 or letters in _SHARED:
            return Language(default or "en", False)
        spanish = self._classifier.probabilities(plained)["es"]
        likelier = "es" if spanish > 0.5 else "en"
        tokens = words(plained)
        sure = max(spanish, 1 - spanish) >= _CERTAIN and (len(tokens) > _LONG or any(token in self._telling for token in tokens))
        return Language(likelier if sure else default or likelier, sure)

    def save(self, folder: Path) -> None:
        """Write the model into `folder`."""
        self._classifier.save(folder)

    @classmethod
    def load(cls, folder: Path) -> LanguageDetector:
        """Read what `save` wrote."""
        return cls(LinearClassifier.load(folder))
