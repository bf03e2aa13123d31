"""What HSDS 1 and 2 called otherwise or kept elsewhere, said in the words of HSDS 3."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from uuid import UUID

from resources_db.exchange.readers.drafting import Terms, draft, listed, on_weekdays, part, put_on, sentences
from resources_db.exchange.reading import Row
from resources_db.exchange.record import Draft
from resources_db.exchange.report import Notes

# Tables that version 3 does not have, and what their rows are now.
OLD_TABLES: Mapping[str, str] = {
    "physical_address": "address",
    "postal_address": "address",
    "regular_schedule": "schedule",
    "accessibility_for_disabilities": "accessibility",
    "service_attribute": "attribute",
    "other_attribute": "attribute",
    "service_taxonomy": "attribute",
    "payment_accepted": "attribute",
    "eligibility": "service",
}
# Columns that are read and are not columns of the table in version 3.
OLD_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "organization": ("url",),
    "service": ("taxonomy_ids",),
    "phone": ("language", "department"),
    "physical_address": ("address_3", "address_4"),
    "postal_address": ("address_3", "address_4"),
    "address": ("address_3", "address_4"),
    "service_area": ("service_area",),
    "language": ("language",),
    "schedule": ("weekday",),
    "regular_schedule": ("weekday",),
    "accessibility": ("accessibility",),
    "accessibility_for_disabilities": ("accessibility",),
    "taxonomy_term": ("term", "vocabulary", "parent_name"),
    "old_taxonomy": ("vocabulary", "parent_name"),
    "service_attribute": ("service_id",),
    "other_attribute": (),
    "service_taxonomy": ("service_id", "taxonomy_id", "taxonomy_detail"),
    "payment_accepted": ("service_id", "payment"),
    "eligibility": ("service_id", "eligibility"),
}
# {table: {column of version 3: what it was called}}; the old name counts where the new one has nothing.
_RENAMED: Mapping[str, Mapping[str, str]] = {
    "organization": {"website": "url"},
    "service": {"fees_description": "fees"},
    "service_area": {"name": "service_area"},
    "language": {"name": "language"},
    "accessibility": {"description": "accessibility"},
    "taxonomy_term": {"name": "term", "taxonomy": "vocabulary"},
    "attribute": {"link_id": "service_id"},
}
_NUMBERED_DAYS = ("weekday", "numbers are read as 1 for Monday to 7 for Sunday", "name the days if they are others")


class OlderRows:
    """Rows of any version as rows of version 3.

    In memory: the eligibility texts of a table of its own until their services come, the names of payments and
    vocabularies, the ids in a table of terms, and for metadata without a table the ids of what it is about.
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._terms = Terms()
        self._told_of_numbers = False
        self._eligibility: dict[str, list[tuple[str, Row]]] = defaultdict(list)
        self._listed_terms: set[str] = set()
        self._about: dict[str, set[str]] = {}
        self._make: Mapping[str, Callable[[str, Row], Iterator[Draft]]] = {
            "physical_address": self._address,
            "postal_address": self._address,
            "address": self._address,
            "service": self._service,
            "phone": self._phone,
            "schedule": self._schedule,
            "regular_schedule": self._schedule,
            "old_taxonomy": self._old_taxonomy,
            "service_attribute": self._service_attribute,
            "other_attribute": self._other_attribute,
            "service_taxonomy": self._service_taxonomy,
            "payment_accepted": self._payment,
            "eligibility": self._eligibility_row,
            "metadata": self._metadata,
        }

    def expect(self, metadata: Iterable[Row]) -> None:
        """Look out for the rows that metadata without a resource_type is about."""
        for row in metadata:
            if not row.cells.get("resource_type"):
                self._about[row.cells.get("resource_id", "")] = set()

    def expect_terms(self, terms: Iterable[Row]) -> None:
        """Know which terms a table of terms has."""
        self._listed_terms.update(row.cells.get("id", "") for row in terms)

    def drafts(self, name: str, table: str, row: Row) -> Iterator[Draft]:
        """The rows of version 3 that a row of the table ``name`` is, ``table`` the table it belongs to now."""
        row_id = row.cells.get("id", "")
        if row_id in self._about and name != "metadata":
            self._about[row_id].add(table)
        make = self._make.get(name)
        if make:
            yield from make(name, row)
        else:
            yield _renamed(table, row, row.cells)

    def left_over(self) -> Iterator[Draft]:
        """What belongs to services that never came: rows that the loader holds back, each with its line."""
        for service, texts in self._eligibility.items():
            for text, row in texts:
                yield draft(row, "attribute", id=row.cells.get("id", ""), link_entity="service", link_id=service, value=text)

    def _address(self, name: str, row: Row) -> Iterator[Draft]:
        kind = name.removesuffix("_address") if name != "address" else row.cells.get("address_type", "")
        further = [row.cells.get(column, "") for column in ("address_2", "address_3", "address_4")]
        cells = {**row.cells, "address_2": ", ".join(filter(None, further)), "address_type": kind}
        if name != "address":
            cells["id"] = _own_id(kind, row.cells.get("id", ""))
        yield Draft("address", cells, row.file, row.line)

    def _service(self, name: str, row: Row) -> Iterator[Draft]:
        service = row.cells.get("id", "")
        texts = [text for text, _ in self._eligibility.pop(service, ())]
        whom = {"eligibility_description": sentences(row.cells.get("eligibility_description"), *texts)} if texts else {}
        yield _renamed("service", row, {**row.cells, **whom})
        for term in listed(row.cells.get("taxonomy_ids")):
            yield put_on(row, "service", service, "category", term)

    def _phone(self, name: str, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        if row.cells.get("department"):
            cells["description"] = sentences(row.cells["department"], row.cells.get("description"))
        yield Draft("phone", cells, row.file, row.line)
        for language in listed(row.cells.get("language")):
            yield part(row, "language", "phone", language, name=language)

    def _schedule(self, name: str, row: Row) -> Iterator[Draft]:
        cells: Mapping[str, str] = row.cells
        if "weekday" in cells and not cells.get("byday"):
            if cells["weekday"].isdigit() and not self._told_of_numbers:
                self._told_of_numbers = True
                self._notes.remark(row.file, row.line, *_NUMBERED_DAYS)
            cells = on_weekdays(cells, cells["weekday"])
        yield Draft("schedule", cells, row.file, row.line, {"byday": "weekday"} if "weekday" in row.cells else {})

    def _old_taxonomy(self, name: str, row: Row) -> Iterator[Draft]:
        """A term; its parent too, where the table only tells the parent's name."""
        vocabulary = row.cells.get("vocabulary", "")
        if vocabulary:
            yield from self._terms.taxonomy(row, vocabulary)
        of_vocabulary = {"taxonomy": vocabulary, "taxonomy_id": vocabulary}
        parent, parent_name = row.cells.get("parent_id", ""), row.cells.get("parent_name", "")
        if parent and parent_name and parent not in self._listed_terms:
            self._listed_terms.add(parent)
            yield draft(row, "taxonomy_term", id=parent, name=parent_name, **of_vocabulary)
        yield Draft("taxonomy_term", {**row.cells, **of_vocabulary}, row.file, row.line, {"taxonomy": "vocabulary"})

    def _service_attribute(self, name: str, row: Row) -> Iterator[Draft]:
        yield _renamed("attribute", row, {**row.cells, "link_entity": "service"})

    def _other_attribute(self, name: str, row: Row) -> Iterator[Draft]:
        yield Draft("attribute", {**row.cells, "link_entity": row.cells.get("link_type", "")}, row.file, row.line)

    def _service_taxonomy(self, name: str, row: Row) -> Iterator[Draft]:
        cells = {
            "id": row.cells.get("id", ""),
            "link_id": row.cells.get("service_id", ""),
            "link_entity": "service",
            "link_type": "category",
            "taxonomy_term_id": row.cells.get("taxonomy_id", ""),
            "value": row.cells.get("taxonomy_detail", ""),
        }
        names = {"link_id": "service_id", "taxonomy_term_id": "taxonomy_id", "value": "taxonomy_detail"}
        yield Draft("attribute", cells, row.file, row.line, names)

    def _payment(self, name: str, row: Row) -> Iterator[Draft]:
        """A way to pay has no table in version 3: it is a term on the service, as keywords are."""
        payment, service = row.cells.get("payment", ""), row.cells.get("service_id", "")
        for made in self._terms.on(row, "service", "payment", "Accepted payments", payment):
            if made.table != "attribute":
                yield made
            else:
                yield Draft("attribute", {**made.cells, "id": row.cells.get("id", ""), "link_id": service}, row.file, row.line)

    def _eligibility_row(self, name: str, row: Row) -> Iterator[Draft]:
        """Kept for its service, whose text it becomes."""
        self._eligibility[row.cells.get("service_id", "")].append((row.cells.get("eligibility", ""), row))
        return iter(())

    def _metadata(self, name: str, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        if not cells.get("resource_type"):
            tables = self._about.get(cells.get("resource_id", ""), set())
            # Where rows of two tables have the id, it is not known which of them is meant.
            cells["resource_type"] = next(iter(tables)) if len(tables) == 1 else ""
        yield Draft("metadata", cells, row.file, row.line)


def _renamed(table: str, row: Row, cells: Mapping[str, str]) -> Draft:
    """The row with version 3's names for its columns, where it has older ones."""
    old = {new: was for new, was in _RENAMED.get(table, {}).items() if cells.get(was) and not cells.get(new)}
    known = {new: cells[was] for new, was in old.items()}
    kept = {name: value for name, value in cells.items() if name not in old.values()}
    return Draft(table, {**kept, **known}, row.file, row.line, old)


def _own_id(kind: str, row_id: str) -> str:
    """The id that a row of one of two tables has in the one they have become; a UUID is nobody else's."""
    try:
        UUID(row_id)
        return row_id
    except ValueError:
        return row_id and f"{kind}/{row_id}"
