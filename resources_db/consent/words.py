"""The words of words.yml, ready to be looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

Kind = Literal["stop", "start", "help", "delete"]
Language = Literal["en", "es"]

_FILE = Path(__file__).with_name("words.yml")
_LANGUAGES: tuple[Language, ...] = ("en", "es")
_SECTIONS: tuple[tuple[str, Language | None], ...] = (("both", None), ("en", "en"), ("es", "es"))
_BLOCK = re.compile(r"\{([a-z_]+)\}")

Patterns = tuple[re.Pattern[str], ...]


@dataclass(frozen=True)
class Phrase:
    """A way to say a wish in a sentence.

    open: anything may follow. bare: it counts in the first clause, in the last where nobody else is spoken of, and where
    the message holds nothing else; a "delete", only beside another wish. after: how a clause may begin that this ends; None:
    with leads and asks only.
    """

    kind: Kind
    language: Language
    pattern: re.Pattern[str]
    open: bool
    bare: bool
    after: re.Pattern[str] | None


@dataclass(frozen=True)
class Words:
    """As words.yml explains them; keywords and affirmations without spaces."""

    keywords: dict[str, tuple[Kind, Language | None]]
    affirms: frozenset[str]
    reserved: frozenset[str]
    no_keywords: frozenset[str]
    courtesy: re.Pattern[str]
    signs: frozenset[str]
    spellings: dict[str, str]
    cuts: re.Pattern[str]
    quoting: re.Pattern[str]
    goes_on: re.Pattern[str]
    others: frozenset[str]
    leads: Patterns
    asks: Patterns
    tails: Patterns
    phrases: tuple[Phrase, ...]


@cache
def wish_words() -> Words:
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    blocks: dict[str, str] = data["blocks"]
    keywords = list(_keywords(data))
    affirms = [word for section, _ in _SECTIONS for word in data["affirms"].get(section, ())]
    return Words(
        keywords={word.replace(" ", ""): (kind, language) for word, kind, language in keywords},
        affirms=frozenset(affirms),
        reserved=frozenset(word.upper() for word in [*affirms, *(word for word, kind, _ in keywords if kind != "help")]),
        no_keywords=frozenset(data["no_keywords"]),
        courtesy=re.compile(rf"\b(?:{'|'.join(data['courtesy'])})\b"),
        signs=frozenset(data["signs"]),
        spellings={wrong: right for right, wrongs in data["spellings"].items() for wrong in wrongs.split()},
        cuts=re.compile(rf"\b(?:{'|'.join(data['cuts'])})\b"),
        quoting=re.compile(rf"\b(?:{'|'.join(data['quoting'])})$"),
        goes_on=re.compile(rf" ?(?:{'|'.join(data['goes_on'])})\b"),
        others=frozenset(data["others"]),
        leads=_patterns(data["leads"], blocks),
        asks=_patterns(data["asks"], blocks),
        tails=_patterns(data["tails"], blocks),
        phrases=tuple(_phrases(data, blocks)),
    )


def _keywords(data: dict[str, Any]) -> Iterator[tuple[str, Kind, Language | None]]:
    for group in data["keywords"]:
        for section, language in _SECTIONS:
            for word in group.get(section, ()):
                yield word, group["kind"], language


def _phrases(data: dict[str, Any], blocks: dict[str, str]) -> Iterator[Phrase]:
    for group in data["phrases"]:
        for language in _LANGUAGES:
            for pattern in group.get(language, ()):
                yield Phrase(
                    kind=group["kind"],
                    language=language,
                    pattern=_compiled(pattern, blocks),
                    open=group.get("open", False),
                    bare=group.get("bare", False),
                    after=re.compile(group["after"]) if "after" in group else None,
                )


def _patterns(by_language: dict[str, list[str]], blocks: dict[str, str]) -> Patterns:
    return tuple(_compiled(pattern, blocks) for language in _LANGUAGES for pattern in by_language[language])


def _compiled(pattern: str, blocks: dict[str, str]) -> re.Pattern[str]:
    """With the blocks put in; from the beginning of a word to the end of one and the space after it."""
    while _BLOCK.search(pattern):
        pattern = _BLOCK.sub(lambda match: blocks[match.group(1)], pattern)
    return re.compile(rf"\b(?:{pattern})(?: |$)")
