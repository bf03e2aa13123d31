"""The CSV files of Ohana API: integer ids, a service at one location, lists in cells, hours by weekday."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from resources_db.exchange.reading import Row, Source
from resources_db.exchange.record import Draft
from resources_db.exchange.report import HeldBack, ImportReport, Problem

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = {form: day[:2].upper() for number, day in enumerate(_DAYS, start=1) for form in (day, day[:3], str(number))}
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
    "funding_sources": ("funding", "Funding sources"),
    "accreditations": ("accreditation", "Accreditations"),
    "licenses": ("license", "Licenses"),
}
_OPEN_ELIGIBILITY = "Open Eligibility"
# Columns with no place in HSDS, or nobody's business; the first cell with something in it is remarked on.
_LEFT_OUT = {
    "locations": ("admin_emails", "short_desc"),
}


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
    columns = source.table(stems["services"]).columns
    return "location_id" in columns and "organization_id" not in columns


def read(source: Source, report: ImportReport) -> Iterator[Draft]:
    """Every row as one or more HSDS rows. Ids made here keep the row's own id in them, so they are stable."""
    return _Reader(source, report).drafts()


class _Reader:
    def __init__(self, source: Source, report: ImportReport) -> None:
        self._source = source
        self._report = report
        self._organization_of: dict[str, str] = {}
        self._terms: set[str] = set()

    def drafts(self) -> Iterator[Draft]:
        # In this order: what a later file refers to comes first.
        files: dict[str, tuple[str, Callable[[Row], Iterator[Draft]]]] = {
            "taxonomy": ("taxonomy_term", self._taxonomy),
            "organizations": ("organization", self._organization),
            "programs": ("program", self._program),
            "locations": ("location", self._location),
            "services": ("service", self._service),
            "contacts": ("contact", self._contact),
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
            content = self._source.table(stems[stem])
            content.report_to(self._report, table)
            self._remark_on_what_is_left_out(stem, content.rows)
            for row in content.rows:
                yield from make(row)
        for stem in stems.keys() - files.keys():
            problem = "is not one of Ohana's files; it was left out"
            self._report.errors.append(Problem(stems[stem], None, None, problem, "rename it if it should be read"))

    def _remark_on_what_is_left_out(self, stem: str, rows: tuple[Row, ...]) -> None:
        for column in _LEFT_OUT.get(stem, ()):
            first = next((row for row in rows if row.cells.get(column)), None)
            if first:
                problem = "has no place in the directory; it was left out"
                self._report.errors.append(Problem(first.file, first.line, column, problem, "nothing to do"))

    def _taxonomy(self, row: Row) -> Iterator[Draft]:
        if not self._terms:
            yield self._taxonomy_draft(row, _OPEN_ELIGIBILITY)
        code = row.cells.get("taxonomy_id", "")
        self._terms.add(code)
        yield _draft(
            row,
            "taxonomy_term",
            id=code,
            code=code,
            name=row.cells.get("name", ""),
            parent_id=row.cells.get("parent_id", ""),
            taxonomy=_OPEN_ELIGIBILITY,
            taxonomy_id=_OPEN_ELIGIBILITY,
        )

    def _taxonomy_draft(self, row: Row, name: str) -> Draft:
        return _draft(row, "taxonomy", id=name, name=name)

    def _organization(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        year = re.search(r"\b(1[6-9]|20)\d\d\b", cells.get("date_incorporated", ""))
        cells["year_incorporated"] = year[0] if year else ""
        yield Draft("organization", cells, row.file, row.line)
        yield from self._term_lists(row, "organization")

    def _program(self, row: Row) -> Iterator[Draft]:
        yield Draft("program", row.cells, row.file, row.line)

    def _location(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        location = cells.get("id", "")
        self._organization_of[location] = cells.get("organization_id", "")
        cells["location_type"] = "virtual" if cells.get("virtual", "").lower() in ("true", "t", "1", "yes") else "physical"
        cells["description"] = cells.get("description") or cells.get("short_desc", "")
        cells["url"] = cells.get("website", "")
        yield Draft("location", cells, row.file, row.line, {"url": "website"})
        for code in _list(cells.get("accessibility")):
            yield self._part(row, "accessibility", "location", code, description=_ACCESSIBILITY.get(code.lower(), code))
        for name in _list(cells.get("languages")):
            yield self._part(row, "language", "location", name, name=name)
        if cells.get("email"):
            yield self._part(row, "contact", "location", "email", email=cells["email"])
        yield from self._free_text_hours(row, "location")

    def _service(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        service, location = cells.get("id", ""), cells.get("location_id", "")
        # Of a location that is not there: a reference that cannot be followed, so that the report says so.
        unknown = f"of location {location}" if location else ""
        cells["organization_id"] = self._organization_of.get(location, unknown)
        cells["url"] = cells.get("website", "")
        cells["fees_description"] = cells.pop("fees", "")
        cells["eligibility_description"] = _sentences(cells.get("eligibility"), cells.get("audience"))
        for column in _TERM_LISTS:
            cells.pop(column, None)
        yield Draft("service", cells, row.file, row.line, _SERVICE_NAMES)
        yield _draft(row, "service_at_location", id=service, service_id=service, location_id=location)
        for name in _list(cells.get("languages")):
            yield self._part(row, "language", "service", name, name=name)
        for document in _list(cells.get("required_documents")):
            yield self._part(row, "required_document", "service", document, document=document)
        for area in _list(cells.get("service_areas")):
            # A bare name says neither which state nor what kind of area: it is shown, and excludes nobody.
            yield self._part(row, "service_area", "service", area, name=area, extent=area, extent_type="text")
        yield from self._term_lists(row, "service")
        for code in _list(row.cells.get("taxonomy_ids")):
            yield self._term_on(row, "service", "category", code, code)
        yield from self._free_text_hours(row, "service")

    def _contact(self, row: Row) -> Iterator[Draft]:
        yield Draft("contact", row.cells, row.file, row.line)

    def _physical_address(self, row: Row) -> Iterator[Draft]:
        yield self._address(row, "physical")

    def _mail_address(self, row: Row) -> Iterator[Draft]:
        yield self._address(row, "postal")

    def _address(self, row: Row, kind: str) -> Draft:
        number = row.cells.get("id", "")
        return Draft(
            "address",
            {**row.cells, "id": number and f"{kind}/{number}", "address_type": kind},
            row.file,
            row.line,
        )

    def _phone(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        prefix, number = cells.get("country_prefix", ""), cells.get("number", "")
        cells["number"] = f"{prefix} {number}" if prefix.startswith("+") and not number.startswith("+") else number
        cells["type"] = cells.get("number_type", "")
        cells["description"] = _sentences(cells.get("department"), cells.get("vanity_number"))
        yield Draft("phone", cells, row.file, row.line, {"type": "number_type"})

    def _schedule(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        cells["freq"] = "WEEKLY"
        weekday = cells.get("weekday", "")
        cells["byday"] = _WEEKDAYS.get(weekday.lower(), weekday or "(no weekday)")
        yield Draft("schedule", cells, row.file, row.line, {"byday": "weekday"})

    def _closure(self, row: Row) -> Iterator[Draft]:
        number = row.cells.get("id", "")
        what = "holidays and closures are not kept by this version"
        self._report.held_back.append(HeldBack("holiday_schedule", number, what))
        self._report.errors.append(Problem(row.file, row.line, None, what, "nothing to do"))
        return iter(())

    def _free_text_hours(self, row: Row, owner: str) -> Iterator[Draft]:
        if row.cells.get("hours"):
            yield self._part(row, "schedule", owner, "hours", description=row.cells["hours"])

    def _term_lists(self, row: Row, owner: str) -> Iterator[Draft]:
        for column, (link_type, taxonomy) in _TERM_LISTS.items():
            for name in _list(row.cells.get(column)):
                term = f"{taxonomy}/{name.lower()}"
                if taxonomy not in self._terms:
                    self._terms.add(taxonomy)
                    yield self._taxonomy_draft(row, taxonomy)
                if term not in self._terms:
                    self._terms.add(term)
                    yield _draft(row, "taxonomy_term", id=term, name=name, taxonomy=taxonomy, taxonomy_id=taxonomy)
                yield self._term_on(row, owner, link_type, term, name.lower())

    def _term_on(self, row: Row, owner: str, link_type: str, term: str, name: str) -> Draft:
        owner_id = row.cells.get("id", "")
        return _draft(
            row,
            "attribute",
            id=f"{owner}/{owner_id}/{link_type}/{name}",
            link_id=owner_id,
            link_entity=owner,
            link_type=link_type,
            taxonomy_term_id=term,
        )

    def _part(self, row: Row, table: str, owner: str, item: str, **cells: str) -> Draft:
        """A row made from one item in a cell of its owner's row."""
        owner_id = row.cells.get("id", "")
        return _draft(row, table, id=f"{owner}/{owner_id}/{item}", **{f"{owner}_id": owner_id}, **cells)


def _draft(row: Row, table: str, **cells: str) -> Draft:
    return Draft(table, cells, row.file, row.line)


def _list(cell: str | None) -> list[str]:
    """The items of a comma-separated cell, each once; a comma inside brackets does not separate."""
    items = [item.strip() for item in re.split(r",(?![^()]*\))", cell or "")]
    return list({item.lower(): item for item in reversed(items) if item}.values())[::-1]


def _sentences(*parts: str | None) -> str:
    """The texts one after the other, each once, with a full stop between them."""
    texts = list(dict.fromkeys(part for part in parts if part))
    return " ".join(text if text.endswith((".", "!", "?")) or text is texts[-1] else f"{text}." for text in texts)
