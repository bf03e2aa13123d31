"""What was understood, and how to put it right with one tap."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.directory import language_of, latest, request_of, said_before
from actions.find_services import remember
from actions.presenting import name_needs, spoken
from actions.question import UNDERSTOOD, Question
from actions.request import Request
from resources_db.eligibility import say_age
from resources_db.moments import say_wish
from resources_db.wording import join

#: By how many needs are searched for: with several, each of the first three can be taken away.
_UNDERSTOOD = ("utter_understood", "utter_understood_two", "utter_understood_several")


class ActionExplain(Action):
    """Intent `ask_understood`, and a plain "no" right after results."""

    def name(self) -> str:
        return "action_explain"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request, language = request_of(tracker), language_of(tracker)
        place = request.known_place
        if said_before(tracker) & set(_UNDERSTOOD):
            dispatcher.utter_message(response="utter_unclear_again")
            return remember(tracker, request)
        if not request.needs:
            dispatcher.utter_message(response="utter_nothing_understood")
            return remember(tracker, request)
        if place is None:
            dispatcher.utter_message(response="utter_understood_needs", needs=name_needs(request.needs, language))
            return remember(tracker, request, keep_form=True)
        told = {"needs": _sought(request, language), "place": place.label}
        for number, code in enumerate(request.needs[:3], 1):
            told |= {f"need_{number}": spoken(code, language), f"code_{number}": code}
        dispatcher.utter_message(response=_UNDERSTOOD[min(len(request.needs), 3) - 1], **told)
        return remember(tracker, request, asked=Question(UNDERSTOOD))


class ActionCorrect(Action):
    """A tapped correction: another place, or something more."""

    def name(self) -> str:
        return "action_correct"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request = request_of(tracker)
        if latest(tracker).value("correction") == "place":
            dispatcher.utter_message(response="utter_other_place")
            return remember(tracker, request)
        dispatcher.utter_message(response="utter_add_need")
        # what is named next adds to what is not answered yet
        return remember(tracker, replace(request, answered=False))


def _sought(request: Request, language: str) -> str:
    """The needs, with the time and the ages that narrowed the search."""
    parts = [name_needs(request.needs, language)]
    if request.when:
        parts.append(say_wish(request.when, language))
    if request.ages:
        parts.append(join(language, [say_age(age, language) for age in request.ages]))
    return ", ".join(parts)
