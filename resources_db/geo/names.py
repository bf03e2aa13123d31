"""Folding place names, so that "Waiʻanae", "waianae" and "WAIANAE" are one key, and so are "St. Louis" and "Saint Louis"."""

from __future__ import annotations

import re
import unicodedata

#: Left out altogether: apostrophes and the Hawaiian ʻokina, in the many ways they are typed.
_SILENT = re.compile("['’‘`´ʻʼ]")
_INITIALS = re.compile(r"\b(?:[a-z]\.){2,}")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
_SHORT_FORMS = {
    "st": "saint", "ste": "sainte", "sta": "santa", "ft": "fort", "mt": "mount", "mtn": "mountain",
    "hts": "heights", "hgts": "heights", "spgs": "springs", "bch": "beach", "twp": "township",
    "cnty": "county", "cty": "county",
}  # fmt: skip
_DIRECTIONS = {"n": "north", "s": "south", "e": "east", "w": "west"}


def plain(text: str) -> str:
    """Lower case, without accents and apostrophes; other characters, and so the words' bounds, stay."""
    text = _SILENT.sub("", text.casefold())
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def fold(text: str) -> str:
    """The key under which a name is stored and looked up: plain words, one space between, short forms written out."""
    text = _INITIALS.sub(lambda match: match.group().replace(".", ""), plain(text))
    return join_words(_SEPARATORS.sub(" ", text).split())


def join_words(words: list[str]) -> str:
    """The key of words that are plain already. A leading "n" means north only in front of another word."""
    written_out = [_SHORT_FORMS.get(word, word) for word in words]
    if len(written_out) > 1:
        written_out[0] = _DIRECTIONS.get(written_out[0], written_out[0])
    return " ".join(written_out)
