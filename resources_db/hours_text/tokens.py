"""The words of opening hours in English and Spanish. A word that is not here makes a text unreadable."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import zip_longest
from typing import Any, Literal

from resources_db.hours_text.clock import ClockTime
from resources_db.schedules import APPOINTMENT

Kind = Literal[
    "day",  # one weekday, 0 to 6
    "days",  # several: "daily", "weekends", "MWF"
    "nth",  # "2nd", "last": 1 to 31 or -1 to -5
    "month",  # "of the month", after nth
    "month days",  # "day 1 and 15 of the month"
    "every",
    "weekly",
    "monthly",
    "every other",
    "time",
    "all day",  # "24 hours"
    "always",  # "24/7"
    "date",
    "from",
    "to",
    "and",
    "colon",
    "break",  # ends what belongs together: ";" or a new line
    "(",
    ")",
    "closed",
    "lunch",
    "appointment",
    "also appointment",  # "or by appointment"
]


class Unclear(Exception):
    """The text cannot be read, or in more than one way."""


@dataclass(frozen=True)
class Token:
    kind: Kind
    value: Any = None


_DAY_WORDS = (
    r"mondays?|mon|lunes|lun",
    r"tuesdays?|tues|tue|martes",  # and "mar" and "t", where they cannot be March and Thursday
    r"wednesdays?|weds?|miercoles|mier|mie",
    r"thursdays?|thurs|thur?|th|jueves|jue",
    r"fridays?|fri|viernes|vie",
    r"saturdays?|sat|sabados?|sab",
    r"sundays?|sun|domingos?|dom",
)
# Some are words of their own ("We open at 9", "w/ appointment"): days only where times or another day follow.
_DAY_LETTERS = {"m": 0, "mo": 0, "tu": 1, "w": 2, "we": 2, "f": 4, "fr": 4, "sa": 5, "su": 6}
_WEEK, _WORKWEEK, _WEEKEND = tuple(range(7)), (0, 1, 2, 3, 4), (5, 6)
_DAY_SETS = {
    r"daily|every ?day|each day|(?:7|seven) days (?:a|per|/) ?week|7 days/week|todos los dias|diario|diariamente|cada dia": _WEEK,
    r"(?:los )?(?:7|siete) dias (?:de|a|por) la semana": _WEEK,
    r"weekdays|entre semana|l ?(?:-|a) ?v(?!\w)": _WORKWEEK,
    r"weekends?|(?:los )?fin(?:es)? de semana": _WEEKEND,
    r"mwf": (0, 2, 4),
    r"mtwthf|mtwrf": _WORKWEEK,
    r"mtwth": (0, 1, 2, 3),
    r"tth|tuth": (1, 3),
}
_NTH_WORDS = {
    r"first|primer(?:o?s?)?|1(?:er|ro|o)": 1,
    r"second|segundos?|2(?:do|o)": 2,
    r"third|tercer(?:o?s?)?|3(?:er|ro|o)": 3,
    r"fourth|cuartos?|4(?:to|o)": 4,
    r"fifth|quintos?|5(?:to|o)": 5,
    r"last|ultimos?": -1,
    r"(?:2nd|second) to last|penultimos?": -2,
    r"(?:3rd|third) to last|antepenultimos?": -3,
    r"(?:4th|fourth) to last|cuarto desde el ultimo": -4,
    r"(?:5th|fifth) to last|quinto desde el ultimo": -5,
}
_MONTHS = (
    r"january|jan|enero|ene",
    r"february|feb|febrero",
    r"march|mar|marzo",
    r"april|apr|abril|abr",
    r"may|mayo",
    r"june|jun|junio",
    r"july|jul|julio",
    r"august|aug|agosto|ago",
    r"september|sept?|septiembre|setiembre",
    r"october|oct|octubre",
    r"november|nov|noviembre",
    r"december|dec|diciembre|dic",
)
_MONTH_NAME = "|".join(_MONTHS)
_OF_MONTH = r"of (?:(?:the|each|every) )?month|(?:each|every|per|a) month|(?:del|de cada|cada|al) mes"
_NUMBERS = r"\d{1,2}(?:(?: ?, ?| and | & | y |, and )\d{1,2})*"
# Nothing that changes what is said of days and hours.
_FILLERS = (
    r"(?:we are |we're )?opens?|(?:business )?hours(?: of operation)?|on|at|the|only|"
    r"estamos|abiert[oa]s?|abren?|horarios?(?: de atencion)?|los|las|la|el|solo|solamente|unicamente"
)
_LETTER_ENDS = r"(?= ?(?:[-:,;()\d\n]|[/&] ?[mtwfs]|$))"
_SPANISH_DAY = re.compile(r"\b(?:lun|mie|mier|jue|vie|sab|dom|lunes|miercoles|jueves|viernes|sabados?|domingos?)\b")
_THURSDAY = re.compile(r"\b(?:th|thur?|thurs|thursdays?)\b")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−"), "-")


def tokens(text: str) -> list[Token]:
    """The text as tokens without fillers. Raises Unclear where a word is none of ours."""
    words = _plain(text)
    found: list[Token] = []
    at = 0
    while at < len(words):
        if words[at] == " ":
            at += 1
            continue
        for pattern, make in _vocabulary():
            match = pattern.match(words, at)
            if match:
                token = make(match)
                if token:
                    found.append(token)
                at = match.end()
                break
        else:
            raise Unclear
    return [token for token, after in zip_longest(found, found[1:]) if token != Token("from") or _is_date(after)]


def _is_date(token: Token | None) -> bool:
    """What follows a "from" that says something; that of "from 9 to 5" does not."""
    return token is not None and token.kind == "date"


def _plain(text: str) -> str:
    """Lower case without accents, one kind of dash, single spaces; line breaks (also as "\\n") stay."""
    decomposed = unicodedata.normalize("NFKD", text.replace("\\n", "\n").translate(_DASHES)).casefold()
    bare = "".join(char for char in decomposed if unicodedata.category(char) != "Mn")
    lines = (" ".join(line.split()) for line in bare.splitlines())
    return "\n".join(line for line in lines if line)


Make = Callable[["re.Match[str]"], Token | None]


@cache
def _vocabulary() -> tuple[tuple[re.Pattern[str], Make], ...]:
    """What may stand at a place in a text; the first that matches counts, so longer phrases come first."""
    return tuple((re.compile(pattern), make) for pattern, make in _entries())


def _entries() -> Iterator[tuple[str, Make]]:
    def word(pattern: str, kind: Kind, value: Any = None) -> tuple[str, Make]:
        return rf"(?:{pattern})(?!\w)\.?", lambda match: Token(kind, value)

    yield rf"(?P<month>{_MONTH_NAME})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>20\d\d)(?!\d)", _date
    yield rf"(?P<day>\d{{1,2}})o? (?:de )?(?P<month>{_MONTH_NAME})\.?,? (?:del? )?(?P<year>20\d\d)(?!\d)", _date
    yield r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?!\d)", _date
    yield rf"(?P<also>(?:(?:or|and|also|o|y|tambien) )*)(?:{APPOINTMENT})(?!\w)\.?", _appointment
    yield word(r"24 ?(?:/|x|-) ?7", "always")
    all_day = r"24 ?-?(?:hours?|hrs?|horas?)(?: (?:a|per) day| al dia| del dia)?"
    yield word(rf"(?:las )?{all_day}|around the clock", "all day")
    yield word(r"last day of (?:the|each|every) month|ultimo dia (?:del|de cada) mes", "month days", (-1,))
    yield rf"(?:days?|dias?) (?P<days>{_NUMBERS}) (?:{_OF_MONTH})(?!\w)\.?", _month_days
    yield word(r"every other week,?(?: on)?|cada (?:dos|2) semanas,?|every (?:2|two) weeks,?(?: on)?|every other", "every other")
    for pattern, days in _DAY_SETS.items():
        yield word(pattern, "days", days)
    for pattern, nth in reversed(_NTH_WORDS.items()):
        yield word(pattern, "nth", nth)
    yield r"(?P<number>[1-9]|[12]\d|3[01])(?:st|nd|rd|th)(?!\w)", lambda match: Token("nth", int(match["number"]))
    yield word(_OF_MONTH, "month")
    yield word(r"weekly|every week|each week|semanalmente|cada semana", "weekly")
    yield word(r"monthly|mensualmente", "monthly")
    yield word(r"every|each|cada|todos los|todas las", "every")
    yield word(r"starting(?: on)?|beginning(?: on)?|effective|a partir del?", "from", "starting")
    yield word(r"from|desde(?: las?| el)?|del?", "from")
    for number, pattern in enumerate(_DAY_WORDS):
        yield word(pattern, "day", number)
    for letters, number in _DAY_LETTERS.items():
        yield letters + _LETTER_ENDS, _day(number)
    yield r"mar(?!\w)\.?", _day(1, _SPANISH_DAY)
    yield "t" + _LETTER_ENDS, _day(1, _THURSDAY)
    yield r"(?:12(?::00)? ?(?:pm )?)?(?:noon|mediodia|medio dia)(?!\w)", lambda match: Token("time", ClockTime(12, 0, "pm", True))
    yield r"(?:12(?::00)? ?)?(?:midnight|medianoche|media noche)(?!\w)", lambda match: Token("time", ClockTime(12, 0, "am", True))
    half = r"(?: ?(?P<half>[ap])\.? ?m(?!\w)\.?|(?P<letter>[ap])(?!\w)\.?|(?P<part> (?:de|por|en) la (?:manana|tarde|noche)))?"
    hours = r"(?: ?(?:hrs?|hs?|horas)(?!\w)\.?)?"
    yield rf"(?P<hour>\d{{1,2}})(?:[:.](?P<minute>\d\d)(?P<seconds>:00)?)?{half}{hours}(?![\w%:$])", _time
    yield word(r"closed daily|closes daily|closed|cerrad[oa]s?", "closed")
    yield word(r"for lunch|lunch|para (?:el )?almuerzo|por (?:el )?almuerzo", "lunch")
    yield word(r"(?:to|thru|through|until|till?|hasta|al?)(?: las?| el)?", "to")
    yield r"-+", lambda match: Token("to")
    yield word(r"and|y", "and")
    yield r"[,&/+]", lambda match: Token("and")
    yield r":", lambda match: Token("colon")
    yield r"[;\n.|•*]", lambda match: Token("break")
    yield r"[()]", lambda match: Token("(" if match[0] == "(" else ")")
    yield rf"(?:{_FILLERS})(?!\w)\.?", lambda match: None


def _date(match: re.Match[str]) -> Token:
    month = match["month"]
    number = int(month) if month.isdigit() else 1 + next(i for i, names in enumerate(_MONTHS) if re.fullmatch(names, month))
    try:
        return Token("date", date(int(match["year"]), number, int(match["day"])))
    except ValueError:
        raise Unclear from None


def _appointment(match: re.Match[str]) -> Token:
    return Token("also appointment" if match["also"] else "appointment", "Con cita" if "cita" in match[0] else "By appointment")


def _month_days(match: re.Match[str]) -> Token:
    days = tuple(int(number) for number in re.findall(r"\d+", match["days"]))
    if not all(1 <= day <= 31 for day in days):
        raise Unclear
    return Token("month days", days)


def _day(number: int, proof: re.Pattern[str] | None = None) -> Make:
    """A weekday; with `proof` only where that is found somewhere in the text."""

    def make(match: re.Match[str]) -> Token:
        if proof and not proof.search(match.string):
            raise Unclear
        return Token("day", number)

    return make


def _time(match: re.Match[str]) -> Token:
    half, part = match["half"] or match["letter"], match["part"]
    if part:
        half = "a" if part.endswith("manana") else "p"
    hour, minute = int(match["hour"]), int(match["minute"] or 0)
    possible = 1 <= hour <= 12 if half else hour <= 24
    # "12 de la noche" is midnight and "1 de la noche" nobody says.
    if not possible or minute > 59 or (hour == 24 and minute) or (part and hour == 12):
        raise Unclear
    return Token("time", ClockTime(hour, minute, f"{half}m" if half else None, exact=match["seconds"] is not None))
