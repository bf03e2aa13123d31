"""The next results of the same search."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.directory import language_of, request_of
from actions.find_services import find, remember, search, shown, speak_of_list
from actions.presenting import name_needs, show


class ActionMoreServices(Action):
    def name(self) -> str:
        return "action_more_services"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request = request_of(tracker)
        place = request.known_place
        if not request.answered or place is None:
            return find(dispatcher, tracker, request)
        language = language_of(tracker)
        result = search(tracker, request, exclude=request.seen)
        if not result.matches:
            dispatcher.utter_message(
                response="utter_no_more_results", needs=name_needs(request.needs, language), place=place.label
            )
            return [*remember(tracker, request), *speak_of_list(dispatcher, tracker, request)]
        show(dispatcher, "utter_more_results", result.matches)
        return [*remember(tracker, shown(request, result)), *speak_of_list(dispatcher, tracker, request)]
