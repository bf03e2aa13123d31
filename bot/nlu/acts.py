"""Rasa component: the intent, decided last, when everything else in the message is known."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import CHOICE, CRISIS, NEEDS, PLACE, WANTED_LANGUAGE, add_entity
from bot.nlu.trained import TrainedReader, words_of
from bot.understanding.acts import ActReader, Seen, decide, needs_that_count
from bot.understanding.needs import Needs


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ActsComponent(TrainedReader):
    part = ActReader

    @staticmethod
    def fit(examples: list[Message]) -> Any:
        return ActReader.train([words_of(e) for e in examples], [e.get(INTENT) for e in examples])

    def read(self, message: Message, text: str) -> None:
        ranked = self.trained.rank(text)
        needs: Needs = message.get(NEEDS)
        seen = Seen(
            needs, crisis=message.get(CRISIS) is not None, place=message.get(PLACE), choice=message.get(CHOICE),
            language=message.get(WANTED_LANGUAGE),
        )  # fmt: skip
        intent, confidence = decide(ranked, text, seen)
        needs = needs_that_count(needs, intent)
        for code in needs.wanted:
            add_entity(message, "need", code, "NeedsComponent")
        for code in needs.refused:
            add_entity(message, "refused_need", code, "NeedsComponent")
        for code in needs.maybe:
            add_entity(message, "maybe_need", code, "NeedsComponent")
        message.set(INTENT, {INTENT_NAME_KEY: intent, PREDICTED_CONFIDENCE_KEY: confidence}, add_to_output=True)
        ranking = [{INTENT_NAME_KEY: name, PREDICTED_CONFIDENCE_KEY: p} for name, p in ranked[:5]]
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
