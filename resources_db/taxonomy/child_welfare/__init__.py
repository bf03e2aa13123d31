"""Our open taxonomy of child welfare services, as published: see README.md."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

TAXONOMY = "child-welfare"
"""The taxonomy's name in HSDS."""


@dataclass(frozen=True)
class ChildWelfareTerm:
    """A kind of service; names, definitions and lay synonyms by language, "en" and "es".

    ``needs`` are need codes of ours, ``open_eligibility`` the nearest terms there that take it in, by number.
    """

    code: str
    parent: str | None
    name: Mapping[str, str]
    definition: Mapping[str, str]
    needs: frozenset[str]
    open_eligibility: tuple[str, ...]
    synonyms: Mapping[str, tuple[str, ...]]


@cache
def child_welfare_terms() -> Mapping[str, ChildWelfareTerm]:
    """Every term by its code, parents before children. Read once; do not change it."""
    rows = _rows("taxonomy_terms")
    code_of = {row["id"]: row["code"] for row in rows}
    spanish = {(row["resource_id"], row["field_name"]): row["value"] for row in _rows("translations")}
    crosswalk = yaml.safe_load(Path(__file__).with_name("crosswalk.yml").read_text(encoding="utf-8"))
    return {
        row["code"]: ChildWelfareTerm(
            code=row["code"],
            parent=code_of.get(row["parent_id"]),
            name={"en": row["name"], "es": spanish[row["id"], "name"]},
            definition={"en": row["description"], "es": spanish[row["id"], "description"]},
            needs=frozenset(crosswalk[row["code"]]["needs"]),
            open_eligibility=tuple(crosswalk[row["code"]].get("open_eligibility", ())),
            synonyms={language: tuple(words) for language, words in crosswalk[row["code"]]["synonyms"].items()},
        )
        for row in rows
    }


def _rows(name: str) -> list[dict[str, str]]:
    with Path(__file__).with_name(f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
