"""Labeled messages, read from a file a row at a time.

A table has tabs between its columns and their names in its first line. `text` must be there; the others are judged where
they are: `needs`, `crisis`, `act`, `lang`, `negated` (refused needs), `place` (its words), `ages` (in years). Where a cell
holds several, commas, semicolons, bars or spaces stand between them (between places: bars or semicolons, and one of them is
enough); a lone `none`, `-` or `null` says that there is nothing. Other columns are for people, but the values of
`label_quality` are told apart in the report.

An empty cell of `act` and `lang` is not judged. An empty cell of the others says "nothing" where the row has an act or any row
of the file fills that column; otherwise it is not judged. Without a column `crisis` the act tells it, without `lang` the
name of the file may (`unseen.es.tsv`).

There are two more layouts: a table with `label` instead of these (`need:CODE`, `crisis` or an act), whose rows tell one thing
and not that there is nothing else, so what else is found there is not held against anybody; and the lists of tests/safety
(YAML: `must_catch` by category, `must_not`), which judge nothing but crises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.evaluation.table import RowsUnusable, read_table
from bot.safety.screen import CATEGORIES
from bot.understanding.acts import ACT_OF_INTENT, FOLLOW_UP_ACT
from resources_db.taxonomy.needs import load_needs

ACTS = frozenset(ACT_OF_INTENT.values()) | {FOLLOW_UP_ACT}
#: A crisis of which no category is told.
ANY = "any"

_NOTHING = frozenset({"none", "-", "null"})
_YES, _NO = frozenset({"yes", "true", "1", "crisis", ANY}), frozenset({"no", "false", "0"})
_LABELS = ("needs", "crisis", "act")
_BETWEEN = re.compile(r"[,;|\s]+")
_BETWEEN_PLACES = re.compile(r"[;|]")
_LANGUAGE_IN_NAME = re.compile(r"\.(en|es)\.")
_OLDEST = 130


@dataclass(frozen=True)
class Row:
    """A message and what is to be understood from it; None is not judged.

    `crisis` holds its categories, of which one is enough, ANY where none is told. `places` is empty where none is named.
    Where `complete` is False the message may hold more needs than are told.
    """

    text: str
    line: int = 0
    language: str | None = None
    act: str | None = None
    needs: frozenset[str] | None = None
    complete: bool = True
    negated: frozenset[str] | None = None
    crisis: frozenset[str] | None = None
    places: tuple[str, ...] | None = None
    ages: tuple[float, ...] | None = None
    quality: str = ""

    @property
    def is_ours(self) -> bool | None:
        """Whether Homeward is there for such a message; None where nothing says so."""
        if self.act is not None:
            return self.act != "out_of_scope"
        return True if self.needs or self.crisis else None


class LabeledFile:
    """The rows of a file, read anew at each pass, so that its size does not matter.

    Made, it has been read once, and everything in it can be used; otherwise RowsUnusable says what cannot.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        found = _LANGUAGE_IN_NAME.search(path.name)
        self._language = found[1] if found else None
        self._filled: set[str] = set()
        filled: set[str] = set()
        for number, cells in self._cells():
            self._row(number, cells)
            filled |= {name for name, cell in cells.items() if cell}
        if not filled:
            raise RowsUnusable(f"{path}: holds no messages")
        self._filled = filled

    def __iter__(self) -> Iterator[Row]:
        for number, cells in self._cells():
            yield self._row(number, cells)

    def _cells(self) -> Iterator[tuple[int, dict[str, str]]]:
        return _listed_lines(self.path) if self.path.suffix in (".yml", ".yaml") else read_table(self.path)

    def _row(self, number: int, cells: Mapping[str, str]) -> Row:
        try:
            if "label" in cells and not any(name in cells for name in _LABELS):
                return self._one_label(number, cells)
            return self._fully_labeled(number, cells)
        except _Unreadable as error:
            raise RowsUnusable(f"{self.path}:{number}: {error}") from error

    def _fully_labeled(self, number: int, cells: Mapping[str, str]) -> Row:
        act = _act("act", cells.get("act", ""))

        def told(name: str) -> str | None:
            cell = cells.get(name)
            return cell if cell or cell is not None and (act or name in self._filled) else None

        needs, crisis, negated, place, ages = (told(name) for name in ("needs", "crisis", "negated", "place", "ages"))
        heard = None if crisis is None else _crisis(crisis)
        if "crisis" not in cells and act:
            heard = frozenset({ANY}) if act == "crisis" else frozenset()
        return Row(
            text=cells["text"], line=number, language=self._language_of(cells), act=act,
            needs=None if needs is None else _codes("needs", needs), crisis=heard,
            negated=None if negated is None else _codes("negated", negated),
            places=None if place is None else _places(place), ages=None if ages is None else _ages(ages),
            quality=cells.get("label_quality", ""),
        )  # fmt: skip

    def _one_label(self, number: int, cells: Mapping[str, str]) -> Row:
        kind, _, detail = cells["label"].lower().partition(":")
        needs: frozenset[str] | None = None
        crisis: frozenset[str] | None = frozenset()
        if kind == "need":
            act, needs = "request_help", _codes("label", detail)
            if not needs:
                raise _Unreadable("label: need: without a code")
            crisis = None if "domestic_violence" in needs else crisis
        elif kind == "crisis":
            act, crisis = "crisis", _crisis(detail or ANY)
        else:
            act = _act("label", kind) or _fail("label: is empty")
            needs = None if act == "request_help" else frozenset()
        return Row(
            text=cells["text"], line=number, language=self._language_of(cells), act=act, needs=needs, complete=not needs,
            crisis=crisis, quality=cells.get("label_quality", ""),
        )  # fmt: skip

    def _language_of(self, cells: Mapping[str, str]) -> str | None:
        language = cells["lang"].lower() if "lang" in cells else self._language
        return None if not language or language in _NOTHING else language[:12]


class _Unreadable(Exception):
    """A cell cannot be read: its column, and why."""


def _fail(problem: str) -> str:
    raise _Unreadable(problem)


def _several(cell: str) -> list[str]:
    return [] if cell.lower() in _NOTHING else [item for item in _BETWEEN.split(cell.lower()) if item]


def _codes(column: str, cell: str) -> frozenset[str]:
    codes = frozenset(_several(cell))
    if unknown := sorted(codes - load_needs().keys()):
        raise _Unreadable(f"{column}: no need has the code {unknown[0][:60]!r} (there are: {', '.join(load_needs())})")
    return codes


def _crisis(cell: str) -> frozenset[str]:
    categories = frozenset(ANY if item in _YES else item for item in _several(cell) if item not in _NO)
    if unknown := sorted(categories - {ANY, *CATEGORIES}):
        raise _Unreadable(f"crisis: no category is called {unknown[0][:60]!r} (there are: {', '.join(CATEGORIES)}, yes, none)")
    return categories


def _act(column: str, cell: str) -> str | None:
    act = cell.lower()
    if not act or act in _NOTHING:
        return None
    if act not in ACTS:
        raise _Unreadable(f"{column}: no act is called {act[:60]!r} (there are: {', '.join(sorted(ACTS))})")
    return act


def _places(cell: str) -> tuple[str, ...]:
    return () if cell.lower() in _NOTHING else tuple(place.strip() for place in _BETWEEN_PLACES.split(cell) if place.strip())


def _ages(cell: str) -> tuple[float, ...]:
    ages = []
    for item in _several(cell):
        try:
            age = float(item)
        except ValueError:
            age = -1
        if not 0 <= age <= _OLDEST:
            raise _Unreadable(f"ages: {item[:60]!r} is no age in years")
        ages.append(age)
    return tuple(sorted(ages))


def _listed_lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a list of tests/safety as the cells of a table; numbered in their order."""
    try:
        lists = yaml.safe_load(path.read_text(encoding="utf-8"))
        caught = [(str(text), category) for category, texts in lists["must_catch"].items() for text in texts]
        left_alone = [(str(text), "none") for text in lists["must_not"]]
    except OSError as error:
        raise RowsUnusable(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise RowsUnusable(f"{path}: is not UTF-8") from error
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise RowsUnusable(f"{path}: is no list of must_catch (by category) and must_not") from error
    for number, (text, category) in enumerate(caught + left_alone, 1):
        yield number, {"text": text, "crisis": category}
