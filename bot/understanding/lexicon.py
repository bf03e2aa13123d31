"""Lists of lay words and phrases, found in a message by spaCy."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from bot.understanding.text import WORD, plain, tokenizer, words
from resources_db.taxonomy.needs import load_needs

#: Stands for all words of a message that are in no phrase.
_OTHER = "\N{WHITE SQUARE}"
_CUES = Path(__file__).with_name("cues.yml")


@dataclass(frozen=True)
class Mention:
    """A phrase of the list in a plain text: its label, and where it stands."""

    label: str
    start: int
    end: int


class Lexicon:
    """Phrases under labels; accents, capitals and apostrophes do not matter. Safe to share."""

    def __init__(self, phrases: Mapping[str, Iterable[str]]) -> None:
        self._vocab = tokenizer().vocab
        self._matcher = PhraseMatcher(self._vocab, attr="ORTH")
        listed = {label: sorted({plain(phrase) for phrase in under}) for label, under in phrases.items()}
        self.words = {word for under in listed.values() for phrase in under for word in words(phrase)}
        for label, under in listed.items():
            self._matcher.add(label, [self._doc(words(phrase)) for phrase in under])

    def mentions(self, text: str) -> list[Mention]:
        """Every phrase that stands in the plain text, in order; they may overlap."""
        tokens = list(WORD.finditer(text))
        found = {
            Mention(self._vocab.strings[label], tokens[start].start(), tokens[end - 1].end())
            for label, start, end in self._matcher(self._doc([token[0] for token in tokens]))
        }
        return sorted(found, key=lambda mention: (mention.start, mention.end, mention.label))

    def _doc(self, tokens: list[str]) -> Doc:
        # spaCy keeps every string it meets for ever: words that stand in no phrase must not fill the memory
        return Doc(self._vocab, words=[token if token in self.words else _OTHER for token in tokens])


def longest(mentions: Iterable[Mention]) -> list[Mention]:
    """Without those that overlap a longer one: "food stamps" is not about food. Two labels of one phrase both stay."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        if all(
            mention.end <= other.start or other.end <= mention.start or (mention.start, mention.end) == (other.start, other.end)
            for other in kept
        ):
            kept.append(mention)
    return sorted(kept, key=lambda m: m.start)


@functools.lru_cache(maxsize=1)
def need_lexicon() -> Lexicon:
    """The lay words of resources_db/taxonomy under their need codes, each also as plural or singular."""
    return Lexicon({code: {form for phrase in phrases for form in _forms(phrase)} for code, phrases in need_phrases().items()})


def need_phrases() -> dict[str, list[str]]:
    """Need code → its lay words in both languages."""
    return {code: [plain(word) for words in need.synonyms.values() for word in words] for code, need in load_needs().items()}


@functools.lru_cache(maxsize=1)
def cue_lexicon() -> Lexicon:
    """The hints of cues.yml at what a family is doing with a message."""
    return Lexicon({cue: [phrase for listed in languages.values() for phrase in listed] for cue, languages in _cues().items()})


def phrases_of_language(code: str) -> list[str]:
    """All listed words and phrases of one language, "en" or "es"."""
    lists = [need.synonyms[code] for need in load_needs().values()] + [languages[code] for languages in _cues().values()]
    return [phrase for listed in lists for phrase in listed]


def _cues() -> dict[str, dict[str, list[str]]]:
    cues: dict[str, dict[str, list[str]]] = yaml.safe_load(_CUES.read_text(encoding="utf-8"))
    return cues


def _forms(phrase: str) -> set[str]:
    """A phrase and its plural or singular, as English and Spanish form them."""
    if phrase.endswith("s") and len(phrase) > 4:
        return {phrase, phrase[:-1]}
    if phrase[-1:] in "aeiou":
        return {phrase, phrase + "s"}
    return {phrase, phrase + "s", phrase + "es"}
