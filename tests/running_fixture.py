"""The whole running Homeward that conversations, web and browser tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.running import Homeward, homeward


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homeward]:
    """One whole Homeward with the sample directory, shared by all tests that ask for it; each starts a chat of its own."""
    with homeward(tmp_path_factory.mktemp("homeward")) as started:
        yield started
