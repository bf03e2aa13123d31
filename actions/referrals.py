"""What a family does with a listing, and what came of it."""

from __future__ import annotations

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.turn import Reader


class ActionReferral(Action):
    def name(self) -> str:
        return "action_referral"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        dispatcher.utter_message(response="utter_unclear")
        return []


#: Question kind → how it is read.
READS: dict[str, Reader] = {}
