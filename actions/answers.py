"""What a short answer to one of our own questions means: "2", "yes please", "ya lo tenemos", "skip".

The model reads every message without knowing what was asked; here the question is known. The words are in answers.yml.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from resources_db.geo.names import plain

#: Meanings of answers.yml that are no answer by themselves.
_FILLER = "filler"
#: A longer message tells a story; what it says is for the model to read.
_LONGEST = 10


def meaning_of(text: str) -> str | None:
    """The meaning (a key of answers.yml) of a message that is an answer and little else, or None.

    The longest phrase decides, among equals the first. The words that are no part of an answer must not be in the
    majority: "no one calls me back" is none.
    """
    words = _words(text)
    if not 0 < len(words) <= _LONGEST:
        return None
    phrases, longest = _phrases()
    best: tuple[int, str] | None = None
    answering = unknown = at = 0
    while at < len(words):
        size, meaning = next(
            (
                (n, found)
                for n in range(min(longest, len(words) - at), 0, -1)
                if (found := phrases.get(tuple(words[at : at + n])))
            ),
            (1, None),
        )
        if meaning is None:
            unknown += 1
        elif meaning != _FILLER:
            answering += size
            if best is None or size > best[0]:
                best = (size, meaning)
        at += size
    return best[1] if best and unknown <= answering else None


def number_of(text: str) -> int | None:
    """The number of a message that is nothing else: "2", "2.", "(2)"."""
    match = re.fullmatch(r"\W*(\d{1,2})\W*", text)
    return int(match[1]) if match else None


@cache
def _phrases() -> tuple[dict[tuple[str, ...], str], int]:
    """Every phrase with its meaning, and how many words the longest has. What is filler and something else is not filler."""
    listed = yaml.safe_load(Path(__file__).with_name("answers.yml").read_text(encoding="utf-8"))
    phrases = {
        tuple(phrase.split()): meaning
        for meaning in sorted(listed, key=lambda name: name != _FILLER)
        for language in listed[meaning].values()
        for phrase in language
    }
    return phrases, max(map(len, phrases))


def _words(text: str) -> list[str]:
    """Words without capitals, accents and apostrophes."""
    return re.findall(r"[a-z0-9]+", plain(text))
