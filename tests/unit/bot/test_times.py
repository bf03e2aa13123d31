"""Wished-for times, and days that only tell what happened."""

from __future__ import annotations

import pytest

from bot.understanding.times import When, find_when


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("open now?", When("now")),
        ("is it open rn", When("now")),
        ("abierto?", When("now")),
        ("cuál está abierto en este momento", When("now")),
        ("tonight", When("tonight")),
        ("a place to sleep tonite", When("tonight")),
        ("donde dormir esta noche", When("tonight")),
        ("tonight at 9", When("tonight", hour=21)),
        ("today", When("today")),
        ("which ones are open after 5", When("today", hour=17)),
        ("at 13:30", When("today", hour=13, minute=30)),
        ("12am", When("today", hour=0)),
        ("do they do evenings", When("today", hour=18)),
        ("por la tarde", When("today", hour=14)),
        ("tomorrow at 6pm", When("tomorrow", hour=18)),
        ("only show the ones open tomorrow", When("tomorrow")),
        ("mañana", When("tomorrow")),
        ("mañana a las 8", When("tomorrow", hour=8)),
        ("on Saturday", When("day", 5)),
        ("el sábado", When("day", 5)),
        ("sat?", When("day", 5)),
        ("weekends?", When("day", 5)),
        ("anything tuesday morning", When("day", 1, 9)),
        ("are they open on saturday", When("day", 5)),
        ("el viernes a mediodía estará abierto", When("day", 4, 12)),
        ("food bank open saturdays around el paso", When("day", 5)),
        ("clases de crianza que sean los sábados", When("day", 5)),
        ("domingo trabajan?", When("day", 6)),
        ("next tuesday at 9", When("day", 1, 9)),
        ("before noon", When("today", hour=11)),
        ("abierto antes de las 8 de la mañana", When("today", hour=7)),
        ("need one open before 9am tomorrow", When("tomorrow", hour=8)),
        ("mañana en la mañana", When("tomorrow", hour=9)),
        ("esta tarde", When("today", hour=14)),
        ("hoy en la tarde", When("today", hour=14)),
        ("esta mañana", When("today", hour=9)),
        ("a la una", When("today", hour=13)),
        ("open past 6", When("today", hour=18)),
        ("7 in the morning", When("today", hour=7)),
        ("i need food right now", When("now")),
    ],
)
def test_a_wished_for_time_is_found(text: str, expected: When) -> None:
    assert find_when(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "came home friday",
        "kids came home friday and we got no beds",
        "need 2 cribs by friday thats when they come home",
        "court is tomorrow and i need a ride",
        "i been out of work since monday",
        "viene la trabajadora el jueves y cada niño ocupa cama",
        "me regresan a los gemelos el jueves y necesito camas",
        "mañana es mi UA y no tengo carro",
        "we sat outside",
        "pasado mañana",
        "what time do they open",
        "are they 24 hours",
        "day after tomorrow",
        "my shift is at 3 and my sitter quit",
        "she gets off the bus at 3:05 and nobody is home",
        "salgo a las 6 y la guarderia cierra a las 5",
        "el niño no duerme en la noche",
        "i work nights, who can watch him",
        "kids came home today and we need beds",
        "we are living in a motel right now",
        "ahora vivo en fresno con mi tia",
        "95814",
        "",
    ],
)
def test_a_day_that_tells_what_happens_is_no_wish(text: str) -> None:
    assert find_when(text) is None
