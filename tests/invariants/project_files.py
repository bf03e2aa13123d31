"""Readers of the project's own files, for the tests beside this one."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
RESPONSES = ROOT / "data" / "responses"

Variant = dict[str, Any]


def read_yaml(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def domain() -> dict[str, Any]:
    content: dict[str, Any] = read_yaml(ROOT / "domain.yml")
    return content


def intents() -> list[str]:
    return [name for intent in domain()["intents"] for name in ([intent] if isinstance(intent, str) else intent)]


def responses() -> dict[str, list[Variant]]:
    found: dict[str, list[Variant]] = {}
    for path in sorted(RESPONSES.glob("*.yml")):
        found.update(read_yaml(path)["responses"])
    return found


def response_keys() -> Counter[str]:
    """How often each key is written: YAML itself keeps the last of two without a word."""
    return Counter(key for path in RESPONSES.glob("*.yml") for key in _keys_under_responses(path))


def rule_steps() -> list[dict[str, Any]]:
    rules = [rule for path in sorted((ROOT / "data" / "rules").glob("*.yml")) for rule in read_yaml(path)["rules"]]
    return [step for rule in rules for step in rule["steps"]]


def strings_in_code() -> Iterator[str]:
    """Every string constant of bot/, actions/ and resources_db/; of an f-string the fixed beginning, ended by "*"."""
    for path in sorted(path for package in ("bot", "actions", "resources_db") for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                beginning = node.values[0] if node.values else None
                if isinstance(beginning, ast.Constant) and isinstance(beginning.value, str):
                    yield f"{beginning.value}*"
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _keys_under_responses(path: Path) -> Iterator[str]:
    document = yaml.compose(path.read_text(encoding="utf-8"))
    assert isinstance(document, yaml.MappingNode)
    for key, value in document.value:
        if key.value == "responses":
            yield from (name.value for name, _ in value.value)
