"""Rasa component: reads every typed message for a crisis before anything else does."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.component import CRISIS, add_entity
from bot.nlu.trained import TrainedReader, about, words_of
from bot.safety.screen import load_screen
from bot.safety.second_opinion import CrisisReader, Labeled, SecondOpinion, written_lines

CRISIS_INTENT = "crisis"
_log = logging.getLogger(__name__)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class CrisisScreen(TrainedReader):
    """Adds an entity `crisis` for each category found, the most urgent first; ActsComponent then sets the intent `crisis`,
    whatever else was said.

    It reads the lexicon from disk when the model is loaded, so an edited lexicon is heard after a restart, without training.
    """

    part = SecondOpinion

    def __init__(self, model_storage: ModelStorage, resource: Resource, trained: Any = None) -> None:
        super().__init__(model_storage, resource, trained)
        self._screen = load_screen()

    @staticmethod
    def fit(examples: list[Message]) -> Any:
        """Fit on the lines of bot/safety and on the examples: of intent crisis with the kind in their metadata, or harmless."""
        labeled = (Labeled(words_of(e), about(e)["crisis"] if e.get(INTENT) == CRISIS_INTENT else None) for e in examples)
        return SecondOpinion.train([*written_lines(), *labeled], load_screen())

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str:
        digest = hashlib.sha256(TrainedReader.fingerprint_addon(config).encode())
        for path in sorted(Path(__file__).parent.glob("*.*")):
            if path.suffix in (".py", ".yml"):
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def read(self, message: Message, text: str) -> None:
        """Unlike other readers it takes the text as it came: of a very long one the lexicon reads more than they do."""
        signal = CrisisReader(self._screen, self.trained).check(message.get(TEXT) or "")
        if signal:
            _log.info("crisis raised by %s", signal.raised_by)
            message.set(CRISIS, signal.category)
            for category in (signal.category, *signal.also):
                add_entity(message, CRISIS_INTENT, category, "CrisisScreen")
