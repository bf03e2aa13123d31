"""Who may answer in a conversation: one at a time, and for as long only as it shows that it is alive."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from resources_db.conversations import Conversation
from resources_db.models.conversation import Conversation as ConversationRow
from resources_db.models.message import Message


@dataclass(frozen=True)
class Claim:
    """Who wants to answer, and until when that holds if it dies; a living owner renews it."""

    owner: str
    now: datetime
    lease: timedelta

    @property
    def until(self) -> datetime:
        return self.now + self.lease


def free(claim: Claim) -> ColumnElement[bool]:
    """Conversations that `claim` could take."""
    return or_(
        ConversationRow.turn_owner.is_(None), ConversationRow.turn_owner == claim.owner, ConversationRow.turn_until < claim.now
    )


def take(conversation: Conversation, claim: Claim) -> bool:
    """Take a locked conversation if it is free."""
    until = conversation.turn_until
    if conversation.turn_owner not in (None, claim.owner) and (until is None or until >= claim.now):
        return False
    conversation.turn_owner, conversation.turn_until = claim.owner, claim.until
    return True


def conversations_waiting(session: Session, claim: Claim, limit: int = 200) -> list[str]:
    """Conversations with unanswered messages that `claim` could take, the longest waiting first."""
    return list(
        session.scalars(
            select(Message.conversation_id)
            .join(ConversationRow, ConversationRow.id == Message.conversation_id)
            .where(Message.waiting, free(claim))
            .group_by(Message.conversation_id)
            .order_by(func.min(Message.at))
            .limit(limit)
        )
    )


def renew_claims(session: Session, conversation_ids: Collection[str], claim: Claim) -> None:
    """We are alive and still answering in these conversations."""
    ours = ConversationRow.id.in_(conversation_ids), ConversationRow.turn_owner == claim.owner
    session.execute(update(ConversationRow).where(*ours).values(turn_until=claim.until))


def release_claims(session: Session, owner: str) -> None:
    """Let others answer, at once, wherever `owner` was answering."""
    ours = ConversationRow.turn_owner == owner
    session.execute(update(ConversationRow).where(ours).values(turn_owner=None, turn_until=None))
