"""What Rasa remembers of a conversation, one row each; deleting a family's data deletes it here too."""

from __future__ import annotations

from datetime import datetime, timezone

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from resources_db.models.conversation import Conversation
from resources_db.models.tracker import Tracker


def save_tracker(session: Session, conversation_id: str, events: str) -> None:
    """Keep `events` (JSON) as the state of the conversation, in place of what was there; nothing of one that is gone."""
    there = select(Conversation.id).where(Conversation.id == conversation_id)
    if session.scalar(there.with_for_update(read=True, key_share=True)) is None:
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Tracker).values(conversation_id=conversation_id, events=events, saved_at=datetime.now(timezone.utc))
    kept = {"events": row.excluded.events, "saved_at": row.excluded.saved_at}
    session.execute(row.on_conflict_do_update(index_elements=[Tracker.conversation_id], set_=kept))


def load_tracker(session: Session, conversation_id: str) -> str | None:
    """The JSON that was saved last, or None."""
    return session.scalar(select(Tracker.events).where(Tracker.conversation_id == conversation_id))


def tracker_ids(session: Session) -> list[str]:
    return list(session.scalars(select(Tracker.conversation_id)))


def delete_tracker(session: Session, conversation_id: str) -> None:
    session.execute(delete(Tracker).where(Tracker.conversation_id == conversation_id))
