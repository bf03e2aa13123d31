"""A component with a trained part, kept in Rasa's model archive."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

import bot.understanding
import resources_db.taxonomy
from bot.nlu.component import Reader
from bot.understanding.text import clean


class TrainedReader(Reader):
    """Subclasses name `part`, a class with `save` and `load`, and say in `fit` how it is trained."""

    part: Any

    def __init__(self, model_storage: ModelStorage, resource: Resource, trained: Any = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self.trained = trained

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> TrainedReader:
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> TrainedReader:  # fmt: skip
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, cls.part.load(folder))

    @staticmethod
    def fit(examples: list[Message]) -> Any:
        raise NotImplementedError

    def train(self, training_data: TrainingData) -> Resource:
        """Fit the part on the examples and put it into the model archive."""
        self.trained = self.fit([m for m in training_data.nlu_examples if m.get(TEXT) and m.get(INTENT)])
        with self._model_storage.write_to(self._resource) as folder:
            self.trained.save(Path(folder))
        return self._resource

    @staticmethod
    def fingerprint_addon(config: dict[str, Any]) -> str:
        """Rasa caches trained components by their own source; ours must train anew when the plain code or a word list changes."""
        digest = hashlib.sha256()
        for package in (bot.understanding, resources_db.taxonomy):
            for path in sorted(Path(str(package.__file__)).parent.glob("*.*")):
                if path.suffix in (".py", ".yml", ".tsv"):
                    digest.update(path.read_bytes())
        return digest.hexdigest()


def about(example: Message) -> dict[str, Any]:
    """The metadata of the block an example stands in: language, needs, negated and, of a crisis, its category."""
    metadata: dict[str, Any] = (example.get(METADATA) or {}).get(METADATA_INTENT) or {}
    return metadata


def words_of(example: Message) -> str:
    return clean(example.get(TEXT))
