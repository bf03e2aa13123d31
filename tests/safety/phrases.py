"""The lines of the corpora in this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def corpus(name: str, language: str) -> dict[str, Any]:
    """`corpus` (the lexicon was tuned on it) or `heldout` (never): must_catch by category, must_not."""
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_name(f"{name}.{language}.yml").read_text(encoding="utf-8"))
    return loaded


def crisis_phrases(language: str) -> list[tuple[str, str]]:
    """(text, category) of every line that must be caught."""
    return [(str(text), category) for category, lines in corpus("corpus", language)["must_catch"].items() for text in lines]
