"""Ages: what is one, of whom, and what only looks like one."""

from __future__ import annotations

import pytest

from bot.understanding.people import CHILD, RELATIVE, SELF, Person, find_people


def ages(text: str) -> list[float]:
    return [person.age_years for person in find_people(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my 6mo", [0.5]),
        ("need diapers for a 9 month old", [0.75]),
        ("15 yr old", [15]),
        ("15 y/o", [15]),
        ("he's in the 7 y o group", [7]),
        ("for my 3 year old", [3]),
        ("a one-year-old", [1]),
        ("baby 3 weeks", [0.06]),
        ("two and a half years old", [2.5]),
        ("my son is 4 and a half", [4.5]),
        ("he is 1 1/2 years old", [1.5]),
        ("shes 15", [15]),
        ("he's nine and loves cars", [9]),
        ("my son (4) and my daughter (7)", [4, 7]),
        ("my nephew, who is 20", [20]),
        ("our grandson, 2, lives with us", [2]),
        ("kids are 2, 5 and 11", [2, 5, 11]),
        ("coats for 3 boys 8 10 and 13", [8, 10, 13]),
        ("children, ages 3, 7 and 11", [3, 7, 11]),
        ("my 14 and 16 year olds", [14, 16]),
        ("me and my 2 girls (4 and 9)", [4, 9]),
        ("a 9 year old and a 3 year old", [9, 3]),
        ("she turned 1 last week", [1]),
        ("due for her four month shots", [0.33]),
        ("newborn, 2 weeks", [0.04]),
        ("just had a baby", [0]),
        ("my nephew, in 4th grade", [9]),
        ("my 8th grader", [13]),
        ("starting kindergarten", [5]),
        ("twins in 2nd grade", [7, 7]),
        ("twins, 4", [4, 4]),
        ("mi bebé de 8 meses", [0.67]),
        ("mi niña de 3 años", [3]),
        ("tiene 4 añitos", [4]),
        ("la guagüita tiene 18 meses", [1.5]),
        ("mi nena de año y medio", [1.5]),
        ("uno tiene 4 y la otra 9", [4, 9]),
        ("tengo tres hijos, 2, 5 y 9 años", [2, 5, 9]),
        ("mis sobrinos de 8 y 11 llegaron anoche", [8, 11]),
        ("una niña de 7 y uno de 10", [7, 10]),
        ("mi hijo de diez", [10]),
        ("car seat para el de 2 años", [2]),
        ("nació hace 2 semanas", [0.04]),
        ("una recién nacida", [0]),
        ("niña de segundo grado", [7]),
        ("son gemelos, van en tercero", [8, 8]),
        ("abuelita de mellizos de 2 años", [2, 2]),
    ],
)
def test_an_age_is_found_however_it_is_said(text: str, expected: list[float]) -> None:
    assert ages(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "8 years clean",
        "i been clean 2 years",
        "3 months behind on rent",
        "im 5 months behind",
        "hes 2 months sober",
        "i'm 8 months pregnant",
        "7 weeks pregnant",
        "for 2 years",
        "a 12 week parenting class",
        "my 2 year lease",
        "my 6 wk checkup",
        "not a 4 month wait",
        "i have 2 kids",
        "my kids 3 times a week",
        "a 2 bedroom",
        "size 4 diapers",
        "rent is 900",
        "its 20 degrees",
        "court is the 9th",
        "im 3 blocks away",
        "95814",
        "call 911",
        "at 4:30",
        "2nd street",
        "i quit since 9th grade",
        "tengo 5 meses limpia",
        "llevo 5 años en la casa",
        "tengo 3 meses de renta atrasada",
        "estoy embarazada de 6 meses",
        "un programa de 52 semanas",
        "green card de 2 años",
        "tengo 3 hijos",
        "son cuatro y todos comen",
        "tengo corte el 14 y mi abogado no contesta",
        "hoy vi a mi hija después de 4 meses y me abrazó",
        "cuántas calorías tiene un plátano",
        "",
    ],
)
def test_a_number_that_is_no_age_is_left_alone(text: str) -> None:
    assert find_people(text) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("im 17", [Person(SELF, 17)]),
        ("im 19 pregnant and homeless", [Person(SELF, 19)]),
        ("first time mom 17", [Person(SELF, 17)]),
        ("new dad here, 19, no clue", [Person(SELF, 19)]),
        ("tengo 64, ocupo lentes", [Person(SELF, 64)]),
        ("yo tengo 22", [Person(SELF, 22)]),
        ("my wife is 66", [Person(RELATIVE, 66)]),
        ("mi mamá tiene 71", [Person(RELATIVE, 71)]),
        ("a 58 yr old", [Person(RELATIVE, 58)]),
        ("my autistic son is 20", [Person(CHILD, 20)]),
        ("I am 68 years old and my wife is 66", [Person(SELF, 68), Person(RELATIVE, 66)]),
        ("tengo 19, mi hermanito de 7 está en foster", [Person(SELF, 19), Person(CHILD, 7)]),
        ("hes 13 i am 22", [Person(CHILD, 13), Person(SELF, 22)]),
    ],
)
def test_whose_age_it_is(text: str, expected: list[Person]) -> None:
    assert list(find_people(text)) == expected
