"""The form's questions: asked in full once, in few words when they were just asked; and never for ever."""

from __future__ import annotations

import re
from dataclasses import replace

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.answers import meaning_of
from actions.directory import language_of, latest, request_of, said_before
from actions.explain import ActionExplain
from actions.find_services import FORM, find, remember
from actions.presenting import name_needs
from actions.request import Request
from actions.say import ActionSay

_NO_PLACE = "utter_no_place_there"
#: Meanings of answers.yml: who would rather not say; and who lets the whole matter go.
_RATHER_NOT = frozenset({"no", "have", "skip", "wrong"})
_LETS_GO = "stop"
#: What is answered before the question is put again.
_SAID_BY: dict[str, type[Action]] = {"other_in_domain": ActionSay, "ask_understood": ActionExplain}
_NOT_A_ZIP = re.compile(r"\W*(?:\d{1,4}|\d{6,9})\W*")


class ActionAskPlace(Action):
    """Rasa's form runs it when the place is missing. Not in the same words as the last time."""

    def name(self) -> str:
        return "action_ask_place"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        before, request = said_before(tracker), request_of(tracker)
        if before & {"utter_ask_place", "utter_ask_place_for"} and not latest(tracker).values("need"):
            dispatcher.utter_message(response="utter_ask_place_again")
        elif before & {"utter_ask_place", "utter_ask_place_for", "utter_ask_place_again"} and request.needs:
            dispatcher.utter_message(response="utter_ask_place_for", needs=name_needs(request.needs, language_of(tracker)))
        else:
            dispatcher.utter_message(response="utter_ask_place")
        return []


class ActionNoPlace(Action):
    """The answer to "where?" held no place. Who would rather not say, or is asked for the second time in a row, is left in
    peace: the need is kept, a ZIP code sent later still finds, and there is a person to call."""

    def name(self) -> str:
        return "action_no_place"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request, message, before = request_of(tracker), latest(tracker), said_before(tracker)
        meaning = meaning_of(message.text)
        if message.intent == "goodbye" or meaning == _LETS_GO:
            dispatcher.utter_message(response="utter_goodbye" if message.intent == "goodbye" else "utter_let_go")
            return _leave(tracker, replace(request, needs=()))
        if message.intent == "change_need":
            return find(dispatcher, tracker, request)
        if message.intent == "deny" or meaning in _RATHER_NOT or _NO_PLACE in before:
            dispatcher.utter_message(response="utter_no_place_again")
            return _leave(tracker, request)
        if meaning == "why":
            dispatcher.utter_message(response="utter_why_place")
        elif _NOT_A_ZIP.fullmatch(message.text):
            dispatcher.utter_message(response="utter_not_a_zip")
            return [*remember(tracker, request, keep_form=True), FollowupAction("action_listen")]
        elif message.intent in _SAID_BY:
            _SAID_BY[message.intent]().run(dispatcher, tracker, domain)
        else:
            dispatcher.utter_message(response=_NO_PLACE)
        return [*remember(tracker, request, keep_form=True), FollowupAction(FORM)]


def _leave(tracker: Tracker, request: Request) -> list[EventType]:
    return [*remember(tracker, request), FollowupAction("action_listen")]
