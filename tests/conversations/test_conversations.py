"""Whole conversations over the Chat API, on the real model and the sample directory; the scripts are in scripts/*.yml.

A script's turn gives what the family says (`say`) or taps (`tap`) and what must hold for the answer:
  says / never_says   words that some answer holds / that none holds (case does not matter)
  needs               every match meets one of these, and each is met by some match
  near                every match with an address is in this city
  matches             the least number of matches ("0": none at all)
  choices             labels offered
  crisis              the category of the first answer; no other turn may be a crisis
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.running import Homeward

SCRIPTS = [
    pytest.param(script, id=f"{path.stem}: {script['name']}")
    for path in sorted(Path(__file__).with_name("scripts").glob("*.yml"))
    for script in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_conversation(running: Homeward, script: dict[str, Any]) -> None:
    chat = running.chat(script.get("language", "en"))
    for turn in script["turns"]:
        answers = chat.say(turn["say"]) if "say" in turn else chat.tap(turn["tap"])
        check(turn, answers)


def check(turn: dict[str, Any], answers: list[dict[str, Any]]) -> None:
    told = f"after {turn.get('say') or turn.get('tap')!r}: {[a['text'] for a in answers]}"
    matches = [match for answer in answers for match in answer["matches"]]
    text = "\n".join(answer["text"] for answer in answers).lower()
    assert answers, f"silence {told}"
    assert (answers[0]["crisis"] or None) == turn.get("crisis"), told
    for words in turn.get("says", []):
        assert words.lower() in text, f"{words!r} is missing {told}"
    for words in turn.get("never_says", []):
        assert words.lower() not in text, f"{words!r} stands {told}"
    if "matches" in turn:
        least = turn["matches"]
        assert (not matches) if least == 0 else len(matches) >= least, f"{len(matches)} matches {told}"
    if needs := set(turn.get("needs", [])):
        met = [set(match["needs"]) for match in matches]
        assert all(needs & codes for codes in met), f"{met} {told}"
        assert needs <= set().union(*met), f"{needs - set().union(*met)} not met {told}"
    for label in turn.get("choices", []):
        assert any(choice["label"] == label for answer in answers for choice in answer["choices"]), (
            f"{label!r} not offered {told}"
        )
    if city := turn.get("near"):
        assert any(city in (match["address"] or "") for match in matches), f"{[m['address'] for m in matches]} {told}"
    assert all(match["sample"] for match in matches), "the sample directory's listings say that they are fictional"
