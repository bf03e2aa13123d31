"""Rasa component: people and their ages, as entities `person`."""

from __future__ import annotations

from dataclasses import asdict

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import Reader, add_entity
from bot.understanding.people import find_people


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PeopleComponent(Reader):
    def read(self, message: Message, text: str) -> None:
        for person in find_people(text):
            add_entity(message, "person", asdict(person), "PeopleComponent")
