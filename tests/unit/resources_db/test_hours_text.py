"""Hours in somebody's words: read when they can mean only one thing, and otherwise left alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from resources_db.hours import describe_hours
from resources_db.hours_text import parse_hours, weekdays_of
from resources_db.schedules import WEEKDAYS, OpeningRule

WORKWEEK = "MO,TU,WE,TH,FR"
EVERY_DAY = ",".join(WEEKDAYS)
PROPERTY = settings(deadline=None, derandomize=True, max_examples=200, suppress_health_check=[HealthCheck.too_slow])


def weekly(byday: str, opens_at: str | None = None, closes_at: str | None = None, **more: str) -> dict[str, str]:
    times = {"opens_at": opens_at, "closes_at": closes_at} if opens_at and closes_at else {}
    return {"freq": "WEEKLY", "byday": byday, **times, **more}


def monthly(byday: str, opens_at: str | None = None, closes_at: str | None = None, **more: str) -> dict[str, str]:
    return {**weekly(byday, opens_at, closes_at, **more), "freq": "MONTHLY"}


def as_rules(rows: Iterable[Mapping[str, str]]) -> list[OpeningRule]:
    """The rows as they come out of the directory."""
    rules = []
    for row in rows:
        values: dict[str, Any] = dict(row)
        for name in {"dtstart", "valid_from", "valid_to"} & values.keys():
            values[name] = date.fromisoformat(values[name])
        if "interval" in values:
            values["interval"] = int(values["interval"])
        rules.append(OpeningRule(**values))
    return rules


@pytest.mark.parametrize(
    ("texts", "rows"),
    [
        (
            [
                "Mon-Fri 9-5",
                "Monday - Friday 9:00AM-5:00PM",
                "M-F 9am to 5pm",
                "Weekdays, 9 a.m. – 5 p.m.",
                "MONDAY THRU FRIDAY: 9AM 5PM",
                "Monday through Friday from 9 until 5",
                "9am-5pm Monday-Friday",
                "from 9 to 5, Mon-Fri",
                "Mon., Tues., Wed., Thurs., & Fri. 9.00 - 5.00 pm",
                "Open Mon–Fri (9 am–5 pm)",
                "Hours: weekdays 9a-5p",
                "Weekly\\n Monday 9:00 am - 5:00 pm\\n Tuesday - Friday 9:00 am - 5:00 pm",
                "mon,tue,wed,thu,fri 9:00am-5:00pm; saturday,sunday Closed",
                "Monday to Friday 9-5, closed weekends",
                "Monday-Friday 09:00-17:00",
                "Monday: 9:00:00-17:00:00; Tuesday - Friday: 9:00:00-17:00:00, 9:00:00-17:00:00",
                "lunes a viernes de 9 a 17",
                "lun-vie 9:00 a.m. - 5:00 p.m.",
                "De lunes a viernes, de 9 de la mañana a 5 de la tarde",
                "Abierto entre semana de 9am a 5pm; sábados y domingos cerrado",
                "L-V 9:00 a 17:00 hrs",
                "Horario: lunes al viernes desde las 9 am hasta las 5 pm",
            ],
            [weekly(WORKWEEK, "09:00", "17:00")],
        ),
        (
            ["Daily 8am-8pm", "8 AM - 8 PM, 7 days a week", "every day 8am to 8pm", "todos los días de 8 a 20"],
            [weekly(EVERY_DAY, "08:00", "20:00")],
        ),
        (
            ["24/7", "24 hours", "Open 24 hours a day, 7 days a week", "Sunday-Saturday 24 Hours", "Abierto las 24 horas"],
            [weekly(EVERY_DAY, "00:00", "23:59")],
        ),
        (
            [
                "Mon-Fri 9-5, 2nd & 4th Sat 10-noon",
                "Mon-Fri 9-5; second and fourth Saturday of the month 10am-12pm",
                "lunes a viernes 9 a 17, segundo y cuarto sábado del mes de 10 a mediodía",
            ],
            [weekly(WORKWEEK, "09:00", "17:00"), monthly("2SA,4SA", "10:00", "12:00")],
        ),
        (
            ["Tue, Thu 9-12 and 1-4; Sat 10-2", "T/Th 9-12, 1-4 Saturday 10am-2pm", "mar y jue 9 a 12 y 13 a 16; sáb 10 a 14"],
            [weekly("TU,TH", "09:00", "12:00"), weekly("TU,TH", "13:00", "16:00"), weekly("SA", "10:00", "14:00")],
        ),
        (
            ["Monday\nClosed\nTuesday\n9 AM - 12 PM\n1 PM - 4 PM\nWednesday\nClosed", "Tuesdays:\n9 to noon\n1 to 4"],
            [weekly("TU", "09:00", "12:00"), weekly("TU", "13:00", "16:00")],
        ),
        (
            ["Mon-Thu 8:30-4:30 (closed for lunch 12-1)", "Monday - Thursday (Closed noon-1pm) 8:30AM-4:30PM"],
            [weekly("MO,TU,WE,TH", "08:30", "12:00"), weekly("MO,TU,WE,TH", "13:00", "16:30")],
        ),
        (["Fri 8pm-2am", "viernes de 20:00 a 2:00"], [weekly("FR", "20:00", "02:00")]),
        (["Fri noon-midnight", "vie mediodía–medianoche"], [weekly("FR", "12:00", "00:00")]),
        (["Wed 1-3 PM", "W 1-3", "Wednesdays 1:00-3:00 p.m."], [weekly("WE", "13:00", "15:00")]),
        (["Tues 7-8:30pm"], [weekly("TU", "19:00", "20:30")]),
        (["Sat 9-1pm", "Saturdays 9am-1"], [weekly("SA", "09:00", "13:00")]),
        (["MWF 10-12"], [weekly("MO,WE,FR", "10:00", "12:00")]),
        (["Fri-Sun 10-2"], [weekly("FR,SA,SU", "10:00", "14:00")]),
        (
            ["2nd & 4th Wednesday", "Second and fourth Wednesday of each month", "segundo y cuarto miércoles de cada mes"],
            [monthly("2WE,4WE")],
        ),
        (["último viernes del mes", "Last Friday of every month"], [monthly("-1FR")]),
        (["every 3rd Saturday of the month, 9 am to noon", "Monthly: 3rd Sat 9-12"], [monthly("3SA", "09:00", "12:00")]),
        (
            ["1st Monday and 3rd Friday of each month 9-12"],
            [monthly("1MO,3FR", "09:00", "12:00")],
        ),
        (
            ["1st and 15th of each month 9am-noon", "día 1 y 15 del mes de 9 a 12"],
            [{"freq": "MONTHLY", "bymonthday": "1,15", "opens_at": "09:00", "closes_at": "12:00"}],
        ),
        (
            ["December 5, 2026 9am-3pm", "5 de diciembre de 2026 de 9 a 15"],
            [{"opens_at": "09:00", "closes_at": "15:00", "dtstart": "2026-12-05"}],
        ),
        (
            ["Mon 9-12 (until February 28, 2027)", "lunes de 9 a 12, hasta el 28 de febrero de 2027"],
            [weekly("MO", "09:00", "12:00", valid_to="2027-02-28")],
        ),
        (
            ["Mon 9-12 (Dec 1, 2026 to Feb 28, 2027)", "Mon 9-12 from 2026-12-01 to 2027-02-28"],
            [weekly("MO", "09:00", "12:00", valid_from="2026-12-01", valid_to="2027-02-28")],
        ),
        (
            [
                "Every other Tuesday 9-12 starting January 6, 2026",
                "cada dos semanas martes 9 a 12 a partir del 6 de enero de 2026",
            ],
            [weekly("TU", "09:00", "12:00", interval="2", dtstart="2026-01-06")],
        ),
        (["By appointment only", "Please call for an appointment."], [{"description": "By appointment"}]),
        (["Solo con cita previa"], [{"description": "Con cita"}]),
        (
            ["Mon-Fri 9-5 or by appointment", "Mon-Fri 9-5. By appointment only.", "By appointment, Mon-Fri 9-5"],
            [weekly(WORKWEEK, "09:00", "17:00"), {"description": "By appointment"}],
        ),
        (
            ["Mon-Thu 9-5, Friday by appointment"],
            [weekly("MO,TU,WE,TH", "09:00", "17:00"), weekly("FR", description="By appointment")],
        ),
    ],
)
def test_what_can_mean_only_one_thing_is_read(texts: list[str], rows: list[dict[str, str]]) -> None:
    for text in texts:
        parsed = parse_hours(text)
        assert parsed is not None, text
        assert sorted(map(str, map(sorted_cells, parsed))) == sorted(map(str, map(sorted_cells, rows))), text


def sorted_cells(row: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(row.items())


@pytest.mark.parametrize(
    "text",
    [
        # Words that are not hours
        "",
        "Seasonal",
        "Call for hours",
        "Hours vary",
        "Mon-Fri 9-5, hours vary",
        "Mon-Fri 9-5 except holidays",
        "Mon-Fri 9-5 while supplies last",
        "Mon-Fri 9-5 EST",
        "After Sunday service",
        "(555) 555-0142",
        "No appointment needed",
        # No days, no times, no end
        "9-5",
        "9:00 am - 5:00 pm",
        "Monday 10 am",
        "1st Monday of the month at 10 am",
        "Mon 9-5, Sat",
        "Saturday and Sunday closed",
        # Morning or evening
        "Mon 6-8",
        "Mon 8-8",
        "Mon 7-9",
        "Mon 5-7",
        "Mon 8am-10",
        "Mon 6-midnight",
        "Mon 1:00-3:00, Tue 13:00-15:00",
        # Noon or midnight
        "Mon 9 AM - 12 AM",
        "Mon 12:00 AM - 3:00 PM",
        "Sat 10:00pm-12:00pm",
        "Mon 5pm-3pm",
        "Mon 9am - 17:00",
        "Mon 13:00 pm - 15:00",
        "Mon 9:75-11",
        # Which days
        "M-S 9-5",
        "T-F 9-5",
        "mar 9-5",
        "Sunday - Monday 9-5",
        "Mon-Mon 9-5",
        "Mon Wed 9-5",
        "1st & 3rd Mon and Wed 9-12",
        "Monthly Wednesday 9-12",
        "Every 3rd Saturday 9-12",
        "Weekly 2nd Saturday 9-12",
        "Twice per month Saturday 9-12",
        "Third week of the month, Saturday 9-12",
        "2nd or 3rd Tuesday 9-12",
        "7th Monday 9-12",
        "Every other Tuesday 9-12",
        "Every other Tuesday 9-12 starting January 5, 2026",
        "We open 9-5",
        "Nov 1 - Mar 31 Mon 9-5",
        "February 30, 2027 9-5",
        # What belongs to what
        "Mon-Fri, closed Sat-Sun",
        "Mon-Fri w/ appointment",
        "Mon 9-12\n1-4 Tue",
        "Mon 9-12\nTue closed\n1-4",
        "Mon 9-12, 1-4\nclosed Tue\n5-6pm",
        "Mon 9-5, Tue 9-6, closed 12-1",
        "Mon 9-5, Tue 9-6 (until Feb 28, 2027)",
        "Mon 9-5; closed Sunday (until Feb 28, 2027)",
        "Mon 9-12, by appointment Tue 1-4",
        "9-5 Mon-Fri 10-2",
        "9-5 Mon-Fri, Sat 10-2",
        "Closed 12-1, Mon-Fri 9-5",
        # Contradictions
        "Mon-Fri 9-5, closed Wednesdays",
        "Wed 5pm-6:30pm; Wed 6am-7:30pm",
        "Sat 9-12, 1st Sat 1-3",
        "4th Sat 9-12; last Sat 10-2",
        "Mon-Fri 9-5 (closed 8-9)",
        "Mon 9-12 (Feb 28, 2027 to Dec 1, 2026)",
    ],
)
def test_what_is_unclear_is_left_as_text(text: str) -> None:
    assert parse_hours(text) is None


def test_a_text_longer_than_anybodys_hours_is_left_alone() -> None:
    assert parse_hours("Mon 9-5; " * 1000) is None
    assert weekdays_of("monday," * 1000) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Monday", ("MO",)),
        ("1", ("MO",)),
        ("7", ("SU",)),
        ("6, 7", ("SA", "SU")),
        ("monday,tuesday,wednesday", ("MO", "TU", "WE")),
        ("Monday-Friday,monday,friday", ("MO", "TU", "WE", "TH", "FR")),
        ("Mon - Tue & Thur - Sat", ("MO", "TU", "TH", "FR", "SA")),
        ("Saturday - Sunday", ("SA", "SU")),
        ("Daily", WEEKDAYS),
        ("Thursdays", ("TH",)),
        ("lunes y miércoles", ("MO", "WE")),
        ("martes a sábado", ("TU", "WE", "TH", "FR", "SA")),
        ("", None),
        ("0", None),
        ("8", None),
        ("1-5", None),
        ("2nd Saturday", None),
        ("24/7", None),
        ("Monday 9-5", None),
        ("Wendesday", None),
        ("Tuesday (closed 12-1)", None),
        ("closed Sunday", None),
        ("by appointment", None),
        ("Holiday", None),
    ],
)
def test_weekdays_are_read_in_words_lists_ranges_and_iso_numbers(text: str, days: tuple[str, ...] | None) -> None:
    assert weekdays_of(text) == days


# Whatever is written

FRAGMENTS = (
    "mon tue monday tuesdays wed th fri sat sun sunday m t w f s lunes martes mar mié jueves sáb domingo weekdays daily "
    "1st 2nd third last 15th primer último 5 9 9am 12 12pm 5pm 1 4:30 17:00 00:00 9:00:00 noon midnight mediodía 24/7 "
    "of-the-month del-mes every weekly monthly every-other 24-hours by-appointment con-cita closed cerrado for-lunch "
    "Dec-5,-2026 1-dic-2026 2027-02-28 from to until de a - – , & and y or / ; : . ( ) open hours only horario maybe ? 99"
).split()
words = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map(lambda parts: " ".join(parts).replace("-the-", " the "))
anything = st.one_of(st.text(max_size=80), words, words.map(lambda text: text.replace("-", " ")))


@PROPERTY
@given(anything)
@example("1²st 9-٣ Monday")
@example("\\n\\n;;((..")
def test_no_text_breaks_it_and_what_it_gives_is_readable(text: str) -> None:
    weekdays_of(text)
    for rule in as_rules(parse_hours(text) or ()):
        if rule.is_note:
            assert rule.by_appointment
        else:
            assert rule.readable
            assert (rule.minutes is None) == (rule.opens_at is None)


@PROPERTY
@given(anything, st.sampled_from(["en", "es"]))
def test_what_was_read_never_says_otherwise_when_it_is_told_and_read_again(text: str, language: str) -> None:
    rows = parse_hours(text)
    if rows is None or any({"valid_from", "valid_to", "interval"} & row.keys() for row in rows):
        return  # told without `on`, these are left out
    again = parse_hours(describe_hours(as_rules(rows), language))
    assert again is None or spoken(again) == spoken(rows)


def spoken(rows: Iterable[Mapping[str, str]]) -> set[tuple[Any, ...]]:
    """The rows' hours day by day, whichever rows they are in; how "by appointment" is worded does not matter."""
    found: set[tuple[Any, ...]] = set()
    for rule in as_rules(rows):
        days: list[object] = [*(rule.weekdays or ()), *(rule.month_days or ()), rule.dtstart]
        found |= {(rule.freq, day, rule.minutes, rule.by_appointment) for day in days if day is not None or rule.is_note}
    return found


# Hours as places have them: a morning or an afternoon or both, or an evening past midnight.
mornings = st.tuples(st.integers(10, 22), st.integers(23, 24)).map(lambda half_hours: [half_hours])
afternoons = st.tuples(st.integers(24, 30), st.integers(31, 46)).map(lambda half_hours: [half_hours])
days_long = st.tuples(st.integers(12, 23), st.integers(25, 47)).map(lambda half_hours: [half_hours])
nights = st.tuples(st.integers(34, 46), st.integers(48, 64)).map(lambda half_hours: [half_hours])
hours_of_a_day = st.one_of(
    mornings,
    afternoons,
    days_long,
    nights,
    st.tuples(mornings, afternoons).map(lambda parts: [*parts[0], *parts[1]]),
    st.just([(0, 48)]),
)


def _clock(half_hours: int) -> str:
    return f"{half_hours % 48 // 2:02}:{half_hours % 2 * 30:02}"


def _row(freq: str, byday: str, span: tuple[int, int]) -> dict[str, str]:
    closes_at = "23:59" if span == (0, 48) else _clock(span[1])
    return {"freq": freq, "byday": byday, "opens_at": _clock(span[0]), "closes_at": closes_at}


@st.composite
def timetables(draw: st.DrawFn) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = []
    nths = st.lists(st.sampled_from([1, 2, 3, 4, 5, -1, -2]), min_size=1, max_size=3, unique=True)
    for weekday in draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, unique=True)):
        by_month = draw(st.integers(0, 3)) == 0
        byday = ",".join(f"{nth}{weekday}" for nth in draw(nths)) if by_month else weekday
        rows += [_row("MONTHLY" if by_month else "WEEKLY", byday, span) for span in draw(hours_of_a_day)]
    return rows


@PROPERTY
@given(timetables(), st.sampled_from(["en", "es"]))
def test_hours_as_homeward_tells_them_are_read_back_in_both_languages(rows: list[dict[str, str]], language: str) -> None:
    # "mar 9–12" in a text without another Spanish day may be the ninth of March.
    assume(language == "en" or {row["byday"] for row in rows if row["freq"] == "WEEKLY"} != {"TU"})
    text = describe_hours(as_rules(rows), language)
    parsed = parse_hours(text)
    assert parsed is not None, text
    assert spoken(parsed) == spoken(rows)
    assert describe_hours(as_rules(parsed), language) == text


@pytest.mark.parametrize("language", ["en", "es"])
def test_seasons_and_single_dates_are_read_back_too(language: str) -> None:
    today = date(2026, 11, 23)
    for rows in (
        [weekly("MO", "09:00", "12:00", valid_from="2026-12-01", valid_to="2027-02-28"), weekly("WE", "13:00", "15:00")],
        [weekly("MO,WE", "09:00", "12:00", valid_to="2027-02-28"), monthly("-1FR", "10:00", "12:00", valid_to="2027-02-28")],
        [weekly("MO,WE", "09:00", "12:00", valid_from="2026-12-01")],
        [{"opens_at": "09:00", "closes_at": "15:00", "dtstart": day} for day in ("2026-12-05", "2027-03-06")],
        [{"freq": "MONTHLY", "bymonthday": "1,15,-1", "opens_at": "09:00", "closes_at": "12:00"}],
        [weekly("MO", "09:00", "12:00"), weekly("WE,FR", description="By appointment")],
    ):
        text = describe_hours(as_rules(rows), language, today)
        parsed = parse_hours(text)
        assert parsed is not None, text
        assert sorted(describe_hours(as_rules(parsed), language, today).split("; ")) == sorted(text.split("; "))
        assert spoken(parsed) == spoken(rows)


READ = (
    "Mon-Fri 9-5",
    "2nd & 4th Sat of the month 10-noon",
    "Tue, Thu 9am-12pm and 1pm-4pm; Sat 10-2",
    "lunes a viernes de 9 a 17",
    "24/7",
    "By appointment only",
)


@PROPERTY
@given(
    st.sampled_from(READ),
    st.integers(0, 12),
    st.sampled_from(["not", "except", "maybe", "no", "sin", "excepto", "or", "about", "summer", "$", "5", "half"]),
)
def test_one_word_more_that_is_not_understood_leaves_all_as_text(text: str, place: int, word: str) -> None:
    assert parse_hours(text) is not None
    words = text.split()
    words.insert(min(place, len(words)), word)
    assert parse_hours(" ".join(words)) is None
