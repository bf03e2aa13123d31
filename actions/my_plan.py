"""A family's own plan for bad days: made, changed, read back."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.turn import Reader


class ActionMyPlan(Action):
    def name(self) -> str:
        return "action_my_plan"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        dispatcher.utter_message(response="utter_unclear")
        return []


#: Question kind → how it is read.
READS: dict[str, Reader] = {}
