"""When help is wanted: "open now", "tonight", "el sábado", "tomorrow at 6pm"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.understanding.text import fold, words

_DAYS = {
    "monday": 0, "mondays": 0, "mon": 0, "lunes": 0, "tuesday": 1, "tuesdays": 1, "tues": 1, "tue": 1, "martes": 1,
    "wednesday": 2, "wednesdays": 2, "wed": 2, "miercoles": 2, "thursday": 3, "thursdays": 3, "thurs": 3, "thur": 3, "thu": 3,
    "jueves": 3, "friday": 4, "fridays": 4, "fri": 4, "viernes": 4, "saturday": 5, "saturdays": 5, "sat": 5, "sabado": 5,
    "sabados": 5,
    "weekend": 5, "weekends": 5, "fin de semana": 5, "fines de semana": 5, "sunday": 6, "sundays": 6, "domingo": 6, "domingos": 6,
}  # fmt: skip
_EVERY = frozenset(day for day in _DAYS if day.endswith(("ays", "ends", "sabados", "domingos")) or day == "fines de semana")
#: Short forms that are words too: "we sat outside".
_ALSO_WORDS = frozenset({"sat", "wed", "mon", "fri", "thu", "tue"})
_PARTS = {"morning": 9, "manana": 9, "afternoon": 14, "tarde": 14, "evening": 18, "night": 20, "noche": 20}

_CLAUSE = re.compile(r"[.,;!?]|\b(?:but|pero|and|y|n|so)\b")
_WEEKDAY = re.compile(r"\b(?P<by>on|this|next|el|los|este|open|abren?|abiertos?)?\s*\b(?P<day>" + "|".join(_DAYS) + r")\b")
_TOMORROW = re.compile(
    r"\b(?:tomorrow|tomorow|tommorow|tmrw|tmr|2morrow)\b|(?<!la )(?<!pasado )\bmanana\b(?! (?:temprano )?de (?:el|la)\b)"
)
_TONIGHT = re.compile(r"\b(?:tonight|tonite|2nite|2night|tnite|esta noche|hoy en la (?:noche|tarde))\b")
_TODAY = re.compile(r"\b(?:today|2day|hoy)\b")
_NOW = re.compile(
    r"\b(?:right now|open(?:ed)? now|now open|rn|asap|ahorita|ahora|en este momento|still open|todavia abiert[oa]s?)\b"
    r"|(?<!do they )(?<!does it )\b(?:open(?: up)?|abiert[oa]s?|now)\s*\?*$"
)
_OPENING = re.compile(
    r"\b(?:open|opens|hours|close[sd]?|available|abr\w+|abiert\w+|horario|cierra\w*|atienden|trabajan|can (?:i|we) go|"
    r"pued[oe] ir|podemos ir)\b"
)
#: A day that somebody works, or comes by, in a clause about opening hours is still no wish: "until friday".
_EVENT = re.compile(
    r"\b(?:last|since|by|until|til|till|before|came|coming|court|hearing|due|shuts?|closes|pasado|desde|hasta|antes|llegaron|"
    r"llego|vino|"
    r"corte|audiencia|sale|salgo|regresaron)\b"
)
#: In so few words a day can only be a wish.
_FEW = 5
_NEAR = 80
_HOUR = re.compile(
    r"\b(?:at|after|by|until|till|a las?|despues de las?|como a las?)\s+(?P<h>\d{1,2})(?::(?P<m>[0-5]\d))?(?![\d/$%])"
    r"\s*(?P<p>a\.?m\b|p\.?m\b|de la (?:manana|tarde|noche))?"
    r"|\b(?P<h2>\d{1,2})(?::(?P<m2>[0-5]\d))?\s*(?P<p2>am|pm)\b"
)
_NOON = re.compile(r"\b(?:noon|mediodia|medio dia|lunch ?time)\b")
_BEFORE_PART = "|".join(["in the", "on the", "at", "en las?", "por las?", "de la", "after", "tomorrow", "manana", *_DAYS])
_PART = re.compile(
    rf"\b(?:{_BEFORE_PART})\s+(?:en la |por la )?(?P<part>{'|'.join(_PARTS)})s?\b"
    r"|\b(?P<often>morning|afternoon|evening|night|noche|tarde)s\b"
)


@dataclass(frozen=True)
class When:
    """A wished-for time. `kind` is now, today, tonight, tomorrow or day (then `weekday`, Monday = 0);
    `hour` and `minute` are local to the place, `hour` is None when none was said. `resources_db.moments` turns its
    fields into a moment."""

    kind: str
    weekday: int | None = None
    hour: int | None = None
    minute: int = 0


def find_when(text: str) -> When | None:
    """The time asked for, or None. A day that only tells what happens ("came home friday", "by friday") is not a wish."""
    folded = fold(text)
    hour, minute = _clock(folded)
    weekday = _wished_weekday(folded)
    if weekday is not None:
        return When("day", weekday, hour, minute)
    if _TONIGHT.search(folded):
        return When("tonight", hour=hour + 12 if hour and hour < 12 else hour, minute=minute)
    if any(_is_wish(folded, match) for match in _TOMORROW.finditer(folded)):
        return When("tomorrow", hour=hour, minute=minute)
    if _NOW.search(folded):
        return When("now")
    if _TODAY.search(folded) or hour is not None:
        return When("today", hour=hour, minute=minute)
    return None


def _wished_weekday(folded: str) -> int | None:
    for match in _WEEKDAY.finditer(folded):
        if match["day"] in _ALSO_WORDS and not match["by"] and len(words(folded)) > 2:
            continue
        if _is_wish(folded, match, every=match["day"] in _EVERY or match["by"] == "los"):
            return _DAYS[match["day"]]
    return None


def _is_wish(folded: str, match: re.Match[str], every: bool = False) -> bool:
    """Whether a day is asked for: in a clause about opening hours, as something that happens `every` week, or in few words."""
    before = _CLAUSE.split(folded[max(0, match.start() - _NEAR) : match.start()])[-1]
    after = _CLAUSE.split(folded[match.end() : match.end() + _NEAR])[0]
    clause = f"{before}{match[0]}{after}"
    if _EVENT.search(clause):
        return False
    return every or bool(_OPENING.search(clause)) or len(words(folded)) <= _FEW


def _clock(folded: str) -> tuple[int | None, int]:
    """The hour and minute named, on the 24-hour clock."""
    if match := _HOUR.search(folded):
        hour, minute = int(match["h"] or match["h2"]), int(match["m"] or match["m2"] or 0)
        part = (match["p"] or match["p2"] or "").replace(".", "")
        if hour <= 12:
            if (part == "pm" or part.endswith(("tarde", "noche"))) and hour < 12:
                hour += 12
            elif (part == "am" or part.endswith("manana")) and hour == 12:
                hour = 0
            elif not part and hour < 7:
                hour += 12  # "after 5" is the afternoon
        return (hour, minute) if hour < 24 else (None, 0)
    if _NOON.search(folded):
        return 12, 0
    if match := _PART.search(folded):
        return _PARTS[match["part"] or match["often"]], 0
    return None, 0
