"""The tables of HSDS 3.1 and of our profile, described once: fields in the schema's order, what nests in what, file names.

The profile is marked as such: its columns come after a table's own fields, and its tables after the 24 of HSDS.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

HSDS_VERSION = "3.1"

Nesting = Literal["many", "one", "linked"]


@dataclass(frozen=True)
class Nested:
    """A field that holds other rows.

    many: rows of `table` whose `key` is this row's id. one: the row of `table` that this row's `key` names.
    linked: rows of `table` whose `key` is this row's id and whose `entity` is the name of this row's table.
    """

    name: str
    table: str
    nesting: Nesting
    key: str
    entity: str = ""


@dataclass(frozen=True)
class HsdsTable:
    """`fields` are columns and nested rows in the order of the schema, the profile's last; `file` is the table's CSV.

    `required` are the columns that HSDS wants in every JSON object. `profile` are the columns that are ours.
    """

    name: str
    file: str
    fields: tuple[str | Nested, ...]
    required: frozenset[str]
    profile: tuple[str, ...] = ()
    is_profile: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the tabular form, the profile's last."""
        return tuple(field for field in self.fields if isinstance(field, str))

    @property
    def nested(self) -> tuple[Nested, ...]:
        return tuple(field for field in self.fields if isinstance(field, Nested))


# Each table: its file, then its fields. A star marks a column that HSDS requires, "name:table" many rows of a table,
# "name=table" the one row that the column <table>_id names, "+" what can be put on any record, "-" that without attributes
# (HSDS has none there), "~" its history only; "|" begins the profile.
_HSDS = """
organization organizations.csv: id* name* alternate_name description* email website additional_websites:url tax_status tax_id
    year_incorporated legal_status logo uri parent_organization_id funding:funding contacts:contact phones:phone
    locations:location programs:program organization_identifiers:organization_identifier + services:service | is_sample
program programs.csv: id* organization_id name* alternate_name description* +
service services.csv: id* organization_id program_id name* alternate_name description url additional_urls:url email status*
    interpretation_services application_process fees_description wait_time fees accreditations eligibility_description
    minimum_age maximum_age assured_date assurer_email licenses alert last_modified phones:phone schedules:schedule
    service_areas:service_area service_at_locations:service_at_location languages:language organization=organization
    funding:funding cost_options:cost_option program=program required_documents:required_document contacts:contact
    capacities:service_capacity + | alert_expires_on holiday_schedules:holiday_schedule
attribute attributes.csv: id* link_id taxonomy_term_id link_type link_entity value taxonomy_term=taxonomy_term - label
service_at_location service_at_location.csv: id* service_id location_id description service_areas:service_area
    contacts:contact phones:phone schedules:schedule location=location + service=service | holiday_schedules:holiday_schedule
location locations.csv: id* location_type* url organization_id name alternate_name description transportation latitude longitude
    external_identifier external_identifier_type languages:language addresses:address contacts:contact
    accessibility:accessibility phones:phone schedules:schedule + | confidential public_note timezone
    holiday_schedules:holiday_schedule
phone phones.csv: id* location_id service_id organization_id contact_id service_at_location_id number* extension type description
    languages:language +
contact contacts.csv: id* organization_id service_id service_at_location_id location_id name title department email phones:phone +
address addresses.csv: id* location_id attention address_1* address_2 city* region state_province* postal_code* country*
    address_type* +
schedule schedules.csv: id* service_id location_id service_at_location_id valid_from valid_to dtstart timezone until count wkst
    freq interval byday byweekno bymonthday byyearday description opens_at closes_at schedule_link attending_type notes +
funding funding.csv: id* organization_id service_id source +
service_area service_areas.csv: id* service_id service_at_location_id name description extent extent_type uri +
required_document required_documents.csv: id* service_id document uri +
language languages.csv: id* service_id location_id phone_id name code note +
accessibility accessibility.csv: id* location_id description details url +
taxonomy_term taxonomy_terms.csv: id* code name* description* parent_id taxonomy taxonomy_detail=taxonomy language taxonomy_id
    term_uri -
metadata metadata.csv: id* resource_id resource_type last_action_date* last_action_type* field_name* previous_value*
    replacement_value* updated_by*
meta_table_description meta_table_descriptions.csv: id* name language character_set +
cost_option cost_options.csv: id* service_id valid_from valid_to option currency amount amount_description +
organization_identifier organization_identifiers.csv: id* organization_id identifier_scheme identifier_type* identifier* +
taxonomy taxonomies.csv: id* name* description* uri version -
service_capacity service_capacity.csv: id* service_id unit=unit unit_id available* maximum description updated* + | expires_at
unit units.csv: id* name* scheme identifier uri +
url url.csv: id* label url* organization_id service_id +
"""
_PROFILE = """
holiday_schedule holiday_schedules.csv: id* service_id location_id service_at_location_id closed* opens_at closes_at start_date*
    end_date* description +
translation translations.csv: id* resource_type resource_id field_name* language* value* method* translated_by ~
verification verifications.csv: id* resource_type resource_id verified_at* verified_by* method* fields result* note ~
"""

_ATTRIBUTES = Nested("attributes", "attribute", "linked", "link_id", "link_entity")
_METADATA = Nested("metadata", "metadata", "linked", "resource_id", "resource_type")
_TRANSLATIONS = Nested("translations", "translation", "linked", "resource_id", "resource_type")
_VERIFICATIONS = Nested("verifications", "verification", "linked", "resource_id", "resource_type")


def _read(text: str, is_profile: bool) -> Iterator[HsdsTable]:
    for entry in text.replace("\n    ", " ").strip().splitlines():
        head, _, words = entry.partition(": ")
        name, file = head.split()
        own, _, ours = words.partition("|")
        fields = [field for word in own.split() for field in _fields(name, word)]
        ours_read = [field for word in ours.split() for field in _fields(name, word)]
        linked = [_TRANSLATIONS, _VERIFICATIONS] if {"+", "-"} & set(own.split()) else []
        yield HsdsTable(
            name, file, (*fields, *ours_read, *linked),
            required=frozenset(word[:-1] for word in own.split() if word.endswith("*")),
            profile=tuple(field for field in ours_read if isinstance(field, str)),
            is_profile=is_profile,
        )  # fmt: skip


def _fields(owner: str, word: str) -> list[str | Nested]:
    if word == "+":
        return [_ATTRIBUTES, _METADATA]
    if word in ("-", "~"):
        return [_METADATA]
    name, many, table = word.partition(":")
    if many:
        return [Nested(name, table, "many", f"{owner}_id")]
    name, one, table = word.partition("=")
    if one:
        return [Nested(name, table, "one", f"{table}_id")]
    return [word.rstrip("*")]


#: By name: the 24 of HSDS in the order of its data package, then ours.
TABLES = {table.name: table for text, ours in ((_HSDS, False), (_PROFILE, True)) for table in _read(text, ours)}

__all__ = ["HSDS_VERSION", "TABLES", "HsdsTable", "Nested"]
