"""Does a message say stop, start, help or delete? Read before anything else, by rules alone. The words are in words.yml."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from resources_db.consent.words import Kind, Language, Patterns, Phrase, wish_words

_SILENT = re.compile("['’‘`´ʻʼ]")
_MARKS = re.compile(r"[\u0300-\u036f\ufe0f]")
_CUT = re.compile(r"[.!?¡¿;:,\n…()—–]| -+ ")
_WORD = re.compile(r"[^\W_]+")
_DRAWN_OUT = re.compile(r"([^\W\d])\1{2,}")
_SIGNATURE = re.compile(r"\s*(?:--+\s*)?\b(?:sent from my|get outlook for|enviado desde mi)\b[^\n]{0,40}$", re.IGNORECASE)
# A wish is short. What is longer is a story, and its first and last sentences are read.
_LONGEST = 1000


@dataclass(frozen=True)
class Wish:
    """What a family wants of the texting itself.

    how: "keyword" (the whole message is the word) or "phrase" (said in a sentence; the message may say more).
    language: None where the word belongs to both. and_stop: a "delete" that also says stop.
    """

    kind: Kind
    how: Literal["keyword", "phrase"]
    language: Language | None
    and_stop: bool = False

    @property
    def stops(self) -> bool:
        return self.kind == "stop" or self.and_stop


def wish_of(text: str) -> Wish | None:
    """The wish in a family's message, or None: nearly always. Takes any text and never raises."""
    return _keyword(text) or _said_in_a_sentence(text)


def affirms(text: str) -> bool:
    """Is the whole message a YES or SI? It brings texts back for a number that said stop, and for no other."""
    return "".join(_words_of(text)) in wish_words().affirms


def reserved_words() -> frozenset[str]:
    """What no prompt may ask a family to answer with, in capitals: alone, these start or stop texts."""
    return wish_words().reserved


def _keyword(text: str) -> Wish | None:
    words = wish_words()
    if len(text) > _LONGEST:
        return None
    if text.strip() in words.signs:
        return Wish("stop", "keyword", None)
    plain = " ".join(_words_of(_SIGNATURE.sub("", text)))
    if plain in words.no_keywords:
        return None
    found = words.keywords.get(_once(plain))
    if found is None:
        found = words.keywords.get(_once(words.courtesy.sub("", plain)))
        if found is None or found[0] == "help":
            return None
    kind, language = found
    return Wish(kind, "keyword", language)


def _once(plain: str) -> str:
    """Without spaces, "s t o p" as "stop"; and "stop stop stop" as "stop"."""
    joined = plain.replace(" ", "")
    for size in range(3, len(joined) // 2 + 1):
        if len(joined) % size == 0 and joined == joined[:size] * (len(joined) // size):
            return joined[:size]
    return joined


class _Said(NamedTuple):
    """What a clause says, and whether it says nothing else."""

    wishes: tuple[Phrase, ...]
    whole: bool


def _said_in_a_sentence(text: str) -> Wish | None:
    clauses = _clauses(text)
    said = [_read(clause) for clause in clauses]
    if not any(clause.wishes for clause in said):
        return None
    words, last = wish_words(), len(clauses) - 1
    nothing_else = all(clause.whole for clause in said)
    several = sum(len(clause.wishes) for clause in said) > 1
    of_others = not all(words.others.isdisjoint(clause.split()) for clause in clauses)

    def counts(wish: Phrase, index: int) -> bool:
        if index and words.quoting.search(clauses[index - 1]):
            return False
        if wish.kind == "delete":
            return nothing_else and (not wish.bare or several)
        return nothing_else or not wish.bare or index == 0 or (index == last and not of_others)

    found = [wish for index, clause in enumerate(said) for wish in clause.wishes if counts(wish, index)]
    deletes = [wish for wish in found if wish.kind == "delete"]
    if deletes:
        return Wish("delete", "phrase", deletes[0].language, and_stop=len(deletes) < len(found))
    return Wish("stop", "phrase", found[0].language) if found else None


def _clauses(text: str) -> list[str]:
    """Plain words with one space between, misspellings mended. Of a long text, those at both ends."""
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]}\n{text[-_LONGEST // 2 :]}"
    words = wish_words()
    clauses: list[str] = []
    for part in _CUT.split(text):
        spelled = (words.spellings.get(word, word) for word in _words_of(part))
        clauses += (clause.strip() for clause in words.cuts.split(" ".join(spelled)))
    return [clause for clause in clauses if clause]


def _read(clause: str) -> _Said:
    words = wish_words()
    wishes: list[Phrase] = []
    place, asked = 0, False
    while place < len(clause):
        phrase, end = _phrase_at(clause, place, asked)
        if phrase is not None:
            wishes.append(phrase)
        elif end := _longest(words.asks, clause, place):
            asked = True
        else:
            end = max(_longest(words.tails, clause, place) if wishes else 0, _longest(words.leads, clause, place))
        if not end:
            break
        place = end
    if place >= len(clause):
        return _Said(tuple(wishes), whole=True)
    return _Said(tuple(wish for wish in wishes if wish.open) or tuple(_run_on(clause)), whole=False)


def _phrase_at(clause: str, place: int, asked: bool) -> tuple[Phrase | None, int]:
    """The longest wish that begins here, and where it ends."""
    words = wish_words()
    best, end = None, 0
    for phrase in words.phrases:
        match = phrase.pattern.match(clause, place)
        if match is None or match.end() <= end or (phrase.bare and asked):
            continue
        if not (phrase.open and words.goes_on.match(clause, match.end())):
            best, end = phrase, match.end()
    return best, end


def _longest(patterns: Patterns, clause: str, place: int) -> int:
    """Where the longest of them ends that matches here; 0 for none."""
    return max((match.end() for pattern in patterns if (match := pattern.match(clause, place))), default=0)


def _run_on(clause: str) -> Iterator[Phrase]:
    """Wishes at the end of a clause that begins with other words of the writer's own."""
    words = wish_words()
    for phrase in words.phrases:
        if phrase.after is None or (match := phrase.pattern.search(clause)) is None:
            continue
        before = clause[: match.start()]
        ours = phrase.after.fullmatch(before) and words.others.isdisjoint(before.split())
        if ours and not words.goes_on.match(clause, match.end()):
            yield phrase


def _words_of(text: str) -> list[str]:
    """Without capitals, accents and apostrophes, wide and ornate letters as plain ones, "stooop" as "stop"."""
    plain = unicodedata.normalize("NFKD", _SILENT.sub("", unicodedata.normalize("NFKC", text).casefold()))
    return _WORD.findall(_DRAWN_OUT.sub(r"\1", _MARKS.sub("", plain)))
