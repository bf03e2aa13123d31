"""The lines that say what they are: those the screen learns from (bot/safety) and those that only measure (this folder)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from bot.project import ROOT

LEARNED_FROM = ("corpus", "indirect")


def corpus(name: str, language: str) -> dict[str, Any]:
    """`corpus` and `indirect` (learned from); `heldout`, `later` and `unseen` (never): must_catch by category, must_not."""
    folder = ROOT / "bot" / "safety" if name in LEARNED_FROM else Path(__file__).parent
    loaded: dict[str, Any] = yaml.safe_load((folder / f"{name}.{language}.yml").read_text(encoding="utf-8"))
    return loaded


def crisis_phrases(language: str) -> list[tuple[str, str]]:
    """(text, category) of every line that the lexicon alone must catch."""
    return [(str(text), category) for category, lines in corpus("corpus", language)["must_catch"].items() for text in lines]
