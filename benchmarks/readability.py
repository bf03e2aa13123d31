"""How hard a sentence is to read: Flesch-Kincaid's school grade for English, Fernández Huerta's score for Spanish.

Both count words a sentence and syllables a word, and nothing else: a short word that nobody knows counts as easy. Numbers,
such as 988 or a ZIP code, are one word of one syllable; links are left out.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_LINK = re.compile(r"(?:https?://)?[\w.-]+\.(?:com|org|gov|net|us)(?:/\S*)?|https?://\S+", re.IGNORECASE)
#: Letters, with what stands inside a word ("don't", "co-parent"); or a number with its signs ("1-800-799-7233", "24/7", "$20").
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d[\d.,:/()-]*")
_END = re.compile(r"(?<=[.!?…])[\"”')\]]*\s+|\n+")

# --- English

_ENGLISH_VOWELS = re.compile(r"[aeiouy]+")
#: What the rules below count wrong, of words that we use.
_ENGLISH = {
    "area": 3, "areas": 3, "being": 2, "clothes": 1, "create": 2, "diaper": 3, "diapers": 3, "doing": 2, "going": 2, "idea": 3,
    "ideas": 3, "people": 2, "quiet": 2, "quietly": 3, "saying": 2, "seeing": 2, "someone": 2, "something": 2, "somebody": 3,
    "sometimes": 2, "somewhere": 2, "trying": 2, "whatever": 3, "everybody": 4, "everyone": 3, "everything": 3, "every": 2,
    "medicaid": 3, "science": 2, "social": 2, "special": 2, "usually": 4, "violence": 3, "poem": 2, "client": 2, "riot": 2,
    "heroin": 3, "lion": 2, "real": 1, "really": 2, "wherever": 3, "homeward": 2, "hopeful": 2, "safely": 2, "careful": 2,
    "childcare": 2, "caseworker": 3, "homeless": 2, "useful": 2, "safehouse": 2, "nobody": 3, "ok": 2, "tv": 2, "id": 2, "am": 1,
    "pm": 2, "sms": 3, "cps": 3, "dcfs": 4, "wic": 1, "snap": 1, "zip": 1, "pdf": 3, "cant": 1, "didn't": 2, "doesn't": 2,
    "isn't": 2, "wasn't": 2, "couldn't": 2, "wouldn't": 2, "haven't": 2, "hasn't": 2, "aren't": 1, "weren't": 1, "quiere": 2,
    "español": 3, "naloxone": 3, "overdose": 3, "placement": 2, "statement": 2, "relatives": 3, "movement": 2, "therapist": 3,
}  # fmt: skip
_SILENT_E = re.compile(r"(?:[^aeiouylr]|[aeiouy]r|[aeiouy]l|[^aeiouy]r)e$")
_SILENT_ES = re.compile(r"[^aeiouy](?<!s)(?<!c)(?<!z)(?<!x)(?<!sh)(?<!ch)(?<!g)es$")
_SILENT_ED = re.compile(r"(?<![^aeiouyl]l)(?<=[^aeioutdy])ed$")
#: Two vowels side by side that are two syllables.
_APART = re.compile(r"ia(?!l$|ls$|lly$|n$|ns$)|io(?!n)|iu|[aeiou]ing|eo(?!us)|eun|(?<![gq])ua|[^q]uo|ie[tn]|uel$")


@cache
def english_syllables(word: str) -> int:
    """At least 1. Found by rules, right for about nine words in ten, and by the list above for those we use that are not."""
    word = word.lower().replace("’", "'")
    if word[0].isdigit():
        return 1
    if word in _ENGLISH:
        return _ENGLISH[word]
    word = word.removesuffix("'s").partition("'")[0] if "n't" not in word else word.replace("n't", "nt")
    count = len(_ENGLISH_VOWELS.findall(word)) + len(_APART.findall(word))
    if _SILENT_E.search(word) or _SILENT_ES.search(word) or _SILENT_ED.search(word):
        count -= 1
    return max(1, count)


def flesch_kincaid(words: int, syllables: int) -> float:
    """The school grade of one sentence (Kincaid and others 1975)."""
    return 0.39 * words + 11.8 * syllables / words - 15.59


# --- Spanish

_SILENT_U = re.compile(r"(?<=[qg])u(?=[eiéí])")
_SPANISH_NUCLEUS = re.compile(r"[iuü]?[aeoáéó][iuüy]?(?![aeoáéóíú])|[iuü]?[aeoáéó]|[íú]|[iuüy]+")
_SPANISH = {"sms": 4, "cps": 3, "pdf": 4, "zip": 1, "ok": 2, "tv": 2, "am": 2, "pm": 2, "homeward": 2, "english": 2, "online": 2}


@cache
def spanish_syllables(word: str) -> int:
    """At least 1: each strong vowel (a, e, o), each í and ú, and weak ones that stand by no strong one."""
    word = word.lower()
    if word[0].isdigit():
        return 1
    if word in _SPANISH:
        return _SPANISH[word]
    word = _SILENT_U.sub("", word)
    word = re.sub(r"y(?=[aeiouáéíóú])", "j", word)
    return max(1, len(_SPANISH_NUCLEUS.findall(word)))


def fernandez_huerta(words: int, syllables: int) -> float:
    """From 0, hard, to 100 and more, easy, of one sentence (Fernández Huerta 1959, as Law corrected it in 2011)."""
    return 206.84 - 60 * syllables / words - 1.02 * words


#: The school grade that Fernández Huerta gives from which score on; the lowest is beyond school.
_BANDS = ((90.0, 4.0), (80.0, 5.0), (70.0, 6.0), (60.0, 8.0), (50.0, 11.0), (30.0, 13.0))
_BEYOND = 16.0


def band(score: float) -> float:
    """The school grade of a Spanish score; 8 stands for seventh or eighth, 11 for the years before university."""
    return next((grade for least, grade in _BANDS if score >= least), _BEYOND)


# --- both


class Level(NamedTuple):
    """`grade` is a school grade; `score` is what the language's formula gave: for English the grade itself."""

    words: int
    syllables: int
    grade: float
    score: float


def sentences(text: str) -> list[str]:
    """The sentences of a text: they end with a sign, or with the line."""
    return [sentence.strip() for sentence in _END.split(text) if _WORD.search(_LINK.sub(" ", sentence))]


def words_of(sentence: str) -> list[str]:
    return _WORD.findall(_LINK.sub(" ", sentence))


def level(sentence: str, language: str) -> Level:
    """How hard one sentence is. It must have a word."""
    words = words_of(sentence)
    count = len(words)
    if language == "es":
        syllables = sum(map(spanish_syllables, words))
        score = fernandez_huerta(count, syllables)
        return Level(count, syllables, band(score), score)
    syllables = sum(map(english_syllables, words))
    grade = flesch_kincaid(count, syllables)
    return Level(count, syllables, grade, grade)
