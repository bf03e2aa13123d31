"""One fact about what was shown: "number 2", its hours, phone, address, what to bring, cost, why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse
from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.directory import engine, language_of, latest, request_of
from actions.find_services import find, local_now, remember, speak_of_list
from actions.presenting import show
from actions.request import Request
from actions.turn import Turn
from actions.ways import offer_ways
from resources_db.database import session_scope
from resources_db.match import Match
from resources_db.search import matches_by_id
from resources_db.wording import phrase

LAST = -1


class ActionShowDetails(Action):
    """Which fact is asked for follows from the intent; which listing from the message, else from what was last shown."""

    def name(self) -> str:
        return "action_show_details"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request, message, language = request_of(tracker), latest(tracker), language_of(tracker)
        of_the_list = request.shown and message.value("choice")
        if message.intent == "ask_hours" and message.value("when") and not of_the_list:
            return find(dispatcher, tracker, request)
        if not request.shown:
            if request.needs or request.known_place:
                return find(dispatcher, tracker, request)
            dispatcher.utter_message(response="utter_nothing_shown")
            return remember(tracker, request)
        choice = message.value("choice")
        on_the_list = choice is None or choice == LAST or 1 <= choice <= len(request.shown)
        picks_none = message.intent == "pick" and choice is None and request.current is None
        if picks_none or not on_the_list:
            dispatcher.utter_message(response="utter_no_such_number", count=len(request.shown))
            return remember(tracker, request)
        request = _turned_to(request, choice)
        matches = listings(request, language)
        if message.intent == "pick" and matches:
            show(dispatcher, "utter_picked", matches, service=matches[0].service)
        else:
            response, fact = _FACTS.get(message.intent, _FACTS["ask_phone"])
            unknown = phrase(language, "not_listed")
            lines = "\n".join(f"• {match.service}: {fact(match, language) or unknown}" for match in matches)
            dispatcher.utter_message(response=response, lines=lines)
        spoken = speak_of_list(dispatcher, tracker, request)
        if message.intent == "pick" and len(matches) == 1 and not spoken:
            asked = offer_ways(Turn(dispatcher, tracker, request, message), matches[0])
            if asked is not None:
                return asked
        return [*remember(tracker, request), *spoken]


def _turned_to(request: Request, choice: int | None) -> Request:
    if choice is None:
        return request
    return replace(request, current=request.shown[choice if choice == LAST else choice - 1])


def listings(request: Request, language: str) -> tuple[Match, ...]:
    """The listing talked about, or the whole list when none was picked."""
    ids = (request.current,) if request.current else request.shown
    now = local_now(request)
    with session_scope(engine(), writes=False) as session:
        return matches_by_id(
            session, ids, origin=request.known_place, language=language, ages=request.ages, now=now, needs=request.needs
        )


def _hours(match: Match, language: str) -> str:
    return match.hours


def _phones(match: Match, language: str) -> str:
    return phones(match)


def phones(match: Match) -> str:
    """How to reach it: phone numbers, else its website, else nothing."""
    return ", ".join(_phone(phone) for phone in match.phones) or (match.website or "")


def _phone(phone: Mapping[str, Any]) -> str:
    """As people write it: (916) 555-0105 ext. 7. A number that cannot be read is shown as it is listed."""
    try:
        number = format_number(parse(phone["number"], "US"), PhoneNumberFormat.NATIONAL)
    except NumberParseException:
        number = phone["number"]
    return f"{number} ext. {phone['extension']}" if phone.get("extension") else str(number)


def _address(match: Match, language: str) -> str:
    return match.address or match.how_to_access or ""


def _documents(match: Match, language: str) -> str:
    return ", ".join(match.documents)


def _cost(match: Match, language: str) -> str:
    return match.cost or ""


def _why(match: Match, language: str) -> str:
    return "; ".join(match.why)


_FACTS: dict[str, tuple[str, Callable[[Match, str], str]]] = {
    "ask_hours": ("utter_hours", _hours),
    "ask_phone": ("utter_phones", _phones),
    "ask_address": ("utter_addresses", _address),
    "ask_documents": ("utter_documents", _documents),
    "ask_cost": ("utter_costs", _cost),
    "ask_why": ("utter_reasons", _why),
}
