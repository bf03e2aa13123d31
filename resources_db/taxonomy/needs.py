"""The need codes with the names and the lay words families use for them, in English and Spanish."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LANGUAGES = ("en", "es")


@dataclass(frozen=True)
class Need:
    """One kind of help, everything keyed by language, "en" and "es". ``spoken`` reads well after "help with"."""

    code: str
    name: dict[str, str]
    spoken: dict[str, str]
    synonyms: dict[str, tuple[str, ...]]


@cache
def load_needs() -> dict[str, Need]:
    """Every need by its code, in the order in which they are offered. Read once; do not change it."""
    rows = _read("needs.yml")
    synonyms = {language: _read(f"synonyms.{language}.yml") for language in LANGUAGES}
    return {
        code: Need(
            code=code,
            name=row["name"],
            spoken=row["spoken"],
            synonyms={language: tuple(synonyms[language].get(code) or ()) for language in LANGUAGES},
        )
        for code, row in rows.items()
    }


def _read(name: str) -> Any:
    return yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
