"""What HSDS and our profile ask of a row beyond the kind of each value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import phonenumbers

from resources_db.exchange.languages import language_code
from resources_db.exchange.record import LINKS, TABLES
from resources_db.models.service import STATUSES


@dataclass(frozen=True)
class Fault:
    """What is wrong in a field. A fatal one holds the row back; else the row loads, as the problem says."""

    field: str
    problem: str
    fix: str
    fatal: bool = True
    remark: bool = False
    """Worth knowing, though nothing needs to be mended."""


REQUIRED: Mapping[str, tuple[str, ...]] = {
    "organization": ("name",),
    "program": ("name", "organization_id"),
    "service": ("name", "organization_id"),
    "service_at_location": ("service_id", "location_id"),
    "phone": ("number",),
    "organization_identifier": ("organization_id", "identifier"),
    "url": ("url",),
    "unit": ("name",),
    "service_capacity": ("service_id", "unit_id", "available", "updated"),
    "holiday_schedule": ("start_date", "end_date"),
    "taxonomy": ("name",),
    "taxonomy_term": ("name",),
    "cost_option": ("service_id",),
    "required_document": ("document",),
    "attribute": ("taxonomy_term_id", *LINKS["attribute"]),
    "translation": ("field_name", "language", "value", *LINKS["translation"]),
    "verification": ("verified_at", "method", "result", *LINKS["verification"]),
    "metadata": ("last_action_date", *LINKS["metadata"]),
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
    "url",
    "funding",
    "holiday_schedule",
)
# Rows that say something false, or nothing, with one value left out: hours without their days, a count without its date.
_INDIVISIBLE = ("schedule", "holiday_schedule", "service_capacity", "verification", "translation", "metadata")
_WORDS = ("description", "notes", "note", "schedule_link", "attending_type")


def is_vital(table: str, column: str) -> bool:
    """Whether a row whose value in this column cannot be read is held back; else it loads without the value."""
    if table in _INDIVISIBLE:
        return column not in _WORDS
    return column in REQUIRED.get(table, ()) or (table, column) in CHOICES or column in ("confidential", "is_sample")


DEFAULTS: Mapping[str, Mapping[str, str]] = {
    "service": {"status": "active"},
    "location": {"location_type": "physical"},
    "address": {"address_type": "physical"},
    "translation": {"method": "person"},
    "metadata": {"last_action_type": "update"},
}
CHOICES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("service", "status"): STATUSES,
    ("location", "location_type"): ("physical", "postal", "virtual"),
    ("address", "address_type"): ("physical", "postal", "virtual"),
    ("schedule", "freq"): ("WEEKLY", "MONTHLY"),
    ("schedule", "wkst"): ("MO", "TU", "WE", "TH", "FR", "SA", "SU"),
    ("translation", "method"): ("person", "machine"),
    ("verification", "method"): ("call", "visit", "email", "site", "provider", "import", "family_report"),
    ("verification", "result"): ("confirmed", "corrected", "unreachable", "closed"),
    **{(table, LINKS[table][0]): TABLES for table in LINKS},
}
POINT = ("latitude", "longitude")
# "www.example.org", "example.org/help": in a field for web addresses these can be nothing else. Two in one cell are none.
_WITHOUT_SCHEME = re.compile(
    r"(?!.+(?:www\.|https?:))(?:www(?:\.[a-z0-9-]+)+\.[a-z]{2,}|(?:[a-z0-9-]+\.)+(?:com|coop|edu|gov|info|net|org|us))"
    r"(?::\d+)?(?:[/?#]\S*)?",
    re.IGNORECASE,
)
_WEB_FIELDS = ("url", "website", "schedule_link", "logo")
VERBATIM = (*_WEB_FIELDS, "uri", "term_uri", "email", "previous_value", "replacement_value")


def check(table: str, values: dict[str, Any], faults: list[Fault]) -> None:
    """Add what is wrong with a row's values taken together; ``faults`` has what is wrong with each.

    Phones and languages are put in their standard form, and what cannot be true is left out.
    """
    if table in _CHECKS:
        _CHECKS[table](values, faults)
    _check_web_addresses(table, values, faults)


def short(raw: str) -> str:
    """The text, cut to what a report can quote."""
    return raw if len(raw) <= 60 else raw[:57] + "..."


def _check_location(values: dict[str, Any], faults: list[Fault]) -> None:
    if any(fault.field in POINT for fault in faults) or _only_one(values, faults, *POINT, fatal=False):
        values["latitude"] = values["longitude"] = None
    try:
        ZoneInfo(values.get("timezone") or "UTC")
    except (ValueError, OSError, KeyError):  # the last is ZoneInfoNotFoundError
        what = f'"{short(values["timezone"])}" is not a time zone; it was left out'
        faults.append(Fault("timezone", what, "give an IANA name such as America/Los_Angeles", fatal=False))
        values["timezone"] = None


def _check_service(values: dict[str, Any], faults: list[Fault]) -> None:
    for name in ("minimum_age", "maximum_age"):
        if values.get(name) is not None and not 0 <= values[name] <= 130:
            what = f'"{values[name]:g}" is no age; it was left out'
            faults.append(Fault(name, what, "give years; 0.5 is six months", fatal=False))
            values[name] = None
    youngest, oldest = values.get("minimum_age"), values.get("maximum_age")
    if youngest is not None and oldest is not None and youngest > oldest:
        what = f"{oldest:g} is below minimum_age {youngest:g}; both were left out"
        faults.append(Fault("maximum_age", what, "swap or correct the two ages", fatal=False))
        values["minimum_age"] = values["maximum_age"] = None


def _check_schedule(values: dict[str, Any], faults: list[Fault]) -> None:
    _only_one(values, faults, "opens_at", "closes_at")
    _in_order(values, faults, "valid_from", "valid_to")


def _check_holiday(values: dict[str, Any], faults: list[Fault]) -> None:
    _only_one(values, faults, "opens_at", "closes_at")
    _in_order(values, faults, "start_date", "end_date")
    if not values.get("closed") and not values.get("opens_at"):
        faults.append(Fault("closed", "is not true, and there are no hours", "give true, or opens_at and closes_at"))


def _check_capacity(values: dict[str, Any], faults: list[Fault]) -> None:
    for name in ("available", "maximum"):
        if (values.get(name) or 0) < 0:
            faults.append(Fault(name, f'"{values[name]:g}" is less than nothing', "give 0 or more"))


def _only_one(values: dict[str, Any], faults: list[Fault], *pair: str, fatal: bool = True) -> bool:
    missing = [name for name in pair if name in values and values[name] is None]
    given = [name for name in pair if values.get(name) is not None]
    if any(fault.field in pair for fault in faults):
        return False
    if missing and given:
        what = f"is missing while {given[0]} is given"
        faults.append(Fault(missing[0], what, "give both or neither", fatal))
    return bool(missing and given)


def _in_order(values: dict[str, Any], faults: list[Fault], first: str, last: str) -> None:
    begins, ends = values.get(first), values.get(last)
    if begins and ends and ends < begins:
        faults.append(Fault(last, f"is before {first}", "swap or correct the two dates"))


def _check_phone(values: dict[str, Any], faults: list[Fault]) -> None:
    """E.164 when the number can be read, the extension beside it; else as it was given."""
    given = (values.get("number") or "").strip("\"' ")
    if not given or re.fullmatch(r"\d{3,6}", given):  # 211, 988 and the short codes of text lines
        return
    number, extension, callable_ = _phone_number(given)
    if number:
        values["number"] = number
        if extension and not values.get("extension"):
            values["extension"] = extension
    if not callable_:
        what = f'"{short(given)}" is not a number that can be called'
        faults.append(Fault("number", what, "correct it", fatal=False))


@lru_cache(maxsize=4096)
def _phone_number(given: str) -> tuple[str | None, str | None, bool]:
    """(E.164 or None when it cannot be read, extension, whether such a number can exist)."""
    try:
        number = phonenumbers.parse(given, "US")
    except phonenumbers.NumberParseException:
        return None, None, False
    if not phonenumbers.is_possible_number(number):
        return None, None, False
    in_full = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return in_full, number.extension, phonenumbers.is_valid_number(number)


def _check_language(values: dict[str, Any], faults: list[Fault]) -> None:
    code = language_code(values.get("code") or values.get("name") or "")
    if code:
        values["code"] = code


def _check_metadata(values: dict[str, Any], faults: list[Fault]) -> None:
    for name in ("field_name", "previous_value", "replacement_value", "updated_by"):
        values.setdefault(name, "")


_CHECKS: Mapping[str, Callable[[dict[str, Any], list[Fault]], None]] = {
    "location": _check_location,
    "service": _check_service,
    "schedule": _check_schedule,
    "holiday_schedule": _check_holiday,
    "service_capacity": _check_capacity,
    "phone": _check_phone,
    "language": _check_language,
    "metadata": _check_metadata,
}


def _check_web_addresses(table: str, values: dict[str, Any], faults: list[Fault]) -> None:
    """One that only lacks its "http://" gets it, one that would run a script is left out, what looks like none is told of."""
    if values.keys().isdisjoint(_WEB_FIELDS):
        return
    for name in _WEB_FIELDS:
        given = values.get(name)
        if not given:
            continue
        if _WITHOUT_SCHEME.fullmatch(given):
            values[name] = f"http://{given}"
            continue
        try:
            parts = urlsplit(given)
        except ValueError:
            parts = urlsplit("")
        fix = "give the whole address, starting with https://"
        what = f'"{short(given)}" is not a web address'
        if parts.scheme.lower() in ("javascript", "data", "vbscript", "file"):
            faults.append(Fault(name, f"{what}; it was left out", fix, fatal=is_vital(table, name)))
            values[name] = None
        elif parts.scheme.lower() not in ("http", "https") or not parts.hostname:
            faults.append(Fault(name, what, fix, fatal=False))
