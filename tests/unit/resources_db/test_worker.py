from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select, text

from resources_db import conversations, messages, worker
from resources_db.claims import Claim
from resources_db.database import session_scope
from resources_db.models.conversation import Conversation
from resources_db.models.message import Message
from resources_db.models.tracker import Tracker
from resources_db.trackers import tracker_ids

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)


def start(engine: Engine, lifetime: timedelta) -> str:
    with session_scope(engine) as session:
        conversation, _ = conversations.start_conversation(session, language="en", now=NOW, lifetime=lifetime)
        messages.accept(session, conversation, client_id="1", text="hi", claim=Claim("us", NOW, timedelta(seconds=20)))
        remember(engine, conversation.id, NOW, session)
        return conversation.id


def remember(engine: Engine, conversation_id: str, at: datetime, session: object = None) -> None:
    row = Tracker(conversation_id=conversation_id, events="[]", saved_at=at)
    if session is not None:
        session.add(row)  # type: ignore[attr-defined]
        return
    with session_scope(engine) as own:
        own.add(row)


def left(engine: Engine) -> tuple[list[str], list[str], list[str]]:
    with session_scope(engine, writes=False) as session:
        conversations = list(session.scalars(select(Conversation.id)))
        return conversations, list(session.scalars(select(Message.conversation_id))), tracker_ids(session)


def test_a_conversation_whose_time_is_over_is_deleted_with_everything_in_it(directory_engine: Engine) -> None:
    over, lasting = start(directory_engine, timedelta(hours=1)), start(directory_engine, timedelta(hours=3))
    worker.do_what_is_due(directory_engine, NOW + timedelta(hours=2))
    assert left(directory_engine) == ([lasting], [lasting], [lasting])
    assert over != lasting


def test_all_that_is_due_is_done_however_much_it_is(directory_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_AT_ONCE", 2)
    for _ in range(5):
        start(directory_engine, timedelta(hours=1))
    worker.do_what_is_due(directory_engine, NOW + timedelta(hours=2))
    assert left(directory_engine) == ([], [], [])


def test_what_rasa_remembers_of_a_deleted_conversation_is_deleted_once_no_turn_can_be_under_way(directory_engine: Engine) -> None:
    lasting = start(directory_engine, timedelta(days=1))
    remember(directory_engine, "gone long ago", NOW - timedelta(hours=1))
    remember(directory_engine, "just now", NOW)
    worker.do_what_is_due(directory_engine, NOW)
    assert sorted(left(directory_engine)[2]) == sorted([lasting, "just now"])
    worker.do_what_is_due(directory_engine, NOW + timedelta(hours=1))
    assert left(directory_engine)[2] == [lasting]


def test_a_task_that_fails_does_not_keep_the_others_from_being_done(
    directory_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    remember(directory_engine, "gone", NOW - timedelta(hours=1))
    with directory_engine.begin() as connection:
        connection.execute(text("ALTER TABLE message RENAME TO hidden"))
    with session_scope(directory_engine) as session:
        conversations.start_conversation(session, language="en", now=NOW, lifetime=timedelta(hours=-1))
    worker.do_what_is_due(directory_engine, NOW)
    assert "delete_expired failed" in caplog.text
    assert left_trackers(directory_engine) == []


def left_trackers(engine: Engine) -> list[str]:
    with session_scope(engine, writes=False) as session:
        return tracker_ids(session)
