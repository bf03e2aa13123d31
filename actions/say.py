"""Answers without any search, which are never the same twice in a row."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.answers import meaning_of
from actions.directory import latest, request_of, said_before
from actions.explain import ActionExplain
from actions.find_services import RESULTS, find, open_list
from actions.request import FamilyMessage

#: What is said, and what is said instead when that was just said.
_WORDS = {
    "affirm": ("utter_affirm", "utter_affirm_again"),
    "deny": ("utter_deny", "utter_deny_again"),
    "other_in_domain": ("utter_other_in_domain", "utter_other_in_domain_again"),
    "out_of_scope": ("utter_out_of_scope", "utter_out_of_scope_again"),
    "unclear": ("utter_unclear", "utter_unclear_again"),
    "here": ("utter_here", "utter_unclear_again"),
}


class ActionSay(Action):
    def name(self) -> str:
        return "action_say"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request, message, before = request_of(tracker), latest(tracker), said_before(tracker)
        meaning = meaning_of(message.text)
        if opening := open_list(tracker, request):
            return opening
        if message.value("place") and request.needs:
            return find(dispatcher, tracker, request)
        if before & RESULTS and meaning in ("have", "stop"):
            dispatcher.utter_message(response="utter_all_good")  # "no thanks", "that's all"
            return []
        if before & RESULTS and (message.intent == "deny" or meaning == "wrong"):
            return ActionExplain().run(dispatcher, tracker, domain)
        first, again = _WORDS[_kind(message, meaning)]
        dispatcher.utter_message(response=again if first in before else first)
        if tracker.slots.get("requested_slot") == "needs":
            # these words ask what is needed themselves
            return [ActiveLoop(None), SlotSet("requested_slot", None)]
        return []


def _kind(message: FamilyMessage, meaning: str | None) -> str:
    """The intent, but kinder: a sign or two is no request that we refuse, "I don't know" no story, "stop" no other topic."""
    if message.intent in ("out_of_scope", "unclear") and not any(sign.isalnum() for sign in message.text):
        return "here"
    if meaning == "skip" or message.intent == "out_of_scope" and meaning is None and len(message.text.split()) == 1:
        return "unclear"
    if meaning == "stop":
        return "deny"
    return message.intent if message.intent in _WORDS else "unclear"
