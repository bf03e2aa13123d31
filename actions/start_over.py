"""A fresh start: what was asked for and where is forgotten."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.checklist import SLOT, Checklist
from actions.coming_home import list_of
from actions.directory import request_of
from actions.find_services import remember
from actions.request import Request


class ActionStartOver(Action):
    def name(self) -> str:
        return "action_start_over"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        dispatcher.utter_message(response="utter_started_over")
        fresh = replace(Request(), read_until=request_of(tracker).read_until)
        return [*remember(tracker, fresh), SlotSet(SLOT, Checklist(offered=list_of(tracker).offered).as_slot())]
