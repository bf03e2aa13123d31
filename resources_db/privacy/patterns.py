"""What identifies somebody by what it looks like: numbers, addresses, accounts, in both languages.

Where a pattern has a group `out`, that is what is masked, and the rest only tells what it is.
"""

from __future__ import annotations

import re

_I = re.IGNORECASE


def _each(*patterns: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, _I) for pattern in patterns)


_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
    r"|ene(?:ro)?|febrero|marzo|abr(?:il)?|mayo|junio|julio|ago(?:sto)?|septiembre|setiembre|octubre|noviembre|dic(?:iembre)?)\b\.?"
)
_DAY = (
    rf"(?:\d{{1,4}}[/.-]\d{{1,2}}(?:[/.-]\d{{1,4}})?|{_MONTHS}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s*\d{{2,4}})?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:(?:de|of)\s+)?{_MONTHS}(?:,?\s*(?:(?:de|del)\s+)?\d{{4}})?)"
)
# Whole words that are never part of a street's name: "I have 2 kids and no way to court" is no address.
_NO_STREET = (
    r"(?!(?:and|or|the|a|to|on|in|at|of|for|with|from|no|not|is|are|was|i|we|my|our|me|he|she|they|kids?|child(?:ren)?|boys?|girls?|sons?"
    r"|daughters?|bab(?:y|ies)|years?|yrs?|months?|weeks?|days?|hours?|hrs?|minutes?|mins?|miles?|blocks?|people|adults?|bed(?:room)?s?|dollars?"
    r"|bucks|times?|am|pm|percent|y|o|de|del|la|el|los|las|en|con|que|por|para|mi|mis|hij[oa]s?|niñ[oa]s?|años?|meses|semanas|d[ií]as|horas|minutos"
    r"|millas|cuadras|personas|adultos|rec[aá]maras?|cuartos?|need(?:s|ed)?|want|dr|doctors?)\b)"
)
_SURE_STREET = r"(?:street|avenue|ave|blvd|boulevard|lane|ln|highway|hwy|parkway|pkwy|road|rd|terrace|circle|cir)"
_ANY_STREET = r"(?:St|Dr|Drive|Ct|Court|Place|Pl|Way|Trail|Trl|Loop|Square|Sq|Terrace|Ter|Circle|Cir|Row|Run|Path|Alley|Plaza)"
_SMALL_STREET = r"(?:st|dr|ct|pl)"
_UNIT = (
    r"(?:,?\s*(?:(?:apartment|apt|apto|unit|suite|ste|space|spc|lot|room|rm|depto|departamento|int|trailer)\b\.?\s*#?\s*"
    r"[A-Za-z]?-?\d*[A-Za-z]?\b|#\s*[A-Za-z]?-?\d+[A-Za-z]?(?:-[A-Za-z])?))?"
)
_HEADING = r"(?:(?:[NSEW]|[NS][EW]|North|South|East|West)\.?\s+)?"

_EMAIL = re.compile(
    r"(?<![\w.+-])(?:[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"
    r"|(?:\w{1,64}\s+(?:dot|punto)\s+)?[\w.+-]{1,64}\s+(?:at|arroba)\s+[\w-]+\s+(?:dot|punto)\s+(?:com|net|org|edu|gov|mx|co|us)\b(?:\s+(?:dot|punto)\s+\w{2}\b)?)",
    _I,
)
_URL = re.compile(
    r"(?:https?://[^\s/?]+|(?<![\w@.-])(?:[\w-]{1,64}\.){1,4}(?:com|org|net|gov|edu|us|mx|me|co|io|app))[/?][^\s,;)]+", _I
)
_NETWORK = r"(?:instagram|insta|ig|snapchat|snap|tiktok|twitter|telegram|discord|cash\s?app|venmo|zelle|messenger|facebook|fb)"
_HANDLE = re.compile(
    r"(?<![\w@.])@[A-Za-z][\w.-]*\w|(?<![\w$])\$[A-Za-z]\w{2,}"
    rf"|\b{_NETWORK}(?:\s+(?:is|es|me|name|handle|user(?:name)?))?\s*[:=]?\s+@?(?P<out>[A-Za-z](?=\w*[\d_.]\w)[\w.]{{3,}})",
    _I,
)
_SOCIAL_SECURITY = _each(
    r"(?<![\d-])\d{3}[- ]\d{2}[- ]\d{4}(?![\d-])",
    r"(?<![\d$.-])\d{9}(?![\d-])",
    r"\b(?:last\s+(?:four|4)|[uú]ltim[oa]s\s+(?:cuatro|4))\b\D{0,30}?(?P<out>\d{4})\b",
    r"\b(?:ssn|ss#|social|seguro social|itin)\b\D{0,16}?(?P<out>\d{3}[- ]?\d{2}[- ]?\d{4})(?!\d)",
)
# A year alone only says how old somebody is.
_BIRTHDAY = _each(
    r"\b(?:d\.?o\.?b\.?|date\s+of\s+birth|birth\s?da(?:te|y)|b-?day|born(?:\s+on)?|fecha\s+(?:de\s+)?nac\w*\.?|naci(?:[oó]|d[oa]|eron)(?:\s+(?:el|en))?"
    rf"|cumplea[nñ]os|cumple(?:\s+(?:el|años\s+el))?)(?:\s+(?:is|was|es|el|on))*\s*[:=]?\s*(?P<out>{_DAY})",
)
_CARD = _each(
    r"(?<!\d)\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}(?!\d)",
)
# Cases, dockets, alien registration, identity cards: by what they look like, or by what says so before.
_CASE = _each(
    r"(?<![\w-])(?:\d:)?\d{2,4}-?[A-Z]{2,3}-\d{3,}\b|(?<![\w-])[A-Z]{2,3}-\d{2,4}-\d{2,}\b",
    r"\b[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z\d]\d\b",
    r"\b(?:case|docket|court\s+file|file|inmate|booking|client|member(?:ship)?|patient|policy|medicaid|medi-cal|medicare|insurance|ebt|snap|card"
    r"|dl|driver'?s?\s+licen[cs]e|licen[cs]e|passport|alien|a-?number|receipt|badge|warrant|report|id|folio|expediente|caso|extranjero|preso|reo"
    r"|cliente|paciente|p[oó]liza|licencia(?:\s+de\s+(?:manejo|conducir))?|matr[ií]cula(?:\s+consular)?|pasaporte|tarjeta|n[uú]mero\s+a|seguro)"
    r"(?:\s*(?:id|is|es|no|num(?:ber)?|n[uú]m(?:ero)?|card|case|de\s+caso|the|el|la)\b\.?)*\s*[#:=]*\s*"
    r"(?P<out>(?=[\w:-]*\d[\w:-]*\d[\w:-]*\d)(?!\d{5}\b(?!-))[A-Z]{0,4}-?\d(?:[\w:]|[ -](?=[A-Z]{0,3}-?\d)){3,}[\w]*)",
)
_LICENSE = re.compile(r"\bA[-# ]{0,2}\d{3}[- ]?\d{3}[- ]?\d{2,3}\b|\b[A-Z]{1,2}\d{6,9}[A-Z]?\b|\b[A-Z]\d{3}-\d{4}-\d{4}\b")
_EXTENSION = r"(?:\s*(?:ext|extension|x)\.?\s*\d{1,6})?"
_PHONE = re.compile(
    r"(?<![\d$.,/-])(?:"
    r"(?:\+?1[\s.-]{0,2})?(?!\(?8(?:00|33|44|55|66|77|88)\b)(?:\(\d{3}\)|\d{3})[\s.-]{0,2}\d{3}[\s.-]{0,2}\d{4}"
    r"|\+\d{1,3}(?:[\s.-]?\d){7,12}"
    r"|\d{2}[ .-]\d{4}[ .-]\d{4}"
    r"|[2-9]\d{2}[.-]0\d{3}|\d{3}[ .-]\d{7})(?![\d/-])" + _EXTENSION,
    _I,
)
_PHONE_SPACED = re.compile(r"(?<![\d$])(?:\d[ .-]){9,10}\d(?![\d.])")
_PHONE_SAID = re.compile(
    r"\b(?:phone|number|cell|tel[eé]?f?o?n?o?|call|text|cel(?:ular)?|n[uú]mero|ph|llam\w+|marque|marca)\b"
    r"\W{0,3}(?:\w+\W{1,3}){0,3}?(?P<out>\d{3}[-. ]\d{4})(?![\d-])",
    _I,
)
_STREETS: tuple[re.Pattern[str], ...] = (
    re.compile(
        rf"(?<![\d$#.-])\d{{1,5}}(?:-\d+)?[A-Za-z]?\s+{_HEADING}(?:{_NO_STREET}[\w.'’-]+\s+){{1,4}}?"
        rf"{_SURE_STREET}\b\.?{_UNIT}",
        _I,
    ),
    re.compile(
        rf"(?<![\d$#.-])\d{{1,5}}[A-Za-z]?\s+{_HEADING}(?:(?:[A-Z][\w'’.-]*|\d+(?:st|nd|rd|th)|de|del|la|las|los)\s+){{1,4}}?"
        rf"{_ANY_STREET}\b\.?(?i:{_UNIT})",
    ),
    re.compile(
        rf"(?<![\d$#.-])\d{{2,5}}\s+{_HEADING}(?:{_NO_STREET}[\w'’-]+\s+){{1,2}}?"
        rf"{_SMALL_STREET}\b\.?(?!\s+(?:said|says|appt|appointment)){_UNIT}",
        _I,
    ),
    re.compile(
        rf"(?<![\d$#.-])\d{{1,6}}\s+(?:(?:state|us|old)\s+)?(?:highway|hwy|county\s+(?:road|rd)|cr|route|rte)\s+\d+\b{_UNIT}", _I
    ),
    re.compile(r"\b(?:p\.?\s?o\.?\s+box|apartado(?:\s+postal)?|post\s+office\s+box)\s*#?\s*\d+", _I),
    re.compile(
        r"\b(?:calle|avenida|av\.?|blvd\.?|boulevard|callej[oó]n|privada|calzada|camino|carretera|colonia)\s+"
        rf"(?:{_NO_STREET}[^\W\d]+\s+(?:(?:de|del|la|los|las)\s+)*){{1,3}}(?:(?:#|no\.?|n[uú]m(?:ero)?\.?)\s*)?\d{{1,5}}(?:-?[A-Z])?\b"
        r"(?!\s*(?:años?|hij|niñ|cuadras|millas|minutos|personas|veces|horas))",
        _I,
    ),
    re.compile(r"\b(?:calle|avenida|av\.?)\s+\d{1,2}\s+de\s+[^\W\d]+\s*,?\s*(?:(?:#|no\.?|n[uú]m(?:ero)?\.?)\s*)?\d{1,5}\b", _I),
    # a pin on a map
    re.compile(r"(?<![\d.])-?\d{1,3}\.\d{4,}\s*,\s*-?\d{1,3}\.\d{4,}"),
    re.compile(r"\b(?:calle|avenida|av\.?)\s+\d+\s*(?:,\s*)?(?:#|no\.?|n[uú]m(?:ero)?\.?)\s*\d+(?:-?[A-Z])?\b", _I),
    re.compile(r"(?<![\d$#.-])\d{1,5}\s+(?i:de\s+la\s+(?:calle|avenida))\s+[A-ZÁÉÍÓÚÑ]\w+"),
)  # fmt: skip
_UNITS = re.compile(
    r"(?<!bed )\b(?:(?:apartment|apt|apto|unit|depto|departamento)\b\.?\s*#?\s*[A-Z]?-?\d+[A-Z]?"
    r"|(?:room|rm|cuarto|habitaci[oó]n|space|espacio|lot|trailer)\s*#?\s*\d{2,4}[A-Z]?)\b"
    r"(?!\s*(?:a|al|per|por|the|dollars?|bucks|usd|pesos|d[oó]lares|dlls|/|years?|months?|días|meses|people)\b)",
    _I,
)

#: Kind → its patterns. All but "web" have a digit in them.
KINDS: dict[str, tuple[re.Pattern[str], ...]] = {
    "web": (_URL, _EMAIL, _HANDLE),
    "social_security": _SOCIAL_SECURITY,
    "birthday": _BIRTHDAY,
    "card": _CARD,
    "case": (*_CASE, _LICENSE),
    "phone": (_PHONE, _PHONE_SPACED, _PHONE_SAID),
    "street": (*_STREETS, _UNITS),
}
