"""A message that may answer our open question. What was asked is known here, so "2", "ya tengo" or "skip" has a meaning.

Whatever is no answer is served as if nothing had been asked: no question holds a family up.
"""

from __future__ import annotations

import inspect
from dataclasses import replace

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import check_ins, my_plan, my_record, person, referrals, requests
from actions.checklist import HAVE, NEED, SKIP, items
from actions.coming_home import ActionComingHome, ask_next, end, list_of, take_answer, take_up
from actions.details import ActionShowDetails
from actions.directory import latest, request_of, said_before
from actions.explain import ActionExplain
from actions.find_services import ActionFindServices, find
from actions.more_services import ActionMoreServices
from actions.question import (
    LIST_ITEM,
    LIST_OFFER,
    LIST_PLACE,
    LIST_WAITS,
    OLD_PLACE,
    SLOT,
    UNDERSTOOD,
    WHICH_NEED,
    Question,
    asked_of,
    question_of,
)
from actions.say import ActionSay
from actions.start_over import ActionStartOver
from actions.turn import Reader, Turn
from actions.which_need import ActionAskWhichNeed

Codes = tuple[str, ...]

#: What the choices under a question about an item are called when they are typed by number.
_NUMBERED = (NEED, HAVE, SKIP, "stop")
_MEANS = {NEED: NEED, "yes": NEED, HAVE: HAVE, "no": HAVE, SKIP: SKIP, "stop": "stop"}
_OF_LIST = frozenset({LIST_ITEM, LIST_PLACE, LIST_OFFER, LIST_WAITS})
#: Questions that know what "take it back" means.
_TAKE_BACK_THEMSELVES = frozenset({*person.READS, *requests.READS, *my_record.READS})
#: Anything else after "where should I look?" means that the family would rather not say.
_NO_PLACE = frozenset({"affirm", "deny", "unclear", "out_of_scope", "pick", "more", "thanks"})

#: Intents and what the rules do with them; the others are small talk.
_OTHERWISE: dict[str, type[Action] | str] = {
    **dict.fromkeys(("ask_hours", "ask_documents", "ask_phone", "ask_address", "ask_cost", "ask_why"), ActionShowDetails),
    "came_home": ActionComingHome,
    "ask_understood": ActionExplain,
    "request_help": ActionFindServices, "change_need": ActionFindServices, "give_location": ActionFindServices,
    "for_whom": ActionFindServices, "closer": ActionFindServices, "unsure": ActionAskWhichNeed, "pick": ActionShowDetails,
    "check_ins": check_ins.ActionCheckIns, "referral": referrals.ActionReferral, "my_plan": my_plan.ActionMyPlan,
    "my_record": my_record.ActionMyRecord, "ask_person": person.ActionFindPerson,
    "privacy": person.ActionPrivacy, "bot_challenge": "utter_bot_challenge", "greet": "utter_greet",
    "more": ActionMoreServices, "start_over": ActionStartOver, "thanks": "utter_thanks", "goodbye": "utter_goodbye",
}  # fmt: skip


class ActionAnswer(Action):
    """Runs instead of the usual action while a question is open, and for the choices under a question."""

    def name(self) -> str:
        return "action_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        events = _answered(Turn(dispatcher, tracker, request_of(tracker), latest(tracker)))
        if events is None:
            events = await _as_usual(dispatcher, tracker, domain)
        # the slot `asked` has changed under the rule, which can no longer tell what comes next
        return events if any(event["event"] == "followup" for event in events) else [*events, FollowupAction("action_listen")]


def otherwise(intent: str) -> type[Action] | str:
    """What the rules would do with a message that is no answer: an action, or the name of a response."""
    return _OTHERWISE.get(intent, ActionSay)


async def _as_usual(dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
    usual = otherwise(latest(tracker).intent)
    if isinstance(usual, str):
        dispatcher.utter_message(response=usual)
        return []
    done = usual().run(dispatcher, tracker, domain)
    events: list[EventType] = await done if inspect.isawaitable(done) else done
    return events


def _answered(turn: Turn) -> list[EventType] | None:
    """The answer's events, or None when it is none."""
    if turn.message.intent == "answer":
        return _tapped(turn)
    question = asked_of(turn.tracker)
    if question is None:
        return None
    if question.kind not in _TAKE_BACK_THEMSELVES and person.wants_back(turn):
        return person.take_back(turn)
    if question.kind == LIST_WAITS and check_ins.go_on(turn):
        return None
    if question.kind in _OF_LIST and turn.meaning == "list":
        return _take_up_list(turn)
    return _READ[question.kind](turn, question.about)


def _tapped(turn: Turn) -> list[EventType] | None:
    """A choice of ours. It names its question, or the item of the list, because an older question may be tapped too."""
    asked, item, answer = (turn.message.value(entity) for entity in ("asked", "item", "answer"))
    if asked and (question := question_of(asked)) and question.kind in _READ:
        return _READ[question.kind](replace(turn, tapped=answer), question.about)
    if item in items():
        return _note(turn, item, answer)
    return _go_on_with_list(turn) if answer == SKIP else turn.say("utter_ask_needs")


def _go_on_with_list(turn: Turn) -> list[EventType]:
    return ask_next(turn.dispatcher, turn.tracker, turn.request, list_of(turn.tracker))


def _take_up_list(turn: Turn) -> list[EventType]:
    return take_up(turn.dispatcher, turn.tracker, turn.request, list_of(turn.tracker))


def _note(turn: Turn, item: str, answer: str) -> list[EventType]:
    if answer == "stop":
        return _end_list(turn)
    return take_answer(turn.dispatcher, turn.tracker, turn.request, list_of(turn.tracker), item, answer)


def _end_list(turn: Turn) -> list[EventType]:
    return end(turn.dispatcher, turn.tracker, turn.request, list_of(turn.tracker), "utter_list_stopped")


def _of_item(turn: Turn, about: Codes) -> list[EventType] | None:
    item = items().get(about[0])
    if item is None:
        return _go_on_with_list(turn)
    message, number = turn.message, turn.number
    needs, refused = set(message.values("need")), set(message.values("refused_need"))
    if number is not None and 1 <= number <= len(_NUMBERED):
        return _note(turn, item.code, _NUMBERED[number - 1])
    if needs:
        return _note(turn, item.code, NEED) if needs <= set(item.needs) else None
    if refused and refused <= set(item.needs):
        return _note(turn, item.code, HAVE)
    if turn.meaning in _MEANS:
        return _note(turn, item.code, _MEANS[turn.meaning])
    if item.is_named_by(message.text):
        return _note(turn, item.code, NEED)
    if message.value("place") and turn.request.known_place and not turn.request.doubtful:
        turn.dispatcher.utter_message(response="utter_list_near", place=turn.request.known_place.label)
        return _go_on_with_list(turn)
    return None


def _of_list_place(turn: Turn, about: Codes) -> list[EventType] | None:
    if turn.message.values("need"):
        return None
    if turn.message.value("place"):
        if turn.request.known_place:
            return _go_on_with_list(turn)
        asked_back = find(turn.dispatcher, turn.tracker, turn.request)
        return [*asked_back, SlotSet(SLOT, Question(LIST_PLACE).as_slot())]
    if turn.meaning == "stop":
        return _end_list(turn)
    return _go_on_with_list(turn) if turn.meaning or turn.message.intent in _NO_PLACE else None


def _of_offer(turn: Turn, about: Codes) -> list[EventType] | None:
    if turn.meaning == "yes":
        return _take_up_list(turn)
    return turn.say("utter_list_declined") if turn.meaning == "no" else None


def _of_waiting_list(turn: Turn, about: Codes) -> list[EventType] | None:
    just_told = "utter_list_waits" in said_before(turn.tracker)
    return _take_up_list(turn) if just_told and turn.meaning == "yes" else None


def _of_two_needs(turn: Turn, about: Codes) -> list[EventType] | None:
    """Which of two needs: by number or by where it stands in the sentence, both of them, or neither."""
    if turn.message.values("need"):
        return None
    before = () if turn.request.answered else turn.request.needs
    number = turn.number or turn.message.value("choice")
    if number in (1, 2):
        return turn.search(dict.fromkeys((*before, about[number - 1])))
    if turn.meaning in ("yes", "both"):
        return turn.search(dict.fromkeys((*before, *about)))
    return turn.say("utter_ask_needs") if number is not None or turn.meaning in ("no", "other", SKIP, "stop") else None


def _of_what_was_understood(turn: Turn, about: Codes) -> list[EventType] | None:
    if turn.message.values("need") or turn.message.value("place") or turn.meaning not in ("yes", "wrong", "no"):
        return None
    return turn.say("utter_all_good" if turn.meaning == "no" else "utter_tell_me")


def _of_old_place(turn: Turn, about: Codes) -> list[EventType] | None:
    if turn.message.values("need") or turn.message.value("place") or turn.meaning not in ("yes", "no"):
        return None
    return turn.search(turn.request.needs) if turn.meaning == "yes" else turn.say("utter_other_place")


_READ: dict[str, Reader] = {
    LIST_ITEM: _of_item, LIST_PLACE: _of_list_place, LIST_OFFER: _of_offer, LIST_WAITS: _of_waiting_list,
    WHICH_NEED: _of_two_needs, UNDERSTOOD: _of_what_was_understood, OLD_PLACE: _of_old_place,
    **check_ins.READS, **referrals.READS, **my_plan.READS, **my_record.READS, **person.READS, **requests.READS,
}  # fmt: skip
