"""Who a message is about and how old they are: "my 6mo", "mi bebé de 8 meses", "twins in 2nd grade".

A number is an age when something says so: what stands before it (a person, "ages", "tiene"), the words "years old"
behind it, or a grade. A number with a unit alone is a length of time ("8 years clean", "3 months behind on rent").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.understanding.text import fold, one_of

CHILD, SELF, RELATIVE = "child", "self", "relative"
_OLDEST = 110
_GROWN_UP = 22
_YOUNGEST_WRITER = 10
_NEAR = 50

_ENGLISH = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen"
_SPANISH = "un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho"
_NUMBERS = {word: n for line in (_ENGLISH, _SPANISH) for n, word in enumerate(line.split(), 1)} | {"uno": 1, "una": 1}
_GRADES = {
    "preschool": 4, "prek": 4, "pre-k": 4, "kindergarten": 5, "kindergartener": 5, "kinder": 5,
    "1st": 6, "first": 6, "primer": 6, "primero": 6, "1ro": 6, "2nd": 7, "second": 7, "segundo": 7, "2do": 7,
    "3rd": 8, "third": 8, "tercer": 8, "tercero": 8, "3ro": 8, "4th": 9, "fourth": 9, "cuarto": 9, "4to": 9,
    "5th": 10, "fifth": 10, "quinto": 10, "5to": 10, "6th": 11, "sixth": 11, "sexto": 11, "6to": 11,
    "7th": 12, "seventh": 12, "septimo": 12, "8th": 13, "eighth": 13, "octavo": 13, "9th": 14, "ninth": 14, "noveno": 14,
    "10th": 15, "11th": 16, "12th": 17,
}  # fmt: skip


_KIDS = one_of(
    "kids?, child, children, newborn, infants?, infantes?, sons?, daughters?, boys?, girls?, bab(?:y|ies), toddler, "
    "teen(?:ager)?, grand(?:sons?|daughters?|kids?|child|bab(?:y|ies)), nephews?, nieces?, cousins?, youngest, oldest, "
    "eldest, middle, twins, hij[oa]s?, mij[oa], nin[oa]s?, nen[eao]s?, beb[ea]s?, bebit[oa]s?, niet[oa]s?, sobrin[oa]s?, "
    "prim[oa]s?, chamac[oa]s?, chiquit[oa]s?, varon(?:es)?, muchach[oa]s?, adolescente, guagu(?:a|ita), cham[oa]s?, "
    "criaturas?, mayor, menor, gemel[oa]s, melliz[oa]s, cuates, hermanit[oa]s?, patoj[oa]s?"
)
_GROWN = one_of(
    "mom, mother, dad, father, grandma, grandmother, grandpa, grandfather, husband, wife, partner, aunt, uncle, sister, "
    "brother, boyfriend, girlfriend, mama, papa, abuel[oa], abuelit[oa], espos[oa], marido, ti[oa], herman[oa], novi[oa], "
    "suegr[oa], vecin[oa], senora?"
)
_WORD = one_of(",".join(word for word in _NUMBERS if word not in ("un", "uno", "una", "one")))
_N = rf"(?:\d{{1,3}}(?:\.\d|\s?1/2|½)?|{_WORD})"
_HALF = r"(?: and a half| y medi[oa])"
#: "2, 5 and 11", "2 y 3", "un 4 y la otra 9", "6 8 and 10".
_NEXT = r"\s*(?:,|&|/|\band\b|\by\b|\bn\b)\s*(?:and |y |a |(?:la|el|otr[oa]) (?:de |otr[oa] )?)?|(?<=\d)\s+(?=\d)"
_LIST = rf"(?P<list>{_N}(?:(?:{_NEXT}){_N}\b){{0,9}})"
_YEARS = r"(?:years?|yrs?|y/?o|y o|(?<=\d)y|anos?|anitos?)"
_MONTHS = r"(?:months?|mos?|mths?|m/o|mes(?:es|ecitos)?)"
_WEEKS = r"(?:weeks?|wks?|semanas?|semanitas?)"
_UNIT = rf"(?P<unit>{_YEARS}|{_MONTHS}|{_WEEKS})"

#: "6mo", "15 yr old", "2 and 5 years", "un año y medio"; `old` or a short unit make it an age wherever it stands.
_MEASURED = re.compile(
    rf"(?<![\d$#.:/-])\b(?:{_LIST}|(?P<one>one|una?))(?P<half>{_HALF})?\s?-?\s?{_UNIT}(?P<half_after>{_HALF})?"
    r"(?P<old>\s?-?\s?(?:olds?|de edad|de nacid[oa]))?\b(?!')"
)
_UNMEASURED = re.compile(rf"(?<![\d$#.:/-])\b{_LIST}(?P<half>{_HALF})?(?![\d\w])")
_GOES_ON = one_of(
    "and, n, y, with, con, but, pero, pregnant, embarazada, male, female, years?, now, me, in, en, looking, busco, due"
)
#: "tengo 17 y …" is an age, "tengo 17 cosas" is not.
_ENDS = re.compile(rf"\s*(?:$|[,.;!?)]|{_GOES_ON}\b)")
_SHORT_AGE = re.compile(r"y/?o|y o|y|mo|m/o|anitos?|mesecitos|semanitas?")

_I_AM = rf"(?:i'?m|i am|im a|soy (?:un[ao]? )?(?:\w+ )?de|(?:yo )?tengo|cumpli|{_GROWN} here,?|first time (?:mom|dad))"
_ARE = one_of("is, are, who is, who are, es de, son de, de, of, like, about, como de, ya, now, just")
_IS = one_of(
    "he is, he'?s, she is, she'?s, they are, they'?re, tienen?, (?:un[oa]|otr[oa]|el otro|la otra|mi[ao]) (?:es )?de, "
    "(?:el|la) otr[oa], ages?, aged, edad(?:es)?, turn(?:ed|ing|s), cumplio, cumple, cumplir, nacio hace, born"
)
#: What makes the number behind it an age. Each ends where the number begins.
_BEFORE = {
    SELF: re.compile(rf"\b{_I_AM}\s+(?:only |just |solo )?$"),
    RELATIVE: re.compile(rf"\b{_GROWN}\s*(?:\(|,|is|who is|tiene|de|es de)?\s*$"),
    CHILD: re.compile(
        rf"\b(?:{_KIDS}\s*(?:[(,:]|{_ARE})?|{_KIDS},? who(?: i)?s|{_IS})"
        r"\s*(?:only |just |almost |about |ya |solo |casi |como |like |de )?$"
    ),
}
#: A number with a unit may also follow "my": "my 6 month", "para el de 2 años".
_BEFORE_UNIT = re.compile(r"\b(?:my|our|his|her|mi|(?:el|la|al|pal|recib\w+|acept\w+) de)\s+(?:almost |casi )?$")
#: … but what tells how long something takes or took is no age.
_TAKES = one_of(
    "for, in, over, hace, desde, por, past, last, within, every, cada, another, next, ultimos, llevo, llevamos, been, after, "
    "before, took, than, casi, dentro de, en, embarazada de, debo, debemos, owe, clean, sober, limpi[oa], sobri[oa]"
)
_DURATION_BEFORE = re.compile(rf"\b{_TAKES}\s+(?:the |los |las |like |about |almost |casi |un |a )*$")
_LASTED = one_of(
    r"ago, clean, sober, now\b, later, sentence, probation, program, lease, contract, plan, chip, anniversary, already, "
    r"straight, apart, left, limpi[oa], sobri[oa], behind, late, atras, de atraso, sin\b, without, que\b, since, wait, "
    r"esperando, viviendo, living, of\b, worth, in a row, "
    r"de (?:renta|agua|luz|estar|limpi|sobri|embarazo|depo|programa|probation|lista), juntos, together, or so, con mi, "
    r"trabajando, en (?:la|el), on the, check ?up, visit, appointment, appt, notice, commitment"
)
_DURATION_AFTER = re.compile(rf"\s*{_LASTED}")
_PREGNANT = re.compile(r"\s*(?:preg\w*|along|de embarazo|embarazada)")
_THINGS = one_of(
    r"kids?, child, children, boys, girls, babies, sons, daughters, people, adults, hij[oa]s, nin[oa]s, nen[oae]s, varones, "
    r"hembras, bebes, niet[oa]s, sobrin[oa]s, personas, adultos, hours?, hrs?, minutes?, days?, weeks?, months?, horas?, "
    r"minutos?, dias?, semanas?, mes(?:es)?, times?, veces, nights?, noches, blocks?, miles?, millas, cuadras, dollars?, "
    r"bucks, dolares, pesos, beds?, bed\w*, rooms?, camas?, cuartos?, recamaras?, jobs?, trabajos?, bags?, boxes, cases, "
    r"pairs?, sizes?, classes, clases, visits?, visitas, bills?, checks?, cars?, carros?, letters?, papers?, papeles, grade, "
    r"grado, felonies, tickets?, bus(?:es)?"
)
#: A number that counts things, or belongs to a clock, a date or a price.
_COUNTED = re.compile(
    r"\s*(?:[%$:]|\.\d|-\d|/\d|am\b|pm\b|a\.m|o'?clock|st\b|nd\b|rd\b|th\b"
    rf"|(?:more |mas |other |otr[oa]s )?{_THINGS}\b)"
)
_NEWBORN = re.compile(r"\b(?:newborn|new born|recien nacid[oa]|just had (?:a|my) baby|acabo de dar a luz)\b")
_ONE_AND_A_HALF = re.compile(r"\b(?:de|tiene) (?:un )?ano y medio\b|\byear and a half old\b")
_ANY_GRADE = "|".join(sorted(map(re.escape, _GRADES), key=len, reverse=True))
_GRADE = re.compile(
    rf"(?<!like a )(?<!como de )(?<!since )(?<!desde )\b(?P<grade>{_ANY_GRADE})\s+(?:graders?|grade|grado|ano|de primaria)\b"
    rf"|\b(?:in|en|starts?|starting|empieza|entra al?)\s+(?:el\s+)?(?P<alone>{_ANY_GRADE})\b(?!\s+(?:place|lugar|\w+ street))"
    r"|\b(?P<kinder>kindergartener)\b"
)
_SHOTS = re.compile(rf"\b(?P<n>{_N})\s?-?\s?month (?:shots|vaccines|checkup|check up|appointment)\b")
_TWINS = re.compile(r"\b(?:twins|gemel[oa]s|cuates|melliz[oa]s)\b")


@dataclass(frozen=True)
class Person:
    """Somebody the help is for. `who` is child, self or relative; `age_years` is a decimal (0.5 = six months)."""

    who: str
    age_years: float


def find_people(text: str) -> tuple[Person, ...]:
    """Everybody in the message whose age is given, in the order named; nobody is guessed."""
    text = fold(text)
    found: dict[int, Person] = {}
    taken: list[tuple[int, int]] = []
    for start, end, people in (*_measured(text), *_bare(text), *_by_name(text)):
        if any(start < last and first < end for first, last in taken):
            continue
        taken.append((start, end))
        found |= {start + offset: person for offset, person in enumerate(people) if person.age_years <= _OLDEST}
    named = tuple(found[at] for at in sorted(found))
    if any(person.age_years > 0 for person in named):  # "newborn, 2 weeks" is one baby
        named = tuple(person for person in named if person.age_years > 0)
    return named * 2 if len(named) == 1 and _TWINS.search(text) else named


Found = Iterator[tuple[int, int, list[Person]]]


def _measured(text: str) -> Found:
    """Numbers with a unit."""
    for match in _SHOTS.finditer(text):
        yield match.start(), match.end(), _people(match["n"], CHILD, "month")
    for match in _MEASURED.finditer(text):
        before, after = _around(text, match)
        who = _introduced(before)
        certain = match["old"] or _SHORT_AGE.fullmatch(match["unit"])
        if _PREGNANT.match(after):
            continue
        introduced = who or _BEFORE_UNIT.search(before) and not _DURATION_BEFORE.search(before)
        if not certain and (not introduced or _DURATION_AFTER.match(after)):
            continue
        half = 0.5 if match["half"] or match["half_after"] else 0.0
        yield match.start(), match.end(), _people(match["list"] or "1", who, match["unit"], half)


def _bare(text: str) -> Found:
    """Numbers that what stands before them makes an age."""
    for match in _UNMEASURED.finditer(text):
        (before, after), listed = _around(text, match), match["list"]
        who = _introduced(before)
        if who is None or _COUNTED.match(after) or before.endswith("son ") and not listed[0].isdigit():
            continue  # Spanish "son cuatro" counts them
        people = _people(listed, who, half=0.5 if match["half"] else 0.0)
        if who != SELF or people[0].age_years >= _YOUNGEST_WRITER and _ENDS.match(after):
            yield match.start(), match.end(), people


def _by_name(text: str) -> Found:
    """Ages that have a name: newborns, and children in a grade."""
    for match in _NEWBORN.finditer(text):
        yield match.start(), match.end(), [Person(CHILD, 0.0)]
    for match in _ONE_AND_A_HALF.finditer(text):
        yield match.start(), match.end(), [Person(CHILD, 1.5)]
    for match in _GRADE.finditer(text):
        yield match.start(), match.end(), [Person(CHILD, float(_GRADES[match["grade"] or match["alone"] or match["kinder"]]))]


def _around(text: str, match: re.Match[str]) -> tuple[str, str]:
    """The words just before and just after a number: enough for every pattern here."""
    return text[max(0, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + _NEAR]


def _introduced(before: str) -> str | None:
    """Whom the words before a number speak of, if it is somebody's age."""
    return next((who for who, pattern in _BEFORE.items() if pattern.search(before)), None)


def _people(listed: str, who: str | None, unit: str = "years", half: float = 0.0) -> list[Person]:
    ages = [_years(number, unit) + half for number in re.findall(rf"\b{_N}", listed)]
    return [Person(_grown_or_child(who, age), round(age, 2)) for age in ages]


def _grown_or_child(who: str | None, age: float) -> str:
    if who == SELF and age < _YOUNGEST_WRITER:  # "tengo una de 3 años"
        return CHILD
    return RELATIVE if age >= _GROWN_UP and who != SELF else who or CHILD


def _years(number: str, unit: str) -> float:
    whole = _NUMBERS[number] if number in _NUMBERS else float(re.split(r"\s?1/2|½", number)[0])
    amount = whole + (0.5 if "½" in number or "1/2" in number else 0.0)
    if re.fullmatch(_MONTHS, unit):
        return amount / 12
    return amount / 52 if re.fullmatch(_WEEKS, unit) else amount
