"""The replies to a crisis: in both languages, with the right lines, and never a word that hurts."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.safety.hotlines import hotlines_for
from bot.safety.screen import CATEGORIES

PATH = Path(__file__).parents[2] / "data" / "responses" / "crisis.yml"
RESPONSES: dict[str, list[dict[str, Any]]] = yaml.safe_load(PATH.read_text(encoding="utf-8"))["responses"]
SPANISH = [{"type": "slot", "name": "language", "value": "es"}]
NEVER = {
    "en": (
        r"\bas an ai\b|\bi am (just )?a (bot|program)|\byour fault|\bwhy did(n't)? you\b|\bshould have\b"
        r"|\bconfidential|\bsecret|\bnobody will know|\bcalm down|\bprivate"
    ),
    "es": (
        r"\binteligencia artificial\b|\bsoy (solo )?un (bot|programa)|\btu culpa|\bpor qué no\b|\bdebiste\b"
        r"|\bconfidencial|\bsecreto|\bnadie (lo )?sabrá|\bcálmate|\bprivado|\busted\b"
    ),
}
every_category = pytest.mark.parametrize("category", CATEGORIES)


every_channel = pytest.mark.parametrize("channel", ["web", "sms"])


def _variants(name: str, channel: str = "web") -> list[dict[str, Any]]:
    """English and Spanish; by text what is said on the web, where there are no other words."""
    of_texts = [variant for variant in RESPONSES[name] if variant.get("channel") == "sms"]
    return of_texts if of_texts and channel == "sms" else [variant for variant in RESPONSES[name] if "channel" not in variant]


def _words(name: str, channel: str = "web") -> dict[str, str]:
    english, spanish = _variants(name, channel)
    return {"en": english["text"], "es": spanish["text"]}


def test_there_is_a_reply_for_each_kind_of_crisis_and_what_comes_after_it() -> None:
    after = {"utter_need_kept", "utter_ask_safe", "utter_ask_help_coming", "utter_safe_now", "utter_not_safe"}
    assert set(RESPONSES) == {f"utter_crisis_{category}" for category in CATEGORIES} | after


@every_channel
@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_a_reply_is_plain_text_english_first_then_spanish(name: str, channel: str) -> None:
    english, spanish = _variants(name, channel)
    assert set(english) - {"buttons", "channel"} == {"text"}
    assert set(spanish) - {"buttons", "channel"} == {"text", "condition"}
    assert spanish["condition"] == SPANISH
    assert "{" not in english["text"] + spanish["text"], "a reply that needs a slot can fail"


@every_channel
@every_category
def test_a_reply_names_the_lines_for_its_crisis_in_order(category: str, channel: str) -> None:
    for language, text in _words(f"utter_crisis_{category}", channel).items():
        places = [_first(line.number, text) for line in hotlines_for(category) if line.id in _REQUIRED[category]]
        assert -1 not in places, language
        assert places == sorted(places), f"{language}: not in the order of the table"


_REQUIRED = {
    "self_harm": ["988", "911"],
    "violence": ["911", "dv", "988"],
    "child_safety": ["911", "childhelp", "988"],
    "medical": ["911", "poison", "988"],
    "harm_others": ["911", "988"],
}


def _first(number: str, text: str) -> int:
    found = re.search(rf"(?<![\d-]){re.escape(number)}(?![\d-])", text)
    return found.start() if found else -1


@every_channel
@every_category
def test_both_languages_name_the_same_numbers(category: str, channel: str) -> None:
    words = _words(f"utter_crisis_{category}", channel)
    numbers = {language: set(re.findall(r"\d[\d-]{2,}", text)) for language, text in words.items()}
    assert numbers["en"] == numbers["es"]


@pytest.mark.parametrize("question", ["utter_ask_safe", "utter_ask_help_coming"])
def test_the_question_after_a_crisis_can_be_answered_with_one_tap(question: str) -> None:
    for variant in RESPONSES[question]:
        assert [button["payload"] for button in variant["buttons"]] == ["/safe_now", "/not_safe_now"]
        assert len(variant["text"].split()) <= 8


def test_whoever_is_not_safe_is_told_again_where_to_call() -> None:
    for text in _words("utter_not_safe").values():
        assert _first("911", text) >= 0
        assert _first("988", text) >= 0


def test_the_reply_to_violence_says_how_to_leave_the_page_and_delete() -> None:
    words = _words("utter_crisis_violence")
    for language, text in words.items():
        strings = json.loads((PATH.parents[2] / "bot" / "widget" / f"strings.{language}.json").read_text(encoding="utf-8"))
        assert f"{strings['leave']}." in text, "the button as the page names it"


@every_channel
@every_category
def test_spanish_speakers_are_told_how_to_reach_a_spanish_speaker(category: str, channel: str) -> None:
    text = _words(f"utter_crisis_{category}", channel)["es"]
    assert re.search(r"988[^.]{0,3}\(?[^.]{0,6}marca 2|manda AYUDA al 988", text)


@every_channel
@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_a_reply_never_blames_never_promises_secrecy_and_never_talks_of_itself(name: str, channel: str) -> None:
    for language, text in _words(name, channel).items():
        found = re.findall(NEVER[language], text.lower().replace("not your fault", "").replace("no es tu culpa", ""))
        assert not found


@every_channel
@pytest.mark.parametrize("name", sorted(RESPONSES))
def test_a_reply_is_short_and_in_short_sentences(name: str, channel: str) -> None:
    for language, text in _words(name, channel).items():
        assert len(text) <= 700, language
        for sentence in re.split(r"[.!?:]\s", text):
            assert len(sentence.split()) <= 28, sentence


@every_channel
def test_childhelps_duty_is_told_before_anybody_calls(channel: str) -> None:
    words = _words("utter_crisis_child_safety", channel)
    assert "pass it on" in words["en"]
    assert "avisar" in words["es"]


@every_channel
def test_a_parent_afraid_of_hurting_a_child_is_told_what_to_do_this_minute(channel: str) -> None:
    words = _words("utter_crisis_child_safety", channel)
    assert "somewhere safe" in words["en"]
    assert "lugar seguro" in words["es"]
