"""The CSV files of Ohana API: integer ids, a service at one location, lists in cells, hours by weekday."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from resources_db.exchange.readers.drafting import (
    Terms,
    draft,
    hours_in_words,
    listed,
    number_phone,
    on_weekdays,
    part,
    put_on,
    sentences,
)
from resources_db.exchange.reading import Row, Source
from resources_db.exchange.record import Draft
from resources_db.exchange.report import Notes

NAME = "Ohana CSV"

_ACCESSIBILITY = {
    "cd": "Information on CD",
    "deaf_interpreter": "Interpreter for the deaf",
    "disabled_parking": "Parking for people with disabilities",
    "elevator": "Elevator",
    "ramp": "Ramp",
    "restroom": "Accessible restroom",
    "tape_braille": "Information on tape or in Braille",
    "tty": "TTY",
    "wheelchair": "Wheelchair access",
    "wheelchair_van": "Wheelchair van",
}
# Lists that HSDS has no column for, kept as terms put on the record: (link type, name of the taxonomy).
_TERM_LISTS = {
    "keywords": ("keyword", "Keywords"),
    "accepted_payments": ("payment", "Accepted payments"),
    "accreditations": ("accreditation", "Accreditations"),
    "licenses": ("license", "Licenses"),
}
_OPEN_ELIGIBILITY = "Open Eligibility"
# Columns with no place in HSDS, or nobody's business; the first cell with something in it is remarked on.
_LEFT_OUT = {"locations": ("admin_emails",)}
# What HSDS calls otherwise in a service, for the report.
_SERVICE_NAMES = {
    "eligibility_description": "eligibility",
    "fees_description": "fees",
    "organization_id": "location_id",
    "url": "website",
}


def looks_right(source: Source) -> bool:
    """Whether services belong to locations, which is what tells Ohana's files from HSDS's."""
    stems = source.by_stem()
    if "services" not in stems or "locations" not in stems:
        return False
    columns = source.columns(stems["services"])
    return "location_id" in columns and "organization_id" not in columns


def read(source: Source, notes: Notes) -> Iterator[Draft]:
    """Every row as one or more HSDS rows. Ids made here keep the row's own id in them, so they are stable."""
    return _Reader(source, notes).drafts()


class _Reader:
    """In memory: each location's organization, and the names of terms."""

    def __init__(self, source: Source, notes: Notes) -> None:
        self._source = source
        self._notes = notes
        self._organization_of: dict[str, str] = {}
        self._terms = Terms()

    def drafts(self) -> Iterator[Draft]:
        # In this order: what a later file refers to comes first.
        files: dict[str, tuple[str, Callable[[Row], Iterator[Draft]]]] = {
            "taxonomy": ("taxonomy_term", self._taxonomy),
            "organizations": ("organization", self._organization),
            "programs": ("program", self._as_it_is("program")),
            "locations": ("location", self._location),
            "services": ("service", self._service),
            "contacts": ("contact", self._as_it_is("contact")),
            "addresses": ("address", self._physical_address),
            "mail_addresses": ("address", self._mail_address),
            "phones": ("phone", self._phone),
            "regular_schedules": ("schedule", self._schedule),
            "holiday_schedules": ("holiday_schedule", self._closure),
        }
        stems = self._source.by_stem()
        for stem, (table, make) in files.items():
            if stem not in stems:
                continue
            left_out = set(_LEFT_OUT.get(stem, ()))
            for row in self._source.rows(stems[stem], self._notes, table):
                for column in sorted(left_out):
                    if row.cells.get(column):
                        left_out.remove(column)
                        problem = "has no place in the directory; it was left out"
                        self._notes.remark(row.file, row.line, column, problem, "nothing to do")
                yield from make(row)
        others = {stems[stem] for stem in stems.keys() - files.keys()} | set(self._source.json_paths())
        for path in sorted(others):
            problem = "is not one of Ohana's files; it was left out"
            self._notes.remark(path, None, None, problem, "rename it if it should be read")

    def _as_it_is(self, table: str) -> Callable[[Row], Iterator[Draft]]:
        def make(row: Row) -> Iterator[Draft]:
            yield Draft(table, row.cells, row.file, row.line)

        return make

    def _taxonomy(self, row: Row) -> Iterator[Draft]:
        yield from self._terms.taxonomy(row, _OPEN_ELIGIBILITY)
        code = row.cells.get("taxonomy_id", "")
        yield draft(
            row,
            "taxonomy_term",
            id=code,
            code=code,
            name=row.cells.get("name", ""),
            parent_id=row.cells.get("parent_id", ""),
            taxonomy=_OPEN_ELIGIBILITY,
            taxonomy_id=_OPEN_ELIGIBILITY,
        )

    def _organization(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        year = re.search(r"\b(1[6-9]|20)\d\d\b", cells.get("date_incorporated", ""))
        cells["year_incorporated"] = year[0] if year else ""
        yield Draft("organization", cells, row.file, row.line)
        yield from self._lists(row, "organization")

    def _location(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        location = cells.get("id", "")
        self._organization_of[location] = cells.get("organization_id", "")
        cells["location_type"] = "virtual" if cells.get("virtual", "").lower() in ("true", "t", "1", "yes") else "physical"
        cells["description"] = sentences(cells.get("description"), cells.get("short_desc"))
        cells["url"] = cells.get("website", "")
        yield Draft("location", cells, row.file, row.line, {"url": "website"})
        for code in listed(cells.get("accessibility")):
            yield part(row, "accessibility", "location", code, description=_ACCESSIBILITY.get(code.lower(), code))
        for name in listed(cells.get("languages")):
            yield part(row, "language", "location", name, name=name)
        if cells.get("email"):
            yield part(row, "contact", "location", "email", email=cells["email"])
        yield from self._free_text_hours(row, "location")

    def _service(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        service, location = cells.get("id", ""), cells.get("location_id", "")
        # Of a location that is not there: a reference that cannot be followed, so that the report says so.
        unknown = f"of location {location}" if location else ""
        cells["organization_id"] = self._organization_of.get(location, unknown)
        cells["url"] = cells.get("website", "")
        cells["fees_description"] = cells.pop("fees", "")
        cells["eligibility_description"] = sentences(cells.get("eligibility"), cells.get("audience"))
        for column in _TERM_LISTS:
            cells.pop(column, None)
        yield Draft("service", cells, row.file, row.line, _SERVICE_NAMES)
        yield draft(row, "service_at_location", id=service, service_id=service, location_id=location)
        for name in listed(cells.get("languages")):
            yield part(row, "language", "service", name, name=name)
        for document in listed(cells.get("required_documents")):
            yield part(row, "required_document", "service", document, document=document)
        for area in listed(cells.get("service_areas")):
            # A bare name says neither which state nor what kind of area: it is shown, and excludes nobody.
            yield part(row, "service_area", "service", area, name=area, extent=area, extent_type="text")
        yield from self._lists(row, "service")
        for code in listed(row.cells.get("taxonomy_ids")):
            yield put_on(row, "service", service, "category", code)
        yield from self._free_text_hours(row, "service")

    def _physical_address(self, row: Row) -> Iterator[Draft]:
        yield self._address(row, "physical")

    def _mail_address(self, row: Row) -> Iterator[Draft]:
        yield self._address(row, "postal")

    def _address(self, row: Row, kind: str) -> Draft:
        number = row.cells.get("id", "")
        return Draft("address", {**row.cells, "id": number and f"{kind}/{number}", "address_type": kind}, row.file, row.line)

    def _phone(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        cells["number"] = number_phone(cells.get("country_prefix", ""), cells.get("number", ""))
        cells["type"] = cells.get("number_type", "")
        cells["description"] = sentences(cells.get("department"), cells.get("vanity_number"))
        yield Draft("phone", cells, row.file, row.line, {"type": "number_type"})

    def _schedule(self, row: Row) -> Iterator[Draft]:
        cells = on_weekdays(row.cells, row.cells.get("weekday", ""))
        yield Draft("schedule", cells, row.file, row.line, {"byday": "weekday"})

    def _closure(self, row: Row) -> Iterator[Draft]:
        yield Draft("holiday_schedule", row.cells, row.file, row.line)

    def _free_text_hours(self, row: Row, owner: str) -> Iterator[Draft]:
        if row.cells.get("hours"):
            yield from hours_in_words(row, owner, row.cells["hours"])

    def _lists(self, row: Row, owner: str) -> Iterator[Draft]:
        for column, (link_type, taxonomy) in _TERM_LISTS.items():
            for name in listed(row.cells.get(column)):
                yield from self._terms.on(row, owner, link_type, taxonomy, name)
        for source in listed(row.cells.get("funding_sources")):
            yield part(row, "funding", owner, source, source=source)
