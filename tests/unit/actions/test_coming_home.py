"""The coming-home list as a family meets it."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Action

from actions.answer import ActionAnswer
from actions.checklist import items
from actions.coming_home import ActionComingHome
from actions.find_services import ActionFindServices
from actions.language import ActionChangeLanguage
from actions.say import ActionSay
from actions.start_over import ActionStartOver
from actions.which_need import ActionAskWhichNeed
from tests.unit.actions.family import Family
from tests.unit.actions.places import HAGATNA, SANTA_ANA

pytestmark = pytest.mark.usefixtures("sample")

COUNT = len(items())


def opened(**entities: Any) -> Family:
    family = Family()
    said = family.says(ActionComingHome, "kids came home today", "came_home", **entities)
    assert said == ["utter_list_opens", "utter_list_question"]
    return family


def number(family: Family) -> int:
    asked: int = family.told("utter_list_question")["number"]
    return asked


def test_the_news_opens_the_list_with_its_first_question_and_the_progress() -> None:
    family = opened()
    asked = family.told("utter_list_question")
    assert (asked["number"], asked["count"], asked["item"]) == (1, COUNT, next(iter(items())))
    assert asked["question"] == items()[asked["item"]].question["en"]


@pytest.mark.parametrize("text", ["2", "have it", "ya tengo", "no", "skip", "saltar", "3", "no necesito"])
def test_a_typed_answer_leads_to_the_next_question(text: str) -> None:
    family = opened()
    assert family.says(ActionAnswer, text, "out_of_scope") == ["utter_list_question"]
    assert number(family) == 2


@pytest.mark.parametrize("text", ["1", "yes", "sí", "no we dont have one", "we need it"])
def test_what_is_wanted_is_searched_for_at_once_where_the_place_is_known(text: str) -> None:
    family = opened(place=[SANTA_ANA])
    assert family.says(ActionAnswer, text, "affirm") == ["utter_list_found", "utter_list_question"]
    found = family.matches("utter_list_found")
    assert 1 <= len(found) <= 2
    assert all("goods" in match["needs"] for match in found)


def test_a_tapped_answer_belongs_to_its_own_question_even_when_another_was_asked_since() -> None:
    family = opened(place=[SANTA_ANA])
    family.says(ActionAnswer, "skip", "out_of_scope")
    assert family.says(ActionAnswer, "/answer", "answer", item=["beds"], answer=["need"]) == [
        "utter_list_found",
        "utter_list_question",
    ]
    assert number(family) == 2


def test_the_place_is_asked_once_and_then_everything_wanted_is_found() -> None:
    family = opened()
    assert family.says(ActionAnswer, "yes", "affirm") == ["utter_list_place"]
    said = family.says(ActionAnswer, "santa ana", "give_location", place=[SANTA_ANA])
    assert said == ["utter_list_found", "utter_list_question"]
    assert number(family) == 2


def test_who_would_rather_not_say_where_is_asked_again_only_when_the_search_needs_it() -> None:
    family = opened()
    family.says(ActionAnswer, "yes", "affirm")
    assert family.says(ActionAnswer, "id rather not", "other_in_domain") == ["utter_list_question"]
    assert family.says(ActionAnswer, "yes", "affirm") == ["utter_list_question"], "the place was asked for before"
    assert family.says(ActionAnswer, "4", "pick") == ["utter_list_stopped", "utter_list_searches"]
    assert family.next_action == "find_services_form"
    assert family.says(ActionFindServices, "santa ana", "give_location", place=[SANTA_ANA])[0] == "utter_results"


def test_at_the_end_the_best_place_of_each_wanted_thing_is_said_with_a_number() -> None:
    family = opened(place=[SANTA_ANA])
    for code in items():
        said = family.says(ActionAnswer, "yes" if code in ("food", "legal") else "no", "affirm")
    assert said == ["utter_list_done", "utter_list_sum", "utter_check_in_offer"]
    first, second = family.told("utter_list_sum")["lines"].splitlines()
    assert first.startswith("1. Food: ")
    assert second.startswith("2. Legal help: ")
    assert len(family.slots["search"]["shown"]) == 2


def test_where_nothing_is_listed_there_is_a_person_to_call() -> None:
    family = opened(place=[HAGATNA])
    assert family.says(ActionAnswer, "yes", "affirm") == ["utter_list_not_found", "utter_list_question"]
    assert family.says(ActionAnswer, "4", "pick") == ["utter_list_stopped", "utter_list_missing", "utter_check_in_offer"]


def test_nothing_wanted_ends_kindly() -> None:
    said = opened().says(ActionAnswer, "stop", "out_of_scope")
    assert said == ["utter_list_stopped", "utter_list_nothing_wanted", "utter_check_in_offer"]


def test_another_search_leaves_the_list_which_says_once_that_it_waits_and_goes_on_where_it_was() -> None:
    family = opened(place=[SANTA_ANA])
    family.says(ActionAnswer, "skip", "out_of_scope")
    assert family.says(ActionAnswer, "i need rent help", "request_help", need=["financial"]) == [
        "utter_results",
        "utter_list_waits",
    ]
    assert family.says(ActionFindServices, "a lawyer", "request_help", need=["legal"]) == ["utter_results"], "never twice"
    assert family.says(ActionAnswer, "back to the list", "more") == ["utter_list_goes_on", "utter_list_question"]
    assert number(family) == 2


def test_after_a_crisis_a_yes_is_no_answer_to_the_list() -> None:
    family = opened(place=[SANTA_ANA])
    family.says(ActionAnswer, "skip", "out_of_scope")
    family.events.append({"event": "user", "timestamp": 9.5, "text": "", "parse_data": {"intent": {"name": "crisis"}}})
    assert family.says(ActionAnswer, "yes", "affirm") == ["utter_affirm"]
    assert family.says(ActionComingHome, "back to the list", "came_home") == ["utter_list_goes_on", "utter_list_question"]


def test_a_need_beside_the_news_is_served_first_and_the_list_is_offered_once() -> None:
    family = Family()
    text = "kids came home today and we have no beds"
    said = family.says(ActionFindServices, text, "request_help", need=["goods"], place=[SANTA_ANA])
    assert said == ["utter_results", "utter_list_offer"]
    assert family.says(ActionAnswer, "no", "deny") == ["utter_list_declined"]
    assert family.says(ActionFindServices, "food", "request_help", need=["food"]) == ["utter_results"]
    assert family.says(ActionAnswer, "the list", "more") == ["utter_list_begins", "utter_list_question"]


def test_what_was_just_found_is_not_asked_again() -> None:
    family = Family()
    family.says(ActionFindServices, "kids came home, need food", "request_help", need=["food"], place=[SANTA_ANA])
    family.says(ActionAnswer, "yes", "affirm")
    asked = [family.told("utter_list_question")["item"]]
    while family.says(ActionAnswer, "no", "deny") == ["utter_list_question"]:
        asked.append(family.told("utter_list_question")["item"])
    assert asked == [code for code in items() if code != "food"]
    assert family.told("utter_list_sum")["lines"].startswith("1. Food: ")


def test_a_list_gone_through_is_not_opened_again_unasked() -> None:
    family = opened()
    while family.says(ActionAnswer, "no", "deny") == ["utter_list_question"]:
        pass
    assert family.says(ActionComingHome, "my kids are home!", "came_home") == ["utter_list_finished"]
    again = family.says(ActionComingHome, "/came_home", "came_home", answer=["again"])
    assert again == ["utter_list_begins", "utter_list_question"]


def test_in_the_other_language_the_open_question_is_asked_again() -> None:
    family = opened()
    family.language = "es"
    assert family.says(ActionChangeLanguage, "en español", "change_language") == ["utter_list_question"]
    assert family.told("utter_list_question")["question"] == items()["beds"].question["es"]


def test_a_fresh_start_forgets_the_list_and_does_not_offer_it_again() -> None:
    family = opened(place=[SANTA_ANA])
    family.says(ActionStartOver, "start over", "start_over")
    text = "kids came home, need food"
    assert family.says(ActionFindServices, text, "request_help", need=["food"], place=[SANTA_ANA]) == ["utter_results"]


def test_small_talk_leaves_the_question_open() -> None:
    family = opened()
    assert family.says(ActionAnswer, "thanks", "thanks") == ["utter_thanks"]
    assert family.says(ActionAnswer, "skip", "out_of_scope") == ["utter_list_question"]
    assert family.next_action == "action_listen"


@pytest.mark.parametrize(
    ("action", "intent"), [(ActionSay, "other_in_domain"), (ActionAskWhichNeed, "unsure"), (ActionFindServices, "request_help")]
)
def test_the_news_opens_the_list_even_where_the_model_heard_something_else(action: type[Action], intent: str) -> None:
    family = Family()
    assert family.says(action, "my kids just came home", intent, maybe_need=["food", "legal"]) == []
    assert family.next_action == "action_coming_home"


def test_a_short_word_taken_for_the_news_does_not_open_the_list() -> None:
    assert Family().says(ActionComingHome, "después", "came_home") == ["utter_unclear"]


def test_the_name_of_the_thing_means_help_and_a_place_is_noted() -> None:
    family = opened()
    assert family.says(ActionAnswer, "95823", "give_location", place=[SANTA_ANA]) == ["utter_list_near", "utter_list_question"]
    assert number(family) == 1
    assert family.says(ActionAnswer, "Beds!", "out_of_scope") == ["utter_list_found", "utter_list_question"]
