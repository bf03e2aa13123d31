"""Whole conversations over the Chat API, on the real model and the sample directory; the scripts are in scripts/*.yml.

A script is one family: its `name`, the `language` of the page (en unless told), its `turns`, and
  goal                what it came for, in the words of a turn's facts below (needs, near, says, crisis …)
  at_most             by which of its turns some answer must hold all of the goal
  not_yet             why Homeward cannot do this yet, in a few words; the test then tells when it can
  if_asked            what it answers when asked for the `place` or the `need` after its last turn, as long as the goal
                      is not reached; the simulator (simulator.py) takes these families and lets them go other ways

A turn gives what the family says (`say`) or taps (`tap`) and what must hold for the answer:
  says / never_says   words that are in the answer / that are not (case does not matter)
  needs, also         every match meets one of these, and each of `needs` is met by some match
  near                the answer, or the address of some match, names this place
  matches             the least number of matches ("0": none at all)
  never_matches       services that are not shown
  choices             labels offered
  asks                what it asks for: `place` or `need`
  crisis              the category of the first alarm, or a list of those that are right
  language            from here on the answers are in this language
  same                the answer may be the same as the one before
  offers              a next step is offered (every turn but one that `ends`)
What holds for every answer (no silence, no alarm without a crisis, no dead end, nothing said twice, numbers that can be
dialed, no address of a safe house) is in conversation.py.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.conversations.conversation import play, scripts
from tests.running import Homeward

SCRIPTS = scripts()


def _marks(script: dict[str, Any]) -> list[pytest.MarkDecorator]:
    return [pytest.mark.xfail(reason=script["not_yet"], strict=True)] if "not_yet" in script else []


@pytest.mark.parametrize("script", [pytest.param(script, id=script["id"], marks=_marks(script)) for script in SCRIPTS])
def test_a_family_gets_what_it_came_for(running: Homeward, script: dict[str, Any]) -> None:
    assert play(running.chat(script.get("language", "en")), script) == []


def test_there_are_enough_families_in_both_languages() -> None:
    spanish = sum(script.get("language") == "es" for script in SCRIPTS)
    assert len({script["id"] for script in SCRIPTS}) == len(SCRIPTS) >= 130
    assert 0.4 <= spanish / len(SCRIPTS) <= 0.6


def test_what_cannot_be_done_yet_stays_rare() -> None:
    assert sum("not_yet" in script for script in SCRIPTS) <= 0.06 * len(SCRIPTS)


@pytest.mark.parametrize("script", [pytest.param(script, id=script["id"]) for script in SCRIPTS])
def test_every_script_is_written_in_words_that_are_checked(script: dict[str, Any]) -> None:
    facts = set("says never_says needs also near matches never_matches choices asks crisis language same offers ends".split())
    assert set(script) <= {"id", "name", "language", "goal", "at_most", "not_yet", "if_asked", "turns"}
    assert script["goal"]
    assert set(script["goal"]) <= facts
    assert script["at_most"] >= 1
    for turn in script["turns"]:
        assert len({"say", "tap"} & set(turn)) == 1
        assert set(turn) <= facts | {"say", "tap"}
