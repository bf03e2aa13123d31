"""One family's thread as a whole: its token, its state while it is being changed, and its end.

Whoever changes a conversation locks its row first, so that numbers never skip and nobody waits for another in a circle.
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from resources_db.errors import ResourcesError
from resources_db.models.conversation import Conversation as ConversationRow
from resources_db.models.message import Message
from resources_db.trackers import delete_tracker

_conversation = cast(Table, ConversationRow.__table__)
_message = cast(Table, Message.__table__)

# Made once, of tables instead of classes: these are on the way of every message, and five times as fast.
_STATE = select(
    *_conversation.c[
        "id", "language", "expires_at", "last_seq", "turn_owner", "turn_until", "family_phone_id", "token_until", "open_question"
    ]
)
_BY_TOKEN = _STATE.where(
    _conversation.c.token_hash == bindparam("token_hash"),
    _conversation.c.expires_at > bindparam("now"),
    or_(_conversation.c.token_until.is_(None), _conversation.c.token_until > bindparam("now")),
)
_BY_TOKEN_LOCKED = _BY_TOKEN.with_for_update()
_OF_PHONE = (
    select(_conversation.c.id)
    .where(_conversation.c.family_phone_id == bindparam("of_phone"), _conversation.c.expires_at > bindparam("now"))
    .order_by(_conversation.c.joined_at.desc(), _conversation.c.id)
    .limit(1)
)
_BY_ID_LOCKED = _STATE.where(_conversation.c.id == bindparam("id")).with_for_update()
#: What is changed in a conversation after its start.
_CHANGING = ("language", "expires_at", "last_seq", "turn_owner", "turn_until", "open_question")
_SAVE = (
    update(_conversation).where(_conversation.c.id == bindparam("of_id")).values({name: bindparam(name) for name in _CHANGING})
)
#: SQLite takes only so many parameters.
_AT_ONCE = 500


class UnknownToken(ResourcesError):
    """No conversation has this token, or its time is over."""


@dataclass
class Conversation:
    """The state of a conversation. Changes are made to one that is locked, and last when it is saved.

    `last_seq` is the number of its newest message; `turn_owner` answers in it, and until `turn_until` if it dies;
    `family_phone_id` is the phone that belongs to it, if one does; `token_until` ends its token before it ends itself.
    `open_question` was asked outside a turn (messages.ask) and Rasa does not know of it yet.
    """

    id: str
    language: str
    expires_at: datetime
    last_seq: int = 0
    turn_owner: str | None = None
    turn_until: datetime | None = None
    family_phone_id: str | None = None
    token_until: datetime | None = None
    open_question: str | None = None

    @property
    def web_until(self) -> datetime:
        """When its token opens nothing any more."""
        return min(self.expires_at, self.token_until or self.expires_at)

    def next_seq(self) -> int:
        self.last_seq += 1
        return self.last_seq


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
    conversation = Conversation(str(uuid.uuid4()), language, now + lifetime)
    row = asdict(conversation) | {"token_hash": _hash(token), "joined_at": None, "site": site, "created_at": now}
    session.execute(insert(_conversation), row)
    return conversation, token


def start_texting(
    session: Session, family_phone_id: str, *, language: str, now: datetime, lifetime: timedelta, site: str | None = None
) -> Conversation:
    """A new conversation of a phone, which nobody can open on the web yet: it has no token."""
    conversation = Conversation(str(uuid.uuid4()), language, now + lifetime, family_phone_id=family_phone_id)
    row = asdict(conversation) | {"token_hash": None, "joined_at": now, "site": site, "created_at": now}
    session.execute(insert(_conversation), row)
    return conversation


def newest_of_phone(session: Session, family_phone_id: str, now: datetime) -> str | None:
    """The id of the conversation that the phone's texts go to; None when all of its conversations are over."""
    return session.scalar(_OF_PHONE, {"of_phone": family_phone_id, "now": now})


def conversation_of(session: Session, token: str, now: datetime, *, lock: bool = False) -> Conversation:
    """The conversation whose token this is. `lock` it to change it. Raises UnknownToken, also when it has expired."""
    row = session.execute(_BY_TOKEN_LOCKED if lock else _BY_TOKEN, {"token_hash": _hash(token), "now": now}).first()
    if row is None:
        raise UnknownToken("this conversation has ended")
    return Conversation(*row)


def lock_conversation(session: Session, conversation_id: str) -> Conversation | None:
    """The conversation, ours to change until the transaction ends; None when it is gone."""
    row = session.execute(_BY_ID_LOCKED, {"id": conversation_id}).first()
    return Conversation(*row) if row else None


def give_token(session: Session, conversation: Conversation, until: datetime) -> str:
    """A new token for a locked conversation, in the place of the one it had."""
    token, conversation.token_until = secrets.token_urlsafe(24), until
    this = _conversation.c.id == conversation.id
    session.execute(update(_conversation).where(this).values(token_hash=_hash(token), token_until=until))
    return token


def save_conversation(session: Session, conversation: Conversation) -> None:
    """Write down what was changed in a locked conversation."""
    session.execute(
        _SAVE,
        {"of_id": conversation.id} | {name: getattr(conversation, name) for name in _CHANGING},
    )


def delete_conversation(session: Session, conversation_id: str) -> None:
    """Delete everything kept about this family, at once."""
    lock_conversation(session, conversation_id)
    session.execute(delete(_message).where(_message.c.conversation_id == conversation_id))
    delete_tracker(session, conversation_id)
    session.execute(delete(_conversation).where(_conversation.c.id == conversation_id))


def progress_since(session: Session, known: Mapping[str, int]) -> dict[str, Progress | None]:
    """Of conversations whose newest number is `known`: how far those are in which there is more; None for those that are gone."""
    found: dict[str, int] = {}
    ids = list(known)
    for start in range(0, len(ids), _AT_ONCE):
        some = _conversation.c.id.in_(ids[start : start + _AT_ONCE])
        found.update((row[0], row[1]) for row in session.execute(select(*_conversation.c["id", "last_seq"]).where(some)))
    changed: dict[str, Progress | None] = {gone: None for gone in known.keys() - found.keys()}
    for conversation_id, last_seq in found.items():
        if last_seq > known[conversation_id]:
            newer = _message.c.conversation_id == conversation_id, _message.c.seq > known[conversation_id]
            answered = session.scalar(select(func.max(_message.c.reply_to)).where(*newer))
            changed[conversation_id] = Progress(last_seq, answered or 0)
    return changed


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
