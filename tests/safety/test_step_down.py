"""What follows the reply to a crisis: one question where it is safe to ask, and the need, which is never forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot, ListSlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.safety.policy import next_action

LISTEN = "action_listen"


def said(intent: str, *crises: str, **entities: str) -> UserUttered:
    found = [{"entity": "crisis", "value": category} for category in crises]
    found += [{"entity": entity, "value": value} for entity, value in entities.items()]
    return UserUttered("…", {"name": intent}, found)


def conversation() -> DialogueStateTracker:
    slots = [ListSlot("needs", [{}]), AnySlot("place", [{}]), AnySlot("requested_slot", [{}])]
    return DialogueStateTracker("family", slots)


def answers(tracker: DialogueStateTracker, *events: Any) -> list[str]:
    """What the policy does after these events, up to listening again."""
    for event in events:
        tracker.update(event)
    done: list[str] = []
    while (action := next_action(tracker)) not in (None, LISTEN):
        assert action
        done.append(action)
        assert len(done) < 10
        tracker.update(ActionExecuted(action))
    if done:
        tracker.update(ActionExecuted(LISTEN))
    return done


@pytest.mark.parametrize(
    ("category", "question"),
    [("self_harm", "utter_ask_safe"), ("harm_others", "utter_ask_safe"), ("medical", "utter_ask_help_coming")],
)
def test_one_short_question_follows_where_it_is_safe_to_ask(category: str, question: str) -> None:
    assert answers(conversation(), said("crisis", category)) == [f"utter_crisis_{category}", question]


@pytest.mark.parametrize("category", ["violence", "child_safety"])
def test_nothing_is_asked_where_the_one_who_hurts_may_read_along(category: str) -> None:
    assert answers(conversation(), said("crisis", category)) == [f"utter_crisis_{category}"]
    both = [f"utter_crisis_{category}", "utter_crisis_self_harm"]
    assert answers(conversation(), said("crisis", category, "self_harm")) == both


def test_after_violence_nothing_is_asked_later_either() -> None:
    tracker = conversation()
    answers(tracker, said("crisis", "violence"))
    assert answers(tracker, said("crisis", "self_harm")) == ["utter_crisis_self_harm"]


def test_the_question_is_never_asked_twice_in_a_row() -> None:
    tracker = conversation()
    answers(tracker, said("crisis", "self_harm"))
    assert answers(tracker, said("crisis", "self_harm")) == ["utter_crisis_self_harm"]


@pytest.mark.parametrize("yes", ["safe_now", "affirm"])
def test_whoever_is_safe_is_led_back_to_the_need(yes: str) -> None:
    asked = SlotSet("needs", ["food"]), SlotSet("place", "92701")
    tracker = conversation()
    assert answers(tracker, said("crisis", "self_harm", need="food"), asked[0]) == ["utter_crisis_self_harm", "utter_ask_safe"]
    assert answers(tracker, said(yes)) == ["utter_safe_now", "utter_need_kept"]
    tracker = conversation()
    answers(tracker, said("crisis", "self_harm", need="food"), *asked)
    assert answers(tracker, said(yes)) == ["utter_safe_now", "action_find_services"]
    tracker = conversation()
    answers(tracker, said("crisis", "medical"))
    assert answers(tracker, said(yes)) == ["utter_safe_now", "utter_ask_needs"]


@pytest.mark.parametrize("no", ["not_safe_now", "deny"])
def test_whoever_is_not_safe_hears_again_where_to_call_and_keeps_the_need(no: str) -> None:
    tracker = conversation()
    answers(tracker, said("crisis", "self_harm", need="food"), SlotSet("needs", ["food"]))
    assert answers(tracker, said(no)) == ["utter_not_safe"]
    assert tracker.get_slot("needs") == ["food"]


def test_a_yes_or_no_at_any_other_time_is_not_ours() -> None:
    tracker = conversation()
    answers(tracker, said("crisis", "self_harm"))
    tracker.update(said("request_help"))
    tracker.update(ActionExecuted("action_find_services"))
    tracker.update(ActionExecuted(LISTEN))
    assert answers(tracker, said("affirm")) == []
    assert answers(tracker, said("deny")) == []


def test_the_question_is_answered_inside_a_form_too() -> None:
    tracker = conversation()
    form = ActionExecuted("find_services_form"), ActiveLoop("find_services_form"), SlotSet("requested_slot", "place")
    for event in (said("request_help"), *form, SlotSet("needs", ["food"]), ActionExecuted(LISTEN)):
        tracker.update(event)
    assert answers(tracker, said("crisis", "self_harm")) == ["utter_crisis_self_harm", "utter_ask_safe"]
    assert answers(tracker, said("safe_now")) == ["utter_safe_now", "utter_need_kept"]


def test_after_violence_the_need_is_served_at_once() -> None:
    tracker = conversation()
    heard = said("crisis", "violence", need="shelter")
    assert answers(tracker, heard, SlotSet("needs", ["shelter"])) == ["utter_crisis_violence", "utter_need_kept"]
