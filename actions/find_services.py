"""Search for what the family needs, near where it is; ask back for what is missing; never a dead end."""

from __future__ import annotations

import asyncio
import json
import math
from dataclasses import asdict, replace
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy import select

from actions import checklist, question
from actions.checklist import Checklist, tells_the_news
from actions.directory import engine, geocoder, language_of, latest, request_of
from actions.presenting import name_needs, show
from actions.question import LIST_OFFER, LIST_WAITS, OLD_PLACE, Question
from actions.request import SLOT, FamilyMessage, Request
from resources_db.database import session_scope
from resources_db.geo.timezones import zone_of
from resources_db.models.conversation import Conversation
from resources_db.moments import say_wish, wished_for
from resources_db.program.counting import count
from resources_db.search import SearchRequest, SearchResult, find_matches

FORM = "find_services_form"
#: Listings shown at once; and in a text, which the gateway renders (bot/sms/rendering.py).
MOST, MOST_BY_TEXT = 5, 3
#: The channel of texts.
TEXTS = "sms"
#: What "closer" means.
CLOSE_MILES = 5
#: What is said above listings that answer a request: "no" right after it means that they are not what was asked for.
RESULTS = frozenset(
    {
        "utter_results", "utter_results_at", "utter_results_closed", "utter_results_widened", "utter_results_again",
        "utter_more_results", "utter_closer", "utter_closest_already",
    }
)  # fmt: skip


class ActionFindServices(Action):
    """Needs the slots `needs`, `place`, `language`, `search` and the form `find_services_form`."""

    def name(self) -> str:
        return "action_find_services"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request, credit = await _with_street(request_of(tracker), latest(tracker))
        events = find(dispatcher, tracker, request)
        if credit:
            dispatcher.utter_message(response="utter_address_credit", credit=credit)
        return events


async def _with_street(request: Request, message: FamilyMessage) -> tuple[Request, str]:
    """The point of the street address in the message in place of its town's, where a geocoder is turned on, and whom to
    give credit for it."""
    service, town = geocoder(), request.known_place
    if service is None or town is None or not message.value("place"):
        return request, ""
    exact = await asyncio.to_thread(service.locate, message.text, town)
    if exact is None:
        return request, ""
    return replace(request, place={"text": town.text, "place": asdict(exact), "candidates": []}), service.attribution


def find(dispatcher: CollectingDispatcher, tracker: Tracker, request: Request) -> list[EventType]:
    """Answer a request, or ask for the one thing it lacks."""
    language = language_of(tracker)
    if request.doubtful and request.known_place:
        _ask_which_place(dispatcher, request.doubtful)
        if request.doubtful.get("candidates"):
            return remember(tracker, request)
        dispatcher.utter_message(
            response="utter_old_place", place=request.known_place.label, where=json.dumps({"place": request.place})
        )
        return remember(tracker, request, asked=Question(OLD_PLACE))
    if request.place and not request.known_place:
        _ask_which_place(dispatcher, request.place)
        return remember(tracker, replace(request, place=None))
    if not request.needs and (opening := open_list(tracker, request)):
        return opening
    if not request.needs or request.known_place is None:
        return [*remember(tracker, request, keep_form=True), FollowupAction(FORM)]
    if latest(tracker).intent == "closer" and request.shown:
        result = search(tracker, request, max_miles=CLOSE_MILES)
        if result.matches:
            show(dispatcher, "utter_closer", result.matches, miles=CLOSE_MILES, place=request.known_place.label)
        else:
            result = search(tracker, request)
            nearest = sorted(result.matches, key=lambda match: math.inf if match.distance_miles is None else match.distance_miles)
            result = replace(result, matches=tuple(nearest))
            show(dispatcher, "utter_closest_already", result.matches)
    else:
        result = search(tracker, request)
        _answer(dispatcher, request, result, language)
        _count_unmet(tracker, request, result, language)
    return [*remember(tracker, shown(request, result)), *speak_of_list(dispatcher, tracker, request)]


def search(
    tracker: Tracker, request: Request, *, exclude: tuple[str, ...] = (), max_miles: float | None = None, words: str | None = None
) -> SearchResult:
    """Look in the directory; `exclude` are service_at_location ids already shown, `words` must be in the listing. Gives as
    many as are shown at once: what a text leaves out would be taken for shown, and "more" would pass over it."""
    now = local_now(request)
    wanted = SearchRequest(
        needs=request.needs, origin=request.known_place, language=language_of(tracker), ages=request.ages, now=now,
        open_at=wished_for(request.when, now) if request.when else None, exclude=frozenset(exclude), max_miles=max_miles,
        text=words, limit=MOST_BY_TEXT if tracker.get_latest_input_channel() == TEXTS else MOST,
    )  # fmt: skip
    with session_scope(engine(), writes=False) as session:
        return find_matches(session, wanted)


def shown(request: Request, result: SearchResult) -> Request:
    """The request after its answer."""
    ids = tuple(match.service_at_location_id or match.service_id for match in result.matches)
    only = ids[0] if len(ids) == 1 else None
    return replace(request, answered=True, shown=ids, seen=tuple(dict.fromkeys(request.seen + ids)), current=only)


def remember(tracker: Tracker, request: Request, *, keep_form: bool = False, asked: Question | None = None) -> list[EventType]:
    """The events that carry a request, and the question just asked, to the next turn. The form is left unless it is about
    to ask."""
    if asked is None and not keep_form and Checklist.from_slot(tracker.get_slot(checklist.SLOT)).offered:
        asked = Question(LIST_WAITS)
    events: list[EventType] = [
        SlotSet(SLOT, request.as_slot()),
        SlotSet(question.SLOT, asked.as_slot() if asked else None),
        SlotSet("needs", list(request.needs) or None),
        SlotSet("place", request.place),
    ]
    if tracker.active_loop and not keep_form:
        events += [ActiveLoop(None), SlotSet("requested_slot", None)]
    return events


def local_now(request: Request) -> datetime:
    """Now, in the zone of the place that is asked about."""
    place = request.known_place
    zone = zone_of(place) if place else None
    return datetime.now(ZoneInfo(zone) if zone else timezone.utc)


def _ask_which_place(dispatcher: CollectingDispatcher, place: dict[str, Any]) -> None:
    candidates = place.get("candidates") or []
    if not place["text"]:
        dispatcher.utter_message(response="utter_no_place_there")
        return
    if place.get("military"):
        dispatcher.utter_message(response="utter_place_military", place=place["military"])
        return
    if not candidates:
        dispatcher.utter_message(response="utter_place_not_found", place=place["text"])
        return
    buttons = [
        {
            "title": candidate["label"],
            "payload": "/give_location"
            + json.dumps({"place": {"text": candidate["label"], "place": candidate, "candidates": []}}),
        }
        for candidate in candidates
    ]
    dispatcher.utter_message(response="utter_which_place", place=candidates[0]["label"].partition(",")[0], buttons=buttons)


def open_list(tracker: Tracker, request: Request) -> list[EventType]:
    """The events that open the coming-home list, if the family tells the news and was not offered it yet; else none."""
    if not tells_the_news(latest(tracker).text) or Checklist.from_slot(tracker.get_slot(checklist.SLOT)).offered:
        return []
    return [*remember(tracker, request), FollowupAction("action_coming_home")]


def speak_of_list(dispatcher: CollectingDispatcher, tracker: Tracker, request: Request) -> list[EventType]:
    """Under an answer, each once: that a list left in the middle is still here; to whom told the news, that there is one."""
    state = Checklist.from_slot(tracker.get_slot(checklist.SLOT))
    if state.waits:
        dispatcher.utter_message(response="utter_list_waits")
        return [SlotSet(checklist.SLOT, replace(state, waits=False).as_slot())]
    if request.came_home and not state.offered:
        dispatcher.utter_message(response="utter_list_offer")
        return [
            SlotSet(checklist.SLOT, replace(state, offered=True).as_slot()),
            SlotSet(question.SLOT, Question(LIST_OFFER).as_slot()),
        ]
    return []


def _count_unmet(tracker: Tracker, request: Request, result: SearchResult, language: str) -> None:
    """Where families look for what nobody offers: a number for the program page, and nothing of the family."""
    unmet = request.needs if not result.matches else result.unmet
    place = request.known_place
    if not unmet or place is None:
        return
    now = datetime.now(timezone.utc)
    with session_scope(engine()) as session:
        site = session.scalar(select(Conversation.site).where(Conversation.id == tracker.sender_id))
        for need in unmet:
            count(session, "need_unmet", now, site=site, need=need, zip=place.postal_code, language=language)


def _answer(dispatcher: CollectingDispatcher, request: Request, result: SearchResult, language: str) -> None:
    place = request.known_place
    label = place.label if place else ""
    needs = name_needs(request.needs, language)
    if not result.matches:
        dispatcher.utter_message(response="utter_no_results", needs=needs, place=label)
        return
    if request.when:
        when = say_wish(request.when, language)
        closed = all(match.open_state == "closed" for match in result.matches)
        response = "utter_results_closed" if closed else "utter_results_at"
        show(dispatcher, response, result.matches, needs=needs, place=label, when=when)
    elif result.widened_to_miles:
        show(dispatcher, "utter_results_widened", result.matches, needs=needs, place=label, miles=round(result.widened_to_miles))
    else:
        met = [code for code in request.needs if code not in result.unmet] or list(request.needs)
        show(dispatcher, "utter_results", result.matches, needs=name_needs(met, language), place=label)
    if result.unmet:
        dispatcher.utter_message(response="utter_unmet", needs=name_needs(result.unmet, language), place=label)
