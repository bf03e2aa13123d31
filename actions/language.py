"""The other language: what was shown is said again in it."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.coming_home import ask_next, list_of
from actions.directory import language_of, request_of
from actions.find_services import find, remember, search, shown
from actions.presenting import show
from actions.question import LIST_ITEM, LIST_PLACE, WHICH_NEED, asked_of
from actions.which_need import ask_which


class ActionChangeLanguage(Action):
    """The slot `language` is already set from the message."""

    def name(self) -> str:
        return "action_change_language"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request, question = request_of(tracker), asked_of(tracker)
        if question and question.kind in (LIST_ITEM, LIST_PLACE):
            return ask_next(dispatcher, tracker, request, list_of(tracker))
        if question and question.kind == WHICH_NEED:
            ask_which(dispatcher, question.about, language_of(tracker))
            return remember(tracker, request, asked=question)
        if request.answered and request.shown:
            result = search(tracker, request)
            show(dispatcher, "utter_results_again", result.matches)
            return remember(tracker, shown(request, result))
        if request.needs or request.place:
            return find(dispatcher, tracker, request)
        dispatcher.utter_message(response="utter_language_changed")
        return remember(tracker, request)
