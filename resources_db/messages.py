"""What is said in a conversation: accepted once, answered in order, one turn at a time.

A family's message is a row before it is acknowledged, and waits until its answers are written in the same
transaction that takes it off the list; so a process may die at any moment and nothing accepted is lost.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Row, RowMapping, Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from resources_db.claims import Claim, take
from resources_db.conversations import Conversation, lock_conversation, save_conversation
from resources_db.errors import ResourcesError
from resources_db.models.message import Message
from resources_db.privacy.redaction import redact
from resources_db.trackers import delete_tracker

FAMILY, HOMEWARD = "family", "homeward"
WEB, SMS = "web", "sms"
#: More than anybody can mean to send before the first is answered.
MOST_WAITING = 1000

_CHOICE = re.compile(r"([0-9]{1,9})\.[A-Za-z0-9_-]{1,32}")

# Made once, of the table instead of the class: these are on the way of every message, and five times as fast.
_message = cast(Table, Message.__table__)
_of_this = _message.c.conversation_id == bindparam("of_id")
_newer = _of_this, _message.c.seq > bindparam("after")
_NEW = insert(_message)
_AFTER = select(_message).where(*_newer).order_by(_message.c.seq)
_BY_CLIENT_ID = select(_message.c.seq).where(_of_this, _message.c.client_id == bindparam("client_id"))
_HOW_MANY_WAIT = select(func.count()).select_from(_message).where(_of_this, _message.c.waiting)
_WAITING = select(_message).where(_of_this, _message.c.waiting).order_by(_message.c.seq)
_NEXT = _WAITING.limit(1)
_IS_WAITING = select(_message.c.waiting).where(_message.c.id == bindparam("message_id"))
_DONE = (
    update(_message)
    .where(_message.c.id == bindparam("message_id"), _message.c.waiting)
    .values(waiting=False, language=bindparam("in_language"))
)
_REPLIES = select(*_message.c["reply_to", "crisis"]).where(*_newer, _message.c.reply_to.is_not(None))
_LATELY_SAID = select(_message).where(_of_this, _message.c.sender == HOMEWARD).order_by(_message.c.seq.desc()).limit(12)
_CHOICES = select(_message.c.choices).where(_of_this, _message.c.seq == bindparam("seq"))


class UnknownChoice(ResourcesError):
    """The tapped choice was never offered in this conversation."""


class TooManyWaiting(ResourcesError):
    """The conversation already has MOST_WAITING unanswered messages."""


@dataclass(frozen=True)
class Answer:
    """One message Homeward says. `choices` are (label, payload) pairs."""

    text: str
    choices: Sequence[tuple[str, str]] = ()
    matches: Sequence[Mapping[str, Any]] = ()
    crisis: str | None = None


@dataclass(frozen=True)
class Turn:
    """A family's message that is now ours to answer. `payload` is set when a choice was tapped; what is answered goes to
    the `channel` it came on, WEB or SMS; `at` is when it came. `asked` is a question that was asked outside a turn, which Rasa
    has to be told of first."""

    message_id: str
    conversation_id: str
    seq: int
    text: str
    payload: str | None
    language: str
    channel: str
    at: datetime
    asked: str | None = None


@dataclass(frozen=True)
class Accepted:
    """`seq` of the message, the same for every retry of its client id, and whether a reply was already said then. `turn`
    is the message, claimed, when it is new and nothing waits before it."""

    conversation_id: str
    seq: int
    answered: bool = False
    turn: Turn | None = None


@dataclass(frozen=True)
class Finished:
    """After a turn: the newest number in the conversation, the `answers` that were written and the same as the Chat API
    shows them, and the next message, claimed, if one waits."""

    last_seq: int
    answers: Sequence[Answer] = ()
    said: Sequence[dict[str, Any]] = ()
    next: Turn | None = None


def accept(
    session: Session, conversation: Conversation, *, client_id: str, claim: Claim, text: str = "", choice: str | None = None,
    channel: str = WEB, at: datetime | None = None, to_be_answered: bool = True, keep_street: bool = False,
) -> Accepted:  # fmt: skip
    """Write down a family's message, typed or tapped, in its locked `conversation`; it came `at`, by default just now.

    What identifies somebody in it is masked before: nobody reads it, Rasa neither. Raises UnknownChoice, TooManyWaiting.
    """
    this = {"of_id": conversation.id}
    known = session.scalar(_BY_CLIENT_ID, {**this, "client_id": client_id})
    if known is not None:
        return Accepted(conversation.id, known, answered=any(r.reply_to == known for r in _replies(session, conversation, known)))
    waiting = session.scalars(_HOW_MANY_WAIT, this).one()
    if waiting >= MOST_WAITING:
        raise TooManyWaiting("wait until what you sent before is answered, then send this again")
    if choice is None:
        text, payload = redact(text, keep_street=keep_street), None
    else:
        text, payload = _chosen(session, conversation, choice)
    message = _row(conversation, FAMILY, text, at or claim.now, channel=channel, client_id=client_id, payload=payload)
    message["waiting"] = to_be_answered
    session.execute(_NEW, message)
    first = to_be_answered and waiting == 0 and take(conversation, claim)
    save_conversation(session, conversation)
    return Accepted(conversation.id, message["seq"], turn=_turn(conversation, message) if first else None)


def claim_turn(session: Session, conversation_id: str, claim: Claim) -> Turn | None:
    """Make the conversation's oldest unanswered message ours, if there is one and nobody else is answering."""
    conversation = lock_conversation(session, conversation_id)
    if conversation is None or not take(conversation, claim):
        return None
    turn = _next_turn(session, conversation)
    save_conversation(session, conversation)
    return turn


def finish_turn(
    session: Session, turn: Turn, answers: Sequence[Answer], *, language: str, claim: Claim, more: bool = True
) -> Finished | None:
    """Write the answers, on the channel of the message, take it off the list, and claim the next one (unless `more` is
    false: then let go).

    None when it is no longer ours: answered by others, or deleted by the family meanwhile; what Rasa remembered of the
    conversation after that is deleted too. A crisis that was answered while the message waited is not answered again.
    """
    conversation = lock_conversation(session, turn.conversation_id)
    if conversation is None:
        delete_tracker(session, turn.conversation_id)
        return None
    done = cast("CursorResult[Any]", session.execute(_DONE, {"message_id": turn.message_id, "in_language": language}))
    if done.rowcount != 1:
        return None
    if any(answer.crisis for answer in answers):
        before = [r for r in _replies(session, conversation, turn.seq) if r.reply_to == turn.seq and r.crisis]
        answers = [answer for answer in answers if not (before and answer.crisis)]
    conversation.language = language
    if conversation.open_question == turn.asked:
        conversation.open_question = None
    said = _write(session, conversation, answers, channel=turn.channel, now=claim.now, reply_to=turn.seq)
    following = None
    if conversation.turn_owner == claim.owner and take(conversation, claim):
        following = _next_turn(session, conversation, more=more)
    save_conversation(session, conversation)
    return Finished(conversation.last_seq, answers, [message_as_json(message) for message in said], following)


def is_waiting(session: Session, turn: Turn) -> bool:
    """Whether the message is still there and unanswered."""
    return bool(session.scalar(_IS_WAITING, {"message_id": turn.message_id}))


def unheard(session: Session, conversation: Conversation) -> tuple[Sequence[Row[Any]], bool]:
    """Of a locked conversation: the waiting messages to which nothing at all was said yet, in order; and whether
    something other than the answer to a crisis was already said to one that waits."""
    waiting = session.execute(_WAITING, {"of_id": conversation.id}).all()
    replies = _replies(session, conversation, waiting[0].seq) if waiting else []
    heard = {r.reply_to for r in replies}
    told_to_wait = {r.reply_to for r in replies if not r.crisis}
    return [m for m in waiting if m.seq not in heard], any(m.seq in told_to_wait for m in waiting)


def say(
    session: Session, conversation: Conversation, answer: Answer, *, channel: str, language: str, now: datetime, reply_to: int
) -> None:
    """Say something to a waiting message that came on `channel`, before its turn is finished, in a locked conversation."""
    _write(session, conversation, [answer], channel=channel, now=now, reply_to=reply_to, language=language)
    save_conversation(session, conversation)


def tell(session: Session, conversation: Conversation, text: str, *, now: datetime) -> None:
    """Say on the web something that answers no message, in a locked conversation."""
    _write(session, conversation, [Answer(text)], channel=WEB, now=now, reply_to=None)
    save_conversation(session, conversation)


def ask(
    session: Session, conversation: Conversation, answer: Answer, *, asked: str, channel: str, now: datetime
) -> dict[str, Any]:
    """Say something that answers no message and asks a question, in a locked conversation; returns its row.

    `asked` (at most 120 signs) is what actions/question.py keeps of a question; what the family writes next may answer it. ""
    where nothing is asked.
    """
    (row,) = _write(session, conversation, [answer], channel=channel, now=now, reply_to=None)
    conversation.open_question = asked or None
    save_conversation(session, conversation)
    return row


def last_answers(session: Session, conversation: Conversation) -> Sequence[Row[Any]]:
    """The rows of what was said last, in order: all of it to one message of the family's, or a question of our own."""
    rows = session.execute(_LATELY_SAID, {"of_id": conversation.id}).all()
    said = [row for row in rows if row.reply_to is not None or row.choices]
    if said and said[0].reply_to is None:
        return said[:1]
    return [row for row in reversed(said) if row.reply_to == said[0].reply_to]


def messages_after(session: Session, conversation_id: str, seq: int) -> Sequence[RowMapping]:
    """The rows of everything said after `seq`, in order."""
    return session.execute(_AFTER, {"of_id": conversation_id, "after": seq}).mappings().all()


def message_as_json(message: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    """The message of the Chat API, of a row; what was said by text says so, and everything else is as it always was."""
    by_text = {"channel": SMS} if message["channel"] == SMS else {}
    return {
        "seq": message["seq"],
        "from": message["sender"],
        "text": message["text"],
        "language": message["language"],
        "choices": [{"label": choice["label"], "choice": choice["choice"]} for choice in message["choices"]],
        "matches": message["matches"],
        "crisis": message["crisis"],
        "at": message["at"].isoformat(timespec="seconds"),
        **by_text,
    }


def _row(conversation: Conversation, sender: str, text: str, now: datetime, **more: Any) -> dict[str, Any]:
    """The next message of a locked conversation."""
    row = {
        "id": str(uuid.uuid4()), "conversation_id": conversation.id, "seq": conversation.next_seq(), "sender": sender,
        "channel": WEB, "client_id": None, "reply_to": None, "text": text, "language": conversation.language, "payload": None,
        "choices": [], "matches": [], "crisis": None, "waiting": False, "at": now,
    }  # fmt: skip
    return row | more


def _write(
    session: Session, conversation: Conversation, answers: Iterable[Answer], *, channel: str, now: datetime, reply_to: int | None,
    language: str | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    rows = []
    for answer in answers:
        row = _row(conversation, HOMEWARD, answer.text, now, channel=channel, crisis=answer.crisis, reply_to=reply_to)
        row["language"], row["matches"] = language or conversation.language, list(answer.matches)
        row["choices"] = [
            {"label": label, "payload": payload, "choice": f"{row['seq']}.{secrets.token_urlsafe(9)}"}
            for label, payload in answer.choices
        ]
        rows.append(row)
    if rows:
        session.execute(_NEW, rows)
    return rows


def _chosen(session: Session, conversation: Conversation, choice: str) -> tuple[str, str]:
    """Label and payload of a choice as it was offered."""
    if given := _CHOICE.fullmatch(choice):
        for item in session.scalar(_CHOICES, {"of_id": conversation.id, "seq": int(given[1])}) or []:
            if secrets.compare_digest(item["choice"], choice):
                return item["label"], item["payload"]
    raise UnknownChoice("this choice was not offered here; send what you want as text")


def _replies(session: Session, conversation: Conversation, after: int) -> Sequence[Row[Any]]:
    """(reply_to, crisis) of what was said after `after` to a message of the family's."""
    return session.execute(_REPLIES, {"of_id": conversation.id, "after": after}).all()


def _next_turn(session: Session, conversation: Conversation, *, more: bool = True) -> Turn | None:
    """The oldest waiting message of a conversation that is ours; without one (or without `more`) it is let go."""
    message = session.execute(_NEXT, {"of_id": conversation.id}).first() if more else None
    if message is None:
        conversation.turn_owner = conversation.turn_until = None
        return None
    return _turn(conversation, message._mapping)


def _turn(conversation: Conversation, message: Mapping[str, Any] | RowMapping) -> Turn:
    """The turn of a message's row."""
    return Turn(
        message["id"], conversation.id, message["seq"], message["text"], message["payload"], conversation.language,
        message["channel"], message["at"], conversation.open_question,
    )  # fmt: skip
