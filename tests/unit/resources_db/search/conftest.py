from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.unit.resources_db.search.country import fill


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def country_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A directory strewn over everywhere families live; read, don't write."""
    with request.getfixturevalue(f"{request.param}_databases").new() as engine:
        fill(engine, 1_500)
        yield engine
