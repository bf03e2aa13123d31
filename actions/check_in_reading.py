"""What a family says about its check-ins in its own words: how often, when, who reads the phone, since when the kids are home,
and the one word that changes it; and what it answers to a check-in. The words are in check_in_words.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from resources_db.geo.names import plain

STOP, PAUSE, SKIP, RESUME, CHANGE, WHEN, NOW = "stop", "pause", "skip", "resume", "change", "when", "now"
EVERY_DAY = "0123456"

#: Safe hours by the words for them, in minutes after midnight.
HOURS = {"morning": (9 * 60, 12 * 60), "afternoon": (12 * 60, 17 * 60), "evening": (17 * 60, 20 * 60), "any": (10 * 60, 19 * 60)}
_EARLIEST, _LATEST = 8 * 60, 21 * 60
_LONGEST_ANSWER = 12
#: The choices under a question, as they may be numbered by letters.
_LETTERS = {"a": "fine", "b": "some", "c": "hard", "d": "person"}

_NUMBERS = {
    word: number
    for number, words in {
        1: "a an one un una uno", 2: "two dos couple par", 3: "three tres few",
        4: "four cuatro", 5: "five cinco", 6: "six seis",
        7: "seven siete",
        8: "eight ocho", 9: "nine nueve",
        10: "ten diez", 11: "eleven once", 12: "twelve doce", 15: "fifteen quince",
        20: "twenty veinte", 30: "thirty treinta",
    }.items()
    for word in words.split()
}  # fmt: skip
_N = r"(?P<n>\d{1,3}|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_UNITS = {
    **dict.fromkeys(("day", "days", "dia", "dias"), 1), **dict.fromkeys(("week", "weeks", "wk", "wks", "semana", "semanas"), 7),
    **dict.fromkeys(("month", "months", "mes", "meses"), 30), **dict.fromkeys(("year", "years", "ano", "anos"), 365),
}  # fmt: skip
_UNIT = r"(?P<unit>" + "|".join(sorted(_UNITS, key=len, reverse=True)) + ")"
_WEEKDAYS = {
    name: number
    for number, names in enumerate(
        (
            "monday mondays mon lunes", "tuesday tuesdays tues tue martes", "wednesday wednesdays weds wed miercoles",
            "thursday thursdays thurs thu jueves", "friday fridays fri viernes", "saturday saturdays sat sabado sabados",
            "sunday sundays sun domingo domingos",
        )
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAY = r"(?P<day>" + "|".join(sorted(_WEEKDAYS, key=len, reverse=True)) + ")"
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene", "february feb febrero",
            "march mar marzo", "april apr abril abr", "may mayo",
        "june jun junio",
            "july jul julio",
        "august aug agosto ago", "september sept sep septiembre", "october oct octubre",
            "november nov noviembre", "december dec diciembre dic",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + ")"

_EVERY = re.compile(rf"\b(?:every|each|cada) (?:(?P<other>other|otra|otro) |{_N} )?{_UNIT}\b")
_DAYS_OF_WORDS = (
    (re.compile(r"\b(?:every other week|biweekly|bi weekly|twice a month|quincenal|cada quincena|dos veces al mes)\b"), 14),
    (re.compile(r"\b(?:weekly|once a week|one time a week|semanal|semanalmente|una vez (?:por|a la) semana)\b"), 7),
    (re.compile(r"\b(?:twice a week|dos veces (?:por|a la) semana)\b"), 3),
    (re.compile(r"\b(?:monthly|once a month|one time a month|mensual|mensualmente|una vez (?:por|al) mes)\b"), 30),
    (re.compile(r"\b(?:daily|once a day|diario|diariamente)\b"), 1),
)  # fmt: skip
_EVERY_WEEKDAY = re.compile(rf"\b(?:every|each|cada|todos los) {_WEEKDAY}\b")

_CLOCK = r"(\d{{1,2}}|noon|mediodia|medio dia)(?:[: ]?([0-5]\d))?(?: ?(am|pm|a m|p m|de la manana|de la tarde|de la noche))?"
_A, _B = (_CLOCK.format() for _ in range(2))
_BETWEEN = re.compile(
    rf"\b(?:between|entre(?: las?)?|from|de|desde(?: las?)?|a)? ?{_A}"
    rf" ?(?:-|to|and|y(?: las?)?|till|til|until|a(?: las?)?|hasta(?: las?)?) ?{_B}\b"
)
_AFTER = re.compile(rf"\b(?:after|from|past|despues de(?:l| las?)?|a partir de(?:l| las?)?|pasadas las) ?{_A}\b")
_BEFORE = re.compile(
    rf"\b(?:(?P<not>(?:not|dont|do not|never|nothing|no)\b[a-z ]{{0,30}}?)?(?:before|antes de(?:l| las?)?)) ?{_A}\b"
)

_AGO = (
    re.compile(rf"\b{_N} {_UNIT} ago\b"),
    re.compile(rf"\b(?:hace|desde hace|hara) (?:como |unos |unas )?{_N} {_UNIT}\b"),
    re.compile(rf"\b(?:for|about|been) (?:about |like )?{_N} {_UNIT}(?: now)?\b"),
)
_IN = re.compile(rf"\b(?:in|en|dentro de) {_N} {_UNIT}\b")
_SINCE = re.compile(
    r"\b(?:since|last|this past|came home(?: on)?|home(?: on)?|back(?: on)?|desde(?: el)?|el (?=\w+ pasado)|llegaron(?: el)?|"
    rf"llego(?: el)?|regresaron(?: el)?|volvieron(?: el)?) (?:last |this past |el )?{_WEEKDAY}\b"
)
_NEXT = re.compile(
    rf"\b(?:next|this coming|coming home(?: on)?|el proximo|este) {_WEEKDAY}\b"
    rf"|\bel {_WEEKDAY.replace('day', 'later')} que viene\b"
)
_LONE_WEEKDAY = re.compile(rf"\b{_WEEKDAY}\b")
_DATE = (
    re.compile(rf"\b{_MONTH} (?:the )?(?P<date>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>20\d\d))?\b"),
    re.compile(rf"\b(?P<date>\d{{1,2}})(?:st|nd|rd|th)?(?: of| de)? {_MONTH}(?: (?:de |del )?(?P<year>20\d\d))?\b"),
    re.compile(r"(?<![\d/])(?P<month>1[0-2]|0?[1-9])/(?P<date>[0-3]?\d)(?:/(?P<year>(?:20)?\d\d))?(?![\d/])"),
)
_DAYS_BY_NAME = (
    (re.compile(r"\b(?:today|2day|just now|this morning|tonight|hoy|esta manana|ahorita)\b"), 0),
    (re.compile(r"\b(?:yesterday|last night|ayer|anoche)\b"), 1),
    (re.compile(r"\b(?:antier|anteayer|day before yesterday)\b"), 2),
    (re.compile(r"\b(?:last week|la semana pasada)\b"), 7),
    (re.compile(r"\b(?:last month|el mes pasado)\b"), 30),
    (re.compile(r"\b(?:tomorrow|(?<!la )(?<!las )(?<!esta )(?<!de )manana)\b"), -1),
)
_UNTIL = re.compile(r"\b(?:until|till|til|hasta) (?:el )?")
_SAFE_WORD = re.compile(
    r"\b(?:safe ?word|code ?word|secret word|palabra (?:segura|clave|secreta))(?: (?:is|es|be|sea|will be))?"
    r"[ :=]+[\"']?(?P<word>[a-z0-9]{2,24})"
)
_NOT_A_WORD = frozenset("please porfavor por is es for para to a and y not no i my mi change cambiar".split())


@dataclass(frozen=True)
class Wishes:
    """What a message says a family wants of its check-ins; None where it says nothing. `every_days` makes a rhythm of its own;
    `hours` are minutes after midnight; `weekdays` are digits, 0 is Monday."""

    rhythm: str | None = None
    every_days: int | None = None
    hours: tuple[int, int] | None = None
    weekdays: str | None = None
    discreet: bool | None = None
    safe_word: str | None = None
    home_on: date | None = None

    def __bool__(self) -> bool:
        return self != Wishes()


def order_of(text: str) -> str | None:
    """STOP, PAUSE, SKIP, RESUME, CHANGE, WHEN or NOW."""
    said = _words(text)
    return next((order for order, pattern in _phrases("orders").items() if pattern.search(said)), None)


def wishes_of(text: str, today: date, *, about: str | None = None) -> Wishes:
    """Everything a message says of check-ins. about: what was asked ("home", "hours", "discreet", "word"), for what means
    something beside that question only: a lone weekday, "yes", a lone word."""
    said = plain(text)
    home, rest = _home_on(said, today, lone=about == "home")
    days, start_end = _weekdays(rest), _hours(rest)
    rhythm, every = _rhythm(rest)
    word = _SAFE_WORD.search(said)
    return Wishes(
        rhythm=rhythm, every_days=every, hours=start_end, weekdays=days, discreet=_discreet(text),
        safe_word=word["word"] if word and word["word"] not in _NOT_A_WORD else None, home_on=home,
    )  # fmt: skip


def pause_until(text: str, today: date) -> tuple[date | None, bool]:
    """(the day on which a pause ends, whether it was said); None with True: until the family says so."""
    said = plain(text)
    if _phrases("forever")[""].search(_words(text)):
        return None, True
    if until := _UNTIL.search(said):
        day = _date(said[until.end() :], today, ahead=True)
        if day is None and (weekday := _LONE_WEEKDAY.search(said, until.end())):
            day = today + timedelta(days=(_WEEKDAYS[weekday["day"]] - today.weekday() - 1) % 7 + 1)
        if day is not None:
            return day, True
    if length := re.search(rf"\b{_N} {_UNIT}\b", said):
        return today + timedelta(days=_count(length["n"]) * _UNITS[length["unit"]]), True
    return None, False


def answer_of(text: str) -> str | None:
    """What a short message answers to "how is …?": fine, some, hard, skip, never or person; None when it tells a story."""
    words = _words(text).split()
    if len(words) == 1 and words[0] in _LETTERS:
        return _LETTERS[words[0]]
    if not 0 < len(words) <= _LONGEST_ANSWER:
        return None
    phrases, longest = _answers()
    best: tuple[int, str] | None = None
    answering = unknown = at = 0
    while at < len(words):
        sizes = range(min(longest, len(words) - at), 0, -1)
        size = next((n for n in sizes if tuple(words[at : at + n]) in phrases), 0)
        if not size:
            unknown += 1
        elif (answer := phrases[tuple(words[at : at + size])]) != "filler":
            answering += size
            if best is None or size > best[0]:
                best = (size, answer)
        at += size or 1
    return best[1] if best and unknown <= answering else None


# --------------------------------------------------------------------------------------------------------------------


def _rhythm(said: str) -> tuple[str | None, int | None]:
    if match := _EVERY.search(said):
        count = 2 if match["other"] else _count(match["n"] or "1")
        return "own", max(1, min(count * _UNITS[match["unit"]], 180))
    for pattern, days in _DAYS_OF_WORDS:
        if pattern.search(said):
            return "own", days
    if _EVERY_WEEKDAY.search(said):
        return "own", 7
    words = _words(said)
    return next((name for name, pattern in _phrases("rhythm").items() if pattern.search(words)), None), None


def _weekdays(said: str) -> str | None:
    words = _words(said)
    named = _phrases("days")
    if named["weekend"].search(words):
        return "56"
    if named["weekdays"].search(words):
        return "01234"
    if named["any"].search(words):
        return EVERY_DAY
    days = {_WEEKDAYS[match["day"]] for match in _LONE_WEEKDAY.finditer(said)}
    return "".join(map(str, sorted(days))) or None


def _hours(said: str) -> tuple[int, int] | None:
    said = _EVERY.sub(" ", said)
    if match := _BETWEEN.search(said):
        return _span(match.groups()[:3], match.groups()[3:6])
    if match := _AFTER.search(said):
        return _wide_enough(_minutes(*match.groups()), _LATEST)
    if match := _BEFORE.search(said):
        if match["not"]:
            return _wide_enough(_minutes(*match.groups()[1:], early=True), _LATEST)
        return _wide_enough(_EARLIEST, _minutes(*match.groups()[1:], early=True))
    words = _words(said)
    spans = [HOURS[name] for name, pattern in _phrases("hours").items() if pattern.search(words)]
    return (min(start for start, _ in spans), max(end for _, end in spans)) if spans else None


def _span(first: Iterable[str | None], second: Iterable[str | None]) -> tuple[int, int] | None:
    """From … to …; where only the second has its half of the day said, the first takes it if that fits."""
    start_parts, end_parts = list(first), list(second)
    end = _minutes(*end_parts)
    start = _minutes(start_parts[0], start_parts[1], start_parts[2])
    if start_parts[2] is None and start is not None and end is not None and start >= end >= 12 * 60 > start - 12 * 60 >= 0:
        start -= 12 * 60
    if start is not None and end is not None and end <= start < 12 * 60 and end_parts[2] is None:
        end += 12 * 60
    return _wide_enough(start, end)


def _wide_enough(start: int | None, end: int | None) -> tuple[int, int] | None:
    """Safe hours of an hour or more, or None when the clock has no such times."""
    if start is None or end is None or start >= end:
        return None
    return (start, end) if end - start >= 60 else (start, min(start + 60, 24 * 60))


def _minutes(hour: str | None, minute: str | None, half: str | None, *, early: bool = False) -> int | None:
    """After midnight. Without "am" or "pm", 1 to 7 are after noon (`early`: 1 to 6)."""
    if hour is None:
        return None
    if not hour.isdigit():
        return 12 * 60
    value, half = int(hour), (half or "").replace(" ", "")
    if value > 24:
        return None
    if half in ("pm", "delatarde", "delanoche") and value < 12:
        value += 12
    elif half in ("am", "delamanana") and value == 12:
        value = 0
    elif not half and 1 <= value <= (6 if early else 7):
        value += 12
    return value * 60 + int(minute or 0)


def _discreet(text: str) -> bool | None:
    words = _words(text)
    named = _phrases("discreet")
    if named["no"].search(words) and not re.search(r"\bnot (?:only|just) me\b|\bno solo yo\b", words):
        return False
    return True if named["yes"].search(words) else None


def _home_on(said: str, today: date, *, lone: bool) -> tuple[date | None, str]:
    """The day the kids came home, and the rest of the message without it. lone: a weekday alone is that day."""
    for pattern in _AGO:
        if match := pattern.search(said):
            days = _count(match["n"]) * _UNITS[match["unit"]]
            return today - timedelta(days=days), _without(said, match)
    if match := _SINCE.search(said):
        back = (today.weekday() - _WEEKDAYS[match["day"]]) % 7 or 7
        return today - timedelta(days=back), _without(said, match)
    if match := _NEXT.search(said):
        ahead = (_WEEKDAYS[match["day"] or match["later"]] - today.weekday() - 1) % 7 + 1
        return today + timedelta(days=ahead), _without(said, match)
    for pattern in _DATE:
        if (match := pattern.search(said)) and (day := _date(match[0], today)):
            return day, _without(said, match)
    for pattern, days in _DAYS_BY_NAME:
        if match := pattern.search(said):
            return today - timedelta(days=days), _without(said, match)
    if lone and (match := _LONE_WEEKDAY.search(said)):
        back = (today.weekday() - _WEEKDAYS[match["day"]]) % 7 or 7
        return today - timedelta(days=back), _without(said, match)
    return None, said


def _date(said: str, today: date, *, ahead: bool = False) -> date | None:
    """A date that is written out; of the year that makes it nearest: just past, or (`ahead`) to come."""
    for pattern in _DATE:
        if (match := pattern.search(said)) is None:
            continue
        month = int(match["month"]) if match["month"].isdigit() else _MONTHS[match["month"]]
        years = [int(match["year"]) % 100 + 2000] if match["year"] else [today.year + 1, today.year, today.year - 1]
        days = []
        for year in years:
            try:
                days.append(date(year, month, int(match["date"])))
            except ValueError:
                continue
        if ahead:
            return min((day for day in days if day > today), default=None)
        if match["year"]:
            return days[0] if days else None
        return max((day for day in days if day <= today + timedelta(days=60)), default=None)
    return None


def _count(word: str) -> int:
    return int(word) if word.isdigit() else _NUMBERS[word]


def _without(said: str, match: re.Match[str]) -> str:
    return f"{said[: match.start()]} , {said[match.end() :]}"


def _words(text: str) -> str:
    """Words without capitals, accents and signs, one space between."""
    return " ".join(re.findall(r"[a-z0-9]+", plain(text)))


@cache
def _phrases(section: str) -> dict[str, re.Pattern[str]]:
    """Of a section, each name with a pattern for any of its phrases; "" where the section has no names."""
    listed = _file()[section]
    by_name = {"": listed} if "en" in listed else listed
    return {name: re.compile(_any(phrase for phrases in of.values() for phrase in phrases)) for name, of in by_name.items()}


def _any(phrases: Iterable[str]) -> str:
    patterns = ("^" + re.escape(phrase[1:]) if phrase.startswith("^") else re.escape(phrase) for phrase in phrases)
    return r"(?:^|\b)(?:" + "|".join(sorted(patterns, key=len, reverse=True)) + r")\b"


@cache
def _answers() -> tuple[dict[tuple[str, ...], str], int]:
    """Every phrase with its answer, and how many words the longest has; what is filler and something else is not filler."""
    listed = {"filler": _file()["filler"], **_file()["answers"]}
    phrases = {
        tuple(phrase.split()): answer for answer, of in listed.items() for phrases in of.values() for phrase in phrases
    }  # fmt: skip
    return phrases, max(map(len, phrases))


@cache
def _file() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("check_in_words.yml").read_text(encoding="utf-8"))
    return read
