"""The OpenAPI 3.1 document of the API, written from the tables that the code itself works by."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Boolean, Date, Float, Integer

from resources_db import profile
from resources_db.hsds import HSDS_VERSION, TABLES, Kind, Nested, shape
from resources_db.models import Base, UtcDateTime
from resources_db.web.api.parameters import KINDS, OF_ITEM, OF_LIST, PARAMETERS, ListName

Schema = dict[str, Any]

JSON, NDJSON = "application/json", "application/x-ndjson"
VERSION = "1.0.0"

PROFILE_README = Path(profile.__file__).parent / "README.md"
#: How the profile changes which schema, by the name of its file.
PROFILE_PATCHES = {path.name: path for path in sorted((PROFILE_README.parent / "profile").glob("*.json"))}

_TITLES: Mapping[ListName, str] = {
    "services": "services",
    "service_at_locations": "services at their places",
    "organizations": "organizations",
    "taxonomies": "taxonomies",
    "taxonomy_terms": "terms of taxonomies",
}
_ERRORS = {
    "400": "A parameter or the body cannot be used; the message says which and why.",
    "404": "There is no such item, place or cursor.",
    "405": "The address does not take this method.",
    "406": "The Accept header does not allow what this would answer.",
    "413": "The body is too long.",
    "415": "The body is not application/json.",
    "429": "Too many requests; Retry-After says for how many seconds to wait.",
    "500": "A fault of ours.",
    "503": "The directory cannot be read at the moment.",
}
_PAGE: Schema = {
    "total_items": {"type": "integer", "minimum": 0, "description": "How many items there are on all pages."},
    "total_pages": {"type": "integer", "minimum": 0},
    "page_number": {"type": "integer", "minimum": 1},
    "size": {"type": "integer", "minimum": 0, "description": "How many items this page holds."},
    "first_page": {"type": "boolean"},
    "last_page": {"type": "boolean"},
    "empty": {"type": "boolean", "description": "Whether this page holds no items."},
    "next": {"type": "string", "description": "Give it as `after` to go on. Not there on the last page."},
    "warnings": {"type": "array", "items": {"type": "string"}, "description": "Parameters that had no effect, and why."},
}
_OPTIONAL = ("next", "warnings")


@cache
def openapi_document(base: str) -> Schema:
    """`base` is the address of the API, without a slash at its end. Made once; do not change it."""
    schemas: Schema = {
        "Error": _object(
            {"error": _object({"code": {"type": "string"}, "message": {"type": "string"}}, ("code", "message"))}, ("error",)
        ),
        "Moment": _object(
            {"id": {"type": "string"}, "last_modified": _MOMENT, "modified_date": _MOMENT, "distance_meters": _METERS}, ("id",)
        ),
        "About": _object({name: {"type": "string"} for name in ("version", "profile", "openapi_url")},
                         ("version", "profile", "openapi_url")),
    }  # fmt: skip
    paths: Schema = {
        "/": {"get": _operation("about", "Which version of HSDS this is, and where to read on.", (), _ref_content("About"))},
        "/profile": {
            "get": _operation(
                "profile", "What our profile adds to HSDS, in words.", (), {"text/markdown": {"schema": {"type": "string"}}}
            )
        },
        "/profile/{name}": {
            "get": _named(
                _operation("profile_patch", "How the profile changes one schema.", (), {JSON: {"schema": {"type": "object"}}}),
                "name",
                list(PROFILE_PATCHES),
            )
        },
        "/openapi.json": {"get": _operation("openapi", "This document.", (), {JSON: {"schema": {"type": "object"}}})},
    }
    for name, kind in KINDS.items():
        _add_documents(schemas, kind)
        paths[f"/{name}"] = {
            "get": _list_operation(name, kind, "get"),
            "post": _list_operation(name, kind, "post"),
        }
        paths[f"/{name}/{{id}}"] = {"get": _item_operation(name, kind)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Homeward HSDS API",
            "version": VERSION,
            "summary": "Community services, as Open Referral's Human Services Data Specification has them.",
            "description": f"HSDS {HSDS_VERSION} with a published profile. All filters must hold at once.",
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _list_operation(name: ListName, kind: Kind, method: str) -> Schema:
    title = _TITLES[name]
    page = _object(_PAGE | {"contents": {"type": "array", "items": _items(kind)}}, (*(_PAGE.keys() - set(_OPTIONAL)), "contents"))
    content = {JSON: {"schema": page}, NDJSON: {"schema": {"type": "string", "description": "An item a line."}}}
    operation = _operation(
        f"{'list' if method == 'get' else 'search'}_{name}",
        f"A page of {title}; or all of them, as a stream." + (" The parameters may be in the body." if method == "post" else ""),
        OF_LIST[name],
        content,
        errors=("415", "413") if method == "post" else (),
    )
    one = {"operationId": f"get_{kind}", "parameters": {"id": "$response.body#/contents/0/id"}}
    operation["responses"]["200"]["links"] = {"item": one}
    if method == "post":
        properties = {one: PARAMETERS[one].as_property() for one in OF_LIST[name]}
        body = {"type": "object", "properties": properties, "additionalProperties": False}
        operation["requestBody"] = {"required": False, "content": {JSON: {"schema": body}}}
    return operation


def _item_operation(name: ListName, kind: Kind) -> Schema:
    names = [kind, f"{kind}_with_services"] if kind == "organization" else [kind]
    content = {JSON: {"schema": _any_of(*names)}}
    operation = _operation(f"get_{kind}", f"One of the {_TITLES[name]}, with all that is nested in it.", OF_ITEM[name], content)
    return _named(operation, "id")


def _named(operation: Schema, name: str, there_are: list[str] | None = None) -> Schema:
    """The operation on what the end of its path names."""
    schema: Schema = {"type": "string"} | ({"enum": there_are} if there_are else {})
    operation["parameters"].insert(0, {"name": name, "in": "path", "required": True, "schema": schema})
    return operation


def _operation(name: str, summary: str, parameters: tuple[str, ...], content: Schema, errors: tuple[str, ...] = ()) -> Schema:
    told = ["400", "404", "405", "406", "429", "500", "503", *errors]
    tag = {"ETag": {"description": "A strong tag of these very bytes.", "schema": {"type": "string"}}}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": [PARAMETERS[one].as_openapi() for one in parameters],
        "responses": {
            "200": {"description": "What was asked for.", "headers": tag, "content": content},
            "304": {"description": "What the client has already, by If-None-Match."},
            **{status: {"description": _ERRORS[status], "content": _ref_content("Error")} for status in sorted(told)},
        },
    }


def _items(kind: Kind) -> Schema:
    names = [f"{kind}_in_list", kind]
    if kind == "organization":
        names.append(f"{kind}_with_services")
    if kind in ("service", "service_at_location"):
        names.append("Moment")
    return _any_of(*names)


# --- documents -------------------------------------------------------------------------------------------------------

_MOMENT: Schema = {"type": "string", "format": "date-time"}
_METERS: Schema = {"type": "number", "minimum": 0, "description": "Only where near, place or proximity was asked for."}


def _add_documents(schemas: Schema, kind: Kind) -> None:
    """The kinds of documents that there are of this kind, each with the schemas of what is nested in it."""
    _add_shape(schemas, f"{kind}_in_list", kind, shape(kind, full=False))
    _add_shape(schemas, kind, kind, shape(kind))
    if kind == "organization":
        _add_shape(schemas, f"{kind}_with_services", kind, shape(kind, full_services=True))


def _add_shape(schemas: Schema, name: str, kind: Kind, fields_of: Mapping[str, tuple[str | Nested, ...]]) -> None:
    for table, fields in fields_of.items():
        properties = dict(_property(name, kind, table, field) for field in fields)
        if table == "phone":
            properties["extension_text"] = {"type": "string", "description": "An extension that is not a number, such as 012."}
        if table == kind and kind in ("service", "service_at_location"):
            properties["distance_meters"] = _METERS
        required = tuple(field for field in fields if isinstance(field, str) and field in TABLES[table].required)
        schemas[_schema_name(name, kind, table)] = _object(properties, required)


def _property(name: str, kind: Kind, table: str, field: str | Nested) -> tuple[str, Schema]:
    if isinstance(field, Nested):
        nested = _ref(_schema_name(name, kind, field.table))
        return field.name, nested if field.nesting == "one" else {"type": "array", "items": nested, "minItems": 1}
    return field, _value(table, field)


def _value(table: str, column: str) -> Schema:
    if (table, column) == ("phone", "extension"):
        return {"type": "integer"}
    kind = Base.metadata.tables[table].c[column].type
    if isinstance(kind, Boolean):
        return {"type": "boolean"}
    if isinstance(kind, Integer):
        return {"type": "integer"}
    if isinstance(kind, Float):
        return {"type": "number"}
    if isinstance(kind, UtcDateTime):
        return _MOMENT
    return {"type": "string", "format": "date"} if isinstance(kind, Date) else {"type": "string"}


def _schema_name(name: str, kind: Kind, table: str) -> str:
    return name if table == kind else f"{name}.{table}"


def _object(properties: Schema, required: tuple[str, ...]) -> Schema:
    return {"type": "object", "properties": properties, "required": sorted(required), "additionalProperties": False}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _any_of(*names: str) -> Schema:
    return {"anyOf": [_ref(name) for name in names]} if len(names) > 1 else _ref(names[0])


def _ref_content(name: str) -> Schema:
    return {JSON: {"schema": _ref(name)}}
