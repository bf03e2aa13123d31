"""Rasa's pipeline and `homeward understand` are put together in two places: they must read every message the same."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from rasa.core.agent import Agent, load_agent
from rasa.core.utils import AvailableEndpoints

from bot.project import MODEL
from bot.understanding.pipeline import Understanding
from resources_db.geo.gazetteer import Gazetteer

HELD_OUT = Path(__file__).parents[1] / "data" / "understanding"
EXTRA = [
    "i want to die 95814",
    "not food, rent",
    "number 2",
    "on saturday",
    "in spanish",
    "my 3 yr old and my 6mo",
    "🍞",
    "springfield",
]


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete(load_agent(str(MODEL), endpoints=AvailableEndpoints()))
    loop.close()


@pytest.fixture(scope="module")
def understanding(gazetteer: Gazetteer) -> Understanding:
    return Understanding.from_model(MODEL, gazetteer)


@pytest.mark.parametrize("language", ["en", "es"])
def test_rasa_and_the_command_read_messages_the_same(agent: Agent, understanding: Understanding, language: str) -> None:
    with (HELD_OUT / f"heldout.{language}.tsv").open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)][::4] + EXTRA
    for text in texts:
        parsed = asyncio.run(agent.parse_message(text))
        found = {
            name: [e["value"] for e in parsed["entities"] if e["entity"] == name] for name in ("need", "refused_need", "crisis")
        }
        places = [e["value"] for e in parsed["entities"] if e["entity"] == "place"]
        people = [(e["value"]["who"], e["value"]["age_years"]) for e in parsed["entities"] if e["entity"] == "person"]
        reading = understanding.read(text)
        assert parsed["intent"]["name"] == reading.intent, text
        assert tuple(found["need"]) == reading.needs, text
        assert tuple(found["refused_need"]) == reading.refused_needs, text
        assert next(iter(found["crisis"]), None) == reading.crisis, text
        assert [place["text"] for place in places] == ([reading.place.text] if reading.place else []), text
        assert people == [(person.who, person.age_years) for person in reading.people], text
