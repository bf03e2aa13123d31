"""Somebody's own table or JSON, by a mapping file that says what its columns mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import PurePosixPath
from typing import Any

from resources_db.exchange.readers.drafting import Terms, hours_in_words, listed
from resources_db.exchange.readers.mapping_file import OWNERS, WHOLE, RecordRule, TableRule, Value, can_be_of
from resources_db.exchange.reading import Item, Row, Source
from resources_db.exchange.record import LINKS, REFERENCES, Draft
from resources_db.exchange.report import Notes
from resources_db.taxonomy.crosswalk import NEEDS_TAXONOMY

_OTHER_FIX = 'add a record for it to the mapping, or widen an "only"'


class MappedReader:
    """Reads what a mapping tells it to. In memory: the names of terms, and of the columns that nothing is
    made of, and a number for each row whose id is its own and not its record's."""

    NAME = "any CSV, JSON or NDJSON with a mapping file"

    def __init__(self, rules: tuple[RecordRule, ...]) -> None:
        self._rules = rules

    def looks_right(self, source: Source) -> bool:
        """Whether any rule is for any of the files."""
        return any(_is_for(rule, path) for rule in self._rules for path in source.paths)

    def read(self, source: Source, notes: Notes) -> Iterator[Draft]:
        """The rows that each record is, in HSDS's words."""
        terms, repeated = Terms(), set[int]()
        for path in source.paths:
            rules = [rule for rule in self._rules if _is_for(rule, path)]
            if not rules:
                if PurePosixPath(path).suffix.lower() in (".csv", ".json", ".jsonl", ".ndjson"):
                    notes.remark(path, None, None, "the mapping has nothing for this file; it was left out", _OTHER_FIX)
                continue
            unused: dict[str, int] = {}
            for record in _records(source, path, notes):
                values = _lower(record.value)
                rule = next((rule for rule in rules if _fits(rule, values)), None)
                if rule is None:
                    notes.lost("record", path, record.line, "no rule of the mapping is for this record", _OTHER_FIX)
                    continue
                used = {name.split(".")[0].casefold() for name in _names(rule)}
                for name, value in record.value.items():
                    if name.casefold() not in used and value not in (None, "", [], {}):
                        unused.setdefault(name, record.line)
                for made in _Made(rule, record, values, terms).drafts():
                    # Many records name the same organization: what says the same again says nothing.
                    if "id" in made.names:
                        said = hash((made.table, *made.cells.items()))
                        if said in repeated:
                            continue
                        repeated.add(said)
                    yield made
            for name, line in unused.items():
                notes.remark(path, line, name, "the mapping makes nothing of it; it was left out", "map it if it should be kept")


def _records(source: Source, path: str, notes: Notes) -> Iterator[Item]:
    if path.lower().endswith(".csv"):
        for row in source.rows(path, notes, "record"):
            yield Item(row.file, row.line, dict(row.cells))
        return
    for item in source.objects(path, notes, "record"):
        if isinstance(item.value, dict):
            yield item
        else:
            notes.lost("record", path, item.line, "it is no object", "give one object for each record")


def _is_for(rule: RecordRule, path: str) -> bool:
    if rule.file is None:
        return path.lower().endswith((".csv", ".json", ".jsonl", ".ndjson"))
    return fnmatch(path, rule.file) or fnmatch(PurePosixPath(path).name, rule.file)


def _fits(rule: RecordRule, values: Mapping[str, Any]) -> bool:
    return all(_text(_look_up(values, column)) in allowed for column, allowed in rule.only.items())


def _names(rule: RecordRule) -> Iterator[str]:
    """Every column that a rule looks at."""
    yield from rule.id
    yield from rule.only
    for table in rule.tables:
        if table.each:
            yield table.each
        for value in table.values.values():
            yield from value.columns


class _Made:
    """The rows of one record. All ids have the record's own in them, so they are stable."""

    def __init__(self, rule: RecordRule, record: Item, values: Mapping[str, Any], terms: Terms) -> None:
        self._rule = rule
        self._item = record
        self._record = values
        self._terms = terms
        names = [_text(_look_up(values, column)) for column in rule.id]
        # A record without any of what tells it apart has no id, for the loader to hold it back.
        self._id = "/".join(names) if any(names) else ""
        self._tables = {table.table for table in rule.tables}
        # An organization, say, that many records name has an id of its own.
        own = {table.table: _value(table.values["id"], values) for table in rule.tables if "id" in table.values}
        self._ids = {table: own.get(table, self._id) for table in self._tables}

    def drafts(self) -> Iterator[Draft]:
        for number, rule in enumerate(self._rule.tables):
            same = sum(other.table == rule.table for other in self._rule.tables[:number])
            for item, name in self._items(rule):
                yield from self._row_of(rule, item, f"{same or ''}{name}")
        if {"service", "location"} <= self._tables and "service_at_location" not in self._tables:
            ends = {"service_id": self._ids["service"], "location_id": self._ids["location"]}
            yield self._draft("service_at_location", "", ends, {})

    def _items(self, rule: TableRule) -> Iterator[tuple[Mapping[str, Any], str]]:
        """What a row is made of: the record, or each object of a list in it with a name that stays the same."""
        if rule.each is None:
            yield self._record, ""
            return
        items = _look_up(self._record, rule.each)
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                yield {**self._record, **item}, "/" + _fingerprint(item)

    def _row_of(self, rule: TableRule, item: Mapping[str, Any], name: str) -> Iterator[Draft]:
        many = next(((column, value) for column, value in rule.values.items() if value.split), None)
        texts = {column: _value(value, item) for column, value in rule.values.items()}
        names = {column: value.columns[0] for column, value in rule.values.items() if value.columns}
        if rule.table == "attribute":
            yield from self._term(rule, texts, many)
        elif rule.table not in WHOLE and names and not any(texts[column] for column in names):
            return  # the record has nothing of it
        elif rule.table == "schedule" and "hours" in texts:
            owner = self._owner(rule)
            for hours in hours_in_words(self._owned(owner), owner, texts.pop("hours"), f"hours{name}"):
                yield Draft("schedule", {**texts, **hours.cells}, hours.file, hours.line, names)
        elif many:
            column, value = many
            for one in _split(texts[column], value):
                yield self._draft(rule.table, f"{name}/{one.lower()}", {**self._references(rule), **texts, column: one}, names)
        else:
            yield self._draft(rule.table, name, {**self._references(rule), **texts}, names)

    def _term(self, rule: TableRule, texts: Mapping[str, str], many: tuple[str, Value] | None) -> Iterator[Draft]:
        column = "need" if "need" in texts else "term"
        value = rule.values[column]
        for name in _split(texts[column], value) if many else filter(None, [texts[column]]):
            owner = self._owner(rule)
            row = self._owned(owner)
            if column == "need":
                yield from self._terms.on(row, owner, "need", NEEDS_TAXONOMY, name, code=name)
            else:
                yield from self._terms.on(row, owner, texts.get("link_type") or "category", texts["taxonomy"], name)

    def _draft(self, table: str, name: str, cells: Mapping[str, str], names: Mapping[str, str]) -> Draft:
        row_id = "/".join(filter(None, [self._id, name.strip("/")])) if self._id else ""
        return Draft(table, {"id": row_id, **cells}, self._item.file, self._item.line, names)

    def _owned(self, owner: str) -> Row:
        """The record as a row of the table ``owner``, for what is made from a part of it."""
        return Row(self._item.file, self._item.line, {"id": self._ids.get(owner, self._id)})

    def _references(self, rule: TableRule) -> dict[str, str]:
        """The columns that say what a row is of: the record's own organization, service or place."""
        if rule.table in LINKS:
            kind, link = LINKS[rule.table]
            return {kind: self._owner(rule), link: self._ids.get(self._owner(rule), self._id)}
        targets = {target: column for column, target in REFERENCES[rule.table].items()}
        if rule.table in WHOLE:
            here = [table for table in ("organization", "service", "location") if table in self._tables]
            return {targets[table]: self._ids[table] for table in here if table in targets and table != rule.table}
        owner = self._owner(rule)
        return {targets[owner]: self._ids.get(owner, self._id)} if owner in targets else {}

    def _owner(self, rule: TableRule) -> str:
        if rule.owner:
            return rule.owner
        return next((table for table in OWNERS if table in self._tables and can_be_of(rule.table, table)), OWNERS[0])


def _value(value: Value, item: Mapping[str, Any]) -> str:
    if value.constant:
        return value.constant
    texts = [text for column in value.columns if (text := _text(_look_up(item, column)))]
    text = value.joined_with.join(texts) if value.joined_with is not None else texts[0] if texts else ""
    if value.translations is not None and not value.split:
        text = value.translations.get(text.casefold(), "")
    return text


def _split(text: str, value: Value) -> Iterator[str]:
    """The items of a cell; of those with translations the ones that have one."""
    items = listed(text) if value.split == "," else [one.strip() for one in text.split(value.split or ",")]
    for one in dict.fromkeys(filter(None, items)):
        known = one if value.translations is None else value.translations.get(one.casefold(), "")
        if known:
            yield known


def _look_up(item: Mapping[str, Any], name: str) -> Any:
    """The value of a column, inside objects by dots; the item's names are lower case already."""
    value: Any = item
    for step in _steps(name):
        value = value.get(step) if isinstance(value, dict) else None
    return value


@cache
def _steps(name: str) -> tuple[str, ...]:
    return tuple(name.casefold().split("."))


def _lower(value: Any) -> Any:
    """The value with the names in it in lower case."""
    if isinstance(value, dict):
        return {str(name).casefold(): _lower(inner) for name, inner in value.items()}
    return [_lower(inner) for inner in value] if isinstance(value, list) else value


def _text(value: Any) -> str:
    """A value as the text that a cell would have; a list's items with commas between."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        return ", ".join(filter(None, map(_text, value.values())))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).encode("utf-8", "replace").decode().strip()


def _fingerprint(item: Mapping[str, Any]) -> str:
    """The item's own id where it has one, else a short name for all that it says."""
    if own := _text(item.get("id")):
        return own
    return hashlib.sha256(json.dumps(item, sort_keys=True, default=str).encode("utf-8", "replace")).hexdigest()[:16]
