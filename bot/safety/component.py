"""Rasa component: screens every typed message for a crisis before anything else reads it."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import CRISIS, add_entity
from bot.safety.screen import Screen, load_screen


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class CrisisScreen(GraphComponent):
    """Adds an entity `crisis` for each category found, the most urgent first; ActsComponent then sets the intent `crisis`,
    whatever else was said.

    It reads the lexicon from disk when the model is loaded, so an edited lexicon needs a restart and no training.
    """

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> CrisisScreen:
        return cls(load_screen())

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            signal = None if text.startswith(INTENT_MESSAGE_PREFIX) else self._screen.check(text)
            if signal:
                message.set(CRISIS, signal.category)
                for category in (signal.category, *signal.also):
                    add_entity(message, "crisis", category, "CrisisScreen")
        return messages
