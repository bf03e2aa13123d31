"""A family's own plan for bad days: made in three questions, shown word for word, changed one part at a time, deleted.

What is kept is what the parent wrote, as the inbox masked it. A crisis never gets here: the crisis policy answers it, and the
question that was open is closed (actions/question.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions import family_clock
from actions.directory import engine, latest, request_of, sealer, words
from actions.hotlines import numbers
from actions.question import Question
from actions.turn import Reader, Turn
from resources_db.database import session_scope
from resources_db.geo.names import plain
from resources_db.models.family_record import WhatIfPart
from resources_db.record import what_if
from resources_db.record.document import day, say
from resources_db.record.threads import kept_until
from resources_db.record.what_if import PARTS
from resources_db.sms.gsm import fold, segments

#: A part asked in the row of three, and one asked anew by itself; the plan that was just shown; whether to delete it.
PART, CHANGE, SHOWN, DELETE = "plan_part", "plan_change", "plan_shown", "plan_delete"

_ASK = {"relapse": "utter_plan_ask_relapse", "childcare": "utter_plan_ask_childcare", "crisis": "utter_plan_ask_crisis"}
_LINE = {"relapse": "utter_plan_line_relapse", "childcare": "utter_plan_line_childcare", "crisis": "utter_plan_line_crisis"}
#: A part has to go out in one text, whole.
_MOST_SIGNS, _MOST_SEGMENTS = 300, 3

_DELETES = re.compile(r"\b(?:delete|erase|get rid|dont want|borr\w+|elimin\w+|ya no quiero)\b")
_CHANGES = re.compile(
    r"\b(?:change|update|edit|fix|add to|take out|remove|cambi\w+|actualiz\w+|correg\w+|arregl\w+|agrega\w*|quit\w+)\b"
)
_OF_PART = {
    "relapse": re.compile(r"\b(?:part 1|parte 1|relaps\w+|slip\w*|recai\w+|recaid\w+|recaigo)\b"),
    "childcare": re.compile(r"\b(?:part 2|parte 2|child ?care|sitter|kids|ninos|ninera|cuid\w+)\b"),
    "crisis": re.compile(r"\b(?:part 3|parte 3|crisis|bad night|mala noche|emergenc\w+)\b"),
}
#: A message that begins like this asks for something now, and is no part of a plan.
_ASKS = re.compile(
    r"^\W*(?:(?:(?:i|we) )?(?:really )?(?:need|want)|(?:im |am |we are )?looking for|where|find|help me find|can (?:i|you|we)|how"
    r"|who (?:sees|can see)|necesit\w+|busc\w+|ocup\w+|quier\w+|donde|como|puedo|me urge|quien ve)\b"
)
_REQUESTS = frozenset({"request_help", "change_need", "unsure", "ask_person", "privacy", "check_ins", "referral", "my_record"})
#: In so few words these are what they seem to be, and not the parent's plan.
_FEW = 4
_OTHERWISE = frozenset({"start_over", "privacy", "bot_challenge", "goodbye", "greet", "ask_understood", "check_ins", "my_record"})
_OWN = re.compile(r"^\W*(?:(?:see|show|show me|ver|muestrame|ensename|read) )?(?:my|mi) ?plan\W*$")


class ActionMyPlan(Action):
    def name(self) -> str:
        return "action_my_plan"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        turn = Turn(dispatcher, tracker, request_of(tracker), latest(tracker))
        plan, said = _plan_of(turn), plain(turn.text)
        part = next((part for part, pattern in _OF_PART.items() if pattern.search(said)), None)
        if _DELETES.search(said):
            if not plan:
                return turn.say("utter_plan_empty")
            return _ask_anew(turn, part, plan) if part else turn.ask(Question(DELETE), "utter_plan_ask_delete")
        if plan:
            return _ask_anew(turn, part, plan) if part and _CHANGES.search(said) else show(turn)
        dispatcher.utter_message(response="utter_plan_begins")
        return _ask(turn, PARTS[0])


def show(turn: Turn) -> list[EventType]:
    """The plan word for word, each part with help that is real under it."""
    with session_scope(engine(), writes=False) as session:
        plan = what_if.parts_of(session, sealer(), turn.tracker.sender_id)
        until = kept_until(session, turn.tracker.sender_id, WhatIfPart)
        zone = family_clock.zone_of_family(session, turn)
    if not plan or until is None:
        return turn.say("utter_plan_empty")
    lines = [line for part in PARTS for line in (f"{_label(turn, part)}: {_text(turn, plan, part)}", _real_help(turn, part))]
    return turn.ask(
        Question(SHOWN), "utter_plan_shown", lines="\n".join(lines), until=day(until.astimezone(zone).date(), turn.language)
    )


def _ask(turn: Turn, part: str) -> list[EventType]:
    return turn.ask(Question(PART, (part,)), _ASK[part])


def _ask_anew(turn: Turn, part: str, plan: Mapping[str, str]) -> list[EventType]:
    told = {"part": _label(turn, part), "text": _text(turn, plan, part)}
    return turn.ask(Question(CHANGE, (part,)), "utter_plan_change", **told)


def _label(turn: Turn, part: str) -> str:
    """ "1. If I slip"."""
    return f"{PARTS.index(part) + 1}. {say(f'parts.{part}', turn.language)}"


def _text(turn: Turn, plan: Mapping[str, str], part: str) -> str:
    return plan.get(part) or say("nothing_yet", turn.language)


def _real_help(turn: Turn, part: str) -> str:
    table = numbers()
    told = {"number": table["samhsa"], "talk": table["988"], "danger": table["911"]}
    return words().say(_LINE[part], turn.language, "sms" if turn.by_text else "", **told)


def _plan_of(turn: Turn) -> Mapping[str, str]:
    with session_scope(engine(), writes=False) as session:
        return what_if.parts_of(session, sealer(), turn.tracker.sender_id)


def _of_part(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    """One of the three questions: whatever is written is the answer, but a plain request for something else."""
    (part,) = about
    if turn.tapped == "leave" or turn.number == 2 or _is(turn, "stop"):
        return turn.say("utter_plan_left" if _plan_of(turn) else "utter_plan_empty")
    if turn.tapped == "skip" or turn.number == 1 or _is(turn, "skip", "no"):
        return _ask_next(turn, part)
    return _kept(turn, part, Question(PART, about), _ask_next)


def _of_change(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    (part,) = about
    if turn.tapped == "out" or turn.number == 1:
        with session_scope(engine()) as session:
            what_if.delete(session, turn.tracker.sender_id, part)
        return show(turn)
    if turn.tapped == "leave" or turn.number == 2 or _is(turn, "stop", "skip", "no"):
        return show(turn)
    return _kept(turn, part, Question(CHANGE, about), lambda turn, _: show(turn))


def _of_shown(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    said = turn.text if turn.tapped else ""
    number = int(said) if said.isdecimal() else turn.number or turn.message.value("choice")
    if number is not None and 1 <= number <= len(PARTS):
        return _ask_anew(turn, PARTS[number - 1], _plan_of(turn))
    if said == "search":
        return turn.search(("childcare",))
    written = plain(turn.message.text) if turn.tapped is None else ""
    deletes = said == "delete" or _DELETES.search(written) and "plan" in written
    return turn.ask(Question(DELETE), "utter_plan_ask_delete") if deletes else None


def _of_deletion(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    if turn.tapped == "delete" or turn.number == 1 or turn.tapped is None and turn.meaning == "yes":
        with session_scope(engine()) as session:
            what_if.delete(session, turn.tracker.sender_id)
        return turn.say("utter_plan_deleted")
    kept = turn.tapped == "keep" or turn.number == 2 or turn.meaning in ("no", "stop", "skip")
    return show(turn) if kept else None


def _ask_next(turn: Turn, part: str) -> list[EventType]:
    following = PARTS[PARTS.index(part) + 1 :]
    return _ask(turn, following[0]) if following else show(turn)


def _kept(turn: Turn, part: str, question: Question, go_on: Callable[[Turn, str], list[EventType]]) -> list[EventType] | None:
    """Keep the words and go on; ask once more where they are too long for a text; None when they are about something else."""
    text = " ".join(turn.message.text.split())
    if turn.tapped is not None or _is_other(turn, text):
        return None
    line = f"{_label(turn, part)}: {text}"
    if len(text) > _MOST_SIGNS or segments(fold(line)) > _MOST_SEGMENTS:
        return turn.ask(question, "utter_plan_too_long")
    with session_scope(engine()) as session:
        what_if.write(session, sealer(), turn.tracker.sender_id, part, text, family_clock.now())
    return go_on(turn, part)


def _is(turn: Turn, *meanings: str) -> bool:
    """Whether the message is a short answer that means one of these."""
    return turn.tapped is None and len(turn.text.split()) <= _FEW and turn.meaning in meanings


def _is_other(turn: Turn, text: str) -> bool:
    """Whether a message is no part of a plan: a request, a question of their own, another topic in a few words."""
    intent, said = turn.message.intent, plain(text)
    if not any(sign.isalnum() for sign in text) or _OWN.match(said):
        return True
    if intent == "my_plan" and len(said.split()) <= 2 * _FEW and (_DELETES.search(said) or _CHANGES.search(said)):
        return True
    asks = bool(_ASKS.match(said)) or said.rstrip().endswith("?")
    return asks and intent in _REQUESTS or len(said.split()) <= _FEW and intent in _OTHERWISE


#: Question kind → how it is read.
READS: dict[str, Reader] = {PART: _of_part, CHANGE: _of_change, SHOWN: _of_shown, DELETE: _of_deletion}
