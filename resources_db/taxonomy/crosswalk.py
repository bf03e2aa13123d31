"""From a term of anybody's taxonomy to our need codes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TypeVar

import yaml

from resources_db.taxonomy.child_welfare import TAXONOMY as CHILD_WELFARE_TAXONOMY
from resources_db.taxonomy.child_welfare import child_welfare_terms
from resources_db.taxonomy.needs import load_needs

NEEDS_TAXONOMY = "homeward-needs"
"""The taxonomy whose codes are the need codes themselves."""

_OPEN_ELIGIBILITY_CODE = re.compile(r"1\d\d(-\d\d)*")
_NOT_A_NEED = "none"

T = TypeVar("T")


def needs_for_term(taxonomy_name: str | None, code: str | None, name: str | None) -> set[str]:
    """The need codes a term stands for; empty when it stands for none of them.

    The code decides if it is one of ours or an Open Eligibility number; else the name's words do.
    """
    code = (code or "").strip()
    taxonomy = (taxonomy_name or "").strip().casefold()
    if taxonomy == NEEDS_TAXONOMY:
        return {code} & load_needs().keys()
    if taxonomy == CHILD_WELFARE_TAXONOMY:
        return _by_child_welfare_code(code)
    if taxonomy.startswith("homeward-"):  # our other taxonomies tell how and for whom, not what
        return set()
    if _OPEN_ELIGIBILITY_CODE.fullmatch(code) and (needs := _by_number(code)) is not None:
        return needs
    return _by_words(_words(name or ""))


@dataclass(frozen=True)
class _Crosswalk:
    numbers: dict[str, frozenset[str]]
    phrases: dict[tuple[str, ...], frozenset[str]]
    longest: int


@cache
def _crosswalk() -> _Crosswalk:
    data = yaml.safe_load(Path(__file__).with_name("crosswalk.yml").read_text(encoding="utf-8"))
    phrases = _inverted({need: map(_words, names) for need, names in data["words"].items()})
    for term in child_welfare_terms().values():
        for said in (*term.name.values(), *chain(*term.synonyms.values())):
            phrases.setdefault(_words(said), term.needs)
    return _Crosswalk(_inverted(data["open_eligibility_codes"]), phrases, max(map(len, phrases)))


def _inverted(by_need: Mapping[str, Iterable[T]]) -> dict[T, frozenset[str]]:
    found: dict[T, set[str]] = {}
    for need, terms in by_need.items():
        for term in terms:
            found.setdefault(term, set()).update({need} - {_NOT_A_NEED})
    return {term: frozenset(needs) for term, needs in found.items()}


def _by_child_welfare_code(code: str) -> set[str]:
    """The needs of the term, or where somebody added one below ours, of the nearest above it."""
    while code:
        if code in child_welfare_terms():
            return set(child_welfare_terms()[code].needs)
        code = code.rpartition(".")[0]
    return set()


def _by_number(code: str) -> set[str] | None:
    while code:
        if code in _crosswalk().numbers:
            return set(_crosswalk().numbers[code])
        code = code.rpartition("-")[0]
    return None


def _by_words(words: tuple[str, ...]) -> set[str]:
    """Greedy from the left, the longest phrase at each word, each word used once."""
    crosswalk, needs, at = _crosswalk(), set[str](), 0
    while at < len(words):
        for length in range(min(crosswalk.longest, len(words) - at), 0, -1):
            if (found := crosswalk.phrases.get(words[at : at + length])) is not None:
                needs |= found
                at += length
                break
        else:
            at += 1
    return needs


def _words(text: str) -> tuple[str, ...]:
    return tuple(map(_singular, re.findall(r"[^\W_]+", text.casefold().replace("&", " and "))))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("sses"):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
