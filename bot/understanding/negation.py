"""What a family does not ask for: "i dont need food", "not food, rent", "comida ya tengo", "i finished my classes".

"no tengo comida", "we got no beds" and "cant pay rent" are needs: a lack is never a refusal. All functions read plain
text (bot.understanding.text.plain), so no pattern here has accents, capitals or apostrophes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.understanding.text import one_of

Span = tuple[int, int]


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns))


_BARE_WISH = one_of("necesito, quiero, ocupo, busco, lo que, what i, what we, give me, dame, falta, faltan")
_STARTS_ANEW = one_of("i, we, no, need, want, cant, not, he, she, they, necesito, quiero, ando, ocupo, me, ahora, falta")
#: Where one clause ends and the next begins: a sign, a contrast, or a new wish. A comma inside a list with "or" is none.
_BOUNDARY = _any(
    r"[.;!?\n:]+|,(?!\s*(?:\w+\s+){0,3}(?:or|nor|ni|o)\b)",
    r"\b(?:but|pero|sino|mas bien|only|so|asi que|ahora|now|though)\b",
    r"\b(?<!not )(?<!dont )just\b|\b(?<!no )(?:solo|nomas|solamente|mejor)\b",
    r"\b(?:i|we|she|he) (?:really |just |do |still )?(?:need|want)\b|\b(?:im|were|i am|we are) (?:asking|looking)\b",
    rf"(?<!no )(?<!ni )(?<!no me )\b{_BARE_WISH}\b",
    rf"\b(?:and|n|y)\b(?= {_STARTS_ANEW}\b)",
    r"\b(?:its|(?<!no )es) (?:the|la|el|los|las|que|my|mi)\b|\b(?:i mean|i meant|can you|could you)\b",
)

_DO_NOT = one_of("dont, do not, doesnt, does not, didnt, did not, not, no longer, never, wasnt, isnt, aint")
_WISH = one_of(
    "need, require, look(?:ing)? (?:for|to), ask(?:ing|ed)? (?:for|about), interested in, talking about, after, send me, "
    # "dont want to lose my home" is a need
    r"want(?! (?:to (?!see\b|go to|apply|talk to|do a)|my|him|her|them|us|no)\b)"
)
_DROP = one_of(
    "stop (?:giving|sending) me, forget, scratch, skip (?:the|that), never ?mind, instead of, rather than, other than, aside from"
)
_WISH_ES = one_of(
    r"necesit\w+, ocup\w+, busc\w+, precis\w+, interesa\w*, mand[ea]n?\b, den\b, hacen? falta, pedi\w*, pido\b, quise decir, "
    r"(?:quiero|queremos)(?! (?:perder|que|volver|regresar|irme|estar|seguir|morir)\b), estoy (?:buscando|pidiendo), soy, "
    r"es (?:de |para |por |asunto de |el |la |los |las |que )?(?!justo|suficiente|facil|posible|seguro)"
)
_DROP_ES = one_of(r"olvida\w*, (?<!me )(?<!le )(?<!nos )quita, en vez de, en lugar de, cambie de (?:idea|opinion) de")
_STILL_A_NEED = one_of(
    "one, seen, been, had, got(?:ten)?, enough, able, sure, much, only, just, safe, allowed, paid, any, all, yet, a lot, "
    "even, let, me, my, to, that, so, too"
)
#: From here to the end of the clause something is refused.
_REFUSING = _any(
    rf"\b{_DO_NOT}\s+(?:really |even |actually |currently )?{_WISH}\b",
    rf"\b{_DROP}\b",
    rf"\bno (?:me |nos |les? |te |l[ao]s? )?{_WISH_ES}",
    rf"\b{_DROP_ES}\b|^\s*ni\b",
    # "not rehab", "childcare not parenting"; but "not enough food", "not working" are needs
    rf"\bnot (?!(?!counseling|parenting|housing)\w+ing\b|{_STILL_A_NEED}\b)",
    r"^\s*no (?!one\b|more\b|body\b|way\b|tengo\b|hay\b)(?:\w+ ){0,2}\w+ (?:thanks|thank you|please|gracias|por favor|yet)\b",
)

_OWNED = one_of(
    "job, work, lawyer, attorney, therapist, counselor, doctor, dentist, pediatrician, house, home, apartment, place, "
    "place to stay, car, ride, insurance, food, groceries, daycare, sitter, babysitter, clothes, crib, car seat, beds?, "
    "stamps, medicaid, wic, sponsor, diploma, ged"
)
_SEEN_TO = one_of("fine, ok, okay, good, handled, set, set up, taken care of, working again, fixed")
_DONE = one_of("finished, completed, graduated, passed, fired, stopped, dont do")
_HAVE_ES = one_of(
    r"tengo, tenemos, tiene, hay, consegui\w*, encontr\w+, dieron, dan, da, pagan, acabe, termine, cumpli, hice, compre, "
    r"firmamos, sali, van"
)
#: The whole clause tells what the family has, did, or gave up.
_SETTLED = _any(
    r"\balready\b",
    r"\b(?:i|we|she|he) (?:have|has|got|found) (?:an? |my |our |the |enough |plenty of |her |his )*"
    rf"{_OWNED}\b(?!.*\b(?:interview|list|wont|broke|expired|visit|appointment)\b)",
    rf"\b(?:is|are|r|was|got|s) (?:all )?{_SEEN_TO}\b|\bcovered\b",
    r"\b(?:were|we are|im|i am) (?:good|fine|all set|set|ok) (?:on|with|for)\b|\bplenty of\b",
    rf"\b(?:i|we) (?:\w+ )?{_DONE}\b|\bused to\b|\blast year\b",
    r"\b(?:isnt|is not|aint|not) (?:it|what|the problem|the issue|for me)\b|\barent for me\b",
    r"\bno more\b.*\b(?:please|for me|thanks)\b",
    r"^\s*(?!.*\bsa(?:ys|id)\b)(?:\w+ ){1,4}(?:ya )?no(?: por favor| please| thanks| gracias)?$",
    # Spanish says a lack with a verb, so "no comida, renta" refuses; English "no food" may be a lack
    r"^no (?!formula|pajamas|idea)\w{2,}(?:as?|os|[cs]ion)$",
    r"^\s*(?:\w+ ){1,2}no (?:l[aeo]s? |me )?(?:pido|necesito|quiero|busco|ocupo|hace falta)$",
    r"(?<!no )(?<!ni )\b(?:tengo|tenemos)(?: de mas| resuelt\w+| gracias a dios)?$|^\s*tengo (?:donde|con quien|en que)\b",
    rf"(?<!que )\b(?:si|ya) (?:l[ao]s? |le |me |nos )?{_HAVE_ES}\b",
    r"\b(?:termine|acabe|cumpli) (?:el|la|las|los|mi|mis)\b|\bya estuve\b",
    r"\bantes (?:iba|tenia|ibamos)\b|\bnunca (?:hubo|me han)\b",
    r"\b(?:estamos|estoy) bien (?:de|con)\b|\bno (?:hay|es) (?:el |la |ningun )?problema\b|\b(?:resuelt|cubiert)[ao]s?\b",
)
#: What nobody is glad to have; and lacks, which make a clause a need after all.
_TROUBLE = re.compile(
    r"\b"
    + one_of(
        r"evict\w*, desaloj\w*, behind, atras\w*, debo, debemos, owe, owed, notice, aviso, bills?, recibos?, shut ?off, "
        r"dis?connect\w*, cort\w+, duel\w+, dolor, pain, hurts?, infection, lost, perdi\w*, ran out, no tengo, no tenemos, "
        r"sin, without, kicked, corrieron, sacaron, termina, vence, expired?, meses, months?, semanas, weeks?"
    )
    + r"\b"
)


def refused_spans(text: str) -> list[Span]:
    """Where in the plain text something is refused or settled: (start, end) of each such stretch."""
    spans = []
    for start, end in _clauses(text):
        clause = text[start:end]
        if _SETTLED.search(clause.strip()) and not _TROUBLE.search(clause):
            spans.append((start, end))
        elif match := _REFUSING.search(clause):
            spans.append((start + match.start(), end))
    return spans


def without(text: str, spans: list[Span]) -> str:
    """The text without the spans, so that a classifier does not read what is refused as a wish."""
    kept = list(text)
    for start, end in spans:
        kept[start:end] = " " * (end - start)
    return " ".join("".join(kept).split())


def _clauses(text: str) -> Iterator[Span]:
    start = 0
    for match in _BOUNDARY.finditer(text):
        if match.start() > start:
            yield start, match.start()
            start = match.start()
    if start < len(text):
        yield start, len(text)
