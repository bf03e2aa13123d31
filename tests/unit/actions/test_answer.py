"""Open questions other than the list: which of two needs, and whether what was understood is wrong."""

from __future__ import annotations

import pytest

from actions.answer import ActionAnswer, otherwise
from actions.explain import ActionCorrect, ActionExplain
from actions.find_services import ActionFindServices
from actions.which_need import ActionAskWhichNeed
from tests.invariants.project_files import ROOT, read_yaml
from tests.unit.actions.family import Family
from tests.unit.actions.places import SANTA_ANA

pytestmark = pytest.mark.usefixtures("sample")


def unsure(**entities: list[object]) -> Family:
    family = Family()
    said = family.says(ActionAskWhichNeed, "something for my kids", "unsure", maybe_need=["goods", "childcare"], **entities)
    assert said == ["utter_which_need"]
    return family


def searched() -> Family:
    family = Family()
    text = "food and rent in santa ana"
    assert family.says(ActionFindServices, text, "request_help", need=["food", "financial"], place=[SANTA_ANA]) == [
        "utter_results"
    ]
    return family


def test_the_two_likeliest_needs_are_offered_by_name() -> None:
    asked = unsure().told("utter_which_need")
    assert (asked["first"], asked["second"], asked["first_code"]) == ("Diapers, clothes, beds", "Childcare", "goods")


@pytest.mark.parametrize(
    ("text", "entities", "needs"),
    [
        ("2", {}, ["childcare"]),
        ("the first one", {"choice": [1]}, ["goods"]),
        ("both", {}, ["goods", "childcare"]),
        ("sí", {}, ["goods", "childcare"]),
        ("childcare", {"need": ["childcare"]}, ["childcare"]),
    ],
)
def test_an_answer_is_served_at_once_where_the_place_is_known(
    text: str, entities: dict[str, list[object]], needs: list[str]
) -> None:
    family = unsure(place=[SANTA_ANA])
    assert family.says(ActionAnswer, text, "request_help" if "need" in entities else "pick", **entities)[0] == "utter_results"
    assert family.slots["needs"] == needs


def test_where_the_place_is_not_known_only_that_is_asked() -> None:
    family = unsure()
    assert family.says(ActionAnswer, "the first one", "pick", choice=[1]) == []
    assert (family.slots["needs"], family.next_action) == (["goods"], "find_services_form")


@pytest.mark.parametrize("text", ["something else", "3", "no", "ninguna"])
def test_neither_of_the_two_shows_all_topics(text: str) -> None:
    assert unsure().says(ActionAnswer, text, "deny") == ["utter_ask_needs"]


def test_the_question_is_never_asked_twice_in_a_row() -> None:
    family = unsure()
    assert family.says(ActionAskWhichNeed, "i mean for them", "unsure", maybe_need=["goods", "childcare"]) == [
        "utter_unclear_again"
    ]


def test_one_likely_need_is_no_choice() -> None:
    assert Family().says(ActionAskWhichNeed, "hm", "unsure", maybe_need=["goods"]) == ["utter_unclear_again"]


def test_what_was_searched_for_is_said_back_and_each_need_can_be_taken_away() -> None:
    family = searched()
    assert family.says(ActionExplain, "what did you search for", "ask_understood") == ["utter_understood_two"]
    told = family.told("utter_understood_two")
    assert (told["needs"], told["place"]) == ("food and rent and bills", "Santa Ana, CA")
    assert (told["code_1"], told["code_2"]) == ("food", "financial")
    assert family.says(ActionFindServices, "/change_need", "change_need", refused_need=["food"]) == ["utter_results"]
    assert family.slots["needs"] == ["financial"]


def test_the_ages_and_the_time_that_narrowed_the_search_are_said_too() -> None:
    family = Family()
    baby = {"who": "baby", "age_years": 0.5}
    family.says(ActionFindServices, "childcare for my baby", "request_help", need=["childcare"], place=[SANTA_ANA], person=[baby])
    family.says(ActionFindServices, "open now?", "ask_hours", when=[{"kind": "now"}])
    family.says(ActionExplain, "what did you look for", "ask_understood")
    assert family.told("utter_understood")["needs"] == "childcare, right now, 6 months"


def test_nothing_wrong_and_something_wrong() -> None:
    for text, response in (("no", "utter_all_good"), ("yes", "utter_tell_me"), ("eso no es", "utter_tell_me")):
        family = searched()
        family.says(ActionExplain, "what did you search for", "ask_understood")
        assert family.says(ActionAnswer, text, "deny" if text == "no" else "affirm") == [response]


def test_another_place_keeps_the_needs_and_something_more_adds_to_them() -> None:
    family = searched()
    assert family.says(ActionCorrect, "/correct", "correct", correction=["need"]) == ["utter_add_need"]
    family.says(ActionFindServices, "a lawyer", "request_help", need=["legal"])
    assert family.slots["needs"] == ["food", "financial", "legal"]
    assert family.says(ActionCorrect, "/correct", "correct", correction=["place"]) == ["utter_other_place"]
    assert family.slots["needs"] == ["food", "financial", "legal"]


def test_asked_twice_in_a_row_it_does_not_say_the_same_again() -> None:
    family = searched()
    family.says(ActionExplain, "you got that wrong", "ask_understood")
    assert family.says(ActionExplain, "no, wrong again", "ask_understood") == ["utter_unclear_again"]


def test_before_any_search_it_says_what_it_knows() -> None:
    family = Family()
    assert family.says(ActionExplain, "what did you search for", "ask_understood") == ["utter_nothing_understood"]
    family.says(ActionFindServices, "food", "request_help", need=["food"])
    assert family.says(ActionExplain, "what did you search for", "ask_understood") == ["utter_understood_needs"]


def test_what_is_no_answer_goes_where_the_rules_would_send_it() -> None:
    rules = [rule for path in sorted((ROOT / "data" / "rules").glob("*.yml")) for rule in read_yaml(path)["rules"]]
    usual = {rule["steps"][0]["intent"]: rule["steps"][1]["action"] for rule in rules if "condition" not in rule}
    waiting = next(rule for rule in rules if rule.get("condition", [{}])[0].get("slot_was_set") == [{"asked": "a question"}])
    intents = [option["intent"] for option in waiting["steps"][0]["or"]]
    sent = {intent: otherwise(intent) for intent in intents}
    names = {intent: to if isinstance(to, str) else to().name() for intent, to in sent.items()}
    assert names == {intent: usual[intent] for intent in intents}
