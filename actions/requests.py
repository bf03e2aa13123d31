""" "Send my request": a name to ask for, the words as they would be sent, and then only what the family says.

What is shown is kept sealed until it is answered, and exactly that is sent (resources_db/referrals/requests.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from rasa_sdk.events import EventType
from sqlalchemy.orm import Session

from actions import asking_back, directory
from actions.directory import engine
from actions.question import Question
from actions.request import SLOT as REQUEST_SLOT
from actions.request import Request
from actions.turn import Reader, Turn
from resources_db.database import session_scope
from resources_db.geo.names import plain
from resources_db.models.referral import Referral
from resources_db.privacy.redaction import MASK
from resources_db.referrals import ledger, requests
from resources_db.referrals.requests import Draft
from resources_db.settings import load_settings

#: Which name; whether to send what was shown; whether to undo it.
NAME, OK, SENT = "request_name", "request_ok", "request_sent"

SEND, RENAME, NUMBER, AGES, DROP, BACK = "send", "name", "number", "ages", "drop", "back"
#: Words of request_words.yml that are no choices.
_NO_CHOICES = (BACK, "no_name")
#: What the second code of NAME keeps through the question: "a" the ages are in, "n" the number is; "-" before them.
_ALL = "-an"
#: A name of one to three words, in letters of any language.
_A_NAME = re.compile(r"[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){0,2}")
_LONGEST_NAME = 30
#: Messages that ask for something, however short, and so are no name.
_NO_NAME = frozenset(
    {
        "request_help", "change_need", "more", "start_over", "privacy", "ask_person", "ask_hours", "ask_documents", "ask_phone",
        "ask_address", "ask_cost", "ask_why", "check_ins", "referral", "my_plan", "my_record", "goodbye", "bot_challenge",
        "closer",
    }
)  # fmt: skip


def offered(session: Session, referral: Referral) -> bool:
    """Whether a request can be sent to this listing at all."""
    return requests.can_send(session, referral, by_email=_by_email()) is not None


def start(turn: Turn, referral_id: str) -> list[EventType]:
    """The family wants a request sent: first, whom they should ask for."""
    with session_scope(engine(), writes=False) as session:
        referral = _referral(turn, session, referral_id)
        if referral is None or not offered(session, referral):
            return turn.say("utter_request_not_here")
    return turn.ask(Question(NAME, (referral_id, _ALL)), "utter_request_ask_name")


def is_take_back(text: str) -> bool:
    """ "Take it back", "retirar": of use at any time after a request was sent."""
    return _choice_in(text) == BACK


def take_back(turn: Turn, referral_id: str) -> list[EventType]:
    """Undo the sending of the newest request of this referral, and say honestly what that does."""
    with session_scope(engine()) as session:
        referral = _referral(turn, session, referral_id)
        done = requests.withdraw(session, referral, datetime.now(timezone.utc)) if referral else None
    return turn.say(
        {"stopped": "utter_request_stopped", "too_late": "utter_request_too_late"}.get(done or "", "utter_request_none")
    )


def _of_name(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    referral_id, kept = about
    with_ages, with_number = "a" in kept, "n" in kept
    if turn.meaning in ("skip", "no"):
        return _show(turn, referral_id, None, with_ages=with_ages, with_number=with_number)
    if turn.meaning == "stop":
        return _drop(turn, referral_id)
    if MASK in turn.text:
        return turn.ask(Question(NAME, about), "utter_request_name_hidden")
    name = " ".join(turn.text.split()).strip(" .,!")
    if turn.message.values("need") or turn.meaning or not _is_name(name, turn.message.intent):
        return None
    # "Virginia" is a name here, and no place to look in
    said_before = Request.from_slot(turn.tracker.get_slot(REQUEST_SLOT))
    turn = replace(turn, request=replace(said_before, read_until=turn.message.at))
    return _show(turn, referral_id, name, with_ages=with_ages, with_number=with_number)


def _is_name(text: str, intent: str) -> bool:
    """The model knows few names, and takes them for anything; so one word is a name unless it is one that asks for something."""
    words = text.split()
    if len(text) > _LONGEST_NAME or not _A_NAME.fullmatch(text) or _choice_in(text):
        return False
    return len(words) == 1 or all(word[0].isupper() for word in words) or intent not in _NO_NAME


def _show(turn: Turn, referral_id: str, name: str | None, *, with_ages: bool, with_number: bool) -> list[EventType]:
    """The words as they would be sent, and whether to send them."""
    place = turn.request.known_place
    town = place.label if place and place.kind in ("city", "zip") else None
    with session_scope(engine()) as session:
        referral = _referral(turn, session, referral_id)
        if referral is None:
            return turn.say("utter_request_not_here")
        draft = requests.compose(
            session, directory.sealer(), directory.words(), referral, language=turn.language, by_email=_by_email(), name=name,
            ages=turn.request.ages, town=town, with_ages=with_ages, with_number=with_number, by_text=turn.by_text,
        )  # fmt: skip
        if draft is None:
            return turn.say("utter_request_not_here")
        mark = requests.keep(session, directory.sealer(), referral, draft, datetime.now(timezone.utc))
    say = turn.dispatcher.utter_message
    say(response="utter_request_shown", to_name=draft.to_name, draft=draft.text)
    if draft.text != draft.english:
        say(response="utter_request_as_sent", draft=draft.english)
    if not draft.has_number and not turn.by_text:
        say(response="utter_request_no_number")
    question = Question(OK, (referral_id, mark))
    buttons = [
        {"title": choice.label[turn.language], "payload": _payload(question, choice.code)} for choice in _choices_for(draft)
    ]
    by_email = draft.way == "email"
    return turn.ask(question, "utter_request_ask_email" if by_email else "utter_request_ask_inbox", buttons=buttons)


def _of_ok(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    referral_id, mark = about
    with session_scope(engine(), writes=False) as session:
        referral = _referral(turn, session, referral_id)
        draft = requests.kept(directory.sealer(), referral, mark) if referral else None
        sent_to = requests.sent_to(session, referral) if referral else None
    if draft is None:
        if not (turn.tapped or _answer(turn, ())):
            return None
        # tapped twice, or a turn that runs twice
        return _confirm(turn, referral_id, "utter_request_sent", sent_to) if sent_to else turn.say("utter_request_old")
    answer = _answer(turn, _choices_for(draft))
    if answer == SEND:
        return _send(turn, referral_id, mark)
    if answer == RENAME:
        kept = "-" + "a" * draft.ages + "n" * draft.number
        return turn.ask(Question(NAME, (referral_id, kept)), "utter_request_ask_name")
    if answer in (NUMBER, AGES):
        with_ages, with_number = draft.ages and answer != AGES, draft.number and answer != NUMBER
        return _show(turn, referral_id, draft.name, with_ages=with_ages, with_number=with_number)
    return _drop(turn, referral_id) if answer == DROP else None


def _send(turn: Turn, referral_id: str, mark: str) -> list[EventType]:
    now = datetime.now(timezone.utc)
    try:
        with session_scope(engine()) as session:
            referral = _referral(turn, session, referral_id)
            draft = requests.kept(directory.sealer(), referral, mark) if referral else None
            if referral is None or draft is None:
                return turn.say("utter_request_old")
            ledger.go(session, referral, "request", follow_up_wording=None, now=now)
            requests.send(session, directory.sealer(), referral, draft, now)
    except (requests.NotShown, ledger.NotAfterThat):
        return turn.say("utter_request_old")
    return _confirm(turn, referral_id, "utter_request_sent" if draft.number else "utter_request_sent_you_call", draft.to_name)


def _confirm(turn: Turn, referral_id: str, response: str, to_name: str) -> list[EventType]:
    turn.dispatcher.utter_message(response=response, to_name=to_name, asked=Question(SENT, (referral_id,)).as_slot())
    return asking_back.ask_back(turn, referral_id)


def _drop(turn: Turn, referral_id: str) -> list[EventType]:
    with session_scope(engine()) as session:
        if referral := _referral(turn, session, referral_id):
            requests.drop(session, referral)
    return turn.say("utter_request_dropped")


def _of_sent(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    return take_back(turn, about[0]) if turn.tapped == BACK or is_take_back(turn.text) else None


def _referral(turn: Turn, session: Session, referral_id: str) -> Referral | None:
    """Only the family's own."""
    referral = session.get(Referral, referral_id)
    return referral if referral and referral.conversation_id == turn.tracker.sender_id else None


@dataclass(frozen=True)
class _Choice:
    code: str
    label: dict[str, str]
    words: frozenset[str]


def _choices_for(draft: Draft) -> tuple[_Choice, ...]:
    """What can be said to this draft, in the order of the numbers."""
    left_out = {*_NO_CHOICES, *([] if draft.number else [NUMBER]), *([] if draft.ages else [AGES])}
    return tuple(choice for choice in _choices() if choice.code not in left_out)


def _answer(turn: Turn, choices: tuple[_Choice, ...]) -> str | None:
    if turn.tapped is not None:
        return turn.tapped
    if turn.number is not None:
        return choices[turn.number - 1].code if 1 <= turn.number <= len(choices) else None
    said = _choice_in(turn.text)
    if said or turn.message.values("need"):
        return said
    return {"yes": SEND, "no": DROP, "stop": DROP}.get(turn.meaning or "")


def _choice_in(text: str) -> str | None:
    said = " ".join(re.findall(r"[a-z0-9]+", plain(text)))
    return next((choice.code for choice in _choices() if said in choice.words), None)


def _payload(question: Question, answer: str) -> str:
    return f'/answer{{"asked": "{question.as_slot()}", "answer": "{answer}"}}'


@cache
def _choices() -> tuple[_Choice, ...]:
    listed: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("request_words.yml").read_text(encoding="utf-8"))
    return tuple(_Choice(code, row["label"], frozenset(row["words"])) for code, row in listed.items())


def _by_email() -> bool:
    return load_settings().mail_server is not None


#: Question kind → how it is read.
READS: dict[str, Reader] = {NAME: _of_name, OK: _of_ok, SENT: _of_sent}
