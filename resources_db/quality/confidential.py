"""Words by which a listing says that where it is must not be told."""

from __future__ import annotations

import re

# "Confidential" alone is said of talks, tests and files: it counts only of a place.
_PLACE_EN = r"(?:locations?|address(?:es)?|shelters?|sites?|residences?|whereabouts|facilit(?:y|ies)|hous(?:e|es|ing))"
_HIDDEN_EN = (
    r"(?:confidential|undisclosed|secret|unlisted|hidden|withheld"
    r"|(?:not|never) (?:be )?(?:disclosed|published|shared|public|listed|given out))"
)
_PLACE_ES = (
    r"(?:ubicaci[oó]n(?:es)?|direcci[oó]n(?:es)?|lugar(?:es)?|refugios?|albergues?|domicilios?|sitios?|casas?|residencias?)"
)
_HIDDEN_ES = (
    r"(?:confidencial(?:es)?|secret[oa]s?|reservad[oa]s?"
    r"|no (?:se )?(?:divulgad[oa]s?|revelad[oa]s?|divulga|revela|publica|comparte|da a conocer))"
)
_FEW_WORDS = r"(?:[\w'’-]+ ){0,4}?"
_SAYINGS = (
    rf"{_HIDDEN_EN} (?:[\w'’-]+ ){{0,2}}?{_PLACE_EN}",
    rf"{_PLACE_EN} {_FEW_WORDS}(?:is|are|remains?|be|being|kept|will|stays?|must) {_FEW_WORDS}{_HIDDEN_EN}",
    rf"{_PLACE_EN},? \(?{_HIDDEN_EN}",
    r"safe[ -]?houses?",
    r"call (?:\w+ )?for (?:the |our |its )?(?:location|address)",
    rf"{_HIDDEN_ES} {_PLACE_ES}",
    rf"{_PLACE_ES} {_FEW_WORDS}{_HIDDEN_ES}",
    r"casas? (?:seguras?|de seguridad)",
)
_WORDS = re.compile(rf"\b(?:{'|'.join(_SAYINGS)})\b".replace(" ", r"\s"), re.IGNORECASE)
# Every saying has one of these; most texts have none, and are not searched further.
_HINT = re.compile(
    r"confiden|undisclosed|secret|unlisted|hidden|withheld|disclosed|publish|shared|public|listed|given"
    r"|safe[\s-]?house|call\s|reservad|divulga|revela|compart|conocer|segur",
    re.IGNORECASE,
)


def says_confidential(*texts: str | None) -> str | None:
    """The words, as they stand in the first text that has them, that call a place hidden; None without any.

    English and Spanish, wide on purpose: a person looks at what is found. "Confidential counseling" is no
    such word, since it is said of the talk and not of the place.
    """
    for text in texts:
        if text and _HINT.search(text) and (found := _WORDS.search(text)):
            return found[0]
    return None
