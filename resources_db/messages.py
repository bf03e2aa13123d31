"""Conversations and what is said in them: accepted once, answered in order, one turn at a time.

A family's message is a row before it is acknowledged, and waits until its answers are written in the same
transaction that takes it off the list; so a process may die at any moment and nothing accepted is lost. Whoever
changes a conversation locks its row first, so that numbers never skip and nobody waits for the other in a circle.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from resources_db.claims import Claim, take
from resources_db.errors import ResourcesError
from resources_db.models.conversation import Conversation
from resources_db.models.message import Message
from resources_db.trackers import delete_tracker

FAMILY, HOMEWARD = "family", "homeward"
#: More than anybody can mean to send before the first is answered.
MOST_WAITING = 1000

_CHOICE = re.compile(r"([0-9]{1,9})\.[A-Za-z0-9_-]{1,32}")


class UnknownToken(ResourcesError):
    """No conversation has this token, or its time is over."""


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
    """A family's message that is now ours to answer. `payload` is set when a choice was tapped."""

    message_id: str
    conversation_id: str
    seq: int
    text: str
    payload: str | None
    language: str


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
    """After a turn: the newest number in the conversation, and the next message, claimed, if one waits."""

    last_seq: int
    next: Turn | None = None


@dataclass(frozen=True)
class Progress:
    """How far a conversation is: its newest number, and the newest of the family's messages that has a reply."""

    last_seq: int
    answered: int


def start_conversation(
    session: Session, *, language: str, now: datetime, lifetime: timedelta, site: str | None = None
) -> tuple[Conversation, str]:
    """A new conversation and its token, which is shown once and kept only as a hash."""
    token = secrets.token_urlsafe(24)
    conversation = Conversation(
        id=str(uuid.uuid4()), token_hash=_hash(token), language=language, site=site, created_at=now,
        expires_at=now + lifetime, last_seq=0,
    )  # fmt: skip
    session.add(conversation)
    session.flush()
    return conversation, token


def conversation_of(session: Session, token: str, now: datetime, *, lock: bool = False) -> Conversation:
    """The conversation whose token this is. `lock` it to change it. Raises UnknownToken, also when it has expired."""
    query = select(Conversation).where(Conversation.token_hash == _hash(token), Conversation.expires_at > now)
    conversation = session.scalar(query.with_for_update() if lock else query)
    if conversation is None:
        raise UnknownToken("this conversation has ended")
    return conversation


def lock_conversation(session: Session, conversation_id: str) -> Conversation | None:
    """The conversation, ours to change until the transaction ends; None when it is gone."""
    return session.scalar(select(Conversation).where(Conversation.id == conversation_id).with_for_update())


def accept(
    session: Session, conversation: Conversation, *, client_id: str, claim: Claim, text: str = "", choice: str | None = None
) -> Accepted:
    """Write down a family's message, typed or tapped, in its locked `conversation`. Raises UnknownChoice, TooManyWaiting."""
    of_this = Message.conversation_id == conversation.id
    known = session.scalar(select(Message.seq).where(of_this, Message.client_id == client_id))
    if known is not None:
        return Accepted(conversation.id, known, _replied(session, conversation.id, known))
    waiting = session.scalars(select(func.count()).select_from(Message).where(of_this, Message.waiting)).one()
    if waiting >= MOST_WAITING:
        raise TooManyWaiting("wait until what you sent before is answered, then send this again")
    text, payload = (text, None) if choice is None else _chosen(session, conversation.id, choice)
    message = Message(
        id=str(uuid.uuid4()), conversation_id=conversation.id, seq=_next_seq(conversation), sender=FAMILY, client_id=client_id,
        text=text, language=conversation.language, payload=payload, waiting=True, at=claim.now,
    )  # fmt: skip
    session.add(message)
    first = waiting == 0 and take(conversation, claim)
    return Accepted(conversation.id, message.seq, turn=_turn(message, conversation) if first else None)


def claim_turn(session: Session, conversation_id: str, claim: Claim) -> Turn | None:
    """Make the conversation's oldest unanswered message ours, if there is one and nobody else is answering."""
    conversation = lock_conversation(session, conversation_id)
    return _next_turn(session, conversation, claim) if conversation and take(conversation, claim) else None


def finish_turn(
    session: Session, turn: Turn, answers: Sequence[Answer], *, language: str, claim: Claim, more: bool = True
) -> Finished | None:
    """Write the answers, take the message off the list, and claim the next one (unless `more` is false: then let go).

    None when it is no longer ours: answered by others, or deleted by the family meanwhile; what Rasa remembered of the
    conversation after that is deleted too. A crisis that was answered while the message waited is not answered again.
    """
    conversation = lock_conversation(session, turn.conversation_id)
    if conversation is None:
        delete_tracker(session, turn.conversation_id)
        return None
    message = session.get(Message, turn.message_id)
    if message is None or not message.waiting:
        return None
    if any(answer.crisis for answer in answers) and _replied(session, conversation.id, turn.seq, Message.crisis.is_not(None)):
        answers = [answer for answer in answers if not answer.crisis]
    message.waiting = False
    message.language = conversation.language = language
    say(session, conversation, answers, language=language, now=claim.now, reply_to=turn.seq)
    session.flush()
    if conversation.turn_owner != claim.owner:
        return Finished(conversation.last_seq)
    following = _next_turn(session, conversation, claim) if more else None
    if not following:
        conversation.turn_owner = conversation.turn_until = None
    return Finished(conversation.last_seq, following)


def is_waiting(session: Session, turn: Turn) -> bool:
    """Whether the message is still there and unanswered."""
    return bool(session.scalar(select(Message.waiting).where(Message.id == turn.message_id)))


def unheard(session: Session, conversation: Conversation) -> tuple[list[Message], bool]:
    """Of a locked conversation: the waiting messages to which nothing at all was said yet, in order; and whether
    something other than the answer to a crisis was already said to one that waits."""
    of_this = Message.conversation_id == conversation.id
    waiting = session.scalars(select(Message).where(of_this, Message.waiting).order_by(Message.seq)).all()
    if not waiting:
        return [], False
    replies = session.execute(select(Message.reply_to, Message.crisis).where(of_this, Message.seq > waiting[0].seq)).all()
    heard = {seq for seq, _ in replies}
    told_to_wait = {seq for seq, crisis in replies if not crisis}
    return [m for m in waiting if m.seq not in heard], any(m.seq in told_to_wait for m in waiting)


def say(
    session: Session, conversation: Conversation, answers: Iterable[Answer], *, language: str, now: datetime, reply_to: int
) -> None:
    """Write messages of Homeward's in a locked conversation. `reply_to` is the family's message that they answer."""
    for answer in answers:
        seq = _next_seq(conversation)
        choices = [
            {"label": label, "payload": payload, "choice": f"{seq}.{secrets.token_urlsafe(9)}"}
            for label, payload in answer.choices
        ]
        said = Message(
            id=str(uuid.uuid4()), conversation_id=conversation.id, seq=seq, sender=HOMEWARD, text=answer.text,
            language=language, choices=choices, matches=list(answer.matches), crisis=answer.crisis, reply_to=reply_to, at=now,
        )  # fmt: skip
        session.add(said)


def messages_after(session: Session, conversation_id: str, seq: int) -> list[Message]:
    """Everything said after `seq`, in order."""
    newer = Message.conversation_id == conversation_id, Message.seq > seq
    return list(session.scalars(select(Message).where(*newer).order_by(Message.seq)))


def progress_since(session: Session, known: Mapping[str, int]) -> dict[str, Progress | None]:
    """Of conversations whose newest number is `known`: what is new in those where there is more, None for those that are gone."""
    found: dict[str, int] = {}
    ids = list(known)
    for start in range(0, len(ids), 500):  # SQLite takes only so many parameters
        some = Conversation.id.in_(ids[start : start + 500])
        found.update((row[0], row[1]) for row in session.execute(select(Conversation.id, Conversation.last_seq).where(some)))
    changed: dict[str, Progress | None] = {gone: None for gone in known.keys() - found.keys()}
    for conversation_id, last_seq in found.items():
        if last_seq > known[conversation_id]:
            recent = Message.conversation_id == conversation_id, Message.seq > known[conversation_id]
            changed[conversation_id] = Progress(last_seq, session.scalar(select(func.max(Message.reply_to)).where(*recent)) or 0)
    return changed


def delete_conversation(session: Session, conversation_id: str) -> None:
    """Delete everything kept about this family, at once."""
    lock_conversation(session, conversation_id)
    session.execute(delete(Message).where(Message.conversation_id == conversation_id))
    delete_tracker(session, conversation_id)
    session.execute(delete(Conversation).where(Conversation.id == conversation_id))


def message_as_json(message: Message) -> dict[str, Any]:
    """The message of the Chat API."""
    return {
        "seq": message.seq,
        "from": message.sender,
        "text": message.text,
        "language": message.language,
        "choices": [{"label": choice["label"], "choice": choice["choice"]} for choice in message.choices],
        "matches": message.matches,
        "crisis": message.crisis,
        "at": message.at.isoformat(timespec="seconds"),
    }


def _chosen(session: Session, conversation_id: str, choice: str) -> tuple[str, str]:
    """Label and payload of a choice as it was offered."""
    if given := _CHOICE.fullmatch(choice):
        offering = Message.conversation_id == conversation_id, Message.seq == int(given[1])
        for item in session.scalar(select(Message.choices).where(*offering)) or []:
            if secrets.compare_digest(item["choice"], choice):
                return item["label"], item["payload"]
    raise UnknownChoice("this choice was not offered here; send what you want as text")


def _replied(session: Session, conversation_id: str, seq: int, *kind: ColumnElement[bool]) -> bool:
    reply = Message.conversation_id == conversation_id, Message.seq > seq, Message.reply_to == seq, *kind
    return session.scalar(select(Message.id).where(*reply).limit(1)) is not None


def _next_turn(session: Session, conversation: Conversation, claim: Claim) -> Turn | None:
    """The oldest waiting message of a conversation that is ours; without one it is let go."""
    of_this = Message.conversation_id == conversation.id
    message = session.scalar(select(Message).where(of_this, Message.waiting).order_by(Message.seq).limit(1))
    conversation.turn_owner, conversation.turn_until = (claim.owner, claim.until) if message else (None, None)
    return _turn(message, conversation) if message else None


def _turn(message: Message, conversation: Conversation) -> Turn:
    return Turn(message.id, conversation.id, message.seq, message.text, message.payload, conversation.language)


def _next_seq(conversation: Conversation) -> int:
    """The next number of a locked conversation."""
    conversation.last_seq += 1
    return conversation.last_seq


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
