"""Words as the search compares them: without accents, capitals and plurals, the same on both databases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from resources_db.search.cells import DEPTH, SERIAL_BITS, Range
from resources_db.search.layout import number_of
from resources_db.search.reader import Reader
from resources_db.taxonomy.needs import load_needs

_WORD = re.compile(r"[^\W_]+")
_PLAIN = re.compile(r"[\u0300-\u036f]")
# Longer "words" are keys and links that nobody types.
_LONGEST = 40
# Nobody looks for more words than that at once.
MOST_WORDS = 16


def fold(text: str) -> list[str]:
    """The words of a text: "Fórmulas para Bebés" is formula, para, bebe."""
    plain = text if text.isascii() else _PLAIN.sub("", unicodedata.normalize("NFKD", text))
    return [_singular(word) for word in _WORD.findall(plain.casefold()) if len(word) <= _LONGEST]


def fold_all(texts: Iterable[str | None]) -> str:
    """Every different word of the texts once, in order, with a space between."""
    words = {word for text in texts if text for word in fold(text)}
    return " ".join(sorted(words))


def _singular(word: str) -> str:
    if len(word) <= 3 or not word.endswith("s") or word.endswith("ss"):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1]


# Beside its words a listing is filed under what narrows a common word down: its needs, whom it serves if it has no
# place, and on PostgreSQL, whose index has no order of its own, the squares it lies in.

GEO_DEPTHS = (12, 9, 6)


def need_mark(need: int) -> str:
    return f"zneed{need}"


def area_mark(key: str) -> str:
    return f"zarea{number_of(key):x}"


def square_mark(spot: int, depth: int) -> str:
    return f"zsquare{depth}x{spot >> SERIAL_BITS + 2 * (DEPTH - depth):x}"


def marks_of_ranges(ranges: Iterable[Range]) -> list[str]:
    """The marks of squares that hold the ranges, as small as they can be without being many; none for the whole earth."""
    for depth in GEO_DEPTHS:
        step = 1 << SERIAL_BITS + 2 * (DEPTH - depth)
        ranges = list(ranges)
        if sum((last // step) - (first // step) + 1 for first, last in ranges) <= 64:
            spots = {at * step for first, last in ranges for at in range(first // step, last // step + 1)}
            return sorted(square_mark(spot, depth) for spot in spots)
    return []


def match(reader: Reader, words: Sequence[str], any_of: Sequence[str] = ()) -> str:
    """What SQLite's MATCH or PostgreSQL's tsquery takes for all the words and, if given, one of some marks."""
    if reader.on_sqlite:
        text = " AND ".join(f'"{word}"' for word in words)
        return f"{text} AND ({' OR '.join(any_of)})" if any_of else text
    text = " & ".join(f"'{word}'" for word in words)
    return f"{text} & ({' | '.join(any_of)})" if any_of else text


def corrected(reader: Reader, words: Sequence[str]) -> list[str]:
    """The words, each that is in no listing replaced by the likeliest that is; a word like nothing stays."""
    known = {word for (word,) in reader.rows("SELECT word FROM search_word WHERE word IN ?1", words)}
    return [word if word in known else _likeliest(reader, word) for word in words]


def needs_meant(text: str) -> list[str]:
    """The needs that families call by these words, or by some of them that stand together."""
    words, names = fold(text)[:MOST_WORDS], _needs_by_name()
    parts = (tuple(words[start:end]) for start in range(len(words)) for end in range(start + 1, len(words) + 1))
    meant = {code for part in parts for code in names.get(part, ())}
    return [code for code in load_needs() if code in meant]


@cache
def _needs_by_name() -> dict[tuple[str, ...], set[str]]:
    names: dict[tuple[str, ...], set[str]] = {}
    for code, need in load_needs().items():
        for name in (*need.name.values(), *(name for synonyms in need.synonyms.values() for name in synonyms)):
            names.setdefault(tuple(fold(name)), set()).add(code)
    return names


def _likeliest(reader: Reader, word: str) -> str:
    """The word in the listings that is fewest slips of the finger away; the first letter or the second is right."""
    if len(word) < 4:
        return word
    slips = 1 if len(word) < 8 else 2
    vocabulary = [
        near
        for first in dict.fromkeys(word[:2])
        for (near,) in reader.rows("SELECT word FROM search_word WHERE word >= ?1 AND word < ?2", first, chr(ord(first) + 1))
        if abs(len(near) - len(word)) <= slips
    ]
    found = process.extractOne(word, sorted(vocabulary), scorer=OSA.distance, score_cutoff=slips)
    return found[0] if found else word
