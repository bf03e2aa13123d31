"""A listing in as few signs as a text has room for. Every fact is whole or absent; a name is cut at a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from phonenumbers import NumberParseException, format_number, parse
from phonenumbers import PhoneNumberFormat as Format

from resources_db.sms.gsm import fold
from resources_db.wording import phrases

Match = Mapping[str, Any]

_NO_VOICE = frozenset({"fax", "pager", "textphone", "tty", "sms", "text"})
_STATE_AND_ZIP = re.compile(r",? [A-Z]{2}(?: \d{5}(?:-\d{4})?)?$")
_CLOCK = re.compile(r"(\d) (?=[ap]m\b)")
#: In "Open now until" and "Abierto ahora, hasta"; and the year of a date that is near.
_NEEDLESS = re.compile(r" now(?= until )| ahora,(?= hasta )|,? 20\d\d\b")
#: A website longer than this is better opened from the card.
_SHORT_SITE = 34
_SHORT_NAME, _NAME = 24, 40


def fit(matches: Sequence[Match], marks: Sequence[str], language: str, fits: Callable[[str], bool]) -> str:
    """Lines with the listings, each begun with its mark ("1 "): first a short name and the phone of each, then fact by
    fact, for all listings before the next, what `fits` allows."""
    facts = [_facts(match, language, alone=len(matches) == 1) for match in matches]
    chosen = [[0] for _ in matches]

    def lines() -> str:
        return "\n".join(mark + _sentence(fact, taken) for mark, fact, taken in zip(marks, facts, chosen, strict=True))

    for place in range(1, max(map(len, facts))):
        for fact, taken in zip(facts, chosen, strict=True):
            if place < len(fact) and fact[place]:
                taken.append(place)
                if not fits(lines()):
                    taken.pop()
    return lines()


def shorten(text: str, room: int) -> str:
    """The text, or as many of its words as fit into `room` signs with ".." after them. No number is cut, and none is left
    without what followed it, so that half an address never looks like a whole one."""
    if len(text) <= room:
        return text
    words, kept = text.split(" "), ""
    for word in words:
        longer = f"{kept} {word}" if kept else word
        if len(longer) > room - 2:
            break
        kept = longer
    while re.search(r"\d\S*$", kept):
        kept = kept.rpartition(" ")[0]
    if not kept:
        kept = "" if any(map(str.isdigit, words[0])) else words[0][: room - 2]
    return kept.rstrip(" ,;:-&.(") + ".."


def phone(match: Match, language: str) -> str:
    """The number that a person answers, best in this language, as 916-555-0105; else a short website; else nothing."""
    lines = [line for line in match.get("phones") or () if (line.get("type") or "").lower() not in _NO_VOICE]
    if lines:
        return _number(min(lines, key=lambda line: language not in (line.get("languages") or ())))
    site = re.sub(r"^https?://(?:www\.)?|/$", "", match.get("website") or "")
    return site if len(site) <= _SHORT_SITE else ""


def state(match: Match, language: str) -> str:
    """Whether it is open, at the moment that was asked about: "Open until 5pm", "Opens tomorrow at 9am"."""
    return _NEEDLESS.sub("", _short_clock(_said_of(match, _of_state(language))))


def _said_of(match: Match, kind: re.Pattern[str]) -> str:
    """The last of the reasons that are of this kind."""
    return next((reason for reason in reversed(match.get("why") or ()) if kind.fullmatch(reason)), "")


def _short_clock(text: str) -> str:
    """ "9 am–5 pm" in fewer signs: "9am–5pm"."""
    return _CLOCK.sub(r"\1", text)


def _facts(match: Match, language: str, *, alone: bool) -> list[dict[str, str]]:
    """What to say at the least, then what to add, most useful first. Of two values for one key the later one is said."""
    name = _plain(match["service"]) or _plain(match.get("organization") or "")
    hours = _plain(_short_clock(match.get("hours") or ""))
    address = _STATE_AND_ZIP.sub("", _plain(match.get("address") or ""))
    miles = match.get("distance_miles")
    facts = [
        {"name": shorten(name, _SHORT_NAME), "phone": phone(match, language)},
        {"doubt": _plain(_said_of(match, _of_doubt(language)))},
        {"state": _plain(state(match, language))},
        {"miles": "" if miles is None else f"{_miles(miles)} mi"},
        {"name": shorten(name, _NAME)},
        {"address": address},
    ]
    if alone:
        facts += [
            {"hours": "" if hours == facts[2]["state"] else hours},
            {"how": _plain(match.get("how_to_access") or "")},
            {"cost": _plain(match.get("cost") or "")},
        ]
    return [fact if any(fact.values()) else {} for fact in facts]


def _sentence(facts: Sequence[Mapping[str, str]], taken: Sequence[int]) -> str:
    """ "Oak Park Pantry: 916-555-0105. Open now until 5pm. 1.2 mi, 12 Oak St"."""
    said: dict[str, str] = {}
    for place in taken:
        said.update(facts[place])
    where = ", ".join(filter(None, (said.get("miles"), said.get("address"))))
    rest = [said.get("phone"), said.get("doubt"), said.get("state"), where, said.get("hours"), said.get("how"), said.get("cost")]
    told = ". ".join(part.rstrip(". ") for part in rest if part)
    return ": ".join(filter(None, (said.get("name"), told)))


def _miles(miles: float) -> str:
    return f"{miles:.0f}" if miles >= 9.95 else f"{max(miles, 0.1):.1f}".removesuffix(".0")


def _number(line: Mapping[str, Any]) -> str:
    try:
        number = format_number(parse(line["number"], "US"), Format.NATIONAL)
    except NumberParseException:
        return _plain(line["number"])
    us = re.fullmatch(r"\((\d{3})\) (\d{3}-\d{4})", number)
    number = f"{us[1]}-{us[2]}" if us else number
    return f"{number} x{line['extension']}" if line.get("extension") else str(number)


@cache
def _of_state(language: str) -> re.Pattern[str]:
    """What the search says of being open or closed."""
    return _phrases(language, "open.")


@cache
def _of_doubt(language: str) -> re.Pattern[str]:
    """What it says of a place that families could not reach."""
    return _phrases(language, "told.doubted", "told.wrong_phone")


def _phrases(language: str, *beginnings: str) -> re.Pattern[str]:
    templates = [text for key, text in phrases(language).items() if key.startswith(beginnings)]
    return re.compile("|".join(re.sub(r"\\{\w+\\}", ".+", re.escape(text)) for text in templates))


def _plain(text: str) -> str:
    """Folded, on one line, and without pictures, which a provider's text may hold and which would triple its cost."""
    return " ".join("".join(sign for sign in fold(text) if unicodedata.category(sign) != "So").split())
