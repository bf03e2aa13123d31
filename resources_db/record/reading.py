"""What a parent says it kept: "went to parenting class today", "anoté: visita el sábado". Which kind, its name, which day.

Rules and word lists only. Whatever is missing stays missing: a kind or a day that was not said is asked for, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from resources_db.geo.names import plain

Wish = Literal["kept", "missed", "ahead", "undo", "mend", "how", "show"]

#: What each kind is called. The longest name counts: "support group meeting" is a meeting, "home visit" a visit.
_NAMES = {
    "class": r"class(?:es)?|clas|course|workshop|training|clases?|clase|curso|taller",
    "visit": r"visits?|visitation|visitas?|saw my (?:kids?|son|daughter|baby|children)"
    r"|vi a (?:mi|mis) (?:hij[oa]s?|bebe|ninos?|ninas?)",
    "meeting": r"meetings?|groups?|aa|na|juntas?|reunion(?:es)?|grupos?",
    "appointment": r"appointments?|appts?|apt|therapy|counseling|counselling|intake|drug test|ua|court|hearing|doctor|dentist"
    r"|citas?|terapia|consejeria|prueba de drogas|antidoping|corte|audiencia|dentista",
}
_KIND = re.compile("|".join(rf"(?P<{kind}>\b(?:{names})\b)" for kind, names in _NAMES.items()))
#: In a name of several kinds ("therapy appointment", "group session") the later word says what it is called, not what it is.
_DID = re.compile(
    r"\b(?:went|wnet|kept|did|done|made (?:it|my|all)|attended|attend|finished|completed|took|had|showed up|was at|saw"
    r"|just got (?:out|back|home)|acabo de|vengo|saliendo|sali|fui|fuy|fuimos|cumpl\w+|asisti|asistimos|hice|hicimos|termine"
    r"|terminamos|tuve|tuvimos|llegue|me presente|vi|list[oa])\b"
)
_LOG = re.compile(
    r"\b(?:log|write (?:it |that |this )?down|put (?:it|that|this)?\s?(?:down|in)|add|note|mark|save|remember|record that|track"
    r"|anot\w+|apunt\w+|registra\w*|agrega\w*|guarda\w*|recuerda|pon(?:lo|le|la)?)\b"
)
_MISSED = re.compile(
    r"\b(?:missed|miss|didnt|did not|couldnt|could not|wasnt able|no show(?:ed)?|cancel\w*|skipped|late for"
    r"|no (?:pude|fui|llegue|hice|tuve|asisti|cumpli)|falte|me perdi)\b"
)
_AHEAD = re.compile(
    r"\b(?:tomorrow|next (?:week|month|mon|tues|wednes|thurs|fri|satur|sun)\w*|will|gonna|going to|have to|need to|starts?"
    r"|(?<!esta )(?<!de la )(?<!en la )(?<!por la )manana|proxim[oa]|que viene|voy a|vamos a|tengo que|empieza|empiezo)\b"
)
_UNDO = re.compile(
    r"\b(?:undo|(?:delete|erase|remove|cross) (?:that|this|it|the|my)|take (?:it |that |this |the \w+ |my \w+ )?(?:off|out)"
    r"|deshacer|deshaz\w*|borra(?:r|lo|la)?|elimina\w*|quita(?:r|lo|la)?)\b"
)
_MEND = re.compile(
    r"\b(?:wrong (?:day|date)|other day|another day|different day|fix (?:it|the da(?:te|y))|change the da(?:te|y)"
    r"|otro dia|(?:cambia\w*|corrige\w*) (?:la fecha|el dia)|mal (?:el dia|la fecha)|fecha (?:mal|equivocada))\b"
)
#: A day that is named because it was not that one: "friday, not today".
_NOT_THAT_DAY = re.compile(r"\b(?:not|wasnt|was not|isnt|no|no fue|no era) (?:on )?(?:today|yesterday|hoy|ayer)\b")
_HOW = re.compile(
    r"^\W*(?:how|can you|could you|will you|do you|i want to|id like to|keep a|track my|como|puedes|podrias|quiero|llev\w+)\b"
)
#: A message that begins like this asks to see, even where it goes on "that I wrote down".
_ASKS_TO_SEE = re.compile(r"^\W*(?:what|que|list|la lista|mis|show|proof|comprobante|muestr\w+|ensen\w+|ver)\b")
_SHOW = re.compile(
    r"\b(?:record|summary|pdf|print|download|show|see|list|link|proof|file|progress|registro|resumen|imprimir|bajar|ver|lista"
    r"|enlace|comprobante|avance|ensen\w+|muestra\w*|manda\w*)\b"
)

_WEEKDAYS = {
    **dict.fromkeys(("monday", "mon", "lunes"), 0), **dict.fromkeys(("tuesday", "tues", "tue", "martes"), 1),
    **dict.fromkeys(("wednesday", "wed", "weds", "miercoles"), 2), **dict.fromkeys(("thursday", "thurs", "thu", "jueves"), 3),
    **dict.fromkeys(("friday", "fri", "viernes"), 4), **dict.fromkeys(("saturday", "sat", "sabado"), 5),
    **dict.fromkeys(("sunday", "sun", "domingo"), 6),
}  # fmt: skip
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan enero ene", "february feb febrero", "march mar marzo", "april apr abril abr", "may mayo",
            "june jun junio", "july jul julio", "august aug agosto ago", "september sept sep septiembre", "october oct octubre",
            "november nov noviembre", "december dec diciembre dic",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_COUNTS = {
    word: number
    for number, words in enumerate(("one a un una", "two dos", "three tres", "four cuatro", "five cinco", "six seis"), 1)
    for word in words.split()
}
_MONTH = "|".join(_MONTHS)
_BEFORE_LAST = re.compile(r"\b(?:day before yesterday|antier|antes de ayer|anteayer)\b")
_YESTERDAY = re.compile(r"\b(?:yesterday|last (?:night|nite)|ayer|anoche)\b")
_TODAY = re.compile(
    r"\b(?:today|2day|tonight|tonite|this (?:morning|afternoon|evening)|just (?:now|got|finished|did|had)|at noon|hoy|ahorita"
    r"|recien|acabo de|vengo|esta (?:manana|tarde|noche))\b"
)
_AGO = re.compile(rf"\b(?P<en>\d{{1,3}}|{'|'.join(_COUNTS)}) days? ago\b|\bhace (?P<es>\d{{1,3}}|{'|'.join(_COUNTS)}) dias?\b")
_WEEKDAY = re.compile(rf"\b(?P<last>last |el pasado )?(?P<day>{'|'.join(_WEEKDAYS)})\b(?P<past> pasad[oa]| anterior)?(?! school)")
#: Short names of days that are words too count only after "on", "last" or "this", or at the end.
_ALSO_WORDS = frozenset({"sat", "sun", "mon", "wed"})
_NAMED_DATE = re.compile(
    rf"\b(?:(?P<m1>{_MONTH})\.? (?P<d1>\d{{1,2}})(?:st|nd|rd|th)?|(?P<d2>\d{{1,2}})(?: de)? (?P<m2>{_MONTH}))\b"
    r"(?:,?(?: de| del)? (?P<y>20\d\d)\b)?"
)
_FIGURES = re.compile(r"(?<![\d/])(?P<a>\d{1,2})[/-](?P<b>\d{1,2})(?:[/-](?P<y>20\d\d|\d\d))?(?![\d/])")
_OF_MONTH = re.compile(r"\b(?:the (?P<en>\d{1,2})(?:st|nd|rd|th)|(?:el|el dia|dia) (?P<es>\d{1,2}))\b(?! (?:de|a) \d)")
#: Names that say which one by themselves.
_NAMES_ENOUGH = frozenset(
    "aa na therapy counseling intake ua court hearing doctor dentist terapia consejeria corte audiencia dentista".split()
) | {"drug test", "prueba de drogas"}
#: What a class or a visit is called is at most so many words.
_NOTE = 3
_NO_PART_OF_A_NAME = frozenset(
    "a an the my his her our their all to of at for in on with and i we it this that another last first second went kept did "
    "wnet done made had took log add note mark write down put attended attend finished completed save remember record "
    "track was saw today yesterday tonight no not up get got two three four five six him her me them our new good great big long "
    "is am are have has just so really finally also his "
    "del de la el las los mi mis un una otra su al con y fui hoy ayer esa ese esta este".split()
)
_OF = re.compile(r" (?:de|del|con|para) (?:la |el |los |las |mi |mis )?[a-z]{2,}")


@dataclass(frozen=True)
class Heard:
    """`wish` is what is to be done; `kinds` are (kind, name or None) in their order; `on` is the day that was said."""

    wish: Wish
    kinds: tuple[tuple[str, str | None], ...] = ()
    on: date | None = None


def hear(text: str, today: date) -> Heard:
    """What a message about the record wants. today: on the family's own calendar."""
    said = plain(text)
    kinds, on = tuple((kind, _as_written(text, name)) for kind, name in _kinds(said)), day_in(text, today)
    if _MEND.search(said):
        return Heard("mend", kinds, on)
    if _UNDO.search(said):
        return Heard("undo", kinds)
    if _NOT_THAT_DAY.search(said):
        return Heard("mend", kinds, on)
    if kinds and _MISSED.search(said):
        return Heard("missed", kinds)
    if kinds and (_AHEAD.search(said) or on is not None and on > today):
        return Heard("ahead", kinds)
    did, log = _DID.search(said), _LOG.search(said)
    if _ASKS_TO_SEE.match(said) and on is None:
        return Heard("show", kinds)
    if _HOW.match(said) and on is None and not re.search(r"\b(?:went|fui|kept|made)\b", said):
        return Heard("show" if not log and _SHOW.search(said) else "how", kinds)
    if kinds and (did or log or on is not None) and not (said.rstrip().endswith("?") and not did):
        return Heard("kept", kinds, on)
    if log and not _SHOW.search(said):
        return Heard("kept", (), on)
    return Heard("show", kinds, on)


def day_in(text: str, today: date) -> date | None:
    """The day that a message names, which may be ahead; None when it names none, or one that no calendar has."""
    said = _NOT_THAT_DAY.sub("", plain(text))
    if _BEFORE_LAST.search(said):
        return today - timedelta(2)
    if _YESTERDAY.search(said):
        return today - timedelta(1)
    if _TODAY.search(said):
        return today
    if ago := _AGO.search(said):
        count = ago["en"] or ago["es"]
        return today - timedelta(int(count) if count.isdigit() else _COUNTS[count])
    if named := _NAMED_DATE.search(said):
        month, day = _MONTHS[named["m1"] or named["m2"]], int(named["d1"] or named["d2"])
        return _nearest(month, day, named["y"], today)
    if figures := _FIGURES.search(said):
        first, second = int(figures["a"]), int(figures["b"])
        # as it is written here, the month first, unless that is no month
        month, day = (first, second) if first <= 12 else (second, first)
        return _nearest(month, day, figures["y"], today)
    if of_month := _OF_MONTH.search(said):
        return _latest(int(of_month["en"] or of_month["es"]), today)
    return _weekday(said, today)


def _weekday(said: str, today: date) -> date | None:
    """The newest such day that is not ahead; "last Friday" is never today."""
    for match in _WEEKDAY.finditer(said):
        alone = match["day"] in _ALSO_WORDS and not match["last"]
        if alone and not re.search(r"(?:on|this|kept|yes)\s$", said[: match.start()]) and said[match.end() :].strip(" .!"):
            continue
        back = (today.weekday() - _WEEKDAYS[match["day"]]) % 7
        return today - timedelta(back or (7 if match["last"] or match["past"] else 0))
    return None


def _nearest(month: int, day: int, year: str | None, today: date) -> date | None:
    """That day in the year that was said, else in the year in which it is nearest to today."""
    years = [int(year) % 100 + 2000] if year else [today.year - 1, today.year, today.year + 1]
    days = [found for one in years if (found := _date(one, month, day))]
    return min(days, key=lambda found: abs(found - today), default=None)


def _latest(day: int, today: date) -> date | None:
    """The newest day with this number: of this month, or of one of the two before it."""
    first = today.replace(day=1)
    for _ in range(3):
        found = _date(first.year, first.month, day)
        if found and found <= today:
            return found
        first = (first - timedelta(1)).replace(day=1)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _kinds(said: str) -> tuple[tuple[str, str | None], ...]:
    """The kinds that are named, each once, with what it is called. Names side by side ("therapy appointment") are one."""
    found: dict[str, str | None] = {}
    end = -2
    for match in _KIND.finditer(said):
        kind = match.lastgroup
        assert kind is not None
        if match.start() - end <= 1:  # the second word of one name
            last, note = list(found.items())[-1]
            found[last] = f"{note} {match[0]}" if note and len(note.split()) < _NOTE else note
        elif kind not in found:
            found[kind] = _name(said, match)
        end = match.end()
    return tuple(found.items())


def _name(said: str, match: re.Match[str]) -> str | None:
    """The words around that say which one it is: "parenting class", "clase de crianza"; None for a bare "class"."""
    if " " in match[0] and match[0].startswith(("saw", "vi ")):
        return None
    before = []
    for word in reversed(re.findall(r"[a-z]+|[^a-z ]", said[: match.start()])):
        if not word.isalpha() or word in _NO_PART_OF_A_NAME or _DID.fullmatch(word) or _LOG.fullmatch(word):
            break
        before.append(word)
        if len(before) == _NOTE - 1:
            break
    after = _OF.match(said, match.end())
    if after and not day_in(after[0], date.min.replace(year=2000)):
        return f"{match[0]}{after[0]}"
    return " ".join([*reversed(before), match[0]]) if before or match[0] in _NAMES_ENOUGH else None


def _as_written(text: str, name: str | None) -> str | None:
    """The name with the accents it has in the message."""
    written = {plain(word): word.casefold() for word in re.findall(r"[^\W\d_]+", text)}
    return " ".join(written.get(word, word) for word in name.split()) if name else None
