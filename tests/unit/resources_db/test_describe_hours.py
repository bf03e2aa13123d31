"""Opening hours as a family reads them."""

from __future__ import annotations

from datetime import date

import pytest

from resources_db.hours import describe_hours
from resources_db.schedules import Closure, OpeningRule

TODAY = date(2026, 11, 23)
EVERY_DAY = "MO,TU,WE,TH,FR,SA,SU"


def weekly(byday: str, opens_at: str | None, closes_at: str | None, **more: object) -> OpeningRule:
    return OpeningRule("WEEKLY", byday, opens_at, closes_at, **more)  # type: ignore[arg-type]


def monthly(byday: str | None, opens_at: str, closes_at: str, **more: object) -> OpeningRule:
    return OpeningRule("MONTHLY", byday, opens_at, closes_at, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rules", "english", "spanish"),
    [
        (
            [weekly("MO,TU,WE,TH,FR", "09:00", "17:00")],
            "Mon–Fri 9 am–5 pm",
            "lun a vie 9 am–5 pm",
        ),
        (
            [
                weekly("MO,TU,WE,TH,FR", "09:00", "12:00"),
                weekly("MO,TU,WE,TH,FR", "13:00", "17:00"),
                monthly("2SA,4SA", "10:00", "12:00"),
            ],
            "Mon–Fri 9 am–noon and 1–5 pm; 2nd and 4th Saturday 10 am–noon",
            "lun a vie 9 am–mediodía y 1–5 pm; segundo y cuarto sábado del mes 10 am–mediodía",
        ),
        (
            [weekly("MO,WE,FR", "08:30", "12:30"), weekly("TU,TH", "13:00", "18:00")],
            "Mon, Wed and Fri 8:30 am–12:30 pm; Tue and Thu 1–6 pm",
            "lun, mié y vie 8:30 am–12:30 pm; mar y jue 1–6 pm",
        ),
        (
            [weekly("MO,TU,WE,FR", "09:00", "11:30")],
            "Mon–Wed and Fri 9–11:30 am",
            "lun a mié y vie 9–11:30 am",
        ),
        (
            [weekly("TH,FR,SA", "20:00", "01:30"), weekly("SU", "18:00", "23:59")],
            "Thu–Sat 8 pm–1:30 am; Sun 6 pm–midnight",
            "jue a sáb 8 pm–1:30 am; dom 6 pm–medianoche",
        ),
        (
            [weekly(EVERY_DAY, "11:30", "13:30")],
            "Every day 11:30 am–1:30 pm",
            "todos los días 11:30 am–1:30 pm",
        ),
        ([weekly(EVERY_DAY, "00:00", "23:59")], "Open 24 hours", "Abierto las 24 horas"),
        (
            [weekly("SA,SU", "00:00", "23:59"), weekly("FR", "12:00", "00:00")],
            "Fri noon–midnight; Sat and Sun 24 hours",
            "vie mediodía–medianoche; sáb y dom las 24 horas",
        ),
        ([monthly("-1FR", "09:00", "12:00")], "last Friday 9 am–noon", "último viernes del mes 9 am–mediodía"),
        (
            [weekly("TU", "09:00", "10:00", interval=2, dtstart=date(2026, 1, 6))],
            "every other week, Tue 9–10 am",
            "cada dos semanas, mar 9–10 am",
        ),
        (
            [monthly(None, "09:00", "10:00", bymonthday="1,15")],
            "day 1 and 15 of the month 9–10 am",
            "día 1 y 15 del mes 9–10 am",
        ),
        (
            [monthly("FR", "09:00", "10:00", bymonthday="13")],
            "Fri when it is day 13 of the month 9–10 am",
            "vie cuando es día 13 del mes 9–10 am",
        ),
        ([weekly("MO", None, None)], "Mon, times not listed", "lun, sin hora indicada"),
        ([], "Hours not listed — call first", "Horario no indicado: llama antes"),
        ([weekly("MO", "9", None, byweekno="3")], "Hours not listed — call first", "Horario no indicado: llama antes"),
        (
            [OpeningRule(description="By appointment.")],
            "By appointment — call first",
            "Con cita: llama antes",
        ),
        (
            [weekly("MO,TU", "09:00", "10:00"), weekly("FR", None, None, description="Appointment required")],
            "Mon and Tue 9–10 am; Fri by appointment",
            "lun y mar 9–10 am; vie con cita",
        ),
        (
            [weekly("MO", "09:00", "10:00", description="By appointment only")],
            "Mon 9–10 am by appointment",
            "lun 9–10 am con cita",
        ),
        (
            [weekly("MO", "09:00", "10:00"), OpeningRule(description="con cita previa")],
            "Mon 9–10 am; By appointment",
            "lun 9–10 am; Con cita",
        ),
        (
            [weekly("MO", "09:00", "10:00"), weekly("TU", "09:00", "10:00", attending_type="online")],
            "Mon 9–10 am; Tue 9–10 am (online)",
            "lun 9–10 am; mar 9–10 am (por internet)",
        ),
        (
            [weekly(EVERY_DAY, "00:00", "23:59", attending_type="phone")],
            "Every day 24 hours (by phone)",
            "todos los días las 24 horas (por teléfono)",
        ),
        (
            [weekly("MO", "09:00", "10:00", attending_type="in_person", notes="Ring the bell")],
            "Mon 9–10 am; Ring the bell",
            "lun 9–10 am; Ring the bell",
        ),
        (
            [weekly("MO", None, None, description="Mornings"), weekly("TU", "09:00", "10:00", description="Tuesdays 9 to 10")],
            "Mon, times not listed; Tue 9–10 am; Mornings",
            "lun, sin hora indicada; mar 9–10 am; Mornings",
        ),
        (
            [OpeningRule(schedule_link="https://example.org/hours")],
            "See their hours at https://example.org/hours — call first",
            "Horario en https://example.org/hours; llama antes",
        ),
        (
            [weekly("MO", "09:00", "10:00"), OpeningRule(description="Closed on holidays")],
            "Mon 9–10 am; Closed on holidays",
            "lun 9–10 am; Closed on holidays",
        ),
        (
            [weekly("MO", "09:00", "10:00"), weekly("1TU", "09:00", "10:00")],
            "Mon 9–10 am; other times not listed",
            "lun 9–10 am; otras horas no indicadas",
        ),
    ],
)
def test_hours_are_told_in_plain_words_in_both_languages(rules: list[OpeningRule], english: str, spanish: str) -> None:
    assert describe_hours(rules, "en", TODAY) == english
    assert describe_hours(rules, "es", TODAY) == spanish


def test_the_order_of_the_rows_does_not_matter() -> None:
    rules = [weekly("SA", "10:00", "12:00"), weekly("TU", "13:00", "17:00"), weekly("MO,TU", "09:00", "12:00")]
    expected = "Mon 9 am–noon; Tue 9 am–noon and 1–5 pm; Sat 10 am–noon"
    assert describe_hours(rules, "en") == describe_hours(rules[::-1], "en") == expected


def test_hours_that_are_over_are_left_out() -> None:
    rules = [weekly("MO", "09:00", "10:00", valid_to=date(2026, 8, 31)), weekly("TU", "09:00", "10:00")]
    assert describe_hours(rules, "en", TODAY) == "Tue 9–10 am"
    assert describe_hours(rules[:1], "en", TODAY) == "Hours not listed — call first"


def test_a_season_that_begins_or_ends_soon_is_told() -> None:
    winter = weekly("MO", "09:00", "10:00", valid_from=date(2026, 12, 1), valid_to=date(2027, 2, 28))
    assert describe_hours([winter], "en", TODAY) == "Mon 9–10 am (Dec 1, 2026 to Feb 28, 2027)"
    assert describe_hours([winter], "es", TODAY) == "lun 9–10 am (del 1 dic 2026 al 28 feb 2027)"
    assert describe_hours([winter], "en", date(2026, 12, 24)) == "Mon 9–10 am (until Feb 28, 2027)"


def test_an_end_years_away_is_not_a_season() -> None:
    assert describe_hours([weekly("MO", "09:00", "10:00", valid_to=date(2099, 1, 1))], "en", TODAY) == "Mon 9–10 am"


def test_a_single_day_is_told_by_its_date() -> None:
    fair = OpeningRule(dtstart=date(2026, 12, 5), opens_at="09:00", closes_at="15:00")
    assert describe_hours([fair], "en", TODAY) == "Dec 5, 2026 9 am–3 pm"
    assert describe_hours([fair], "en", date(2026, 12, 6)) == "Hours not listed — call first"


NINE_TO_FIVE = [weekly("MO,TU,WE,TH,FR", "09:00", "17:00")]
THURSDAY = Closure(date(2026, 11, 26), date(2026, 11, 26), description="Thanksgiving")
FRIDAY = Closure(date(2026, 11, 27), date(2026, 11, 27), description="Thanksgiving")


@pytest.mark.parametrize(
    ("closures", "english", "spanish"),
    [
        ([THURSDAY], "Closed Nov 26 (Thanksgiving)", "Cerrado el 26 nov (Thanksgiving)"),
        ([FRIDAY, THURSDAY, THURSDAY], "Closed Nov 26–27 (Thanksgiving)", "Cerrado del 26 al 27 nov (Thanksgiving)"),
        (
            [THURSDAY, Closure(date(2026, 11, 30), date(2026, 12, 2))],
            "Closed Nov 26 (Thanksgiving) and Nov 30–Dec 2",
            "Cerrado el 26 nov (Thanksgiving) y del 30 nov al 2 dic",
        ),
        (
            [Closure(date(2026, 11, 25), date(2026, 11, 25), closed=False, opens_at="09:00", closes_at="13:00")],
            "Nov 25 only 9 am–1 pm",
            "el 25 nov solo 9 am–1 pm",
        ),
        (
            [Closure(date(2026, 11, 25), date(2026, 11, 25), closed=False)],
            "Nov 25 other hours, call first",
            "el 25 nov otro horario, llama antes",
        ),
    ],
)
def test_closures_of_the_next_two_weeks_are_told_after_the_hours(closures: list[Closure], english: str, spanish: str) -> None:
    assert describe_hours(NINE_TO_FIVE, "en", TODAY, closures) == f"Mon–Fri 9 am–5 pm; {english}"
    assert describe_hours(NINE_TO_FIVE, "es", TODAY, closures) == f"lun a vie 9 am–5 pm; {spanish}"


def test_a_place_that_is_closed_now_says_so_first() -> None:
    flood = Closure(date(2026, 11, 20), date(2027, 1, 4), description="flood")
    assert describe_hours(NINE_TO_FIVE, "en", TODAY, [flood]) == "Closed until Jan 4, 2027 (flood); Mon–Fri 9 am–5 pm"
    assert describe_hours(NINE_TO_FIVE, "es", TODAY, [flood]) == "Cerrado hasta el 4 ene 2027 (flood); lun a vie 9 am–5 pm"
    assert describe_hours([], "en", TODAY, [flood]) == "Closed until Jan 4, 2027 (flood); Hours not listed — call first"


def test_closures_that_are_over_or_far_away_are_not_told() -> None:
    over = Closure(date(2026, 11, 1), date(2026, 11, 22))
    far = Closure(date(2026, 12, 8), date(2027, 1, 1))
    assert describe_hours(NINE_TO_FIVE, "en", TODAY, [over, far]) == "Mon–Fri 9 am–5 pm"
    assert describe_hours(NINE_TO_FIVE, "en", TODAY, [Closure(date(2026, 12, 7), date(2026, 12, 7))]).endswith("Closed Dec 7")
