"""The conversation about the coming-home list: one question at a time, a listing as soon as something is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.answers import meaning_of
from actions.check_ins import offer
from actions.checklist import NEED, SLOT, Checklist, already_asked_for, items, needs_of, position
from actions.details import listings, phones
from actions.directory import language_of, latest, request_of
from actions.find_services import FORM, find, remember, search, shown
from actions.presenting import name_needs, show
from actions.question import LIST_ITEM, LIST_PLACE, Question
from actions.request import Request
from actions.say import ActionSay

#: Listings for one item: the next question follows under them.
_FEW = 2


class ActionComingHome(Action):
    """The family tells the news, or comes back to the list."""

    def name(self) -> str:
        return "action_coming_home"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        request, message = request_of(tracker), latest(tracker)
        if message.values("need"):
            return find(dispatcher, tracker, request)
        if meaning_of(message.text) not in (None, "list"):
            return ActionSay().run(dispatcher, tracker, domain)  # "later", "no": a short answer, but to nothing we asked
        checklist = Checklist(offered=True) if message.value("answer") == "again" else list_of(tracker)
        events = take_up(dispatcher, tracker, request, checklist)
        # other actions hand the news over to this one, after which no rule knows what comes next
        return [*events, FollowupAction("action_listen")]


def take_up(dispatcher: CollectingDispatcher, tracker: Tracker, request: Request, checklist: Checklist) -> list[EventType]:
    """Open the list, or go on where it was left."""
    if not checklist.answers:
        told_now = request.came_home and not checklist.offered
        dispatcher.utter_message(response="utter_list_opens" if told_now else "utter_list_begins", count=len(items()))
        if request.answered and (code := already_asked_for(request.needs)):
            checklist = checklist.answered(code, NEED).served(code, request.shown)
    elif checklist.next is None:
        dispatcher.utter_message(response="utter_list_finished")
        return remember(tracker, request)
    else:
        dispatcher.utter_message(response="utter_list_goes_on")
    return ask_next(dispatcher, tracker, request, checklist)


def list_of(tracker: Tracker) -> Checklist:
    return Checklist.from_slot(tracker.get_slot(SLOT))


def take_answer(
    dispatcher: CollectingDispatcher, tracker: Tracker, request: Request, checklist: Checklist, code: str, answer: str
) -> list[EventType]:
    """Note what was answered to an item; look for it at once, or ask where, once; then ask the next."""
    checklist = checklist.answered(code, answer)
    if answer == NEED and request.known_place is None and not checklist.place_asked:
        dispatcher.utter_message(response="utter_list_place")
        return _go_on(tracker, request, replace(checklist, place_asked=True), Question(LIST_PLACE))
    return ask_next(dispatcher, tracker, request, checklist)


def ask_next(dispatcher: CollectingDispatcher, tracker: Tracker, request: Request, checklist: Checklist) -> list[EventType]:
    """Show what is wanted and not shown yet, then ask for the next item, or end the list."""
    request, checklist = _serve(dispatcher, tracker, request, checklist)
    item = checklist.next
    if item is None:
        return end(dispatcher, tracker, request, checklist, "utter_list_done")
    dispatcher.utter_message(
        response="utter_list_question",
        number=position(item.code), count=len(items()), question=item.question[language_of(tracker)], item=item.code,
    )  # fmt: skip
    return _go_on(tracker, request, checklist, Question(LIST_ITEM, (item.code,)))


def end(
    dispatcher: CollectingDispatcher, tracker: Tracker, request: Request, checklist: Checklist, response: str
) -> list[EventType]:
    """Say in short what was found; where the place is not known, ask for it, and search for all that is wanted."""
    request, checklist = _serve(dispatcher, tracker, request, checklist)
    dispatcher.utter_message(response=response)
    wanted = checklist.wanted
    checklist = replace(checklist, waits=False)
    kept = SlotSet(SLOT, checklist.as_slot())
    if not wanted:
        dispatcher.utter_message(response="utter_list_nothing_wanted")
        offer(dispatcher, tracker)
        return [*remember(tracker, request), kept]
    request = replace(request, needs=needs_of(wanted))
    if request.known_place is None:
        needs = name_needs(request.needs, language_of(tracker))
        dispatcher.utter_message(response="utter_list_searches", needs=needs)
        return [*remember(tracker, replace(request, answered=False), keep_form=True), kept, FollowupAction(FORM)]
    request = _sum_up(dispatcher, request, checklist, language_of(tracker))
    offer(dispatcher, tracker)
    return [*remember(tracker, request), kept]


def _go_on(tracker: Tracker, request: Request, checklist: Checklist, asked: Question) -> list[EventType]:
    checklist = replace(checklist, offered=True, waits=True)
    return [*remember(tracker, request, asked=asked), SlotSet(SLOT, checklist.as_slot())]


def _serve(
    dispatcher: CollectingDispatcher, tracker: Tracker, request: Request, checklist: Checklist
) -> tuple[Request, Checklist]:
    """Show a few listings for each item that is wanted and was not looked for, where the place is known."""
    place, language = request.known_place, language_of(tracker)
    if place is None:
        return request, checklist
    for item in checklist.unserved:
        asked = replace(request, needs=item.needs, when=None)
        result = search(tracker, asked, words=item.words)
        if not result.matches:
            result = search(tracker, asked)
        result = replace(result, matches=result.matches[:_FEW])
        told: Mapping[str, Any] = {"name": item.name[language], "place": place.label}
        before, request = {one for ids in checklist.found.values() for one in ids}, shown(asked, result)
        if not result.matches:
            dispatcher.utter_message(response="utter_list_not_found", **told)
        elif before.issuperset(request.shown):
            dispatcher.utter_message(response="utter_list_same", service=result.matches[0].service, **told)
        else:
            show(dispatcher, "utter_list_found", result.matches, **told)
        checklist = checklist.served(item.code, request.shown)
    return request, checklist


def _sum_up(dispatcher: CollectingDispatcher, request: Request, checklist: Checklist, language: str) -> Request:
    """Say the best place of each wanted item, numbered, so that "number 2" means it; and what 211 must help with."""
    best = {item.code: checklist.found[item.code][0] for item in checklist.wanted if checklist.found.get(item.code)}
    request = replace(request, answered=True, shown=tuple(dict.fromkeys(best.values())), seen=(), current=None)
    matches = {match.service_at_location_id or match.service_id: match for match in listings(request, language)}
    lines = [
        f"{number}. {', '.join(item.name[language] for item in checklist.wanted if best.get(item.code) == found)}: "
        f"{matches[found].service}, {phones(matches[found])}"
        for number, found in enumerate(request.shown, 1)
        if found in matches
    ]
    if lines:
        dispatcher.utter_message(response="utter_list_sum", lines="\n".join(lines))
    missing = [item.name[language] for item in checklist.wanted if item.code not in best]
    if missing:
        dispatcher.utter_message(response="utter_list_missing", names=", ".join(missing))
    return request
