"""Conversations as Rasa remembers them: only the last turns, in one row of our own database.

Rasa's SQL tracker store keeps every event of a conversation for ever and reads all of them at each turn, so a turn
grows from 25 ms to 700 ms over 500 turns. What is needed is the slots, the open form and the last few turns.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    DefinePrevUserUtteredFeaturization,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channel.notes import note_language
from resources_db.database import make_engine, session_scope
from resources_db.settings import load_settings
from resources_db.trackers import load_tracker, save_tracker, tracker_ids

#: Family messages kept. A form is at most a few turns; a search remembers what it needs in its own slot.
KEPT_TURNS = 6


class CompactTrackerStore(TrackerStore):
    """Used by `endpoints.yml`; the database is the one of the settings."""

    def __init__(
        self, domain: Domain | None = None, host: str | None = None, event_broker: EventBroker | None = None, **kwargs: Any
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._engine = make_engine(load_settings().database_url)

    async def save(self, tracker: DialogueStateTracker) -> None:
        await self.stream_events(tracker)
        note_language(tracker.get_slot("language"))
        events = [event.as_dict() for event in compact(list(tracker.events), tracker)]
        with session_scope(self._engine) as session:
            save_tracker(session, tracker.sender_id, json.dumps(events, ensure_ascii=False))

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        with session_scope(self._engine, writes=False) as session:
            stored = load_tracker(session, sender_id)
        if stored is None:
            return None
        events = [event for item in json.loads(stored) if (event := Event.from_parameters(item))]
        return DialogueStateTracker.from_events(sender_id, events, slots=self.domain.slots, domain=self.domain)

    async def keys(self) -> Iterable[str]:
        with session_scope(self._engine, writes=False) as session:
            return tracker_ids(session)


def compact(events: list[Event], tracker: DialogueStateTracker) -> list[Event]:
    """The events that give the same state with only the last KEPT_TURNS messages: slots and the open form first."""
    turns = [index for index, event in enumerate(events) if isinstance(event, UserUttered)]
    if len(turns) <= KEPT_TURNS:
        return [_light(event) for event in events if _worth_keeping(event)]
    cut = turns[-KEPT_TURNS]
    loop = None
    for event in events[:cut]:
        if isinstance(event, ActiveLoop):
            loop = event.name
    head: list[Event] = [ActionExecuted(ACTION_SESSION_START_NAME), SessionStarted()]
    head += [SlotSet(name, slot.value) for name, slot in tracker.slots.items() if slot.value != slot.initial_value]
    if loop:
        head.append(ActiveLoop(loop))
    head.append(ActionExecuted(ACTION_LISTEN_NAME))
    return head + [_light(event) for event in events[cut:] if _worth_keeping(event)]


def _worth_keeping(event: Event) -> bool:
    return not isinstance(event, DefinePrevUserUtteredFeaturization)


def _light(event: Event) -> Event:
    """A bot's message without its listings, which the family's own message rows hold."""
    if isinstance(event, BotUttered) and event.data.get("custom"):
        return BotUttered(event.text, {**event.data, "custom": None}, event.metadata, event.timestamp)
    return event
