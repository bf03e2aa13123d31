from __future__ import annotations

import pytest
from sqlalchemy import Engine

from tests.unit.resources_db.people.world import World


@pytest.fixture
def world(directory_engine: Engine) -> World:
    """On SQLite and again on PostgreSQL."""
    return World(directory_engine)
