"""One understanding for all tests here: the parts of the model that `make test` trains before it tests."""

from __future__ import annotations

import pytest

from bot.project import MODEL
from bot.understanding.pipeline import Understanding
from resources_db.geo.gazetteer import Gazetteer


@pytest.fixture(scope="session")
def understanding(gazetteer: Gazetteer) -> Understanding:
    return Understanding.from_model(MODEL, gazetteer)
