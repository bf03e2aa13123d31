"""From a message as typed to plain words: what hides a word (accents, zero-width marks, k!ll, dieeee) is taken away.

Standard library only. Nothing here knows what a crisis is. Every step is linear in the length of the message.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Of a message longer than both together only the two ends are read: people cry for help first or last.
HEAD = TAIL = 30_000

# Letters of other alphabets that look like Latin ones.
_LOOKALIKES = str.maketrans("аеорсухіјѕкмтнвԁɡıοαινκτρυ", "aeopcyxijskmthbdgioaivktpu")
_APOSTROPHES = re.compile(r"['’‘ʼ`´]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
# A word may hold the characters people put in place of letters; trailing ones are punctuation.
_WORD = re.compile(r"[$@]?[^\W_](?:[^\W_]|[*!|@$+](?=[^\W_*!|@$+]|[*!|@$+]+[^\W_]))*\$?")
_STOP = re.compile(r"(?<![.…])[.!?;\n](?![.…])|[!?\n]")
_INSIDE = re.compile(r"(?<=[^\W\d_])[^\w\s]+(?=[^\W\d_])|(?<=[^\W\d_])_+(?=[^\W\d_])")
_AGE = re.compile(r"(?<![^\W_])(\d{1,3})(yo|yrs?|y|mos?|m|months?|wks?|weeks?|years?|hrs?|min|mins|days?)(?![^\W_])")
_RUN = re.compile(r"(.)\1+")


@dataclass(frozen=True)
class Word:
    """One word as typed (lower case, accents folded), and whether a new sentence starts with it."""

    text: str
    starts_sentence: bool


def tidy(text: str) -> str:
    """Lower case without accents, apostrophes, control or invisible characters; long texts cut to their ends."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]}\n{text[-TAIL:]}"
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cs", "Co", "Cn"))
    text = text.casefold()
    if not text.isascii():
        text = text.translate(_LOOKALIKES)
    text = _CONTROL.sub("", _APOSTROPHES.sub("", text.replace("\r", "\n")))
    return _AGE.sub(r"\1 \2", text)


def split(tidied: str) -> list[Word]:
    """The words in order. Letters typed apart ("k i l l") come back as one word."""
    words: list[Word] = []
    letters: list[str] = []
    first = True
    end = 0

    def flush() -> None:
        nonlocal first
        if len(letters) >= 3:
            words.append(Word("".join(letters), first))
        else:
            words.extend(Word(letter, first and not index) for index, letter in enumerate(letters))
        if letters:
            first = False
        letters.clear()

    for found in _WORD.finditer(tidied):
        between = tidied[end : found.start()]
        # "no, i want to die" is not "no i want to": a lone word before a comma is a sentence of its own.
        stop = _STOP.search(between) is not None or ("," in between and bool(words) and words[-1].starts_sentence)
        end = found.end()
        text = found.group()
        if len(text) == 1 and not text.isdigit():
            letters.append(text)
            continue
        flush()
        words.append(Word(text, first or stop))
        first = False
    flush()
    return words


def joined(tidied: str) -> str | None:
    """The message with marks inside words taken out ("k.i-ll" → "kill"); None when there are none."""
    without, count = _INSIDE.subn("", tidied)
    return without if count else None


def squeeze(word: str) -> str:
    """Every run of one letter as one letter: "dieeee" → "die", "kill" → "kil"."""
    return _RUN.sub(r"\1", word)
