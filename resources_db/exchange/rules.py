"""What HSDS and our profile ask of a row beyond the kind of each value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import phonenumbers

from resources_db.exchange.languages import language_code
from resources_db.exchange.record import LINKS, TABLES


@dataclass(frozen=True)
class Fault:
    """What is wrong in a field. A fatal one holds the row back; else the row loads with the text as given."""

    field: str
    problem: str
    fix: str
    fatal: bool = True


REQUIRED: Mapping[str, tuple[str, ...]] = {
    "organization": ("name",),
    "program": ("name", "organization_id"),
    "service": ("name", "organization_id"),
    "service_at_location": ("service_id", "location_id"),
    "phone": ("number",),
    "taxonomy": ("name",),
    "taxonomy_term": ("name",),
    "cost_option": ("service_id",),
    "required_document": ("document",),
    "attribute": ("taxonomy_term_id", *LINKS["attribute"]),
    "translation": ("field_name", "language", "value", *LINKS["translation"]),
    "metadata": LINKS["metadata"],
}
# Without what they belong to, nobody would ever see them.
BELONGING = (
    "address",
    "contact",
    "phone",
    "schedule",
    "service_area",
    "language",
    "required_document",
    "accessibility",
)
DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "service": {"status": "active"},
    "location": {"location_type": "physical"},
    "address": {"address_type": "physical"},
    "translation": {"method": "person"},
    "metadata": {"last_action_type": "update"},
}
CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("service", "status"): ("active", "inactive", "defunct", "temporarily closed"),
    ("location", "location_type"): ("physical", "postal", "virtual"),
    ("address", "address_type"): ("physical", "postal", "virtual"),
    ("schedule", "freq"): ("WEEKLY", "MONTHLY"),
    ("schedule", "wkst"): ("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
    ("translation", "method"): ("person", "machine"),
    **{(table, LINKS[table][0]): TABLES for table in LINKS},
}
_WEB_FIELDS = ("url", "website", "schedule_link", "logo")
VERBATIM = (*_WEB_FIELDS, "uri", "term_uri", "email", "previous_value", "replacement_value")


def check(table: str, values: dict[str, Any]) -> list[Fault]:
    """What is wrong with a row's values taken together. Phones and languages are put in their standard form."""
    faults: list[Fault] = []
    if table in _CHECKS:
        _CHECKS[table](values, faults)
    return faults + _web_faults(values)


def short(raw: str) -> str:
    """The text, cut to what a report can quote."""
    return raw if len(raw) <= 60 else raw[:57] + "..."


def _check_location(values: dict[str, Any], faults: list[Fault]) -> None:
    for name, most in (("latitude", 90), ("longitude", 180)):
        given = values.get(name)
        if given is not None and abs(given) > most:
            fix = f"give degrees from -{most} to {most}; not a map's metres, and latitude first"
            faults.append(Fault(name, f'"{given:g}" is not on the globe', fix))
    _check_pair(values, faults, "latitude", "longitude")
    try:
        ZoneInfo(values.get("timezone") or "UTC")
    except (ValueError, OSError, KeyError):  # the last is ZoneInfoNotFoundError
        faults.append(Fault("timezone", "is not a time zone", "give an IANA name such as America/Los_Angeles"))


def _check_service(values: dict[str, Any], faults: list[Fault]) -> None:
    youngest, oldest = values.get("minimum_age"), values.get("maximum_age")
    for name in ("minimum_age", "maximum_age"):
        if values.get(name) is not None and not 0 <= values[name] <= 130:
            faults.append(Fault(name, f'"{values[name]:g}" is no age', "give years; 0.5 is six months"))
    if youngest is not None and oldest is not None and youngest > oldest:
        faults.append(Fault("maximum_age", "is below minimum_age", "swap or correct the two ages"))


def _check_schedule(values: dict[str, Any], faults: list[Fault]) -> None:
    _check_pair(values, faults, "opens_at", "closes_at")
    begins, ends = values.get("valid_from"), values.get("valid_to")
    if begins and ends and ends < begins:
        faults.append(Fault("valid_to", "is before valid_from", "swap or correct the two dates"))


def _check_pair(values: dict[str, Any], faults: list[Fault], *pair: str) -> None:
    missing = [name for name in pair if name in values and values[name] is None]
    given = [name for name in pair if values.get(name) is not None]
    if missing and given:
        faults.append(Fault(missing[0], f"is missing while {given[0]} is given", "give both or neither"))


def _check_phone(values: dict[str, Any], faults: list[Fault]) -> None:
    """E.164 when the number can be read, the extension beside it; else as it was given."""
    given = (values.get("number") or "").strip("\"' ")
    if not given or re.fullmatch(r"\d{3,6}", given):  # 211, 988 and the short codes of text lines
        return
    fault = Fault("number", f'"{short(given)}" is not a number that can be called', "correct it", fatal=False)
    try:
        number = phonenumbers.parse(given, "US")
    except phonenumbers.NumberParseException:
        faults.append(fault)
        return
    if not phonenumbers.is_possible_number(number):
        faults.append(fault)
        return
    values["number"] = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    values["extension"] = values.get("extension") or number.extension
    if not phonenumbers.is_valid_number(number):
        faults.append(fault)


def _check_language(values: dict[str, Any], faults: list[Fault]) -> None:
    code = language_code(values.get("code") or values.get("name") or "")
    if code:
        values["code"] = code


def _check_metadata(values: dict[str, Any], faults: list[Fault]) -> None:
    if values.get("last_action_date") in (None, ""):
        faults.append(Fault("last_action_date", "is missing", "give the date as YYYY-MM-DD"))
    for name in ("field_name", "previous_value", "replacement_value", "updated_by"):
        values.setdefault(name, "")


_CHECKS: Mapping[str, Callable[[dict[str, Any], list[Fault]], None]] = {
    "location": _check_location,
    "service": _check_service,
    "schedule": _check_schedule,
    "phone": _check_phone,
    "language": _check_language,
    "metadata": _check_metadata,
}


def _web_faults(values: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the web addresses of a row; one that would run a script holds the row back."""
    faults = []
    for name in _WEB_FIELDS:
        given = values.get(name)
        if not given:
            continue
        try:
            parts = urlsplit(given)
        except ValueError:
            parts = urlsplit("")
        if parts.scheme.lower() in ("javascript", "data", "vbscript", "file"):
            faults.append(Fault(name, f'"{short(given)}" is not a web address', "give one that starts with https://"))
        elif parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            fix = "give the whole address, starting with https://"
            faults.append(Fault(name, f'"{short(given)}" is not a web address', fix, fatal=False))
    return faults
