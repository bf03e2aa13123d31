"""What Rasa remembers of a conversation."""

from __future__ import annotations

import asyncio
from datetime import datetime, timezone
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channel.tracker_store import KEPT_TURNS, CompactTrackerStore
from resources_db.database import make_engine, session_scope
from resources_db.migrations import upgrade
from resources_db.models import Conversation
from resources_db.trackers import delete_tracker, load_tracker


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CompactTrackerStore:
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path))
    engine = make_engine(f"sqlite:///{tmp_path / 'homeward.db'}")
    upgrade(engine)
    with session_scope(engine) as session:
        now = datetime.now(timezone.utc)
        session.add(Conversation(id="family", language="en", created_at=now, expires_at=now, last_seq=0))
    return CompactTrackerStore(Domain.load("domain.yml"))


def after_turns(store: CompactTrackerStore, turns: int) -> DialogueStateTracker:
    tracker = asyncio.run(store.get_or_create_tracker("family"))
    for number in range(turns):
        tracker = asyncio.run(store.retrieve("family")) or tracker
        tracker.update(UserUttered(f"message {number}", {"name": "request_help"}), store.domain)
        tracker.update(SlotSet("needs", ["food"]), store.domain)
        tracker.update(ActionExecuted("action_find_services"), store.domain)
        tracker.update(BotUttered("here", {"custom": {"matches": [{"service": "x" * 500}]}}), store.domain)
        tracker.update(ActionExecuted("action_listen"), store.domain)
        asyncio.run(store.save(tracker))
    kept = asyncio.run(store.retrieve("family"))
    assert kept is not None
    return kept


def test_only_the_last_turns_are_kept_however_long_the_conversation(store: CompactTrackerStore) -> None:
    kept = after_turns(store, 40)
    said = [event.text for event in kept.events if isinstance(event, UserUttered)]
    assert said == [f"message {number}" for number in range(40 - KEPT_TURNS, 40)]
    assert kept.get_slot("needs") == ["food"]
    assert kept.latest_action_name == "action_listen"


def test_a_slot_set_long_ago_is_still_set(store: CompactTrackerStore) -> None:
    tracker = asyncio.run(store.get_or_create_tracker("family"))
    tracker.update(SlotSet("language", "es"), store.domain)
    asyncio.run(store.save(tracker))
    assert after_turns(store, 20).get_slot("language") == "es"


def test_a_form_opened_long_ago_is_still_open(store: CompactTrackerStore) -> None:
    tracker = asyncio.run(store.get_or_create_tracker("family"))
    tracker.update(UserUttered("rent", {"name": "request_help"}), store.domain)
    tracker.update(ActiveLoop("find_services_form"), store.domain)
    tracker.update(ActionExecuted("action_listen"), store.domain)
    asyncio.run(store.save(tracker))
    assert after_turns(store, 20).active_loop_name == "find_services_form"


def test_listings_are_not_kept_twice(store: CompactTrackerStore) -> None:
    after_turns(store, 2)
    with session_scope(store._engine) as session:
        assert "xxx" not in (load_tracker(session, "family") or "")


def test_deleting_leaves_nothing(store: CompactTrackerStore) -> None:
    after_turns(store, 2)
    with session_scope(store._engine) as session:
        delete_tracker(session, "family")
    assert asyncio.run(store.retrieve("family")) is None


def test_nothing_is_remembered_of_a_conversation_that_is_gone(store: CompactTrackerStore) -> None:
    tracker = asyncio.run(store.get_or_create_tracker("somebody who had everything deleted"))
    tracker.update(UserUttered("rent", {"name": "request_help"}), store.domain)
    asyncio.run(store.save(tracker))
    assert asyncio.run(store.keys()) == []
