"""A record as it is read, on the page or in the PDF: the sections the parent wants in it, in words, in one language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from resources_db.check_ins.questions import items
from resources_db.record.summary import Summary
from resources_db.taxonomy.needs import load_needs
from resources_db.wording import calendar_date, phrase

#: In the order in which they are shown. How things were going is the parent's to add, never ours to show.
SECTIONS = ("kept", "asked", "got", "told")
USUAL = ("kept", "asked", "got")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Section:
    """Every row has as many cells as there are columns."""

    code: str
    heading: str
    intro: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Document:
    """`top` and `about` are lines; `page` numbers the pages, with {number} and {count}."""

    language: str
    title: str
    top: tuple[str, ...]
    sections: tuple[Section, ...]
    empty: str
    about_heading: str
    about: tuple[str, ...]
    page: str


class _Rows(NamedTuple):
    """The columns' codes, and rows that begin with their day."""

    columns: str
    rows: Sequence[tuple[Any, ...]]


def document_of(summary: Summary, shown: Collection[str], language: str, today: date) -> Document:
    """shown: some of SECTIONS. today: by the family's clock."""

    def words(key: str) -> str:
        return say(key, language)

    sections = {
        "kept": _Rows("date kind note", [(e.on_date, words(f"kinds.{e.kind}"), named(e.note)) for e in summary.kept]),
        "asked": _Rows("date need", [(a.on, _need(a.need, language)) for a in summary.asked]),
        "got": _Rows(
            "date need place said_by",
            [(g.on, _need(g.need, language), g.place or words("place_gone"), words(f"said_by.{g.said_by}")) for g in summary.got],
        ),
        "told": _Rows(
            "date topic answer",
            [(t.on, capital(items()[t.item].topic[language]), words(f"answers.{t.answer}")) for t in summary.told],
        ),
    }
    return Document(
        language=language,
        title=words("title"),
        top=(words("by_parent"), say("made_on", language, date=calendar_date(language, today))),
        sections=tuple(
            Section(
                code, words(f"sections.{code}.heading"), words(f"sections.{code}.intro"),
                tuple(words(f"columns.{column}") for column in sections[code].columns.split()),
                tuple((day(on, language), *cells) for on, *cells in sections[code].rows),
            )
            for code in SECTIONS
            if code in shown
        ),
        empty=words("empty"),
        about_heading=words("about"),
        about=tuple(words(f"about_lines.{code}") for code in ("chosen", "who", "what_not")),
        page=words("page"),
    )  # fmt: skip


def say(key: str, language: str, **values: object) -> str:
    """The words of words.yml with that dotted key; `{name}` in them is replaced by the value of that name."""
    found: Any = _words()
    for part in key.split("."):
        found = found[part]
    text = str(found[language])
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


def day(on: date, language: str) -> str:
    """ "Sat, Nov 21, 2026", "sáb, 21 nov 2026"."""
    return f"{phrase(language, f'day.short.{_DAYS[on.weekday()]}')}, {calendar_date(language, on)}"


def named(note: str | None) -> str:
    """What the parent called it, with the short names of groups and tests in capitals."""
    words = [word.upper() if word in _SHORT_NAMES else word for word in (note or "").split()]
    return capital(" ".join(words))


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


#: Alcoholics and Narcotics Anonymous, urine analysis, domestic violence.
_SHORT_NAMES = frozenset({"aa", "na", "ua", "dv", "ged", "cpr", "iep"})


def _need(code: str, language: str) -> str:
    need = load_needs().get(code)
    return need.name[language] if need else code


@cache
def _words() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("words.yml").read_text(encoding="utf-8"))
    return found
