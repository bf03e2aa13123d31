"""Answers without a search: kind, and never twice the same in a row."""

from __future__ import annotations

import pytest

from actions.ask import ActionAskPlace, ActionNoPlace
from actions.find_services import ActionFindServices
from actions.say import ActionSay
from tests.unit.actions.family import Family
from tests.unit.actions.places import SANTA_ANA

pytestmark = pytest.mark.usefixtures("sample")


@pytest.mark.parametrize("intent", ["affirm", "deny", "other_in_domain", "out_of_scope", "unclear"])
def test_the_same_is_never_said_twice_in_a_row(intent: str) -> None:
    family, last = Family(), [""]
    for _ in range(4):
        said = family.says(ActionSay, "blue green tree", intent)
        assert said != last
        last = said


def test_a_no_right_after_results_says_what_was_understood() -> None:
    family = Family()
    family.says(ActionFindServices, "food", "request_help", need=["food"], place=[SANTA_ANA])
    assert family.says(ActionSay, "no", "deny") == ["utter_understood"]
    assert family.says(ActionSay, "no", "deny") == ["utter_deny"]


@pytest.mark.parametrize("text", ["eso no es", "that's not what i asked"])
def test_so_does_any_word_for_wrong_whatever_the_model_made_of_it(text: str) -> None:
    family = Family()
    family.says(ActionFindServices, "food", "request_help", need=["food"], place=[SANTA_ANA])
    assert family.says(ActionSay, text, "other_in_domain") == ["utter_understood"]


def test_no_thanks_after_results_is_no_complaint() -> None:
    family = Family()
    family.says(ActionFindServices, "food", "request_help", need=["food"], place=[SANTA_ANA])
    assert family.says(ActionSay, "no thanks", "deny") == ["utter_all_good"]


def test_signs_and_single_words_are_not_turned_away() -> None:
    assert Family().says(ActionSay, "😭😭", "out_of_scope") == ["utter_here"]
    assert Family().says(ActionSay, "Jessica", "out_of_scope") == ["utter_unclear"]
    assert Family().says(ActionSay, "i don't know", "other_in_domain") == ["utter_unclear"]
    assert Family().says(ActionSay, "whats the weather today", "out_of_scope") == ["utter_out_of_scope"]


def asked_where() -> Family:
    family = Family(slots={"requested_slot": "place", "needs": ["food"], "search": {"needs": ["food"]}})
    family.says(ActionAskPlace, "food", "request_help", need=["food"])
    return family


def test_the_question_where_is_not_put_in_the_same_words_twice() -> None:
    family = asked_where()
    assert family.says(ActionAskPlace, "thanks", "thanks") == ["utter_ask_place_again"]
    assert family.says(ActionAskPlace, "diapers too", "request_help", need=["goods"]) == ["utter_ask_place_for"]


def test_no_place_twice_in_a_row_lets_the_question_go_and_keeps_the_need() -> None:
    family = asked_where()
    assert family.says(ActionNoPlace, "blue green", "out_of_scope") == ["utter_no_place_there"]
    assert family.next_action == "find_services_form"
    assert family.says(ActionNoPlace, "green tree", "out_of_scope") == ["utter_no_place_again"]
    assert (family.next_action, family.slots["requested_slot"], family.slots["needs"]) == ("action_listen", None, ["food"])


@pytest.mark.parametrize("text", ["no", "i'd rather not say", "no sé"])
def test_who_would_rather_not_say_is_left_in_peace(text: str) -> None:
    family = asked_where()
    assert family.says(ActionNoPlace, text, "other_in_domain") == ["utter_no_place_again"]


@pytest.mark.parametrize("text", ["never mind", "ya no, olvídalo", "stop"])
def test_who_lets_it_go_is_not_searched_for_later(text: str) -> None:
    family = asked_where()
    assert family.says(ActionNoPlace, text, "out_of_scope") == ["utter_let_go"]
    assert family.slots["needs"] is None


def test_why_the_place_is_asked_is_said() -> None:
    assert asked_where().says(ActionNoPlace, "why do you need my zip?", "ask_understood") == ["utter_why_place"]


def test_a_number_that_is_no_zip_code_is_told_so() -> None:
    family = asked_where()
    assert family.says(ActionNoPlace, "9581", "pick") == ["utter_not_a_zip"]
    assert family.next_action == "action_listen"
