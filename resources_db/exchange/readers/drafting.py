"""What several readers do: lists in cells, hours in words, terms of a taxonomy, rows made from parts of a row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from resources_db.exchange.cells import plain_text
from resources_db.exchange.reading import Row
from resources_db.exchange.record import Draft
from resources_db.hours_text import parse_hours, weekdays_of


def draft(row: Row, table: str, /, **cells: str) -> Draft:
    """A row of ``table`` made from a row of the source."""
    return Draft(table, cells, row.file, row.line)


def part(row: Row, table: str, owner: str, item: str, /, **cells: str) -> Draft:
    """A row made from one item in a cell of its owner's row. Its id has the owner's in it, so it is stable."""
    owner_id = row.cells.get("id", "")
    return draft(row, table, **{f"{owner}_id": owner_id, "id": f"{owner}/{owner_id}/{item}", **cells})


def listed(cell: str | None) -> list[str]:
    """The items of a comma-separated cell, each once; a comma inside brackets does not separate."""
    items = [item.strip() for item in re.split(r",(?![^()]*\))", cell or "")]
    return list({item.lower(): item for item in reversed(items) if item}.values())[::-1]


def sentences(*parts: str | None) -> str:
    """The texts one after the other, each once, with a full stop between them."""
    texts = list(dict.fromkeys(part for part in parts if part))
    return " ".join(text if text.endswith((".", "!", "?")) or text is texts[-1] else f"{text}." for text in texts)


def number_phone(prefix: str, number: str) -> str:
    """The number with its country's prefix, where that is one."""
    return f"{prefix} {number}" if prefix.startswith("+") and not number.startswith("+") else number


def hours_in_words(row: Row, owner: str, text: str, item: str = "hours") -> Iterator[Draft]:
    """The schedule rows that a text means; where it is not plain, one that has the text and unknown hours."""
    rules: tuple[Mapping[str, str], ...] = parse_hours(plain_text(text)) or ({},)
    for number, rule in enumerate(rules):
        name = item if number == 0 else f"{item}/{number}"
        # Beside what was understood there are the words themselves, once.
        said = {"description": text} if number == 0 else {}
        yield part(row, "schedule", owner, name, **{**said, **rule})


def on_weekdays(cells: Mapping[str, str], weekday: str) -> dict[str, str]:
    """A schedule row for the weekday or weekdays that a cell names.

    What names no weekday is kept as it is, for the loader to hold the row back with its reason.
    """
    days = weekdays_of(weekday)
    return {**cells, "freq": "WEEKLY", "byday": ",".join(days) if days else weekday or "(no weekday)"}


class Terms:
    """The terms that a source uses without listing them: a taxonomy and a term is made for each, once.

    In memory: the name of each such term.
    """

    def __init__(self) -> None:
        self._known: set[str] = set()

    def on(self, row: Row, owner: str, link_type: str, taxonomy: str, name: str, code: str = "") -> Iterator[Draft]:
        """The named term, put on the row that ``owner`` says the table of; with the term where it is new."""
        term = f"{taxonomy}/{name.lower()}"
        yield from self.taxonomy(row, taxonomy)
        if term not in self._known:
            self._known.add(term)
            yield draft(row, "taxonomy_term", id=term, code=code, name=name, taxonomy=taxonomy, taxonomy_id=taxonomy)
        yield put_on(row, owner, row.cells.get("id", ""), link_type, term, name.lower())

    def taxonomy(self, row: Row, name: str) -> Iterator[Draft]:
        """The taxonomy of that name, where it is new."""
        if name not in self._known:
            self._known.add(name)
            yield draft(row, "taxonomy", id=name, name=name)


def put_on(row: Row, owner: str, owner_id: str, link_type: str, term: str, name: str = "") -> Draft:
    """A term put on a row of the table ``owner``."""
    return draft(
        row,
        "attribute",
        id=f"{owner}/{owner_id}/{link_type}/{name or term}",
        link_id=owner_id,
        link_entity=owner,
        link_type=link_type,
        taxonomy_term_id=term,
    )
