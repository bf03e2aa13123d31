"""Rasa component: needs asked for (entity `need`) and refused (entity `refused_need`)."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import NEEDS
from bot.nlu.trained import TrainedReader, about, words_of
from bot.understanding.needs import NeedsReader


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class NeedsComponent(TrainedReader):
    """What it found becomes entities in ActsComponent, once it is clear that the message asks for something."""

    part = NeedsReader

    @staticmethod
    def fit(examples: list[Message]) -> Any:
        # a crisis without needs would teach that "the fridge is on top of him" is none, which says nothing about fridges
        telling = [e for e in examples if e.get(INTENT) != "crisis" or about(e).get("needs")]
        return NeedsReader.train([words_of(e) for e in telling], [about(e).get("needs", []) for e in telling])

    def read(self, message: Message, text: str) -> None:
        message.set(NEEDS, self.trained.read(text))
