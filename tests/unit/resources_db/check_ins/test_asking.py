"""Which question comes next."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from resources_db.check_ins.asking import MOST, Known, next_item
from resources_db.check_ins.questions import FINE, HARD, NEVER, SOME, items

DAY = datetime(2026, 11, 22, tzinfo=timezone.utc)
FIRST = next(iter(items()))


def asked(known: Known, *, unprompted: bool = True) -> str | None:
    item = next_item(known, unprompted=unprompted)
    return item.code if item else None


def ago(days: int) -> datetime:
    return DAY - timedelta(days=days)


def test_the_first_question_of_all_is_how_things_are() -> None:
    assert asked(Known()) == FIRST == "home"


def test_what_was_hard_last_time_comes_first_even_twice_in_a_row() -> None:
    known = Known({"food": (HARD, ago(7))}, {"food": ago(7)}, last=frozenset({"food"}))
    assert asked(known) == "food"


def test_of_two_hard_things_the_one_that_waits_longer_comes_first() -> None:
    known = Known({"food": (HARD, ago(7)), "housing": (HARD, ago(14))}, {"food": ago(7), "housing": ago(14)})
    assert asked(known) == "housing"


def test_otherwise_what_was_not_asked_for_longest_comes_and_nothing_twice_in_a_row() -> None:
    unprompted = [code for code, item in items().items() if item.unprompted]
    all_asked = {code: ago(10 + place) for place, code in enumerate(unprompted)}
    known = Known({code: (FINE, at) for code, at in all_asked.items()}, all_asked, last=frozenset({unprompted[-1]}))
    assert asked(known) == unprompted[-2]


def test_a_bit_hard_is_no_reason_to_ask_twice_in_a_row() -> None:
    known = Known({"home": (SOME, ago(7))}, {"home": ago(7)}, last=frozenset({"home"}))
    assert asked(known) == "food"


def test_what_gives_a_family_away_is_never_the_first_question_though_it_was_hard() -> None:
    known = Known({"recovery": (HARD, ago(7))}, {"recovery": ago(7)})
    assert asked(known) == "home"
    assert asked(known, unprompted=False) == "recovery"


def test_a_check_in_has_two_questions_at_most() -> None:
    assert asked(Known(now=frozenset({"home", "food"})), unprompted=False) is None
    assert MOST == 2


def test_what_is_not_for_this_family_is_not_asked_again() -> None:
    known = Known({code: (NEVER, ago(1)) for code in items() if code != "school"})
    assert asked(known) == "school"


def test_in_a_year_of_good_answers_every_question_comes_up() -> None:
    answers: dict[str, tuple[str, datetime]] = {}
    times: dict[str, datetime] = {}
    last: frozenset[str] = frozenset()
    for step in range(13):
        now: frozenset[str] = frozenset()
        for unprompted in (True, False):
            item = next_item(Known(answers, times, last, now), unprompted=unprompted)
            assert item is not None
            assert item.code not in last
            moment = DAY + timedelta(days=7 * step)
            answers[item.code], times[item.code], now = (FINE, moment), moment, now | {item.code}
        last = now
    assert set(answers) == set(items())
