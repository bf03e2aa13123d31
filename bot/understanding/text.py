"""Cleaning a message before anything reads it, and folding words so that spellings compare equal."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.language import Language

#: Longer messages are read by their beginning and their end: needs are rarely stated only in the middle
#: of a page of text, and a message must not be able to hold up everybody else's.
MAX_CHARACTERS = 4000

_INVISIBLE = re.compile(
    r"[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff\ufeff]"
)
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'", "\u201c": '"', "\u201d": '"'})
#: Words and signs.
WORD = re.compile(r"\w+|[^\w\s]")
#: Texting shorthand that stands for a word only in some company: "somewhere 2 stay", not "2 kids".
_SHORTHAND = (
    (
        re.compile(r"\b2(?= (?:stay|sleep|live|go|eat|be|get|do|talk|see|help|pay|feed|find|move|work|bring|use|my|the|a)\b)"),
        "to",
    ),
    (re.compile(r"\b4(?= (?:my|me|us|the|a|him|her|them|our|kids|dinner|rent|food|help|work|school)\b)"), "for"),
    (re.compile(r"\b(?:tonite|2nite|2night|tnite)\b"), "tonight"),
    (re.compile(r"(?<=\w )n(?= \w)"), "and"),
    (re.compile(r"\bw/ ?(?=\w)"), "with "),
    (re.compile(r"\bpa(?= (?:mi|mis|el|la|los|las|comer|pagar|dormir|que|ir)\b)"), "para"),
)
_APOSTROPHE = re.compile(r"(?<=\w)'(?=\w)")


def clean(text: str) -> str:
    """The message without invisible characters, with plain quotes and single spaces, at most MAX_CHARACTERS long."""
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = text[:half] + " " + text[-half:]
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).translate(_QUOTES)
    return " ".join(text.split())


def fold(text: str) -> str:
    """Lower case without accents: "Pañales" and "panales" compare equal."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def plain(text: str) -> str:
    """Folded, without the apostrophes inside words, which families put or leave out ("don't" is "dont"), and with
    texting shorthand spelled out ("somewhere 2 stay tonite")."""
    spelled = _APOSTROPHE.sub("", fold(text))
    for pattern, word in _SHORTHAND:
        spelled = pattern.sub(word, spelled)
    return spelled


def words(text: str) -> list[str]:
    """Words and signs of a text, in order."""
    return WORD.findall(text)


def one_of(listed: str) -> str:
    """A pattern for any of the words or phrases in a list with commas; each may be a pattern itself."""
    return "(?:" + "|".join(item.strip() for item in listed.split(",")) + ")"


@functools.lru_cache(maxsize=1)
def tokenizer() -> Language:
    """The one spaCy pipeline for both languages; rule based, so it needs no downloaded model."""
    import spacy

    return spacy.blank("xx")
