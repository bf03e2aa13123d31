"""domain.yml, the rules, the training examples and the code speak of the same things."""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from rasa_sdk import Action

import actions
from resources_db.taxonomy.needs import load_needs
from tests.invariants.project_files import ROOT, domain, intents, read_yaml, responses, rule_steps

#: Decided by ActsComponent, never learned from examples.
DECIDED = {"unclear", "unsure"}
#: The choices under our own questions.
TAPPED = {"safe_now", "not_safe_now", "answer", "correct"}

NLU_FILES = sorted((ROOT / "data" / "nlu").glob("*.yml"))

every_nlu_file = pytest.mark.parametrize("path", NLU_FILES, ids=lambda path: path.name)


def test_no_form_takes_a_crisis_for_an_answer() -> None:
    forms = domain()["forms"]
    assert forms
    assert [name for name, form in forms.items() if "crisis" not in form.get("ignored_intents", [])] == []


def test_every_intent_is_answered_by_a_rule() -> None:
    answered = {step["intent"] for step in rule_steps() if "intent" in step}
    assert sorted(set(intents()) - answered) == []


def test_rules_speak_of_intents_and_actions_that_exist() -> None:
    known = {*domain()["actions"], *domain()["forms"], *responses()}
    used_intents = {step["intent"] for step in rule_steps() if "intent" in step}
    used_actions = {step["action"] for step in rule_steps() if "action" in step}
    assert sorted(used_intents - set(intents())) == []
    assert sorted(used_actions - known) == []


def test_the_actions_of_the_domain_are_those_of_the_code_each_once() -> None:
    # two classes of one name would silently replace each other
    assert sorted(domain()["actions"]) == sorted(_action_names().elements())


@every_nlu_file
def test_examples_are_of_intents_that_exist(path: Path) -> None:
    assert sorted({block["intent"] for block in _blocks(path)} - set(intents())) == []


@every_nlu_file
def test_examples_are_in_the_language_their_file_says(path: Path) -> None:
    language = path.name.split(".")[1]
    assert {block["metadata"]["language"] for block in _blocks(path)} == {language}


@every_nlu_file
def test_examples_name_needs_that_exist(path: Path) -> None:
    named = {code for block in _blocks(path) for key in ("needs", "negated") for code in block["metadata"].get(key, [])}
    assert sorted(named - set(load_needs())) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_intent_has_examples_in_both_languages(language: str) -> None:
    learned = {block["intent"] for path in NLU_FILES if f".{language}." in path.name for block in _blocks(path)}
    assert sorted(set(intents()) - learned - DECIDED - TAPPED) == []


def _blocks(path: Path) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = read_yaml(path)["nlu"]
    return blocks


def _action_names() -> Counter[str]:
    for module in pkgutil.iter_modules(actions.__path__, "actions."):
        importlib.import_module(module.name)
    return Counter(action().name() for action in _subclasses(Action) if action.__module__.startswith("actions."))


def _subclasses(parent: type[Any]) -> set[Any]:
    return {found for child in parent.__subclasses__() for found in {child, *_subclasses(child)}}
