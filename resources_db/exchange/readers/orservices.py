"""The CSV export of ORServices: record ids, comma-separated ids in cells, tables that only link, hours in words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from resources_db.exchange.readers.drafting import Terms, draft, hours_in_words, listed, part, put_on, sentences
from resources_db.exchange.reading import Row, Source
from resources_db.exchange.record import Draft
from resources_db.exchange.report import Notes

NAME = "ORServices CSV (services.csv with service_recordid)"

# What is read from each table, by the name that is left when its own is taken off: "service_url" is "url".
_COLUMNS: Mapping[str, str] = {
    "taxonomy_terms": "recordid name parent_name taxonomy vocabulary x_description language",
    "organizations": """id recordid name alternate_name description email url tax_status tax_id year_incorporated legal_status
        parent_organization phones facebook_url twitter_url instagram_url logo""",
    "programs": "id recordid organization_id name alternate_name description services",
    "locations": """id recordid organization_id name alternate_name description transportation latitude longitude services
        phones details schedule address""",
    "services": """recordid name alternate_name organization description locations url email status taxonomy application_process
        wait_time fees accreditations licenses phones schedule program language interpretation eligibility_description
        minimum_age maximum_age alert""",
    "services_at_location": "id service_id location_id description",
    "physical_addresses": """id recordid location_id attention address_1 address_2 address_3 address_4 city region state_province
        postal_code country""",
    "phones": "id recordid location_id service_id organization_id contact_id number extension type language description",
    "schedules": """id recordid name service_id location_id weekday opens closes valid_from valid_to dtstart until
        schedule_holiday schedule_closed open_24_hours description""",
    "languages": "id service_id location_id language recordid",
    "accessibility_for_disabilities": "id location_id accessibility details",
    "service_areas": "id service_id service_area description",
    "service_attributes": "id service_id taxonomy_term_id",
    "location_addresses": "id location_recordid address_recordid created_at updated_at",
    "location_phones": "id location_recordid phone_recordid created_at updated_at",
    "service_phones": "id service_recordid phone_recordid created_at updated_at",
}
_PREFIXES = {
    "taxonomy_terms": "taxonomy",
    "organizations": "organization",
    "programs": "program",
    "locations": "location",
    "services": "service",
    "physical_addresses": "address",
    "phones": "phone",
    "languages": "language",
}
_SITES = {"facebook_url": "Facebook", "twitter_url": "Twitter", "instagram_url": "Instagram"}
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def looks_right(source: Source) -> bool:
    """Whether services have record ids."""
    stems = source.by_stem()
    return "services" in stems and "service_recordid" in source.columns(stems["services"])


def read(source: Source, notes: Notes) -> Iterator[Draft]:
    """Every row as one or more HSDS rows. What belongs to several owners is a row for each of them.

    In memory: the ids of organizations, services and locations, and which phones, hours, addresses and terms are whose.
    """
    return _Reader(source, notes).drafts()


Owner = tuple[str, str]  # the table and the id


class _Reader:
    def __init__(self, source: Source, notes: Notes) -> None:
        self._source = source
        self._notes = notes
        self._stems = source.by_stem()
        self._terms = Terms()
        self._told: set[tuple[str, str]] = set()
        self._counted: Counter[tuple[str, str, str]] = Counter()
        # Of phones, schedules and addresses: who says that they are theirs, beside their own row.
        self._owners: dict[Owner, list[Owner]] = defaultdict(list)
        self._ids: dict[str, set[str]] = defaultdict(set)
        self._organization_of: dict[str, str] = {}
        self._programs_of: dict[str, list[str]] = defaultdict(list)
        self._places: dict[tuple[str, str], Row] = {}
        self._languages: dict[str, str] = {}
        self._categories: set[tuple[str, str]] = set()

    def drafts(self) -> Iterator[Draft]:
        self._look_ahead()
        files: dict[str, tuple[str, Callable[[Row], Iterator[Draft]]]] = {
            "taxonomy_terms": ("taxonomy_term", self._term),
            "organizations": ("organization", self._organization),
            "programs": ("program", self._program),
            "locations": ("location", self._location),
            "services": ("service", self._service),
            "services_at_location": ("service_at_location", self._service_at_location),
            "physical_addresses": ("address", self._address),
            "phones": ("phone", self._phone),
            "schedules": ("schedule", self._schedule),
            "languages": ("language", self._language),
            "accessibility_for_disabilities": ("accessibility", self._accessibility),
            "service_areas": ("service_area", self._service_area),
            "service_attributes": ("attribute", self._attribute),
        }
        for stem, (table, make) in files.items():
            for row in self._rows(stem, table, self._notes):
                yield from make(row)
            if stem == "services_at_location":
                yield from self._other_places()
        for path in (*self._stems.values(), *self._source.json_paths()):
            if path not in {self._stems.get(stem) for stem in _COLUMNS}:
                what = "is not one of ORServices' tables that are read; it was left out"
                self._notes.remark(path, None, None, what, "rename it if it should be read")
        for (path, column, what), count in self._counted.items():
            self._notes.remark(path, None, column or None, what.format(count=f"{count:,}"), "nothing to do")

    def _rows(self, stem: str, table: str, notes: Notes | None) -> Iterator[Row]:
        """The rows of a file with plain column names; ``notes`` takes what cannot be read and what has no place."""
        path = self._stems.get(stem)
        if path is None:
            return
        prefix, known = f"{_PREFIXES.get(stem, '')}_", set(_COLUMNS[stem].split())
        for row in self._source.rows(path, notes or Notes(), table):
            cells = {}
            for column, value in row.cells.items():
                short = column.removeprefix(prefix)
                # "taxonomy_id" is another id than the record's.
                name = short if short in known and short != "id" and short not in row.cells else column
                if name in known:
                    cells[name] = value
                elif value and notes and (path, column) not in self._told:
                    self._told.add((path, column))
                    self._notes.remark(path, row.line, column, "has no place in the directory; it was left out", "nothing to do")
            if cells.get("recordid") and stem != "languages":
                cells["id"] = cells["recordid"]
            yield Row(row.file, row.line, cells)

    def _look_ahead(self) -> None:
        """Learn what belongs to what: it is said on either side, in lists of ids and in tables of pairs."""
        tables = {"organizations": "organization", "locations": "location", "services": "service", "contacts": "contact"}
        for stem, table in tables.items():
            for row in self._rows(stem, table, None):
                row_id = row.cells.get("id", "")
                self._ids[table].add(row_id)
                for column, what in (("phones", "phone"), ("schedule", "schedule"), ("address", "address")):
                    for part_id in listed(row.cells.get(column)):
                        self._owners[what, part_id].append((table, row_id))
                if table == "service":
                    self._organization_of[row_id] = next(iter(listed(row.cells.get("organization"))), "")
                    self._programs_of[row_id].extend(listed(row.cells.get("program")))
                    self._places.update(
                        ((row_id, place), Row(row.file, row.line, {})) for place in listed(row.cells.get("locations"))
                    )
                if table == "location":
                    self._places.update(
                        ((service, row_id), Row(row.file, row.line, {})) for service in listed(row.cells.get("services"))
                    )
        for stem, owner, what in (
            ("location_addresses", "location", "address"),
            ("location_phones", "location", "phone"),
            ("service_phones", "service", "phone"),
        ):
            for row in self._rows(stem, what, None):
                pair = row.cells.get(f"{what}_recordid", ""), row.cells.get(f"{owner}_recordid", "")
                self._owners[what, pair[0]].append((owner, pair[1]))
        for row in self._rows("service_attributes", "attribute", None):
            self._categories.add((row.cells.get("service_id", ""), row.cells.get("taxonomy_term_id", "")))
        for row in self._rows("programs", "program", None):
            for service in listed(row.cells.get("services")):
                self._programs_of[service].append(row.cells.get("id", ""))
        for row in self._rows("languages", "language", None):
            for name in ("id", "recordid"):
                self._languages[row.cells.get(name, "")] = row.cells.get("language", "")

    def _term(self, row: Row) -> Iterator[Draft]:
        parents, vocabulary = listed(row.cells.get("parent_name")), row.cells.get("vocabulary", "")
        self._tell_if_several(row, "taxonomy_parent_name", parents)
        if vocabulary:
            yield from self._terms.taxonomy(row, vocabulary)
        yield draft(
            row,
            "taxonomy_term",
            id=row.cells.get("id", ""),
            name=row.cells.get("name", ""),
            description=row.cells.get("x_description", ""),
            parent_id=parents[0] if parents else "",
            taxonomy=vocabulary or row.cells.get("taxonomy", ""),
            taxonomy_id=vocabulary,
            language=row.cells.get("language", ""),
        )

    def _organization(self, row: Row) -> Iterator[Draft]:
        cells = {**row.cells, "website": row.cells.get("url", "")}
        cells["parent_organization_id"] = row.cells.get("parent_organization", "")
        yield Draft(
            "organization", cells, row.file, row.line, {"website": "url", "parent_organization_id": "parent_organization"}
        )
        for column, label in _SITES.items():
            address = row.cells.get(column, "")
            if address.startswith("@"):
                address = f"https://{label.lower()}.com/{address[1:]}"
            elif address and "://" not in address:
                address = f"https://{address}"
            if address:
                yield part(row, "url", "organization", label, label=label, url=address)

    def _program(self, row: Row) -> Iterator[Draft]:
        """A program without an organization is that of its services, where they have one and the same."""
        theirs = {self._organization_of.get(service, "") for service in listed(row.cells.get("services"))} - {""}
        organization = row.cells.get("organization_id") or (theirs.pop() if len(theirs) == 1 else "")
        yield Draft("program", {**row.cells, "organization_id": organization}, row.file, row.line)

    def _location(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        if cells.get("organization_id") == "0":
            cells["organization_id"] = ""
        details = cells.pop("details", "")
        if details and re.fullmatch(r"[\d,\s]+", details):
            self._counted[row.file, "location_details", "{count} cells name details that are not in the export"] += 1
            details = ""
        cells["description"] = sentences(cells.get("description"), details)
        yield Draft("location", cells, row.file, row.line)

    def _service(self, row: Row) -> Iterator[Draft]:
        cells, service = dict(row.cells), row.cells.get("id", "")
        organizations, programs = listed(cells.get("organization")), list(dict.fromkeys(self._programs_of.get(service, ())))
        self._tell_if_several(row, "service_organization", organizations)
        self._tell_if_several(row, "service_program", programs)
        cells["organization_id"] = organizations[0] if organizations else ""
        cells["program_id"] = programs[0] if programs else ""
        cells["fees_description"] = cells.pop("fees", "")
        cells["interpretation_services"] = cells.pop("interpretation", "")
        status = cells.get("status", "")
        if re.fullmatch(r"\d+|verified", status, re.I):
            # How far the site's own checking has come. It does not say that the service has ended.
            self._counted[row.file, "service_status", "{count} cells have a code of the site's own; read as active"] += 1
            cells["status"] = ""
        names = {"organization_id": "service_organization", "program_id": "service_program"}
        yield Draft("service", cells, row.file, row.line, names)
        for term in listed(row.cells.get("taxonomy")):
            if (service, term) not in self._categories:
                yield put_on(row, "service", service, "category", term)
        for language in listed(row.cells.get("language")):
            yield part(row, "language", "service", language, name=self._languages.get(language, language))

    def _service_at_location(self, row: Row) -> Iterator[Draft]:
        yield Draft("service_at_location", row.cells, row.file, row.line)
        self._places.pop((row.cells.get("service_id", ""), row.cells.get("location_id", "")), None)

    def _other_places(self) -> Iterator[Draft]:
        """The services at places that only lists of ids tell of."""
        for (service, location), row in self._places.items():
            if service in self._ids["service"] and location in self._ids["location"]:
                row_id = f"{service}/{location}"
                yield draft(row, "service_at_location", id=row_id, service_id=service, location_id=location)
            else:
                self._counted[
                    row.file, "", "{count} services at a place are listed whose row is not in the export; left out"
                ] += 1

    def _address(self, row: Row) -> Iterator[Draft]:
        further = [row.cells.get(column, "") for column in ("address_2", "address_3", "address_4")]
        cells = {**row.cells, "address_2": ", ".join(filter(None, further)), "address_type": "physical"}
        yield from self._for_each_owner("address", row, cells, ("location",))

    def _phone(self, row: Row) -> Iterator[Draft]:
        cells = dict(row.cells)
        if re.fullmatch(r"\d+|null", cells.get("type", "")):
            self._counted[row.file, "type", "{count} cells have a code of the site's own; left out"] += 1
            cells["type"] = ""
        cells["extension"] = re.sub(r"^x\s*(?=\d)", "", cells.get("extension", ""))
        languages = listed(cells.pop("language", ""))
        for phone in self._for_each_owner("phone", row, cells, ("service", "location", "organization", "contact")):
            yield phone
            for language in languages:
                name = self._languages.get(language, language)
                yield draft(row, "language", id=f"phone/{phone.cells['id']}/{language}", phone_id=phone.cells["id"], name=name)

    def _schedule(self, row: Row) -> Iterator[Draft]:
        cells = row.cells
        kept = {name: cells.get(name, "") for name in ("valid_from", "valid_to", "dtstart", "until")}
        kept = {"id": cells.get("id", ""), **{name: value for name, value in kept.items() if value}}
        if cells.get("schedule_holiday"):
            dates = {"start_date": cells.get("dtstart", ""), "end_date": cells.get("until", "")}
            closed = "true" if cells.get("schedule_closed") or cells.get("opens") == "Closed" else ""
            holiday = {"id": kept["id"], "closed": closed, **dates}
            names = {"start_date": "dtstart", "end_date": "until"}
            for one in self._for_each_owner("schedule", row, holiday, ("service", "location")):
                yield Draft("holiday_schedule", one.cells, row.file, row.line, names)
            return
        text = _hours(cells)
        if not text:
            said = "only say when it is closed, as the days without hours do" if cells.get("opens") else "have no hours"
            self._counted[row.file, "opens", f"{{count}} rows {said}; left out"] += 1
            return
        if cells.get("name"):
            kept["notes"] = cells["name"]
        for number, rule in enumerate(hours_in_words(row, "service", text)):
            words = {name: value for name, value in rule.cells.items() if name not in ("id", "service_id")}
            row_id = kept["id"] if number == 0 else kept["id"] and f"{kept['id']}/{number}"
            yield from self._for_each_owner("schedule", row, {**kept, **words, "id": row_id}, ("service", "location"))

    def _language(self, row: Row) -> Iterator[Draft]:
        """Of a service or a place; the rows of neither are the list that other tables' codes are from."""
        cells = {**row.cells, "name": row.cells.get("language", "")}
        yield Draft("language", cells, row.file, row.line, {"name": "language"})

    def _accessibility(self, row: Row) -> Iterator[Draft]:
        cells = {**row.cells, "description": row.cells.get("accessibility", "")}
        yield Draft("accessibility", cells, row.file, row.line, {"description": "accessibility"})

    def _service_area(self, row: Row) -> Iterator[Draft]:
        cells = {**row.cells, "name": row.cells.get("service_area", "")}
        yield Draft("service_area", cells, row.file, row.line, {"name": "service_area"})

    def _attribute(self, row: Row) -> Iterator[Draft]:
        yield put_on(row, "service", row.cells.get("service_id", ""), "category", row.cells.get("taxonomy_term_id", ""))

    def _for_each_owner(self, table: str, row: Row, cells: Mapping[str, str], owners: Iterable[str]) -> Iterator[Draft]:
        """The row, and a copy of it for each owner that has no room in it: HSDS has one of a kind in a row.

        Its own columns count where they name one owner that there is; where nobody owns it they are left as they are,
        for the loader to hold it back.
        """
        home = {owner: listed(row.cells.get(f"{owner}_id")) for owner in owners}
        single = {owner: ids[0] for owner, ids in home.items() if len(ids) == 1 and ids[0] in self._ids[owner]}
        others: dict[Owner, None] = {(owner, one): None for owner, ids in home.items() for one in ids}
        others |= dict.fromkeys(found for found in self._owners.get((table, row.cells.get("id", "")), ()) if found[0] in home)
        for owner, one in [owner for owner in others if owner[1] not in self._ids[owner[0]]]:
            what = "{count} times one is named whose row is not in the export; left out"
            self._counted[row.file, f"{owner}_id", what] += 1
            if len(others) > 1 or single:
                del others[owner, one]
        row_id = cells.get("id", "")
        bare = {**{name: value for name, value in cells.items() if name not in {f"{owner}_id" for owner in home}}, "id": row_id}
        if single or not others:
            yield draft(row, table, **bare, **{f"{owner}_id": one for owner, one in single.items()})
        for owner, one in others:
            if single.get(owner) != one:
                yield draft(row, table, **{**bare, "id": row_id and f"{row_id}/{owner}/{one}", f"{owner}_id": one})

    def _tell_if_several(self, row: Row, column: str, values: list[str]) -> None:
        if len(values) > 1:
            what = f"names {len(values)} where HSDS has room for one; the first was kept"
            self._notes.remark(row.file, row.line, column, what, "name the one that counts first")


def _hours(cells: Mapping[str, str]) -> str:
    """A row's hours in words; none when all it says is that it is closed."""
    opens, closes = cells.get("opens", ""), cells.get("closes", "")
    if around_the_clock := listed(cells.get("open_24_hours")):
        days = [_DAYS[int(day) - 1] for day in around_the_clock if re.fullmatch("[1-7]", day)]
        return f"{', '.join(days)} 24 hours"
    if opens.lower() == "closed" and not cells.get("description"):
        return ""
    if opens.lower() == "24 hours":
        return f"{cells.get('weekday', '')} 24 hours".strip()
    times = " - ".join(filter(None, [opens, closes]))
    return sentences(f"{cells.get('weekday', '')} {times}".strip(), cells.get("description"))
