"""What a request may ask for: one table that the requests are read by and the OpenAPI document is written from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from typing import Any, Literal

from jsonschema import Draft202012Validator

from resources_db.database import UNKEEPABLE
from resources_db.hsds import Kind
from resources_db.models.service import SHOWN, STATUSES
from resources_db.taxonomy.needs import load_needs
from resources_db.web.api.problems import Problem

Schema = dict[str, Any]
Given = dict[str, Any]

DEFAULT_PER_PAGE = 50
DEFAULT_RADIUS_METERS = 40_000

_TEXT: Schema = {"type": "string", "maxLength": 200, "pattern": r"^[^\u0000]*$"}
_ID: Schema = {"type": "string", "maxLength": 100, "pattern": r"^[^\u0000]*$"}
_PLACE: Schema = {"type": "string", "maxLength": 200, "pattern": r"^[^\u0000]+$"}
_NUMBER = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")
_LATITUDE = r"[+-]?(90(\.0{1,15})?|[0-8]?[0-9](\.[0-9]{1,15})?)"
_LONGITUDE = r"[+-]?(180(\.0{1,15})?|(1[0-7][0-9]|[0-9]{1,2})(\.[0-9]{1,15})?)"


@dataclass(frozen=True)
class Parameter:
    """`schema` is the JSON Schema of the value; `core` parameters are HSDS's own, the others our profile's."""

    name: str
    description: str
    schema: Schema = field(hash=False)
    core: bool = False

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return Draft202012Validator(self.schema)

    @property
    def is_list(self) -> bool:
        return self.schema.get("type") == "array"

    def as_property(self) -> Schema:
        """As a field of a JSON body."""
        return {**self.schema, "description": self.description}

    def as_openapi(self) -> Schema:
        """As a parameter in the query string."""
        return {"name": self.name, "in": "query", "required": False, "description": self.description, "schema": self.schema}

    def from_text(self, texts: list[str]) -> Any:
        """The value that a query string gives; text that is no such value stays text, for `checked` to refuse."""
        if self.is_list:
            return texts
        if len(texts) > 1:
            raise self._refused("It may be given only once.")
        text = texts[0]
        kind = self.schema.get("type")
        if kind == "boolean":
            return {"true": True, "false": False}.get(text.casefold(), text)
        if kind == "integer" and re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            return int(text)
        if kind == "number" and _NUMBER.fullmatch(text):
            return float(text)
        return text

    def checked(self, value: Any) -> Any:
        """The value as the schema has it, moments as datetime. Raises Problem."""
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and UNKEEPABLE.search(text):
                raise self._refused("It holds a character that is none.")
        if error := next(self._validator.iter_errors(value), None):
            raise self._refused(self._wish() if error.validator in ("anyOf", "pattern", "type") else f"{error.message}.")
        if value != "now" and self._is_moment:
            return self._moment(value)
        return int(value) if self.schema.get("type") == "integer" else value  # JSON takes 1.0 for whole

    @property
    def _is_moment(self) -> bool:
        return "date-time" in (self.schema.get("format"), *(one.get("format") for one in self.schema.get("anyOf", ())))

    def _moment(self, text: str) -> datetime:
        try:
            return read_moment(text)
        except ValueError:
            raise self._refused(self._wish()) from None

    def _wish(self) -> str:
        return f"It is {self.schema.get('type', 'text')}: {self.description}"

    def _refused(self, why: str) -> Problem:
        return Problem(400, "bad_parameter", f'The parameter "{self.name}" cannot be used. {why}')


def read_moment(text: str) -> datetime:
    """An RFC 3339 moment, in UTC. Raises ValueError: among others for a time that does not say its zone."""
    match = _MOMENT.fullmatch(text)
    if not match:
        raise ValueError(text)
    fraction = (match["fraction"] or "")[:6].ljust(6, "0")
    second = min(int(match["second"]), 59)  # a leap second is the end of its minute
    zone = "+00:00" if match["zone"] in "Zz" else match["zone"]
    moment = datetime.fromisoformat(f"{match['day']}T{match['minute']}:{second:02}.{fraction}{zone}")
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError:  # within a day of the first or the last moment that can be told
        return moment.replace(tzinfo=timezone.utc)


_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ](?P<minute>[0-9]{2}:[0-9]{2}):(?P<second>[0-5][0-9]|60)"
    r"(\.(?P<fraction>[0-9]+))?(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def _all_of(*parameters: Parameter) -> dict[str, Parameter]:
    return {parameter.name: parameter for parameter in parameters}


PARAMETERS = _all_of(
    Parameter("search", "Words that must all be found in the names, descriptions or other texts of an item.", _TEXT, core=True),
    Parameter(
        "page", "Number of the page, from 1.", {"type": "integer", "minimum": 1, "maximum": 10_000_000, "default": 1}, True
    ),
    Parameter(
        "per_page",
        "How many items a page holds.",
        {"type": "integer", "minimum": 1, "maximum": 200, "default": DEFAULT_PER_PAGE},
        core=True,
    ),
    Parameter(
        "after",
        "Where to go on: `next` of the page before. Then nothing is skipped and nothing comes twice, whatever is added, "
        "removed or edited meanwhile, and `page` is not used.",
        {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,400}$"},
    ),
    Parameter(
        "format",
        "json for pages; ndjson for everything at once, one item a line, without pages.",
        {"type": "string", "enum": ["json", "ndjson"], "default": "json"},
        core=True,
    ),
    Parameter(
        "minimal", "Only the id and the moment of the last change of each item.", {"type": "boolean", "default": False}, True
    ),
    Parameter("full", "The whole of each item, with everything nested in it.", {"type": "boolean", "default": False}, core=True),
    Parameter("full_service", "The whole of each service of an organization.", {"type": "boolean", "default": False}, core=True),
    Parameter("taxonomy_term_id", "Items with this taxonomy term.", _ID, core=True),
    Parameter("taxonomy_id", "Items with any term of this taxonomy.", _ID, core=True),
    Parameter("organization_id", "Items of this organization.", _ID, core=True),
    Parameter(
        "modified_after",
        "Items whose service was modified at this moment or later, as in 2026-11-22T08:30:00Z.",
        {"type": "string", "format": "date-time"},
        core=True,
    ),
    Parameter(
        "top_only", "Only terms at the top of their taxonomy, which have no parent.", {"type": "boolean", "default": False}, True
    ),
    Parameter("parent_id", "Terms directly below this term.", _ID, core=True),
    Parameter(
        "postcode",
        "A ZIP code. Without `proximity`: items that serve it or do not say whom they serve. With it: items near its middle.",
        {"type": "string", "pattern": "^[0-9]{5}(-[0-9]{4})?$"},
        core=True,
    ),
    Parameter(
        "proximity",
        "How far away an item may be, in meters, measured from `postcode`, `near` or `place`; of no use without any of them. "
        f"By default {DEFAULT_RADIUS_METERS} from `near` and `place`.",
        {"type": "number", "minimum": 0, "maximum": 1_000_000},
        core=True,
    ),
    Parameter(
        "near",
        "A point, as latitude,longitude in degrees. Only items at places within `proximity` of it, the nearest first. "
        "Confidential places, and what is not at a place, are never found this way.",
        {"type": "string", "pattern": f"^{_LATITUDE},{_LONGITUDE}$"},
    ),
    Parameter("place", "As `near`, by name: a ZIP code, town, county or neighborhood, as in Santa Ana, CA.", _PLACE),
    Parameter(
        "open_at",
        "Items known to be open at this moment: now, or as in 2026-11-22T08:30:00Z.",
        {"anyOf": [{"const": "now"}, {"type": "string", "format": "date-time"}]},
    ),
    Parameter("hours_unknown", "With `open_at`: also items whose hours are not known.", {"type": "boolean", "default": False}),
    Parameter(
        "age",
        "Items for somebody of this age, in years; half a year is 0.5. Items that set no limit are for everybody.",
        {"type": "number", "minimum": 0, "maximum": 150},
    ),
    Parameter(
        "language",
        "Items where this language is spoken: its ISO 639 code, as in es.",
        {"type": "string", "pattern": "^[A-Za-z]{2,3}$"},
    ),
    Parameter(
        "coverage",
        "Items that serve people who live here (a ZIP code, town, county or state by name) or that do not say whom they serve.",
        _PLACE,
    ),
    Parameter(
        "eligibility",
        "Items with this code of our eligibility list, as in pregnant, low_income or child_welfare.",
        {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,60}$"},
    ),
    Parameter("need", "Items that meet this need.", {"type": "string", "enum": list(load_needs())}),
    Parameter(
        "status",
        "Items whose service has this status; may be given several times.",
        {"type": "array", "items": {"type": "string", "enum": list(STATUSES)}, "default": list(SHOWN), "minItems": 1},
    ),
)

_PAGED = "search page per_page after format".split()
_SERVICES = [
    *_PAGED, *"taxonomy_term_id taxonomy_id organization_id modified_after minimal full".split(),
    *"near place proximity open_at hours_unknown age language coverage eligibility need status".split(),
]  # fmt: skip

ListName = Literal["services", "service_at_locations", "organizations", "taxonomies", "taxonomy_terms"]
KINDS: Mapping[ListName, Kind] = {
    "services": "service",
    "service_at_locations": "service_at_location",
    "organizations": "organization",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}
#: What each list takes.
OF_LIST: Mapping[ListName, tuple[str, ...]] = {
    "services": tuple(_SERVICES),
    "service_at_locations": (*_SERVICES, "postcode"),
    "organizations": (*_PAGED, "taxonomy_term_id", "taxonomy_id", "full", "full_service"),
    "taxonomies": tuple(_PAGED),
    "taxonomy_terms": (*_PAGED, "taxonomy_id", "top_only", "parent_id"),
}
#: What a single item takes.
OF_ITEM: Mapping[ListName, tuple[str, ...]] = {name: () for name in OF_LIST} | {"organizations": ("full_service",)}


def read_parameters(allowed: Iterable[str], query: Iterable[tuple[str, str]], body: Mapping[str, Any] | None = None) -> Given:
    """What was asked for, by name; the body goes before the address, and a default fills in. Raises Problem."""
    known = {name: PARAMETERS[name] for name in allowed}
    texts: dict[str, list[str]] = {}
    for name, text in query:
        texts.setdefault(name, []).append(text)
    body = body or {}
    for name in (*texts, *body):
        if name not in known:
            told = ", ".join(known) or "none"
            shown = name[:40].encode("ascii", "replace").decode()
            raise Problem(400, "unknown_parameter", f'There is no parameter "{shown}" here. There are: {told}.')
    in_address = {name: known[name].checked(known[name].from_text(values)) for name, values in texts.items()}
    in_body = {name: known[name].checked(value) for name, value in body.items()}
    defaults = {name: parameter.schema["default"] for name, parameter in known.items() if "default" in parameter.schema}
    return defaults | in_address | in_body
