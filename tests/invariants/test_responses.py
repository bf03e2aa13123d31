"""The words of data/responses/: each in one place, in both languages, saying the same, and all of them said."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from bot.safety.screen import CATEGORIES
from tests.invariants.project_files import (
    ROOT,
    Variant,
    domain,
    intents,
    read_yaml,
    response_keys,
    responses,
    rule_steps,
    strings_in_code,
)

LANGUAGES = {"en", "es"}
RASAS_OWN = {"utter_action"}  # a key of its events, not a response
RESPONSES = responses()

every_response = pytest.mark.parametrize("name", sorted(RESPONSES))


def test_every_response_is_written_in_one_place() -> None:
    assert [name for name, times in response_keys().items() if times > 1] == []


@every_response
def test_a_response_speaks_both_languages_once_on_every_channel(name: str) -> None:
    for channel, variants in _by_channel(RESPONSES[name]).items():
        assert sorted(map(_language, variants)) == sorted(LANGUAGES), f"channel {channel or 'any'}"


@every_response
def test_english_comes_first_and_without_a_condition(name: str) -> None:
    # so that it is what is said when nothing is known of the family yet
    assert "condition" not in RESPONSES[name][0]


@every_response
def test_both_languages_fill_in_the_same_facts(name: str) -> None:
    assert len({_placeholders(variant) for variant in RESPONSES[name]}) == 1


@every_response
def test_both_languages_offer_the_same_choices_and_name_them(name: str) -> None:
    for variants in _by_channel(RESPONSES[name]).values():
        first, *others = ([button["payload"] for button in variant.get("buttons", [])] for variant in variants)
        assert all(payloads == first for payloads in others)
    assert all(button["title"].strip() for variant in RESPONSES[name] for button in variant.get("buttons", []))


@every_response
def test_no_language_is_left_without_words(name: str) -> None:
    assert all(variant["text"].strip() for variant in RESPONSES[name])


@every_response
def test_a_choice_means_an_intent_that_exists(name: str) -> None:
    known = set(intents())
    chosen = [button["payload"] for variant in RESPONSES[name] for button in variant.get("buttons", [])]
    assert [payload for payload in chosen if not payload.startswith("/") or re.split(r"[{\s]", payload[1:])[0] not in known] == []


def test_whatever_is_to_be_said_has_words() -> None:
    assert sorted(_said() - RESPONSES.keys()) == []


def test_there_are_no_words_that_nobody_says() -> None:
    assert sorted(RESPONSES.keys() - _said()) == []


def _by_channel(variants: list[Variant]) -> dict[str | None, list[Variant]]:
    channels: dict[str | None, list[Variant]] = defaultdict(list)
    for variant in variants:
        channels[variant.get("channel")].append(variant)
    return channels


def _language(variant: Variant) -> str:
    conditions = variant.get("condition", [])
    return next((str(c["value"]) for c in conditions if c["name"] == "language"), "en")


def _placeholders(variant: Variant) -> frozenset[str]:
    return frozenset(re.findall(r"\{(\w+)\}", variant["text"]))


def _said() -> set[str]:
    """Names of responses in rules, in forms, in the configuration and in code."""
    crisis = {f"utter_crisis_{category}" for category in CATEGORIES}
    names = {step["action"] for step in rule_steps() if "action" in step}
    names |= {f"utter_ask_{slot}" for form in domain()["forms"].values() for slot in form["required_slots"]}
    names |= {policy.get("core_fallback_action_name", "") for policy in read_yaml(ROOT / "config.yml")["policies"]}
    for text in strings_in_code():
        names |= crisis if text == "utter_crisis_*" else {text}
    return {name for name in names if re.fullmatch(r"utter_([a-z]+_)*([a-z]+|\*)", name)} - RASAS_OWN
