"""Numbers of help lines for words that name them: out of the one table, bot/safety/hotlines.yml, which everybody reads."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

_TABLE = Path(__file__).resolve().parents[1] / "bot" / "safety" / "hotlines.yml"


@cache
def numbers() -> dict[str, str]:
    """How each line's number is written in a sentence, by the line's id."""
    return {line["id"]: line["number"] for line in yaml.safe_load(_TABLE.read_text(encoding="utf-8"))["lines"]}
