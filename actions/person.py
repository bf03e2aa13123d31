"""A person to talk to: 211 and 988 at once, and people near the family where it is known."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.directory import request_of
from actions.find_services import remember, search, shown
from actions.presenting import show
from actions.turn import Reader

PEOPLE = ("peer_support", "family_resource_center")


class ActionFindPerson(Action):
    def name(self) -> str:
        return "action_find_person"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request = request_of(tracker)
        dispatcher.utter_message(response="utter_person")
        place = request.known_place
        if place is None:
            dispatcher.utter_message(response="utter_person_where")
            return remember(tracker, replace(request, needs=request.needs or PEOPLE))
        found = replace(request, needs=PEOPLE, when=None)
        result = search(tracker, found)
        if result.matches:
            show(dispatcher, "utter_person_near", result.matches, place=place.label)
            # what was asked for before stays the request; the numbers now mean these people
            return remember(tracker, replace(shown(found, result), needs=request.needs or PEOPLE))
        return remember(tracker, request)


#: Question kind → how it is read.
READS: dict[str, Reader] = {}
