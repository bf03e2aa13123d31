"""Families that leave the script: what they say instead, and that they still get what they came for."""

from __future__ import annotations

import random

import pytest

from tests.conversations import simulator
from tests.conversations.coming_home import go_through
from tests.conversations.simulator import WAYS, Family, drawn, families, simulate, summary
from tests.running import Homeward

CONVERSATIONS = 64


def test_families_of_both_languages_leave_the_script() -> None:
    languages = [family.language for family in families()]
    assert min(languages.count("en"), languages.count("es")) >= 40


@pytest.mark.parametrize("way", WAYS)
def test_the_same_seed_says_the_same_and_says_something(way: simulator.Way) -> None:
    for family in families():
        said = way(family, random.Random(7))
        assert said == way(family, random.Random(7))
        assert said
        assert all(message.text.strip() for message in said)


def test_thumbs_slip_on_letters_only() -> None:
    family = Family("", "en", ("diapers and wipes for my baby near 95814",), "", "", {}, frozenset(), 1)
    for seed in range(50):
        (said,) = simulator.typos(family, random.Random(seed))
        assert said.text != family.turns[0]
        assert "95814" in said.text


def test_accents_and_signs_are_left_out() -> None:
    family = Family("", "es", ("¿Dónde hay pañales, por favor?",), "", "", {}, frozenset(), 1)
    assert [said.text for said in simulator.no_accents(family, random.Random(0))] == ["donde hay panales por favor"]


def test_every_way_is_gone_in_both_languages() -> None:
    gone = {(way, family.language) for family, way in drawn(2 * len(WAYS))}
    assert gone == {(way, language) for way in WAYS for language in ("en", "es")}


def test_families_that_leave_the_script_still_get_what_they_came_for(running: Homeward) -> None:
    outcomes = simulate(running, CONVERSATIONS, seed=2)
    told = "\n".join(f"{o.way} {o.family}: {o.story}" for o in outcomes if not o.completed or o.wrong_alarms or o.missed_alarms)
    got = summary(outcomes)
    assert got["completed"] >= 0.95, told
    assert got["silences"] == got["missed_alarms"] == 0, told
    # a crisis reply too many is the price of one too few (bot/safety/README.md)
    assert got["wrong_alarms"] <= 6, told
    assert got["turns"] <= 3
    assert got["dead_ends"] <= 2
    assert got["loops"] <= 5
    assert got["repeated_questions"] <= 8
    assert got["wrong_language"] <= 8
    assert got["unasked"] <= 15


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_coming_home_list_is_gone_through_whatever_comes_between(running: Homeward, language: str) -> None:
    outcomes = [go_through(running, language, seed) for seed in range(4)]
    told = "\n".join(str(o.story) for o in outcomes if not o.completed)
    assert all(outcome.completed for outcome in outcomes), told
    got = summary(outcomes)
    assert got["repeated_questions"] == got["silences"] == got["missed_alarms"] == got["wrong_alarms"] == got["dead_ends"] == 0
