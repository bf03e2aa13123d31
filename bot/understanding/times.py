"""When help is wanted: "open now", "tonight", "el sábado", "tomorrow at 6pm"."""

from __future__ import annotations

import itertools
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
    r"(?<!day after )\b(?:tomorrow|tomorow|tommorow|tmrw|tmr|2morrow)\b"
    r"|(?<!la )(?<!esta )(?<!pasado )\bmanana\b(?! (?:temprano )?de (?:el|la)\b)"
)
_TONIGHT = re.compile(r"\b(?:tonight|tonite|2nite|2night|tnite|esta noche|hoy (?:en|por) la noche)\b")
_TODAY = re.compile(r"\b(?:today|2day|hoy|this (?:morning|afternoon)|esta (?:manana|tarde))\b")
_NOW = re.compile(
    r"\b(?:open(?:ed)? now|now open|still open|todavia abiert[oa]s?|(?P<loose>right now|rn|asap|ahorita|ahora|en este momento))\b"
    r"|(?<!do they )(?<!does it )\b(?:open(?: up)?|abiert[oa]s?|now)\s*\?*$"
)
#: "i need food right now" asks, "were in a motel right now" tells.
_ASKING = re.compile(r"\b(?:need|want|look\w*|find|where|help|ocup\w+|necesit\w+|busc\w+|donde|urge|quier\w+|ayud\w+)\b")
_OPENING = re.compile(
    r"\b(?:open|opens|hours|close[sd]?|available|abr\w+|abiert\w+|horario|cierra\w*|atienden|trabajan|can (?:i|we) go|"
    r"past|pued[oe] ir|podemos ir)\b"
)
#: A day that somebody works, or comes by, in a clause about opening hours is still no wish: "until friday".
_EVENT = re.compile(
    r"\b(?:last|since|by|(?:until|til|till|before)(?! \d| noon| lunch)|came|coming|court|hearing|due|shuts?|closes|pasado|desde|"
    r"hasta|antes(?! de las? \d| del? medio)|llegaron|llego|vino|corte|audiencia|sale|salgo|regresaron)\b"
)
#: What happens at an hour, when nobody asks for one: "my shift is at 3", "sale de la escuela a las 2".
_AT_THAT_HOUR = re.compile(
    r"\b(?:court|hearing|due|shift|work|works|working|school|bus|visits?|appointment|appt|meeting|get off|gets off|born|corte|"
    r"audiencia|turno|trabajo|trabaja|escuela|cita|visita|sal[eo]|salgo|entr[ao]|entramos|duerm\w+|sleep\w*|cries|llor\w+|"
    r"came|coming|llego|llega)\b"
)
#: In so few words a day can only be a wish.
_FEW = 5
_NEAR = 80
#: No message names more days than this to ask for one.
_MOST_DAYS = 10
_HOUR = re.compile(
    r"\b(?:at|after|by|until|till|past|around|(?P<before>before|antes de las?)|a las?|despues de las?|como a las?)\s+"
    r"(?P<h>\d{1,2}|una\b)(?::(?P<m>[0-5]\d))?(?![\d/$%])"
    r"\s*(?:ish\b)?(?P<p>a\.?m\b|p\.?m\b|(?:de|por|en) la (?:manana|tarde|noche)|in the (?:morning|afternoon|evening)|at night)?"
    r"|\b(?P<h2>\d{1,2})(?::(?P<m2>[0-5]\d))?\s*(?P<p2>am|pm|in the (?:morning|afternoon|evening))\b"
    r"|^(?P<h3>\d{1,2}):(?P<m3>[0-5]\d)$"
)
_NOON = re.compile(r"\b(?P<before>before |antes del? )?(?:noon|mediodia|medio dia|lunch ?time)\b")
_BEFORE_PART = "|".join(["in the", "on the", "at", "en las?", "por las?", "de la", "after", "tomorrow", "manana", *_DAYS])
_PART = re.compile(
    rf"\b(?:{_BEFORE_PART})\s+(?:en la |por la )?(?P<part>{'|'.join(_PARTS)})s?\b"
    r"|\b(?:this|esta) (?P<this>morning|afternoon|evening|manana|tarde)\b"
    r"|(?<!work )(?<!works )(?<!working )(?<!sleep )(?<!school )\b(?P<often>morning|afternoon|evening|night|noche|tarde)s\b"
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
    if any(_is_wish(folded, match) for match in itertools.islice(_TOMORROW.finditer(folded), _MOST_DAYS)):
        return When("tomorrow", hour=hour, minute=minute)
    if (match := _NOW.search(folded)) and (
        not match["loose"] or _is_wish(folded, match) or _ASKING.search(_clause(folded, match))
    ):
        return When("now")
    if match := _TODAY.search(folded):
        return When("today", hour=hour, minute=minute) if not _EVENT.search(_clause(folded, match)) else None
    if hour is not None and not _AT_THAT_HOUR.search(folded) and (_OPENING.search(folded) or len(words(folded)) <= _FEW + 1):
        return When("today", hour=hour, minute=minute)
    return None


def _wished_weekday(folded: str) -> int | None:
    for match in itertools.islice(_WEEKDAY.finditer(folded), _MOST_DAYS):
        if match["day"] in _ALSO_WORDS and not match["by"] and len(words(folded)) > 2:
            continue
        if _is_wish(folded, match, every=match["day"] in _EVERY or match["by"] == "los"):
            return _DAYS[match["day"]]
    return None


def _is_wish(folded: str, match: re.Match[str], every: bool = False) -> bool:
    """Whether a day is asked for: in a clause about opening hours, as something that happens `every` week, or in few words."""
    clause = _clause(folded, match)
    if _EVENT.search(clause):
        return False
    return every or bool(_OPENING.search(clause)) or len(words(folded)) <= _FEW


def _clause(folded: str, match: re.Match[str]) -> str:
    """The words around, as far as the next comma or "and"."""
    before = _CLAUSE.split(folded[max(0, match.start() - _NEAR) : match.start()])[-1]
    after = _CLAUSE.split(folded[match.end() : match.end() + _NEAR])[0]
    return f"{before}{match[0]}{after}"


def _clock(folded: str) -> tuple[int | None, int]:
    """The hour and minute named, on the 24-hour clock."""
    if match := _HOUR.search(folded):
        said, part = match["h"] or match["h2"] or match["h3"], (match["p"] or match["p2"] or "").replace(".", "")
        hour, minute = 1 if said == "una" else int(said), int(match["m"] or match["m2"] or match["m3"] or 0)
        if hour <= 12:
            if part.endswith(("pm", "tarde", "noche", "afternoon", "evening", "night")) and hour < 12:
                hour += 12
            elif part.endswith(("am", "manana", "morning")) and hour == 12:
                hour = 0
            elif not part and hour < 7:
                hour += 12  # "after 5" is the afternoon
        if match["before"] and hour > 0:
            hour, minute = hour - 1, 0  # who wants to come before 9 may come at 8
        return (hour, minute) if hour < 24 else (None, 0)
    if match := _NOON.search(folded):
        return (11 if match["before"] else 12), 0
    if match := _PART.search(folded):
        return _PARTS[match["part"] or match["this"] or match["often"]], 0
    return None, 0
