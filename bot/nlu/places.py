"""Rasa component: where the family is, as the entity `place`, from the offline gazetteer."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import LANGUAGE, PLACE, Reader, add_entity
from bot.understanding.places import PlaceFinder
from resources_db.geo.gazetteer import open_gazetteer
from resources_db.settings import load_settings


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PlacesComponent(Reader):
    """The value holds the place when it is sure, candidates when there are several, neither when it is unknown, and
    what to call it when it is a military mail address, which is nowhere on our map."""

    def __init__(self, finder: PlaceFinder) -> None:
        self._finder = finder

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> PlacesComponent:
        return cls(PlaceFinder(open_gazetteer(load_settings().gazetteer_path)))

    def read(self, message: Message, text: str) -> None:
        mention = self._finder.find(text, message.get(LANGUAGE) or "en")
        if mention is None:
            return
        message.set(PLACE, mention.text)
        value = {
            "text": mention.text,
            "place": asdict(mention.reading.place) if mention.reading.place else None,
            "candidates": [asdict(candidate) for candidate in mention.reading.candidates],
            "military": mention.reading.military,
        }
        add_entity(message, "place", value, "PlacesComponent", mention.start, mention.end)
