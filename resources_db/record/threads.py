"""A family may have several threads with one phone; what it keeps for itself is the same in all of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from resources_db.models.conversation import Conversation
from resources_db.models.family_record import RecordEntry, WhatIfPart


def threads_of(conversation_id: str) -> Select[tuple[str]]:
    """The ids of this thread and of the others of its phone."""
    phone = select(Conversation.family_phone_id).where(Conversation.id == conversation_id).scalar_subquery()
    return select(Conversation.id).where(or_(Conversation.id == conversation_id, Conversation.family_phone_id == phone))


def kept_until(session: Session, conversation_id: str, table: type[RecordEntry] | type[WhatIfPart]) -> datetime | None:
    """When the first of what a family has in `table` is erased, with the thread it was said in; where it has nothing there, when
    this thread ends. None when the thread is gone."""
    own = select(Conversation.expires_at).where(Conversation.id == conversation_id)
    holding = select(table.conversation_id).where(table.conversation_id.in_(threads_of(conversation_id)))
    first = session.scalar(select(func.min(Conversation.expires_at)).where(Conversation.id.in_(holding)))
    return first or session.scalar(own)
