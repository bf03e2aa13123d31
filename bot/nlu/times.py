"""Rasa component: when help is wanted (entity `when`) and which listed answer is meant (entity `choice`)."""

from __future__ import annotations

from dataclasses import asdict

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import CHOICE, Reader, add_entity
from bot.understanding.choices import find_choice
from bot.understanding.times import find_when


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class TimesComponent(Reader):
    def read(self, message: Message, text: str) -> None:
        if when := find_when(text):
            add_entity(message, "when", asdict(when), "TimesComponent")
        if (choice := find_choice(text)) is not None:
            message.set(CHOICE, choice)
            add_entity(message, "choice", choice, "TimesComponent")
