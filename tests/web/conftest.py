from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

from tests.web.rasa_stand_in import gateway, gateways, rasa

__all__ = ["gateway", "gateways", "rasa"]


@pytest.fixture(autouse=True)
def _an_end() -> Iterator[None]:
    """Whoever is never woken fails after two minutes instead of waiting for ever."""

    def give_up(_: int, __: FrameType | None) -> None:
        raise AssertionError("still waiting after two minutes")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(120)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
