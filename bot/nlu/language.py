"""Rasa component: which language the family writes, as the entity `language`."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import METADATA
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import LANGUAGE, WANTED_LANGUAGE, add_entity
from bot.nlu.trained import TrainedReader, about, words_of
from bot.understanding.choices import find_wanted_language
from bot.understanding.language import LanguageDetector


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class LanguageComponent(TrainedReader):
    """The channel's metadata tells the language of the conversation so far; it holds when a message shows none."""

    part = LanguageDetector

    @staticmethod
    def fit(examples: list[Message]) -> Any:
        return LanguageDetector.train([words_of(e) for e in examples], [about(e).get("language", "en") for e in examples])

    def read(self, message: Message, text: str) -> None:
        so_far = (message.get(METADATA) or {}).get("language")
        language = self.trained.detect(text, so_far)
        wanted = find_wanted_language(text)
        message.set(LANGUAGE, language.code)
        message.set(WANTED_LANGUAGE, wanted)
        if wanted or language.sure or so_far:
            add_entity(message, "language", wanted or language.code, "LanguageComponent")
