"""What is heard in a message about the record: the wish, what was kept, the day. Sunday is the day on which it is said."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from resources_db.record.reading import day_in, hear

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "kind", "note", "on"),
    [
        ("went to parenting class today", "class", "parenting class", SUNDAY),
        ("visit with the kids kept Saturday", "visit", None, date(2026, 11, 21)),
        ("anoté: clase de crianza ayer", "class", "clase de crianza", date(2026, 11, 21)),
        ("I made it to my NA meeting last night!", "meeting", "na meeting", date(2026, 11, 21)),
        ("therapy appointment kept on Nov 18", "appointment", "therapy appointment", date(2026, 11, 18)),
        ("had my visit 11/14", "visit", None, date(2026, 11, 14)),
        ("attended group two days ago", "meeting", None, date(2026, 11, 20)),
        ("ayer fui a consejería", "appointment", "consejería", date(2026, 11, 21)),
        ("fui a la visita el 14 de noviembre", "visit", None, date(2026, 11, 14)),
        ("antier tuve junta con la escuela", "meeting", "junta con la escuela", date(2026, 11, 20)),
        ("cumplí con la clase esta mañana", "class", None, SUNDAY),
        ("acabo de salir de la clase de padres", "class", "clase de padres", SUNDAY),
        ("just got out of my dv class", "class", "dv class", SUNDAY),
    ],
)
def test_what_a_parent_says_it_kept_is_heard_with_its_day(text: str, kind: str, note: str | None, on: date) -> None:
    heard = hear(text, SUNDAY)
    assert (heard.wish, heard.kinds, heard.on) == ("kept", ((kind, note),), on)


def test_two_things_in_one_message_are_two() -> None:
    heard = hear("went to class and my visit today", SUNDAY)
    assert [kind for kind, _ in heard.kinds] == ["class", "visit"]


@pytest.mark.parametrize("text", ["went to my class", "log a visit", "fui a la junta"])
def test_a_day_that_was_not_said_is_not_guessed(text: str) -> None:
    heard = hear(text, SUNDAY)
    assert (heard.wish, heard.on) == ("kept", None)


@pytest.mark.parametrize("text", ["log it for today", "write that down please", "anótalo"])
def test_a_kind_that_was_not_said_is_not_guessed(text: str) -> None:
    heard = hear(text, SUNDAY)
    assert (heard.wish, heard.kinds) == ("kept", ())


@pytest.mark.parametrize(
    "text",
    ["i missed class today", "didn't make my visit saturday", "hoy no pude ir a la clase", "falté a la visita ayer",
     "they cancelled my visit saturday"],
)  # fmt: skip
def test_what_was_missed_is_never_kept(text: str) -> None:
    assert hear(text, SUNDAY).wish == "missed"


@pytest.mark.parametrize(
    "text",
    ["i have a visit tomorrow", "parenting class next monday", "log my class for 11/30", "mañana tengo clase",
     "voy a ir a la junta"],
)  # fmt: skip
def test_what_is_still_to_come_is_never_kept(text: str) -> None:
    assert hear(text, SUNDAY).wish == "ahead"


@pytest.mark.parametrize("text", ["undo", "delete that", "take that off my record", "bórrala, no fue hoy", "deshacer"])
def test_what_was_written_down_can_be_taken_back(text: str) -> None:
    assert hear(text, SUNDAY).wish == "undo"


def test_a_wrong_day_can_be_mended() -> None:
    assert hear("wrong date on my visit, fix it", SUNDAY).wish == "mend"
    assert hear("puse mal el día de la clase", SUNDAY).wish == "mend"
    heard = hear("that visit was friday, not today", SUNDAY)
    assert (heard.wish, heard.on) == ("mend", date(2026, 11, 20))


@pytest.mark.parametrize(
    "text", ["my record", "mi resumen", "show my classes and visits", "qué apunté", "list of the classes i went to"]
)
def test_asking_to_see_it_writes_nothing_down(text: str) -> None:
    assert hear(text, SUNDAY).wish == "show"


@pytest.mark.parametrize("text", ["how do i log a class", "can you keep track of my visits", "quiero apuntar mis clases"])
def test_asking_how_writes_nothing_down(text: str) -> None:
    assert hear(text, SUNDAY).wish == "how"


@pytest.mark.parametrize(
    ("text", "back"),
    [
        ("today", 0), ("hoy", 0), ("tonight", 0), ("yesterday", 1), ("anoche", 1), ("saturday", 1), ("el sábado", 1),
        ("on mon", 6), ("sunday", 0), ("last sunday", 7), ("el domingo pasado", 7), ("3 days ago", 3), ("hace dos días", 2),
        ("the 14th", 8), ("el 14", 8), ("the 30th", 23), ("11/20", 2), ("20/11", 2), ("Nov. 1st", 21), ("1 de nov de 2026", 21),
    ],
)  # fmt: skip
def test_a_day_is_the_newest_that_fits(text: str, back: int) -> None:
    assert day_in(text, SUNDAY) == SUNDAY - timedelta(back)


def test_a_date_without_a_year_may_be_near_and_still_to_come() -> None:
    assert day_in("12/3", SUNDAY) == date(2026, 12, 3)


def test_around_new_year_a_day_of_december_is_of_last_year() -> None:
    assert day_in("12/28", date(2027, 1, 3)) == date(2026, 12, 28)
    assert day_in("the 31st", date(2027, 1, 3)) == date(2026, 12, 31)


@pytest.mark.parametrize("text", ["", "we sat down to talk", "2/30", "99/99", "class 4 of 12", "it may work"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_in(text, SUNDAY) is None


@pytest.mark.parametrize("text", ["•" * 4000, "a " * 2000, "went to class " * 300, "11/" * 1000])
def test_no_text_is_too_odd_to_be_read(text: str) -> None:
    hear(text, SUNDAY)
