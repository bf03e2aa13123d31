"""A family talking to the actions as Rasa would run them: slots and events are kept from turn to turn."""

from __future__ import annotations

import asyncio
import inspect
import json
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

Entities = dict[str, list[Any]]


@dataclass
class Family:
    """`says` runs one action on a message as the model read it, and keeps what Rasa would keep."""

    language: str = "en"
    slots: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    answer: list[Any] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    conversation: str = "family"
    #: "sms" by text
    channel: str = "homeward"

    def says(self, action: type[Action], text: str, intent: str, **entities: list[Any]) -> list[str]:
        """The names of the responses said."""
        found = [{"entity": name, "value": value} for name, values in entities.items() for value in values]
        parsed = {"intent": {"name": intent}, "entities": found}
        said = {"event": "user", "timestamp": float(len(self.events) + 1), "text": text, "parse_data": parsed}
        self.events.append({**said, "input_channel": self.channel})
        slots = {"language": self.language, **self.slots}
        loop = {"name": "find_services_form"} if slots.get("requested_slot") else {}
        tracker = Tracker(self.conversation, slots, parsed, self.events, False, None, loop, "action_listen")
        dispatcher = CollectingDispatcher()
        done = action().run(dispatcher, tracker, {})
        self.answer = asyncio.run(done) if inspect.iscoroutine(done) else done
        for event in self.answer:
            if event["event"] == "slot":
                self.slots[event["name"]] = event["value"]
                self.events.append(event)
        self.said = dispatcher.messages
        self.events += [{"event": "bot", "metadata": {"utter_action": message["response"]}} for message in self.said]
        return [message["response"] for message in self.said]

    @property
    def next_action(self) -> str | None:
        return next((event["name"] for event in self.answer if event["event"] == "followup"), None)

    def told(self, response: str) -> dict[str, Any]:
        """The message with this response of the last turn."""
        return next(message for message in self.said if message["response"] == response)

    def matches(self, response: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.told(response)["custom"]["matches"])
        return found
