"""Which of the listed answers, or which language, is meant: "number 2", "the second one", "en español"."""

from __future__ import annotations

import re

from bot.understanding.text import fold, words

LAST = -1

_ORDINALS = {
    "first": 1, "1st": 1, "top": 1, "primer": 1, "primero": 1, "primera": 1, "second": 2, "2nd": 2, "segundo": 2, "segunda": 2,
    "third": 3, "3rd": 3, "tercero": 3, "tercera": 3, "tercer": 3, "fourth": 4, "4th": 4, "cuarto": 4, "cuarta": 4,
    "fifth": 5, "5th": 5, "quinto": 5, "quinta": 5, "last": LAST, "bottom": LAST, "ultimo": LAST, "ultima": LAST,
}  # fmt: skip
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5}
_N = r"(?P<n>\d{1,2}|" + "|".join(_WORDS) + r")"
_POLITE = r"(?:,? (?:please|pls|plz|thanks|por favor|porfa|gracias))?[ .!?]*$"

#: "number 2", "la opcion 4", "#3"; a number that counts or tells an age is none.
_NUMBERED = re.compile(
    rf"(?:\b(?:numbers?|numero|num|option|opcion|result|resultado|choice)\s*|#\s*){_N}\b(?!\s*(?:kids|hijos|ninos|years?|"
    rf"anos?|mo|mes))"
)
#: A message that is a number and little else.
_BARE = re.compile(rf"^(?:the |el |la |al |no\.? |info del |mas del )?{_N}{_POLITE}")
_ORDINAL = re.compile(
    r"(?:^|\b(?:the|el|la|lo de la|lo del|del|de la|al|a la|ese|esa|info on the)\s+)(?P<o>" + "|".join(_ORDINALS) + r")"
    rf"(?:{_POLITE}|\s+(?:ones?|option|opcion|place|lugar|result|resultado|listing|on the list|de la lista|esta|me|a que|hasta|"
    rf"abre|cierra|opens?|closes?|phone|"
    rf"number|address)\b|\s*[,?])"
)


def _language(group: str) -> str:
    """One of the two languages; the group holds it if it is Spanish."""
    return rf"(?:(?P<{group}>spanish|espanol|castellano)|english|ingles)\b"


#: "in Spanish", "hablas español?"; a language alone is a wish too, "english classes" is not.
_WANTED = re.compile(
    r"(?:\b(?:in|en|do|speak|speaks|solo|only|puro|prefiero|(?:back|switch\w*|change|cambi\w+|traduc\w+)(?: it| this|"
    r" esto)? (?:to|al?)"
    rf"|(?<!no )(?:hablo|habla|hablas|hablan|hable))\s+{_language('named')}|^{_language('alone')}(?: mejor| better)?{_POLITE})"
)
#: Who does not understand one of the two wants the other.
_UNKNOWN = re.compile(
    r"\b(?:dont|don'?t|do not|cant|can'?t|no)\s+(?:speak|understand|read|hablo|entiendo|leo|se)\s+"
    rf"(?:muy bien |much |good |bien |mucho |el )?{_language('unknown')}"
)
#: A question about a place that was shown.
_SPOKEN_THERE = re.compile(r"\bthey speak\b|\b(?:who|that) speaks\b|\bhablan\b.*\b(?:ahi|alli|alla)\b")
#: In a longer message a language is what the service should speak, and "the first" is a date.
_SHORT = 10


def find_choice(text: str) -> int | None:
    """The number picked from a list (1 = the first), LAST for the last, or None."""
    folded = fold(text)
    if match := _NUMBERED.search(folded) or _BARE.match(folded):
        return _WORDS.get(match["n"]) or int(match["n"]) or None
    if len(words(folded)) <= _SHORT and (match := _ORDINAL.search(folded)):
        return _ORDINALS[match["o"]]
    return None


def find_wanted_language(text: str) -> str | None:
    """ "en" or "es" when the family names the language it wants, else None."""
    folded = fold(text)
    if len(words(folded)) > _SHORT or _SPOKEN_THERE.search(folded):
        return None
    if match := _UNKNOWN.search(folded):
        return "en" if match["unknown"] else "es"
    if match := _WANTED.search(folded):
        return "es" if match["named"] or match["alone"] else "en"
    return None
