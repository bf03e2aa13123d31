"""Numbered choices in a text: which ones a turn offers, how they are written, and which one a family's answer means.

The numbers in a text, of a turn (bot/sms/rendering.py) or of what Homeward says by itself (resources_db/contacts), and the
numbers taken in come from the same `offered`, so they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from resources_db.sms.gsm import fold
from resources_db.words import Words


class Said(Protocol):
    """An answer, or the row of one. Choices are (label, payload) pairs, or mappings with these two keys."""

    @property
    def choices(self) -> Sequence[Any]: ...

    @property
    def matches(self) -> Sequence[Any]: ...


Choice = tuple[str, str]

#: The words under numbered choices.
CHOOSE = "utter_text_choose"

#: More than anybody reads in a text.
_MOST = 12
_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "one first uno una primero primera primer", "two second dos segundo segunda",
            "three third tres tercero tercera tercer",
            "four fourth cuatro cuarto cuarta", "five fifth cinco quinto quinta", "six sixth seis sexto sexta",
            "seven seventh siete septimo septima", "eight eighth ocho octavo octava", "nine ninth nueve noveno novena",
        ),
        1,
    )
    for word in words.split()
}  # fmt: skip
_NUMBER = re.compile(
    r"(?:(?:i want|i pick|i choose|quiero|escojo|elijo) )?(?:(?:the|la|el) )?"
    r"(?:(?:option|choice|answer|number|opcion|respuesta|numero|num\.?) )?"
    rf"[#(]?\s?([1-9][0-9]?|{'|'.join(_NUMBERS)})[).:]*(?: one| option| opcion)?[.!]*"
)


def offered(answers: Iterable[Said]) -> list[Choice]:
    """The choices that get numbers in a turn, in that order: those of its last answer that has choices and no listings.

    Choices under listings are words that are understood anyway ("more", "open now"); there the listings have the numbers.
    """
    choices: Sequence[Any] = ()
    for answer in answers:
        if answer.choices and not answer.matches:
            choices = answer.choices
    return [_pair(choice) for choice in choices[:_MOST]]


def menu(options: Sequence[Choice], words: Words, language: str) -> str:
    """The lines of a text that number these choices and say how to choose."""
    lines = [f"{number} {fold(label)}" for number, (label, _) in enumerate(options, 1)]
    return "\n".join([*lines, fold(words.say(CHOOSE, language, "sms"))])


def chosen(text: str, choices: Sequence[Any]) -> int | None:
    """The place (from 0) of the choice that a text names by its number or its label; None when it does neither.

    Only what can mean nothing else: "2", "#2", "(2)", "2.", "option 2", "dos", "la 2", "the second one", "2 Food", "food".
    """
    said = _bare(text)
    number = number_in(text)
    if number is not None:
        return number - 1 if number <= len(choices) else None
    labels = [_bare(_pair(choice)[0]) for choice in choices]
    for place, label in enumerate(labels):
        if said == label or re.fullmatch(rf"{place + 1}[).:]? {re.escape(label)}", said):
            return place
    return None


def number_in(text: str) -> int | None:
    """The number from 1 to 99 that is all a text says, in figures or, up to nine, in words."""
    found = _NUMBER.fullmatch(_bare(text))
    return None if found is None else _NUMBERS.get(found[1]) or int(found[1])


def _bare(text: str) -> str:
    """Without accents, capitals, quotes around it and doubled spaces."""
    plain = fold(text).replace("é", "e").casefold()
    return " ".join(plain.split()).strip(" \"'!.,¡¿?")


def _pair(choice: Any) -> Choice:
    if isinstance(choice, Mapping):
        return choice["label"], choice["payload"]
    label, payload = choice
    return label, payload
