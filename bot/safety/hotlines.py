"""The lines a family may be told to call or text, from hotlines.yml: one table, shown identically everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_TABLE = Path(__file__).with_name("hotlines.yml")


@dataclass(frozen=True)
class Hotline:
    """One line. Words are keyed by language ("en", "es"); `call` is what to dial, None when a line takes texts only.
    `name` is a few plain words for a button, `official_name` what the line calls itself.

    `number` is how the number is written in sentences. `text_word` is the word to text to `text_number`, empty when
    any word does. `caution` is what to know before contacting it; empty when there is nothing.
    """

    id: str
    number: str
    name: Mapping[str, str]
    official_name: Mapping[str, str]
    what: Mapping[str, str]
    language_note: Mapping[str, str]
    caution: Mapping[str, str]
    languages: tuple[str, ...]
    hours: str
    source: str
    checked: date
    call: str | None
    text_number: str | None
    text_word: Mapping[str, str]

    @property
    def href(self) -> str:
        """A link that calls the line, or opens a text message to a line that takes texts only."""
        return f"tel:{self.call}" if self.call else f"sms:{self.text_number}"

    def for_page(self, language: str) -> dict[str, str]:
        """What the page shows of it (bot/widget/README.md): id, name, number, href and a note."""
        words = (self.what[language], self.language_note[language], self.caution.get(language, ""))
        note = " ".join(word for word in words if word)
        return {"id": self.id, "name": self.name[language], "number": self.number, "href": self.href, "note": note}


def load_hotlines() -> tuple[Hotline, ...]:
    """All lines in the order of the table: the first four are what every page shows. Read from the file once."""
    return tuple(_table()[0].values())


def hotlines_for(category: str) -> tuple[Hotline, ...]:
    """The lines to show for a crisis category, in the order to show them. Raises KeyError for another category."""
    lines, shown = _table()
    return tuple(lines[line] for line in shown[category])


@cache
def _table() -> tuple[dict[str, Hotline], dict[str, list[str]]]:
    table = yaml.safe_load(_TABLE.read_text(encoding="utf-8"))
    lines = {entry["id"]: _hotline(entry, table["checked"]) for entry in table["lines"]}
    return lines, table["shown"]


def _hotline(entry: Mapping[str, Any], checked: date) -> Hotline:
    text = entry.get("text") or {}
    return Hotline(
        id=entry["id"],
        number=entry["number"],
        name=entry["name"],
        official_name=entry["official_name"],
        what=entry["what"],
        language_note=entry["language_note"],
        caution=entry.get("caution") or {},
        languages=tuple(entry["languages"]),
        hours=entry["hours"],
        source=entry["source"],
        checked=entry.get("checked", checked),
        call=entry.get("call"),
        text_number=text.get("number"),
        text_word=text.get("word") or {},
    )
