"""Which of the two likeliest needs is meant, asked when the message seems to ask for something but none is sure."""

from __future__ import annotations

from collections.abc import Sequence

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.directory import language_of, latest, request_of, said_before
from actions.find_services import open_list, remember
from actions.presenting import name_of
from actions.question import WHICH_NEED, Question

_ASKS = "utter_which_need"


class ActionAskWhichNeed(Action):
    """Never twice in a row: who was not understood again gets all topics, and a person to call."""

    def name(self) -> str:
        return "action_ask_which_need"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request, codes = request_of(tracker), latest(tracker).values("maybe_need")[:2]
        if opening := open_list(tracker, request):
            return opening
        if len(codes) < 2 or _ASKS in said_before(tracker):
            dispatcher.utter_message(response="utter_unclear_again")
            return remember(tracker, request)
        ask_which(dispatcher, codes, language_of(tracker))
        return remember(tracker, request, asked=Question(WHICH_NEED, tuple(codes)))


def ask_which(dispatcher: CollectingDispatcher, codes: Sequence[str], language: str) -> None:
    first, second = codes
    dispatcher.utter_message(
        response=_ASKS, first=name_of(first, language), second=name_of(second, language), first_code=first, second_code=second
    )
