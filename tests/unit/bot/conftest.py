"""One understanding for all tests here, trained from data/nlu as Rasa trains it (some ten seconds, once)."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.understanding import train, training_text
from bot.understanding.pipeline import Understanding


@pytest.fixture(scope="session")
def understanding(gazetteer_path: Path) -> Understanding:
    return train(training_text(), gazetteer_path)
