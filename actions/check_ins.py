"""Check-ins: asked for, changed, paused, stopped; and what is answered to them. Agreeing and changing is in enrolment.py."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy import select

from actions import directory, enrolment, person
from actions.ask import ActionNoPlace
from actions.check_in_reading import CHANGE, NOW, PAUSE, RESUME, SKIP, STOP, WHEN, answer_of, order_of, wishes_of
from actions.directory import latest, request_of
from actions.find_services import remember
from actions.question import CHECK_IN, Question
from actions.say import ActionSay
from actions.turn import Reader, Turn
from resources_db.check_ins import answering, plans
from resources_db.check_ins.asking import is_again, known_of, next_item
from resources_db.check_ins.questions import FINE, GENERAL, HARD, NEVER, SEVERITY, SOME, Item, items
from resources_db.database import session_scope
from resources_db.geo.names import plain
from resources_db.models.check_in import ScheduledContact

#: The bland text of a discreet plan; what would help most, where things are hard at home; whether a person may be asked.
HELLO, WHAT, OFFER = "check_in_hello", "check_in_what", "check_in_offer"
#: The choices under a question of a check-in, by their numbers.
_NUMBERED = {1: FINE, 2: SOME, 3: HARD, 4: "person"}
_NUMBERED_OPTIONAL = {**_NUMBERED, 4: NEVER, 5: "person"}
#: The choices under "what would help most?".
_WHAT = ("food", "financial", "childcare", "respite", "person")
#: Orders that mean something without any check-ins, as answers to what we asked: never taken for more than that.
_BARE = 2
#: What a family writes that is neither an answer nor a request: it tells how things are.
_TELLS = frozenset(
    {"other_in_domain", "out_of_scope", "unclear", "affirm", "deny", "thanks", "for_whom", "more", "pick", "ask_why"}
)
#: Beside the safe word, a discreet plan answers this often as if nothing were here.
_ONCE = "again"


class ActionCheckIns(Action):
    """Runs when a message speaks of check-ins, or is one of the words that govern them."""

    def name(self) -> str:
        return "action_check_ins"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        turn = Turn(dispatcher, tracker, request_of(tracker), latest(tracker))
        plan, order = enrolment.running_plan(turn), order_of(turn.text)
        bare = order is not None and len(turn.text.split()) <= _BARE
        if bare and tracker.slots.get("requested_slot") == "place":
            done: Any = ActionNoPlace().run(dispatcher, tracker, domain)
            events: list[EventType] = await done if inspect.isawaitable(done) else done
            return events
        if plan is not None:
            return govern(turn, plan, order)
        if bare and order in (SKIP, CHANGE, RESUME):
            return ActionSay().run(dispatcher, tracker, domain)
        if order == STOP:
            return enrolment.end(turn)
        if order in (PAUSE, SKIP, WHEN):
            return turn.say("utter_check_in_none")
        return enrolment.begin(turn)


def govern(turn: Turn, plan: plans.Plan, order: str | None) -> list[EventType]:
    """What a family that has check-ins says of them."""
    if order == STOP:
        return enrolment.end(turn)
    if order == PAUSE:
        return enrolment.pause(turn, plan)
    if order == RESUME:
        return enrolment.resume(turn)
    if order == SKIP:
        return enrolment.skip_next(turn)
    if order == NOW and (asked := _ask_again(turn, plan)):
        return asked
    wishes = wishes_of(turn.text, enrolment.now().astimezone(plan.zone).date())
    if "safe word" in plain(turn.text) or "palabra segura" in plain(turn.text):
        if wishes.safe_word is None:
            return turn.ask(Question(enrolment.WORD), "utter_check_in_word")
        wishes = replace(wishes, discreet=True)
    return enrolment.change(turn, wishes) if wishes else enrolment.status(turn, plan)


def _ask_again(turn: Turn, plan: plans.Plan) -> list[EventType] | None:
    """The question of the newest check-in, if it waits for its answer."""
    newest = (
        select(ScheduledContact)
        .where(ScheduledContact.plan_id == plan.id, ScheduledContact.kind == "check_in", ScheduledContact.said_at.is_not(None))
        .order_by(ScheduledContact.said_at.desc())
        .limit(1)
    )
    with session_scope(directory.engine()) as session:
        contact = session.scalar(newest)
        if contact is None or contact.answered_at is not None:
            return None
        item = items().get(contact.item or "") or next_item(
            known_of(session, contact.conversation_id, contact.id), unprompted=False
        )
        contact_id = contact.id
    return None if item is None else _ask(turn, contact_id, item)


# --- answers --------------------------------------------------------------------------------------------------------------


def _of_check_in(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """An answer to one question: by number, letter or in words; or what is needed, whatever was asked."""
    if len(about) != 2 or about[1] not in items():
        return None
    contact_id, item = about[0], items()[about[1]]
    answer = _answer(turn, item)
    if answer == STOP:
        return enrolment.end(turn)
    if answer is not None and answer in SEVERITY:
        return _take(turn, contact_id, item, answer)
    if answer == "person":
        _note(turn, contact_id)
        return _to_a_person(turn)
    if needs := turn.message.values("need"):
        with session_scope(directory.engine()) as session:
            answering.record_needs(session, contact_id, needs, enrolment.now(), zip=_zip(turn))
        return None
    if turn.tapped is None and turn.message.intent in _TELLS:
        _note(turn, contact_id)
        return turn.ask(Question(WHAT, (contact_id,)), "utter_check_in_what")
    if turn.message.intent in ("ask_person", "unsure"):
        _note(turn, contact_id)
    return None


def _answer(turn: Turn, item: Item) -> str | None:
    """A code of questions.py, "person", STOP, or None when it is none of these."""
    if turn.tapped is not None:
        return turn.tapped
    if turn.number is not None:
        return (_NUMBERED_OPTIONAL if item.optional else _NUMBERED).get(turn.number)
    if turn.meaning == "stop" and order_of(turn.text) == STOP:
        return STOP
    said = answer_of(turn.text)
    needs = set(turn.message.values("need"))
    if said in (FINE, SOME, HARD) and needs - set(item.opened_by(HARD)):
        return None  # "fine, but we need diapers"
    if said is None and needs:
        return None
    return said


def _take(turn: Turn, contact_id: str, item: Item, answer: str) -> list[EventType] | None:
    with session_scope(directory.engine()) as session:
        recorded = answering.record(session, contact_id, item.code, answer, enrolment.now(), zip=_zip(turn))
        again = recorded is not None and recorded.next_item is not None and _is_again(session, contact_id, recorded.next_item)
    if recorded is None:
        return None
    if recorded.severity == 0:
        if answer == FINE and recorded.next_item is not None:
            return _ask(turn, contact_id, recorded.next_item, "utter_check_in_one_more", again=again)
        return _close(turn, "utter_check_in_glad" if answer == FINE else "utter_check_in_okay")
    if item.code == GENERAL:
        return turn.ask(Question(WHAT, (contact_id,)), "utter_check_in_what")
    if item.person:
        return turn.ask(Question(OFFER, (contact_id, item.code)), "utter_check_in_offer_person")
    turn.dispatcher.utter_message(response="utter_check_in_help")
    return _search(turn, recorded.needs)


def _of_what(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """What would help most: a need by number, or a person; in words it is a request like any other."""
    chosen = turn.tapped or dict(enumerate(_WHAT, 1)).get(turn.number or 0)
    if chosen == "person" or chosen is None and answer_of(turn.text) == "person":
        return _to_a_person(turn)
    needs = [chosen] if chosen else turn.message.values("need")
    if needs:
        with session_scope(directory.engine()) as session:
            answering.record_needs(session, about[0], needs, enrolment.now(), zip=_zip(turn))
        return _search(turn, needs) if chosen else None
    return _close(turn, "utter_check_in_okay") if turn.meaning in ("no", "skip", "stop", "have") else None


def _of_offer(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """A person, or places; or neither."""
    if turn.message.values("need"):
        return None
    if turn.tapped == "person" or turn.number == 1 or turn.meaning == "yes" or answer_of(turn.text) == "person":
        return _to_a_person(turn)
    if turn.tapped == "places" or turn.number == 2 or turn.meaning in ("list", "need"):
        return _search(turn, items()[about[1]].opened_by(HARD))
    if turn.tapped == "no" or turn.number == 3 or turn.meaning in ("no", "skip", "have", "stop"):
        return _close(turn, "utter_check_in_okay")
    return None


def _of_hello(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """After the bland text: the question, once the safe word is said, or anything at all where there is none. Whoever else
    writes is told nothing, once; then the family may have forgotten its word, and is served as ever."""
    contact_id, *before = about
    with session_scope(directory.engine()) as session:
        contact = session.get(ScheduledContact, contact_id)
        plan = None if contact is None else plans.plan_of(session, contact.conversation_id)
        if contact is None or plan is None:
            return None
        word = directory.sealer().open(plan.safe_word_sealed) if plan.safe_word_sealed else None
        if word is not None and plain(word) not in re.findall(r"\w+", plain(turn.text)):
            if before:
                return None
            return turn.ask(Question(HELLO, (contact_id, _ONCE)), "utter_check_in_talk_soon")
        if word is None and (
            turn.message.values("need") or turn.message.intent not in _TELLS | {"greet", "ask_hours", "check_ins"}
        ):
            answering.note_reply(session, contact_id, enrolment.now())
            return None
        known = known_of(session, contact.conversation_id, contact_id)
        item = items().get(contact.item or "") or next_item(known, unprompted=False)
        if item is None:
            return None
        contact.item = item.code
        again = is_again(known, item)
    return _ask(turn, contact_id, item, again=again)


def go_on(turn: Turn) -> bool:
    """Whether "resume" means check-ins that are paused, and not the list that waits."""
    if turn.message.intent != "check_ins" or order_of(turn.text) != RESUME:
        return False
    plan = enrolment.running_plan(turn)
    return plan is not None and plan.state == "paused"


def offer(dispatcher: CollectingDispatcher, tracker: Tracker) -> None:
    """One choice, for a family that has none yet."""
    turn = Turn(dispatcher, tracker, request_of(tracker), latest(tracker))
    if enrolment.running_plan(turn) is None:
        dispatcher.utter_message(response="utter_check_in_offer")


#: Question kind → how it is read.
READS: dict[str, Reader] = {
    CHECK_IN: _of_check_in, HELLO: _of_hello, WHAT: _of_what, OFFER: _of_offer, **enrolment.READS,
}  # fmt: skip


# --------------------------------------------------------------------------------------------------------------------------


def _ask(
    turn: Turn, contact_id: str, item: Item, response: str = "utter_check_in_ask", *, again: bool = False
) -> list[EventType]:
    language = turn.language
    question = item.question[language]
    if again:
        question = directory.words().say("utter_check_in_again", language, topic=item.topic[language])
    if item.optional:
        response = "utter_check_in_ask_optional"
    asked = Question(CHECK_IN, (contact_id, item.code))
    turn.dispatcher.utter_message(response=response, asked=asked.as_slot(), question=question)
    return remember(turn.tracker, turn.request, asked=asked)


def _is_again(session: Any, contact_id: str, item: Item) -> bool:
    contact = session.get(ScheduledContact, contact_id)
    return is_again(known_of(session, contact.conversation_id, contact_id), item)


def _search(turn: Turn, needs: Iterable[str]) -> list[EventType]:
    """Matches at once; under them, when the next check-in is."""
    needs = tuple(needs)
    events = turn.search(needs)
    if turn.request.known_place is not None and (upcoming := _next_day(turn)):
        turn.dispatcher.utter_message(response="utter_check_in_next", date=upcoming)
    return events


def _close(turn: Turn, response: str) -> list[EventType]:
    """Say it, and when the next one is."""
    turn.dispatcher.utter_message(response=response)
    upcoming = _next_day(turn)
    return turn.say("utter_check_in_next", date=upcoming) if upcoming else turn.say("utter_check_in_write")


def _next_day(turn: Turn) -> str | None:
    with session_scope(directory.engine(), writes=False) as session:
        plan = plans.plan_of(session, turn.tracker.sender_id)
        upcoming = plans.next_check_in(session, plan) if plan and plan.state == "active" else None
    return enrolment.day_in_words(turn.language, upcoming.date()) if upcoming else None


def _to_a_person(turn: Turn) -> list[EventType]:
    return person.ActionFindPerson().run(turn.dispatcher, turn.tracker, {})


def _note(turn: Turn, contact_id: str) -> None:
    with session_scope(directory.engine()) as session:
        answering.note_reply(session, contact_id, enrolment.now())


def _zip(turn: Turn) -> str | None:
    place = turn.request.known_place
    return place.postal_code if place else None
