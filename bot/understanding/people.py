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
#: Spelled with "años" a younger child's age is believed.
_YOUNGEST_CHILD_WRITER = 6
_YOUNGEST_PARENT = 13
#: A baby this young and a newborn in one message are one baby.
_STILL_NEWBORN = 0.25
#: What the patterns see of the text around a number.
_NEAR = 80
_NEAR_BY = 30

# --- numbers --------------------------------------------------------------------------------------------------------

_ENGLISH = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
)
_SPANISH = (
    "un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis diecisiete dieciocho diecinueve"
)
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SPANISH_TENS = "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa"
_SMALL = {word: n for line in (_ENGLISH, _SPANISH) for n, word in enumerate(line.split(), 1)}
_SMALL |= {"uno": 1, "una": 1, "a": 1, "sinco": 5, "nuebe": 9, "dies": 10, "onse": 11, "dose": 12, "trese": 13, "catorse": 14}
_SMALL |= {"quinse": 15, "kinse": 15}
_TENS = {word: 10 * n for line in (_ENGLISH_TENS, _SPANISH_TENS) for n, word in enumerate(line.split(), 2)} | {"veinti": 20}
#: These are too often no number …
_ONES = {"one", "un", "uno", "una", "a"}
#: … and these are more often English, unless Spanish stands before them.
_ALSO_ENGLISH = {"once", "dose", "dies"}
_COUNTING = one_of(",".join(word for word in _SMALL if word not in _ONES | _ALSO_ENGLISH))
_AFTER_SPANISH = rf"(?:(?<=\bde )|(?<=\bd )|(?<= y )|(?<=tiene )|(?<=tengo )|(?<=cumplio )){one_of(','.join(_ALSO_ENGLISH))}"
_DIGIT = one_of(",".join([*_ENGLISH.split()[:9], *_SPANISH.split()[:9], "uno", "una"]))
_N = (
    rf"(?:\d{{1,3}}(?:\.\d{{1,2}})?|(?:{one_of(_ENGLISH_TENS.replace(' ', ','))}(?:[ -]{_DIGIT}\b)?"
    rf"|{one_of(_SPANISH_TENS.replace(' ', ','))}(?: y {_DIGIT}\b)?|veinti{_DIGIT}|{_AFTER_SPANISH}|{_COUNTING})\b)"
)
_NUMBER = re.compile(rf"\b(?:{one_of(','.join(_ALSO_ENGLISH))}\b|{_N})")
_HALF = r"(?: and a half| y medi[oa])"
_ONE_HALF = re.compile(r"(?<=\d)(?:\s?1/2|½)")
#: "2, 5 and 11", "2 y 3", "un 4 y la otra 9", "6 8 and 10".
_NEXT = r"\s*(?:,|&|/|\band\b|\by\b|\bn\b)\s*(?:and |y |a |(?:la|el|otr[oa]) (?:de |otr[oa] )?)?|(?<=\d)\s+(?=\d)"
_LIST = rf"(?P<list>{_N}(?:(?:{_NEXT}){_N}\b){{0,9}})"

_YEARS = r"(?:years?|yrs?\.?|y\.?/?o\b\.?|y o|(?<=\d)[ya]|anos?|anit[oa]s?|anios?)"
_MONTHS = r"(?:months?|mont?hs?|mo?n?ths?|mos?|m/o|(?<=\d)m|mes(?:es?)?(?:e?[cs]?itos?)?)"
_WEEKS = r"(?:weeks?|wks?|(?<=\d)w|semanas?|semanitas?)"
_DAYS = r"(?:days?|dias?|diitas)"
#: How many of a unit make a year, by the letter it begins with.
_A_YEAR_HAS = {"m": 12, "w": 52, "s": 52, "d": 365}
_UNIT = rf"(?P<unit>{_YEARS}|{_MONTHS}|{_WEEKS}|{_DAYS})"

# --- people ---------------------------------------------------------------------------------------------------------

#: Spanish words for children, without their endings: "niñ-o", "cipot-a", "huerqu-illos", "pel-aos".
_SPANISH_KIDS = one_of(
    "hij, mij, nin, nen, beb, niet, bisniet, sobrin, prim, ahijad, hijastr, entenad, chamac, chiqu, chiquit, chiquill, pequen, "
    "chic, gord, princes, muchach, chav, chaval, cipot, bich, huerc, huerqu, pleb, morr, escuincl, pela, pelad, carajit, "
    "chichit, pib, guil, mocos, patoj, chilpayat, criatur, varon, varonc, hembr, gemel, melliz, trilliz, cuat, hermanit, "
    "guagu, cham, cri"
)
_KIDS = one_of(
    "kids?, kiddos?, child, children, newborn, infants?, infantes?, (?:step|god)?sons?, (?:step|god)?daughters?, (?:god)?child, "
    "boys?, girls?, bab(?:y|ies), bbs?, toddlers?, preemies?, tweens?, teens?, teenagers?, grand(?:sons?|daughters?|kids?|"
    "child(?:ren)?|bab(?:y|ies)), nephews?, nieces?, cousins?, youngest, oldest, eldest, middle, twins, triplets, siblings?, "
    "(?:little|lil) (?:ones?|man|guys?|bro|sis|brothers?|sisters?), bebes, adoles?centes?, (?:mas )?grande, "
    "(?:de en |de |del )medio, menor(?:es)?, mayor(?:es|cit[oa])?, "
    rf"guaguita, wawas?, chiguin(?:es)?, varones, joven(?:es|cit[oa])?, {_SPANISH_KIDS}(?:it|cit|[ei][cs]it|ill)?[oae]?s?"
)
_PARENT = (
    "mom, mother, dad, father, grandma, grandmother, grandpa, grandfather, mama, mami, papa, papi, madre, padre, "
    "(?:bis)?abuel[oa], abuelit[oa]"
)
_PARENT_BEFORE = re.compile(rf"\b{one_of(_PARENT)}\W*(?:de |d |of |con )?$")
_GROWN = one_of(
    f"{_PARENT}, husband, wife, partner, (?:great )?aunt, uncle, (?:step)?(?:sister|brother), boyfriend, girlfriend, roommate, "
    "neighbor, caregiver, man, woman, espos[oa], marido, ti[oa], tiit[oa], herman[oa]s?, novi[oa], suegr[oa], cunad[oa], "
    "vecin[oa], pareja, matrimonio, couple, senora?, senor, dona, "
    "hombre, mujer, persona, viud[oa], ancian[oa], viejit[oa], companer[oa]"
)
_I_AM = (
    rf"(?:i'?m|(?<!\d )am|i am|im a|i'?ll be|i just turned|first time (?:mom|dad)|{_GROWN} here,?|(?:^|[.,;] ?)(?:yo \(|con)"
    r"|soy (?:un[ao]? )?(?:\w+ ){0,2}de|(?:yo )?tengo|tenemos|(?:ya )?cumpli|(?:a|con) mis)"
)
_ARE = one_of("is, are, r, who is, who are, es de, son de, de, d, of, like, about, como de, con, ya, now, just")
_IS = one_of(
    r"he is, he'?s, she is, she'?s, they are, they'?re, (?:he|she|they)'?ll be, (?:he|she|they|son|daughter|baby|kid) will be, "
    r"(?:soon|about) to be, one is, (?:the other(?: one)?|other one)(?: is)?, ages?, aged, turn(?:ed|ing|s)?, born, "
    r"t(?:ie?ne?n?|yene|endra)(?: sus)?, va a tener, ajust[ao], estan? de, "
    r"(?:un[oa]|otr[oa]|el otro|la otra|mi[ao]) (?:es )?de?, "
    r"(?:el|la) otr[oa], ahora(?: tiene)?, edad(?:es)?(?: \()?, (?:cumplio|cumplen?|cumplir)(?: los)?, va (?:pa|para)(?: los)?, "
    r"va a los, anda (?:en|por) los, nacio hace"
)
#: A name, or what stands for one that was masked (resources_db/privacy/redaction.py).
_NAME = "(?:[a-z]+|•••)"
_ABOUT = r"(?:only |just |almost |about |now |already |ya |solo |apenas |casi |como |like |de )"
#: What makes the number behind it an age. Each ends where the number begins.
_BEFORE = {
    SELF: re.compile(rf"\b{_I_AM}\s*(?:only |just |solo |apenas |ya )?$"),
    RELATIVE: re.compile(
        rf"\b(?:{_GROWN}\s*(?:\(|,|is|'s|who is|who'?s|tiene|de|d|es de|que tiene|(?:ya )?con)?"
        rf"|{_GROWN} (?:y|and) (?:yo|i|me)\s*\(?|{_GROWN} {_NAME}(?:, ?| \(| is))\s*{_ABOUT}?$"
    ),
    CHILD: re.compile(
        rf"\b(?:{_KIDS}\s*(?:[(,:-]|{_ARE})?|{_KIDS}(?:,? who(?: i)?|')s|{_KIDS} {_NAME}(?:, ?| ?\(| is)|{_IS}:?)"
        rf"\s*{_ABOUT}?{_ABOUT}?$|(?:^|[,.;(]\s*|\band )(?:him|her|me)\s+$"
    ),
}
#: Spanish "son cuatro" and "son 30" count, "my son 8" does not, nor does "son 8" where a clause begins.
_SON = re.compile(r"\bson\s+$")
_SOMEBODYS_SON = re.compile(
    r"\b(?:my|our|his|her|their|the|a|and|n|for|old|oldest|youngest|autistic|foster|adult|teen|one|step) son\s+$"
)
_CLAUSE_SON = re.compile(r"(?:^|[,.;(&])\s*son\s+$")
#: "tiene 5 citas", "tiene 39 de fiebre".
_HAS = re.compile(r"\b(?:t(?:ie?ne?n?|yene|engo|enemos)|de)\s+(?:ya |como )?$")
_THINGS_HAD = re.compile(
    r"\s*(?!(?:anos|pues|ademas|entonces|antes|despues|\w+mos)\b)(?:\w{3,}s\b|de (?:fiebre|temperatura|calentura))"
)
#: "la de 12 con la tarea": somebody named by nothing but an age.
_THE_ONE_OF = re.compile(r"\b(?:el|la|al|pal|los|las) d[e]?\s+$")
#: "i have a 4 and a 7".
_HAVE_A = re.compile(r"\b(?:have|got|raising|con) an?\s+$")
#: A number with a unit may also follow "my": "my 6 month", "para el de 2 años".
_BEFORE_UNIT = re.compile(r"\b(?:my|our|his|her|mi|(?:el|la|al|pal|los|las|recib\w+|acept\w+) d[e]?)\s+(?:almost |casi )?$")
#: Things and programs have ages too: "mi caso tiene 2 años", "niños menores de 5", "i been sober 14 mo".
_NOBODY_BEFORE = re.compile(
    r"\b(?:(?:caso|programa|carro|contrato|casa|perr[oa]|gat[oa]|lista|telefono) (?:ya )?tiene|(?:menores|mayores) de|"
    r"(?:sober|clean|limpi[oa]|sobri[oa]|(?<!nacio )hace|been|past|last|every|cada|ultimos))\s+(?:de |like |about |como )?$"
)
_BABY_BEFORE = re.compile(r"\b(?:bab(?:y|ies)|newborn|infant|little one|bebes?|beb[aeo]|bebit[oa])\s*(?:is|de|d|tiene|,|\()?\s*$")

# --- what is no age -------------------------------------------------------------------------------------------------

#: What tells how long something takes or took …
_TAKES = one_of(
    "for, in, over, hace, desde, por, past, last, within, every, cada, another, next, ultimos, llevo, llevamos, been, after, "
    "before, took, than, casi, dentro de, en, embarazada de, debo, debemos, owe, clean, sober, limpi[oa], sobri[oa]"
)
_DURATION_BEFORE = re.compile(rf"\b{_TAKES}\s+(?:the |los |las |like |about |almost |casi |un |a )*$")
_LASTED = one_of(
    r"ago, clean, sober, later, sentence, probation, program, lease, contract, plan, chip, anniversary, already, straight, "
    r"apart, limpi[oa], sobri[oa], behind, late, early, off, postpartum, de muert[oa], atras, atrasad[oa], de atraso, since, "
    r"wait, worth, in a row, a week, per, "
    r"de (?:renta|agua|luz|estar|limpi|sobri|embarazo|depo|programa|probation|lista|casad), juntos, together, check ?up, visit, "
    r"appointment, appt, notice, commitment"
)
_DURATION_AFTER = re.compile(rf"\s*{_LASTED}")
#: … or lasts, unless a child stands right before it: "tiene 8 meses en la lista", "un bebé de 8 meses en la casa".
_MAY_LAST = one_of(
    r"now\b, left, sin\b, without, que\b, esperando, viviendo, living, trabajando, of\b, in\b, out\b, free, aqui, or so, con mi, "
    r"en (?:la|el), con\b, on the"
)
#: "my son is scared of rain, 6 years": said by the way, of somebody named before.
_ASIDE_BEFORE = re.compile(r"[,.(-]\s*(?:como |about )?$")
_ASIDE_AFTER = re.compile(r"\s*(?:$|[.,;!?)])")
_SOMEBODY = re.compile(rf"\b(?:{_KIDS}|s?he)\b")
_LASTING = re.compile(
    r"\b(?:sober|clean|limpi[oa]|sobri[oa]|casad|married|wait|espera|llev|been|hace\b|probation|program|sentence)"
)
_DURATION_PERHAPS_AFTER = re.compile(rf"\s*{_MAY_LAST}")
_CHILD_RIGHT_BEFORE = re.compile(rf"\b{_KIDS}\s*(?:[,(:]|is|de|d)?\s*(?:casi |como |almost )?$")
_PREGNANT = re.compile(r"\s*(?:preg\w*|along|de embarazo|embarazada)")
_THINGS = one_of(
    r"kids?, child, children, boys, girls, babies, sons, daughters, people, adults, hij[oa]s, nin[oa]s, nen[oae]s, varones, "
    r"hembras, bebes, niet[oa]s, sobrin[oa]s, personas, adultos, hours?, hrs?, minut[eo]s?, mins?, days?, weeks?, wks?, months?, "
    r"horas?, dias?, semanas?, mes(?:es)?, times?, veces, nights?, noches, blocks?, miles?, millas, cuadras, dollars?, "
    r"bucks, dolares, pesos, beds?, bed\w*, rooms?, camas?, cuartos?, recamaras?, jobs?, trabajos?, bags?, boxes, cases, "
    r"pairs?, sizes?, classes, clases, visits?, visitas, bills?, checks?, cars?, carros?, letters?, papers?, papeles, grade, "
    r"grado, felonies, tickets?, bus(?:es)?, steps?, pasos, sessions?, sesiones, feet, foot, ft, inches, pounds, lbs?, libras, "
    r"percent, hundred, thousand, grand, cent(?:s|avos), mil, points?, puntos, passes, families, familias, teeth, meals, cans"
)
#: A number that counts things, or belongs to a clock, a date or a price.
_COUNTED = re.compile(
    r"\s*(?:[%$:]|\.\d|-\d|/\d|am\b|pm\b|a\.m|p\.m|o'?clock|st\b|nd\b|rd\b|th\b|k\b|a \d|a las?\b|de la (?:manana|tarde|noche)\b"
    rf"|(?:more |mas |other |otr[oa]s )?{_THINGS}\b)"
)
#: "im 17 trans", "tengo 19 acabo de salir" are ages, "im 15 away" and "tengo 17 cosas" are not.
_NO_AGE_OF_MINE = re.compile(r"\s*(?:(?:away|behind|short|late|over|under|out|from|for|off|to|deep|clean|sober|or)\b|[/'])")
_SHORT_AGE = re.compile(r"y\.?/?o\.?|y o|y|mo|m/o|anit[oa]s?|mes(?:es)?(?:e?[cs]?itos?)|semanitas?")

# --- ages that have a name ------------------------------------------------------------------------------------------

_GRADES = {
    "preschool": 4, "prek": 4, "pre-k": 4, "kindergarten": 5, "kindergartener": 5, "kindergartner": 5, "kinder": 5,
    **{name: 5 + n for n, names in enumerate((
        "1st first primer primero 1ro 1er", "2nd second segundo 2do", "3rd third tercer tercero 3ro 3er", "4th fourth cuarto 4to",
        "5th fifth quinto 5to", "6th sixth sexto 6to", "7th seventh septimo 7mo", "8th eighth octavo 8vo",
        "9th ninth noveno 9no", "10th tenth decimo 10mo", "11th eleventh", "12th twelfth"), 1) for name in names.split()},
}  # fmt: skip
_NEWBORN = re.compile(r"\b(?:newborn|new born|recien nacid[oa]|just had (?:a|my) baby|acabo de dar a luz)\b")
_ONE_AND = re.compile(
    rf"\b(?:de|d|tiene|con|casi|cumplio) (?:un )?an(?:o|ito) y (?:medio|(?P<months>{_N}) {_MONTHS})\b"
    rf"|\byear and (?:a half|(?P<months_en>{_N}) months) old\b"
)
_AFTER_BEFORE = re.compile(r"\b(?:despues|dentro|hace|mas|menos|por|programa|sentencia)\s+(?:como )?$")
_GOING_ON = re.compile(r"\b(?P<n>\d\d?) going on \d")
_ONE = re.compile(
    r"\bturn(?:ed|s|ing)? one\b|\b(?:he|she)(?:'?s| is) (?:only |just |almost |about )?one\b(?=\s*(?:$|[.,;!?)]))"
    r"|\bcumpli(?:o|r|endo) (?:un|uno|el) anito\b"
)
_ANY_GRADE = "|".join(sorted(map(re.escape, _GRADES), key=len, reverse=True))
_SCHOOL_YEAR = r"(?:graders?|grade|grado|de (?:la )?(?:primaria|secundaria|prepa\w*|bachillerato))"
_GRADE = re.compile(
    rf"\b(?P<from>{_ANY_GRADE})(?: grade| grado)?\s*(?:,|-|&|to|thru|through|and|n|y|a|al|hasta)\s*"
    r"(?:an? |the |el |la |otr[oa] en )?"
    rf"(?P<to>{_ANY_GRADE})[\s-]+{_SCHOOL_YEAR}\b"
    rf"|\b(?P<grade>{_ANY_GRADE})(?:[\s-]+{_SCHOOL_YEAR}|\s+ano)\b"
    rf"|\b(?:nin[oa]|hij[oa]|niet[oa]|sobrin[oa]) de (?P<short>\d(?:ro|do|er|to|mo|vo|no))\b"
    rf"|\b(?:in|en|starts?|starting|empieza|entr(?:a|o|ar|aron) al?)\s+(?P<alone>{_ANY_GRADE})\b"
    r"(?!\s+(?:place|lugar|class|time|gear|line|person|piso|plano|turno|dia|vez|nivel|period|del?|con|\w+ street))"
    r"|\b(?P<kinder>kindergarte?ner)\b|\bgrade (?P<number>\d\d?)\b"
)
#: Somebody's level, somebody's own past, and other things that have grades.
_NO_GRADE_BEFORE = re.compile(
    r"\b(?:reads?|reading|level|nivel|lee|at an?|at|like an?|como de|since|desde|hasta|until|through|dropped out|left school|"
    r"quit|finished|stopped|termine|deje|llegue|estudie|ecuacion\w*|quemad\w*|homicidio|asesinato|parientes?|familiar\w*)"
    r"(?: \w+){0,3}\s*$|\bfui (?:solo |nomas )?(?:a|hasta)\s*$"
)
_NO_GRADE_AFTER = re.compile(r"[\s-]*(?:level|reading|teacher|math|education|burns?|murder|felony)")
_SHOTS = re.compile(rf"\b(?P<n>{_N})\s?-?\s?month (?:shots|vaccines|checkup|check up|appointment)\b")
_TWINS = re.compile(r"\b(?:twins|gemel(?:it)?[oa]s|cuat(?:it)?[aeo]s|melli(?:z|cit)[oa]s)\b")

#: "6mo", "15 yr old", "2 and 5 years", "un año y medio", "2 years and 4 months"; `old` or a short unit make it an age
#: wherever it stands.
_MEASURED = re.compile(
    rf"(?<![\d$#.:/-])\b(?:{_LIST}|(?P<one>one|una?|a)(?=[\s-]))(?P<half>{_HALF})?\s?-?\s?{_UNIT}"
    rf"(?P<half_after>{_HALF})?(?:,? (?:and |y |con )?(?P<months>{_N})\s?-?{_MONTHS}\b)?"
    r"(?P<old>\s?-?\s?(?:olds?|de edad|de nacid[oa]s?))?\b(?!')"
)
#: "3a y 5a", "2 years, 4 months": what makes the second an age is that the first is one.
_AND_ANOTHER = re.compile(
    r"\s*(?:(?:el|la) (?:un[oa]|otr[oa]|mayor|menor))?\s*(?:,|y|and|&|n|/)\s*(?:and |y )?"
    r"(?:(?:el |la )?otr[oa] |un[oa]? )?(?:de )?"
)
_UNMEASURED = re.compile(rf"(?<![\d$#.:/-])\b{_LIST}(?P<half>{_HALF})?(?![\d\w]|'\d)")
#: "ages 2-15", "kids 3 to 7".
_RANGE = re.compile(
    r"\b(?:(?:ages?|aged|edades)(?: from| de| range)?:? (?P<from>\d\d?)\s?(?:-|to|thru|through|a)\s?(?P<to>\d\d?)"
    rf"|{_KIDS} (?:ages )?from (?P<from2>\d\d?) (?:to|thru|through) (?P<to2>\d\d?))\b(?!\s*(?:am|pm|:))"
)


@dataclass(frozen=True)
class Person:
    """Somebody the help is for. `who` is child, self or relative; `age_years` is a decimal (0.5 = six months)."""

    who: str
    age_years: float


def find_people(text: str) -> tuple[Person, ...]:
    """Everybody in the message whose age is given, in the order named; nobody is guessed."""
    text = _ONE_HALF.sub(".5", fold(text))
    found: dict[int, Person] = {}
    taken: list[tuple[int, int]] = []
    for read in (_ranges, _by_name, _measured, _bare, _in_grades):
        for start, end, people in read(text, [last for _, last in taken]):
            if any(start < last and first < end for first, last in taken):
                continue
            if read is _in_grades and any(
                abs(one.age_years - other.age_years) <= 1 for one in people for other in found.values()
            ):
                continue  # "turns 5, not enrolled in kindergarten yet"
            taken.append((start, end))
            found |= {start + offset: person for offset, person in enumerate(people) if person.age_years <= _OLDEST}
    named = tuple(found[at] for at in sorted(found))
    if any(0 < person.age_years < _STILL_NEWBORN for person in named):  # "newborn, 2 weeks" is one baby
        named = tuple(person for person in named if person.age_years > 0)
    return named * 2 if len(named) == 1 and _TWINS.search(text) else named


#: Where in the text people are named. Readers are given where the ages found before end.
Found = Iterator[tuple[int, int, list[Person]]]


def _measured(text: str, _: list[int]) -> Found:
    """Numbers with a unit."""
    for match in _SHOTS.finditer(text):
        yield match.start(), match.end(), _people(match["n"], CHILD, "month")
    last_end, last_who = 0, None
    for match in _MEASURED.finditer(text):
        before, after = _around(text, match)
        who, unit = _introduced(before), match["unit"]
        if last_end and who is None and _AND_ANOTHER.fullmatch(text, last_end, match.start()):
            who = last_who
        if _PREGNANT.match(after) or not _is_age(match, who, before, after):
            continue
        more = 0.5 if match["half"] or match["half_after"] else 0.0
        more += _years(match["months"], "months") if match["months"] else 0.0
        last_end, last_who = match.end(), who or CHILD
        yield match.start(), match.end(), _people(match["list"] or "1", who, unit, more)


def _is_age(match: re.Match[str], who: str | None, before: str, after: str) -> bool:
    """Whether a number with a unit tells an age rather than how long something takes."""
    unit = match["unit"]
    if _NOBODY_BEFORE.search(before) or _is_spanish_are(before, match["list"] or "1"):  # "ya son 3 semanas"
        return False
    if who == RELATIVE and unit[0] not in "ya":  # "husband's seven weeks off pills"
        return False
    if match["old"] or _SHORT_AGE.fullmatch(unit):
        return True
    if _DURATION_AFTER.match(after) or _DURATION_PERHAPS_AFTER.match(after) and not _CHILD_RIGHT_BEFORE.search(before):
        return False
    if re.fullmatch(_DAYS, unit):
        return _BABY_BEFORE.search(before) is not None
    if who == SELF:  # neither "im 8 weeks" nor "tengo 1 año sola" is how old the writer is
        return (
            unit[0] in "ya" and match["list"] is not None and _value(_NUMBER.findall(match["list"])[0]) >= _YOUNGEST_CHILD_WRITER
        )
    if who is not None or _BEFORE_UNIT.search(before) and not _DURATION_BEFORE.search(before):
        return True
    is_aside = unit[0] in "ya" and _ASIDE_BEFORE.search(before) and _ASIDE_AFTER.match(after)
    return bool(is_aside and (unit.startswith("an") or _SOMEBODY.search(before))) and not _LASTING.search(before[-_NEAR_BY:])


def _bare(text: str, ends: list[int]) -> Found:
    """Numbers that what stands before them makes an age."""
    for match in _UNMEASURED.finditer(text):
        (before, after), listed = _around(text, match), match["list"]
        if (_HAS.search(before) or listed in _SMALL) and _THINGS_HAD.match(after):
            continue
        if listed == "24/7" or _COUNTED.match(after) or _NOBODY_BEFORE.search(before):
            continue
        who, half = _introduced(before), 0.5 if match["half"] else 0.0
        people = _people(listed, who, half=half)
        youngest, oldest = min(person.age_years for person in people), max(person.age_years for person in people)
        if who is None:
            is_age = oldest < _GROWN_UP and (
                _THE_ONE_OF.search(before)
                or len(people) > 1
                and _HAVE_A.search(before)
                or any(_AND_ANOTHER.fullmatch(text, end, match.start()) for end in ends)
            )
        elif who == SELF:
            is_age = youngest >= _YOUNGEST_WRITER and not _NO_AGE_OF_MINE.match(after)
        elif _PARENT_BEFORE.search(before):
            is_age = youngest >= _YOUNGEST_PARENT  # "mamá de 3" has three
        else:
            is_age = not _is_spanish_are(before, listed)
        if is_age:
            yield match.start(), match.end(), people


def _is_spanish_are(before: str, number: str) -> bool:
    """ "son cuatro", "ya son 3 semanas"."""
    if not _SON.search(before) or _SOMEBODYS_SON.search(before):
        return False
    return not (_CLAUSE_SON.search(before) and number.isdigit() and int(number) < _GROWN_UP)


def _by_name(text: str, _: list[int]) -> Found:
    """Ages that have a name."""
    for match in _NEWBORN.finditer(text):
        yield match.start(), match.end(), [Person(CHILD, 0.0)]
    for match in _GOING_ON.finditer(text):
        yield match.start(), match.end(), [Person(CHILD, float(match["n"]))]
    for match in _ONE.finditer(text):
        yield match.start(), match.end(), [Person(CHILD, 1.0)]
    for match in _ONE_AND.finditer(text):
        months = match["months"] or match["months_en"]
        if not _AFTER_BEFORE.search(_around(text, match)[0]):
            yield match.start(), match.end(), [Person(CHILD, round(1 + (_years(months, "months") if months else 0.5), 2))]


def _in_grades(text: str, _: list[int]) -> Found:
    """Children in a grade."""
    for match in _GRADE.finditer(text):
        before, after = _around(text, match)
        if not _NO_GRADE_BEFORE.search(before) and not _NO_GRADE_AFTER.match(after):
            yield match.start(), match.end(), [Person(CHILD, float(age)) for age in _ages_in_grades(match)]


def _ages_in_grades(match: re.Match[str]) -> list[int]:
    if match["number"]:
        return [5 + int(match["number"])]
    below = 9 if re.search("prepa|bach", match[0]) else 6 if "secund" in match[0] else 0
    names = (
        [match["from"], match["to"]] if match["from"] else [match["grade"] or match["alone"] or match["short"] or match["kinder"]]
    )
    return [_GRADES[name] + below for name in names]


def _ranges(text: str, _: list[int]) -> Found:
    """The youngest and the oldest of several."""
    for match in _RANGE.finditer(text):
        youngest, oldest = float(match["from"] or match["from2"]), float(match["to"] or match["to2"])
        if youngest < oldest < _GROWN_UP:
            yield match.start(), match.end(), [Person(CHILD, youngest), Person(CHILD, oldest)]


def _around(text: str, match: re.Match[str]) -> tuple[str, str]:
    """The words just before and just after a number: enough for every pattern here."""
    return text[max(0, match.start() - _NEAR) : match.start()], text[match.end() : match.end() + _NEAR]


def _introduced(before: str) -> str | None:
    """Whom the words before a number speak of, if it is somebody's age."""
    return next((who for who, pattern in _BEFORE.items() if pattern.search(before)), None)


def _people(listed: str, who: str | None, unit: str = "years", more: float = 0.0, half: float = 0.0) -> list[Person]:
    ages = [_years(number, unit) + more + half for number in _NUMBER.findall(listed)]
    return [Person(_grown_or_child(who, age), round(age, 2)) for age in ages]


def _grown_or_child(who: str | None, age: float) -> str:
    if who == SELF and age < _YOUNGEST_WRITER:  # "tengo una de 3 años"
        return CHILD
    return RELATIVE if age >= _GROWN_UP and who != SELF else who or CHILD


def _years(number: str, unit: str) -> float:
    return _value(number) / _A_YEAR_HAS.get(unit[0], 1)


def _value(number: str) -> float:
    """ "7", "2.5", "fifty-one", "treinta y dos"."""
    if number[0].isdigit():
        return float(number)
    for ten, amount in _TENS.items():
        if number.startswith(ten):
            return float(amount + _SMALL.get(number.removeprefix(ten).removeprefix(" y").strip(" -"), 0))
    return float(_SMALL[number])
