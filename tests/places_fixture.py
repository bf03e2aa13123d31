"""The gazetteer as it is installed, made once and kept between runs of the tests while nothing it depends on changes."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from resources_db.geo import gazetteer_build, names
from resources_db.geo.gazetteer import Gazetteer, open_gazetteer


@pytest.fixture(scope="session")
def gazetteer_path(pytestconfig: pytest.Config) -> Path:
    sources = b"".join(Path(str(module.__file__)).read_bytes() for module in (gazetteer_build, names))
    assert pytestconfig.cache is not None
    return Path(pytestconfig.cache.mkdir("places")) / f"gazetteer-{zlib.crc32(sources):08x}.sqlite"


@pytest.fixture(scope="session")
def gazetteer(gazetteer_path: Path) -> Iterator[Gazetteer]:
    gazetteer = open_gazetteer(gazetteer_path)
    yield gazetteer
    gazetteer.close()
