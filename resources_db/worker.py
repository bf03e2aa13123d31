"""What is due → do it. Today: conversations whose time is over are deleted, with everything said in them."""

from __future__ import annotations

import logging
import signal
import threading
from datetime import datetime, timedelta, timezone

from sqlalchemy import Engine, delete, select

from resources_db.conversations import delete_conversation
from resources_db.database import make_engine, session_scope
from resources_db.logs import set_up_logging
from resources_db.models.conversation import Conversation
from resources_db.models.tracker import Tracker
from resources_db.settings import load_settings

logger = logging.getLogger(__name__)

_EVERY_SECONDS = 60.0
_AT_ONCE = 100
#: A turn may still be under way when its conversation is deleted, and Rasa then remembers it once more.
_LONGEST_TURN = timedelta(minutes=10)


def do_what_is_due(engine: Engine, now: datetime) -> None:
    """Everything, whatever of it fails: that is tried again next time."""
    for task in (delete_expired, delete_forgotten):
        try:
            while task(engine, now) >= _AT_ONCE:
                pass
        except Exception:
            logger.exception("%s failed", task.__name__)


def delete_expired(engine: Engine, now: datetime) -> int:
    """Delete some conversations that ended before `now`; returns how many."""
    with session_scope(engine, writes=False) as session:
        ids = session.scalars(select(Conversation.id).where(Conversation.expires_at <= now).limit(_AT_ONCE)).all()
    for conversation_id in ids:
        with session_scope(engine) as session:
            delete_conversation(session, conversation_id)
    return len(ids)


def delete_forgotten(engine: Engine, now: datetime) -> int:
    """Delete what Rasa remembers of conversations that are gone; returns how many."""
    gone = Tracker.saved_at < now - _LONGEST_TURN, Tracker.conversation_id.not_in(select(Conversation.id))
    with session_scope(engine) as session:
        ids = session.scalars(select(Tracker.conversation_id).where(*gone).limit(_AT_ONCE)).all()
        session.execute(delete(Tracker).where(Tracker.conversation_id.in_(ids)))
    return len(ids)


def main() -> None:
    """`python -m resources_db.worker`, started by `homeward up`."""
    set_up_logging()
    engine = make_engine(load_settings().database_url)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while True:
        do_what_is_due(engine, datetime.now(timezone.utc))
        if stop.wait(_EVERY_SECONDS):
            return


if __name__ == "__main__":
    main()
