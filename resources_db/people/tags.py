"""What partners have lived through (tags.yml): how it reads, and when a family asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from resources_db.geo.names import plain


@dataclass(frozen=True)
class Tag:
    """`name` by language; `words` are plain phrases of both languages."""

    code: str
    name: dict[str, str]
    words: tuple[str, ...]


@cache
def load_tags() -> dict[str, Tag]:
    """Every tag by its code, in the order in which they are offered."""
    rows = yaml.safe_load(Path(__file__).with_name("tags.yml").read_text(encoding="utf-8"))
    return {code: Tag(code, row["name"], (*row["words"]["en"], *row["words"]["es"])) for code, row in rows.items()}


def tags_in(text: str) -> tuple[str, ...]:
    """The codes that a family's words ask for, in the order of tags.yml."""
    said = f" {' '.join(re.findall(r'[a-z0-9]+', plain(text)))} "
    return tuple(code for code, tag in load_tags().items() if any(f" {words} " in said for words in tag.words))
