"""What the components share: adding entities, and leaving tapped choices alone."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.understanding.text import clean

#: What one component tells the next, on the message itself.
LANGUAGE, WANTED_LANGUAGE, NEEDS, PLACE, CHOICE, CRISIS = (
    "homeward_language", "homeward_wanted_language", "homeward_needs", "homeward_place", "homeward_choice", "homeward_crisis",
)  # fmt: skip


class Reader(GraphComponent):
    """A component that reads each typed message once."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> Reader:
        return cls()

    @abstractmethod
    def read(self, message: Message, text: str) -> None:
        """Look at the cleaned text and set what was found on the message."""

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            if not text.startswith(INTENT_MESSAGE_PREFIX):
                self.read(message, clean(text))
        return messages


def add_entity(message: Message, entity: str, value: Any, extractor: str, start: int = 0, end: int = 0) -> None:
    """Add one entity to the message's output."""
    found = [*message.get(ENTITIES, []), {"entity": entity, "value": value, "start": start, "end": end, "extractor": extractor}]
    message.set(ENTITIES, found, add_to_output=True)
