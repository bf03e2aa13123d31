"""Actions on the sample directory."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from actions import details, directory, find_services


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch, sample_engine: Engine) -> None:
    monkeypatch.setattr(directory, "engine", lambda: sample_engine)
    monkeypatch.setattr(find_services, "engine", lambda: sample_engine)
    monkeypatch.setattr(details, "engine", lambda: sample_engine)
    monkeypatch.setattr(find_services, "geocoder", lambda: None)
