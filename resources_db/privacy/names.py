"""Names of people in what families write: found where something points to one ("my son Mateo", "se llama Mateo"), by a
capital letter where capitals tell, and by a list of first names where they do not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Span = tuple[int, int]

_I = re.IGNORECASE
_WORD = re.compile(r"[^\W\d_](?:[\w'’]|-(?=\w))*")
_INITIALS = re.compile(r"(?:[A-Z]\.\s?){1,3}(?=\s|$|,)|[A-Z](?=\.?\s+[A-Z][a-z])\.?")
#: Between the first and the last name, and between names of several people.
_LINKS = re.compile(r"(?:\s*,\s*|\s+)(?:and|y|e|&|\+)\s+|\s*[,/&]\s*", _I)
_AND = re.compile(r"\b(?:and|y|e)\b|&", _I)
#: More names, and the last after an "and".
_LIST = re.compile(r"(?:[A-ZÁÉÍÓÚÑ][\w'’]+\s*,\s*)*[A-ZÁÉÍÓÚÑ][\w'’]+\s*,?\s+(?:and|y|e|&)\s+(?:little\s+|lil\s+)?[A-ZÁÉÍÓÚÑ]")
_TOWNS_END = re.compile(
    r"\s*,?\s*(?:[A-Z]{2}\b|\d{5}\b)?\W*"
    r"(?:please|pls|plz|asap|today|tonight|now|thanks?|thank you|por favor|porfa|gracias|hoy|urgente)?\W*$"
)
_BEFORE_NAME = re.compile(r"[\s,:(-]*(?:(?:little|lil|baby)\s+(?=[A-ZÁÉÍÓÚÑ]))?", _I)
_GAP = re.compile(r"\s+")
#: After these stands a name, even one that is another word elsewhere: "me llamo rosa", "her name is hope".
_NAMED = re.compile(r"\b(?:llam[oa]n?|names?\s+(?:is|are)|nombres?\s+(?:es|son))$", _I)
_PARTICLES = ("de", "del", "la", "las", "los", "van", "von", "jr", "sr", "ii", "iii")


class _Names:
    """The words of redaction.yml and the cues made of them."""

    def __init__(self, lists: dict[str, Any]) -> None:
        self.unsure = frozenset(lists["unsure_names"].split())
        self.sure = frozenset(lists["names"].split()) - self.unsure
        self.last = frozenset(lists["last_names"].split())
        self.no = frozenset(lists["no_names"].split())
        people = {code: _either(lists["people"][code]) for code in ("en", "es")}
        which = {code: _either(lists["which"][code]) for code in ("en", "es")}
        titles = _either(" ".join(lists["titles"].values()))
        years = r"(?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten)"
        aged = rf"{years}[\s-]?(?:y(?:ea)?rs?|months?|mos?|weeks?|wks?)[\s.-]?old"
        old = rf"{aged}\s+"
        anos = rf"{years}(?:\s+(?:a[nñ]os|meses|semanas))?"
        # Somebody of the family's: a name may follow at once.
        self.people = re.compile(
            rf"(?:(?:\b(?:my|our|her|his|their|ur|mi|mis|tu|su|sus|nuestr[oa]s?|the|el|la|los|las|al)\s+|^|[.;!?,]\s+)(?:{old}|{which['en']}\s+){{0,2}}"
            rf"(?:{people['es']}|{people['en']})\b(?:\s+{which['es']}|\s+de\s+{anos}|\s+{anos}|[\s-]in[\s-]law)?"
            rf"|\b(?:my|our|her|his|their)\s+{aged}"
            rf"|\b(?:hij[oa]|niñ[oa]|son|daughter|child|mother|father|madre|padre|mom|dad|parent|name|nombre(?:\s+del?\s+(?:la\s+)?\w+)?)\s*(?=:))"
            r"(?P<sign>\s*[,:(-]\s*|\s+(?:named|called|is\s+named|is\s+called|llamad[oa])\s+)?(?:\s*(?P<is>\b(?:is|are|es|son)\b))?",
            _I,
        )
        # Somebody says a name, and nothing else could follow.
        self.told = re.compile(
            r"\b(?:(?:my|her|his|their|your|our|the|\w+['’]s?)\s+names?(?:['’]s|\s+(?:is|are|was)\b|\s*:)|name['’]?s\b"
            r"|(?:named|name)\s+(?:him|her|it|them)\b|(?:is|are)\s+(?:named|called)\b|\bi\s+go\s+by\b|\bask\s+for\b"
            r"|(?:mi|su|tu)s?\s+nombres?\s+(?:es|son)\b|se\s+llaman?\b|me\s+llamo\b|\ble\s+(?:puse|pusimos|pusieron)\b|\bllamad[oa]s?\b"
            r"|facebook\s+(?:as|como)\b|fb\s+(?:as|como)\b)",
            _I,
        )
        # A name, or anything else.
        self.maybe = re.compile(
            r"\b(?:i['’]?m|i\s+am|this\s+is|it['’]?s|you\s+can\s+call\s+me|call\s+me|(?:yo\s+)?soy|somos|(?:le\s+|les\s+)?habla|me\s+dicen|de\s+parte\s+de"
            r"|signed|sincerely|thanks|thank\s+you|atentamente|gracias|att)\b\s*[,:]?",
            _I,
        )
        self.titles = re.compile(rf"\b(?:{titles})\b\.?", _I)


@cache
def _words() -> _Names:
    path = Path(__file__).with_name("redaction.yml")
    return _Names(yaml.safe_load(path.read_text(encoding="utf-8")))


def _either(expressions: str) -> str:
    """One expression for those of a list."""
    return f"(?:{'|'.join(expressions.split())})"


def find_names(text: str) -> Iterator[Span]:
    """Where they are; one may be found twice."""
    words = _words()
    telling = _capitals_tell(text)
    for match in words.told.finditer(text):
        named = _NAMED.search(match[0]) is not None
        yield from _listed(text, match.end(), telling, sure=False, named=named)
    for match in words.people.finditer(text):
        sign = match["sign"] or ""
        for start, end in _listed(text, match.end(), telling, sure=bool(match["is"]) or "," in sign or "(" in sign):
            if sign or not _may_be_a_place(text, start, end):
                yield start, end
    for match in words.maybe.finditer(text):
        yield from _listed(text, match.end(), telling, sure=False, alone=True)
    for match in words.titles.finditer(text):
        yield from _listed(text, match.end(), telling, sure=False, several=False)
    yield from _bare(text, telling)


def _may_be_a_place(text: str, start: int, end: int) -> bool:
    """ "food for my kids Oakland", "diapers for my baby Austin TX": at the end it is rather a town, if not surely a name."""
    first = _WORD.match(text, start)
    known = first is not None and _plain(first[0]) in _words().sure
    return not known and bool(_TOWNS_END.match(text, end))


def _capitals_tell(text: str) -> bool:
    """Whether a capital letter means anything here: not in TITLES, nor Where Every Word Has One."""
    first, *others = [match[0] for match in _WORD.finditer(text)] or [""]
    capitals = sum(word[0].isupper() for word in others if len(word) > 1)
    return len(others) == 0 or 2 * sum(word[0].islower() for word in [first, *others] if word) >= capitals


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.lower().replace("’", "'"))
    folded = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return folded[:-2] if folded.endswith("'s") and folded not in ("it's",) else folded


def _listed(
    text: str, at: int, telling: bool, *, sure: bool, several: bool = True, alone: bool = False, named: bool = False
) -> Iterator[Span]:
    """The names that begin at `at`: first and last, and one after the other ("Ava, Noah and Liam"). `named`: the first of them
    surely is one."""
    at = _past(_BEFORE_NAME, text, at)
    while True:
        end = _name_at(text, at, telling, sure=sure, alone=alone, named=named)
        if end is None:
            return
        yield at, end
        link = _LINKS.match(text, end)
        if not several or link is None:
            return
        # "my son Mateo, Oakland": another name is sure only in a list that an "and" ends
        sure = not (_AND.search(link[0]) or _LIST.match(text, link.end()))
        at, alone, named = _past(_BEFORE_NAME, text, link.end()), True, False


def _past(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where `pattern` ends that begins at `at`; `at` where it does not."""
    match = pattern.match(text, at)
    return match.end() if match else at


def _name_at(text: str, at: int, telling: bool, *, sure: bool, alone: bool = False, named: bool = False) -> int | None:
    """Where the name that begins at `at` ends; None where none does. `sure`: only what is known as a first name;
    `alone`: where anything else could stand as well; `named`: where nothing else could."""
    words = _words()
    initials = None if sure or not telling else _INITIALS.match(text, at)
    if initials and initials[0].strip() != "I":
        more = _last_names(text, _past(_GAP, text, initials.end()), telling)
        return more or at + len(initials[0].rstrip())
    word = _WORD.match(text, at)
    if word is None:
        return None
    plain, capital = _plain(word[0]), word[0][0].isupper()
    if plain in words.no and not (plain in words.unsure and capital and telling and not alone):
        return None
    known = plain in words.sure or plain in words.unsure and (named or capital and telling)
    if not known and (sure or not capital or not telling or len(plain) < 2):
        return None
    if not known and alone and word[0].isupper() and len(word[0]) < 5:  # DHS, PTSD
        return None
    return _last_names(text, word.end(), telling, after=word) or word.end()


def _last_names(text: str, at: int, telling: bool, after: re.Match[str] | None = None) -> int | None:
    """Where the rest of a name ends that goes on at `at`."""
    words, end = _words(), None
    if after is not None:
        gap = _GAP.match(text, at)
        if gap is None or _possessive(after[0]):
            return None
        at = gap.end()
    for _ in range(4):
        word = _WORD.match(text, at)
        if word is None:
            break
        plain = _plain(word[0])
        capital = telling and word[0][0].isupper()
        if plain in _PARTICLES:
            end = word.end() if plain in ("jr", "sr", "ii", "iii") else end
        elif plain in words.last or capital and plain not in words.no or plain in words.sure:
            end = word.end()
        else:
            break
        gap = _GAP.match(text, word.end())
        if gap is None or _possessive(word[0]):
            if text[word.end() : word.end() + 1] == "." and plain in _PARTICLES:
                end = word.end() + 1
            break
        at = gap.end()
    return end


def _possessive(word: str) -> bool:
    return word.endswith(("'s", "’s"))


#: What a sentence about somebody goes on with: "Aiden has autism", "Mateo is 4", "Mateo, 4".
_GOES_ON = re.compile(
    r"(?:\s*[,(]\s*(?:age[ds]?\s*|de\s+)?\d{1,2}\b|\s+(?:is|are|was|has|had|needs?|wants?|gets?|got|goes|just|can|can['’]?t|cannot|won['’]?t|turns|starts"
    r"|keeps|cries|lives|age[ds]?|tiene|necesita|est[aá]|es|va|quiere|cumple|llora|vive|no|se|ya|\d{1,2})\b(?!\s*(?:/|:|am\b|pm\b)))",
    _I,
)
#: Where a sentence begins, and what mostly has a person behind it. A place may follow "a" and "in".
_STOPS = re.compile(r"(?:^|[.!?;:\n]\s*)(?=[A-ZÁÉÍÓÚÑ])|(?P<with>\b(?:and|y|e|for|para|with|con|about)\s+)(?=[A-ZÁÉÍÓÚÑ])")
_A_PLACE = re.compile(r"\s*,?\s*(?:[A-Z]{2}\b|[A-ZÁÉÍÓÚÑ]|\d{5})|['’]s\s+[A-Z]")


def _bare(text: str, telling: bool) -> Iterator[Span]:
    """Names with nothing before them that says so, if they are no other word: "Mateo is 4", "clothes for Kimberly"."""
    words = _words()
    if not telling:
        return
    for stop in _STOPS.finditer(text):
        word = _WORD.match(text, stop.end())
        if word is None or _plain(word[0]) not in words.sure or not word[0][0].isupper():
            continue
        end = _last_names(text, word.end(), telling, after=word) or word.end()
        if _GOES_ON.match(text, end) or stop["with"] and end == word.end() and not _A_PLACE.match(text, end):
            yield word.start(), end
