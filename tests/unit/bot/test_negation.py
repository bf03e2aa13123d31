"""What is refused, and what is a need however it is negated."""

from __future__ import annotations

import pytest

from bot.understanding.negation import refused_spans, without
from bot.understanding.text import plain


def rest(text: str) -> str:
    folded = plain(text)
    return without(folded, refused_spans(folded))


@pytest.mark.parametrize(
    ("text", "refused", "kept"),
    [
        ("i dont need food i need a lawyer", "food", "lawyer"),
        ("I don't want a shelter, I want an apartment", "shelter", "apartment"),
        ("not food, rent", "food", "rent"),
        ("childcare not parenting", "parenting", "childcare"),
        ("i meant drug treatment not counseling", "counseling", "treatment"),
        ("never mind the pantry can you do the light bill", "pantry", "light bill"),
        ("stop giving me shelters, im asking about section 8", "shelters", "section 8"),
        ("daycare is handled, i mean a weekend off", "daycare", "weekend"),
        ("already got a lawyer. need somebody to watch the kids", "lawyer", "watch"),
        ("i have a job. want my ged", "job", "ged"),
        ("i finished treatment in march, just need a job", "treatment", "job"),
        ("counseling no, detox yes", "counseling", "detox"),
        ("last year we was homeless, its the electric now", "homeless", "electric"),
        ("we are good on diapers, do you have car seats", "diapers", "car seats"),
        ("no necesito comida, necesito un abogado", "comida", "abogado"),
        ("no busco guardería, busco un descanso", "guarderia", "descanso"),
        ("no es la escuela, es cuidado de niños", "escuela", "cuidado"),
        ("no comida, renta", "comida", "renta"),
        ("terapia no, AA", "terapia", "aa"),
        ("comida tengo gracias a dios, me faltan pañales", "comida", "panales"),
        ("ya tengo abogado, busco donde hacer las visitas", "abogado", "visitas"),
        ("las clases ya las terminé, ahora quiero un abogado", "clases", "abogado"),
        ("olvida el trabajo, quiero el GED", "trabajo", "ged"),
        ("antes iba a terapia, ahora busco trabajo", "terapia", "trabajo"),
    ],
)
def test_what_is_refused_or_settled_is_taken_out_and_the_wish_stays(text: str, refused: str, kept: str) -> None:
    assert refused not in rest(text)
    assert kept in rest(text)


@pytest.mark.parametrize(
    "text",
    [
        "we got no beds",
        "no car, no job, need help",
        "no food, kids are hungry",
        "i cant pay rent",
        "not enough food",
        "not able to pay the light bill",
        "im not working and need a job",
        "dont have a sitter",
        "i dont want to lose my apartment",
        "i already got an eviction notice",
        "no tengo comida",
        "no hay pañales",
        "ya no tengo trabajo",
        "ya tengo 3 meses de atraso en la renta",
        "no quiero perder mi casa",
        "me quedé sin trabajo",
    ],
)
def test_a_lack_is_a_need(text: str) -> None:
    assert rest(text) == plain(text)
