"""How what a family says adds up to one request."""

from __future__ import annotations

from typing import Any

from actions.request import FamilyMessage, Request, merge, merge_all

SANTA_ANA = {"text": "santa ana", "place": {"label": "Santa Ana, CA"}, "candidates": []}
SACRAMENTO = {"text": "95814", "place": {"label": "Sacramento, CA 95814"}, "candidates": []}


def said(text: str, intent: str = "request_help", at: float = 1.0, **entities: Any) -> FamilyMessage:
    found = [{"entity": name, "value": value} for name, values in entities.items() for value in values]
    return FamilyMessage(at, text, intent, found)


def test_what_was_said_while_a_form_was_asking_is_all_in_the_request() -> None:
    request = merge_all(
        Request(), [said("rent help", need=["financial"]), said("santa ana", "give_location", at=2.0, place=[SANTA_ANA])]
    )
    assert request.needs == ("financial",)
    assert request.place == SANTA_ANA


def test_a_message_is_read_once() -> None:
    message = said("also food", at=5.0, need=["food"])
    once = merge_all(Request(), [message])
    assert merge_all(once, [message]) is once


def test_needs_add_up_until_the_first_answer() -> None:
    request = merge(merge(Request(), said("i need food", need=["food"])), said("rent help", need=["financial"]))
    assert request.needs == ("food", "financial")


def test_after_an_answer_a_new_need_takes_the_place_of_the_old() -> None:
    request = merge(Request(needs=("food",), answered=True), said("rent help", need=["financial"]))
    assert request.needs == ("financial",)


def test_also_adds_in_both_languages() -> None:
    for text in ("also diapers", "and diapers too", "tambien pañales", "y pañales"):
        request = merge(Request(needs=("food",), answered=True), said(text, need=["goods"]))
        assert request.needs == ("food", "goods"), text


def test_not_this_but_that_swaps() -> None:
    swapped = merge(
        Request(needs=("food",), answered=True), said("not food, rent", "change_need", refused_need=["food"], need=["financial"])
    )
    assert swapped.needs == ("financial",)


def test_refusing_one_of_two_keeps_the_other() -> None:
    request = merge(Request(needs=("food", "goods"), answered=True), said("not food", "change_need", refused_need=["food"]))
    assert request.needs == ("goods",)


def test_a_new_place_keeps_the_need() -> None:
    request = merge(Request(needs=("food",), place=SANTA_ANA, answered=True), said("95814", "give_location", place=[SACRAMENTO]))
    assert (request.needs, request.place) == (("food",), SACRAMENTO)


def test_a_changed_request_forgets_what_was_shown_for_the_old_one() -> None:
    old = Request(needs=("food",), place=SANTA_ANA, answered=True, shown=("a", "b"), seen=("a", "b"), current="a")
    new = merge(old, said("95814", "give_location", place=[SACRAMENTO]))
    assert (new.answered, new.shown, new.seen, new.current) == (False, (), (), None)
    assert merge(old, said("thanks", "thanks")) == old


def test_tonight_in_a_request_is_urgency_and_hides_nothing() -> None:
    assert merge(Request(), said("somewhere to stay tonight", need=["shelter"], when=[{"kind": "tonight"}])).when is None


def test_open_now_narrows_and_the_next_need_forgets_it() -> None:
    narrowed = merge(Request(needs=("food",), answered=True), said("open now?", "ask_hours", when=[{"kind": "now"}]))
    assert narrowed.when == {"kind": "now"}
    assert merge(narrowed, said("rent help", need=["financial"])).when is None


def test_ages_are_kept_for_the_family() -> None:
    request = merge(
        Request(needs=("childcare",)), said("for my 3 year old", "for_whom", person=[{"who": "child", "age_years": 3.0}])
    )
    assert request.ages == (3.0,)
    assert merge(request, said("95814", "give_location", place=[SACRAMENTO])).ages == (3.0,)


def test_a_request_survives_being_kept_in_a_slot() -> None:
    request = Request(needs=("food",), place=SANTA_ANA, ages=(0.5,), shown=("a",), answered=True)
    assert Request.from_slot(request.as_slot()) == request
    assert Request.from_slot(None) == Request()
