"""The HSDS API as an aiohttp application: docs/hsds-api.md tells what it does."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timezone
from email.utils import format_datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import Connection, select

from resources_db.hsds import HSDS_VERSION, Document, Kind, documents, moment_as_json
from resources_db.models import Service, ServiceAtLocation
from resources_db.settings import Settings
from resources_db.web.api.conditions import IDS
from resources_db.web.api.directory import Directory
from resources_db.web.api.limits import Limits, Rate, client_of
from resources_db.web.api.listing import id_in, ids_after, ids_from, page_of
from resources_db.web.api.openapi import JSON, NDJSON, PROFILE_PATCHES, PROFILE_README, openapi_document
from resources_db.web.api.parameters import (
    DEFAULT_RADIUS_METERS,
    KINDS,
    OF_ITEM,
    OF_LIST,
    Given,
    ListName,
    read_moment,
    read_parameters,
)
from resources_db.web.api.problems import Problem
from resources_db.web.api.wanted import Page, Point, Wanted

logger = logging.getLogger(__name__)

#: Where the gateway mounts it.
PREFIX = "/hsds"

# A stream is many pages.
_STREAM_TOKENS = 10.0
_PORTION = 100
_EARLIEST, _LATEST = datetime(1971, 1, 1, tzinfo=timezone.utc), datetime(2999, 1, 1, tzinfo=timezone.utc)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_api(settings: Settings, *, rate: Rate | None = None) -> web.Application:
    """The application, to be mounted at PREFIX. Nothing is opened before the first request."""
    api = _Api(settings, rate or Rate())
    app = web.Application(middlewares=[api.answered])
    for path in ("", "/"):
        app.router.add_get(path, api.about)
    app.router.add_get("/openapi.json", api.openapi)
    app.router.add_get("/profile", api.profile)
    app.router.add_get("/profile/{name}", api.profile)
    for name in KINDS:
        listing, item = partial(api.listing, name), partial(api.item, name)
        app.router.add_get(f"/{name}", listing)
        app.router.add_post(f"/{name}", listing)
        app.router.add_get(f"/{name}/{{id}}", item)
    app.on_response_prepare.append(_add_headers)
    app.on_cleanup.append(api.close)
    return app


class _Api:
    def __init__(self, settings: Settings, rate: Rate) -> None:
        self._directory = Directory(settings)
        self._limits = Limits(rate)
        self._proxies = settings.trusted_proxies
        self._site = settings.public_url
        self._base = settings.public_url + PREFIX

    async def close(self, _: web.Application) -> None:
        self._directory.close()

    # --- what is asked for -------------------------------------------------------------------------------------------

    async def about(self, request: web.Request) -> web.StreamResponse:
        read_parameters((), request.query.items())
        return _answer(request, _as_bytes({
            "version": HSDS_VERSION,
            "profile": f"{self._base}/profile",
            "openapi_url": f"{self._base}/openapi.json",
        }))  # fmt: skip

    async def openapi(self, request: web.Request) -> web.StreamResponse:
        read_parameters((), request.query.items())
        return _answer(request, _as_bytes(openapi_document(self._base)))

    async def profile(self, request: web.Request) -> web.StreamResponse:
        """What our profile is, in words; by name, the JSON Merge Patch of one schema."""
        read_parameters((), request.query.items())
        name = request.match_info.get("name")
        if name is None:
            return _answer(request, PROFILE_README.read_bytes(), "text/markdown")
        if name not in PROFILE_PATCHES:
            raise Problem(404, "not_found", f"The profile changes these schemas: {', '.join(PROFILE_PATCHES)}.")
        return _answer(request, PROFILE_PATCHES[name].read_bytes())

    async def item(self, name: ListName, request: web.Request) -> web.StreamResponse:
        given = read_parameters(OF_ITEM[name], request.query.items())
        _require_accepted(request, JSON)
        one = request.match_info["id"]
        work = partial(_documents, kind=KINDS[name], ids=[one], given=given | {"full": True})
        found = await self._directory.read(work) if _can_be_an_id(one) else []
        if not found:
            raise Problem(404, "not_found", f"There is no such item among the {name.replace('_', ' ')}.")
        return _answer(request, _as_bytes(found[0]), modified=found[0].get("last_modified"))

    async def listing(self, name: ListName, request: web.Request) -> web.StreamResponse:
        given = read_parameters(OF_LIST[name], request.query.items(), await _body(request))
        if given["format"] == "ndjson":
            return await self._stream(name, request, given)
        _require_accepted(request, JSON)
        body, following = await self._directory.read(partial(self._page, KINDS[name], given))
        response = _answer(request, body)
        if following and request.method == "GET":
            query = [(key, text) for key, text in request.query.items() if key not in ("page", "after")]
            url = f"{self._site}{request.path}?{urlencode([*query, ('after', following)])}"
            response.headers["Link"] = f'<{url}>; rel="next"'
        return response

    # --- in a thread that reads --------------------------------------------------------------------------------------

    def _page(self, kind: Kind, given: Given, connection: Connection) -> tuple[bytes, str | None]:
        wanted = self._wanted(kind, given)
        page = page_of(connection, wanted, given["per_page"], given["page"], given.get("after"))
        contents = _documents(connection, kind, page.ids, given)
        if page.meters is not None:
            away = dict(zip(page.ids, page.meters, strict=True))
            contents = [{**document, "distance_meters": away[document["id"]]} for document in contents]
        return _as_bytes(_envelope(page, contents, given)), page.next

    def _wanted(self, kind: Kind, given: Given) -> Wanted:
        """The request with its places looked up. Raises Problem."""
        origins, served = [], []
        if "near" in given:
            latitude, longitude = given["near"].split(",")
            origins.append(Point(float(latitude), float(longitude)))
        if "place" in given:
            place = self._directory.place(given["place"])
            if place.kind == "state":
                raise Problem(404, "place_too_large", 'A state has no middle to measure from: use "coverage", or name a town.')
            origins.append(Point(place.latitude, place.longitude))
        if "postcode" in given:
            place = self._directory.place(given["postcode"])
            if "proximity" in given:
                origins.append(Point(place.latitude, place.longitude))
            else:
                served.append(place)
        if "coverage" in given:
            served.append(self._directory.place(given["coverage"]))
        moment = given.get("open_at")
        if moment == "now":
            moment = datetime.now(timezone.utc)
        return Wanted(
            kind=kind,
            search=given.get("search", ""),
            taxonomy_term_id=given.get("taxonomy_term_id"),
            taxonomy_id=given.get("taxonomy_id"),
            organization_id=given.get("organization_id"),
            parent_id=given.get("parent_id"),
            top_only=given.get("top_only", False),
            modified_after=given.get("modified_after"),
            statuses=tuple(given.get("status", ())),
            language=given.get("language"),
            age=given.get("age"),
            need=given.get("need"),
            eligibility=given.get("eligibility"),
            origins=tuple(origins),
            radius=given.get("proximity", DEFAULT_RADIUS_METERS),
            served=tuple(served),
            open_at=moment and min(max(moment, _EARLIEST), _LATEST),
            hours_unknown=given.get("hours_unknown", False),
        )

    # --- streams -----------------------------------------------------------------------------------------------------

    async def _stream(self, name: ListName, request: web.Request, given: Given) -> web.StreamResponse:
        """Everything, a line an item, read in portions; what goes wrong before the first of them is told as ever."""
        _require_accepted(request, NDJSON)
        self._charge(request, _STREAM_TOKENS - 1)
        portions = self._portions(KINDS[name], given)
        first = await anext(portions, None)
        response = web.StreamResponse(headers={"Content-Type": NDJSON})
        try:
            await response.prepare(request)
            if first is not None:
                await response.write(first)
                async for lines in portions:
                    await response.write(lines)
            await response.write_eof()
        except ConnectionError:  # nobody reads on
            pass
        except Exception as error:
            # Too late for an answer that says so: a connection that breaks off cannot be taken for a whole list.
            logger.error("%s %s broke off: %s", request.method, request.path, type(error).__name__)
            if request.transport is not None:
                request.transport.abort()
        return response

    async def _portions(self, kind: Kind, given: Given) -> AsyncIterator[bytes]:
        wanted = await self._directory.read(lambda _: self._wanted(kind, given))
        cursor = given.get("after")
        if wanted.is_about_places:
            ids = await self._directory.read(partial(ids_from, wanted=wanted, cursor=cursor))
            for start in range(0, len(ids), _PORTION):
                yield await self._lines(kind, ids[start : start + _PORTION], given)
            return
        after = id_in(cursor) if cursor is not None else None
        while ids := await self._directory.read(partial(ids_after, wanted=wanted, after=after, size=_PORTION)):
            yield await self._lines(kind, ids, given)
            after = ids[-1]

    async def _lines(self, kind: Kind, ids: list[str], given: Given) -> bytes:
        def read(connection: Connection) -> bytes:
            return b"".join(_as_bytes(document) for document in _documents(connection, kind, ids, given))

        return await self._directory.read(read)

    # --- every request -----------------------------------------------------------------------------------------------

    @web.middleware
    async def answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Within the limits, and errors in the one shape."""
        try:
            self._charge(request)
            return await handler(request)
        except Problem as problem:
            return problem.response()
        except web.HTTPException as error:
            return _as_problem(error).response()
        except Exception:
            logger.exception("%s %s failed", request.method, request.path)
            return Problem(500, "internal", "Something went wrong on our side. Please try again in a minute.").response()

    def _charge(self, request: web.Request, tokens: float = 1.0) -> None:
        client = client_of(request.remote, ",".join(request.headers.getall("X-Forwarded-For", [])), self._proxies)
        if wait := self._limits.take(client, tokens):
            message = f"Too many requests. Please go on after {wait} seconds."
            raise Problem(429, "too_many_requests", message, **{"Retry-After": str(wait)})


# --- answers ---------------------------------------------------------------------------------------------------------


def _documents(connection: Connection, kind: Kind, ids: Sequence[str], given: Given) -> list[Document]:
    if given.get("minimal"):
        return _minimal(connection, kind, ids)
    whole_services = given.get("full_service", False)
    return documents(connection, kind, ids, full=given.get("full", False) or whole_services, full_services=whole_services)


def _minimal(connection: Connection, kind: Kind, ids: Sequence[str]) -> list[Document]:
    """The id, and when the service was modified; under both names that HSDS has for it."""
    column = IDS[kind]
    query = select(column, Service.last_modified).where(column.in_(ids))
    if kind == "service_at_location":
        query = query.join(Service, Service.id == ServiceAtLocation.service_id)
    found = dict(connection.execute(query).tuples().all())
    told = {one: moment_as_json(moment) if (moment := found[one]) else None for one in ids if one in found}
    return [{"id": one} | ({"last_modified": moment, "modified_date": moment} if moment else {}) for one, moment in told.items()]


def _envelope(page: Page, contents: list[Document], given: Given) -> Document:
    size: int = given["per_page"]
    number = page.before // size + 1 if "after" in given else given["page"]
    envelope: Document = {
        "total_items": page.total,
        "total_pages": -(-page.total // size),
        "page_number": number,
        "size": len(contents),
        "first_page": number == 1,
        "last_page": page.next is None,
        "empty": not contents,
    }
    if page.next is not None:
        envelope["next"] = page.next
    if warnings := _warnings(given):
        envelope["warnings"] = warnings
    return {**envelope, "contents": contents}


def _warnings(given: Given) -> list[str]:
    """What was asked for but had no effect."""
    warnings = []
    if "proximity" in given and not given.keys() & {"near", "place", "postcode"}:
        warnings.append("proximity was not used: there is no postcode, near or place to measure from.")
    if given["page"] > 1 and "after" in given:
        warnings.append("page was not used: after says where to go on.")
    if given.get("hours_unknown") and "open_at" not in given:
        warnings.append("hours_unknown was not used: there is no open_at.")
    return warnings


def _answer(request: web.Request, body: bytes, media_type: str = JSON, modified: str | None = None) -> web.Response:
    """The body, or that the client has it already. The tag is a digest of the very bytes."""
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"'}
    if modified:
        headers["Last-Modified"] = format_datetime(read_moment(modified), usegmt=True)
    known = request.if_none_match or ()
    if request.method in ("GET", "HEAD") and any(one.value in (tag, "*") for one in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, content_type=media_type, charset="utf-8", headers=headers)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    # Kept, but asked for again every time: listings change at any moment.
    response.headers.setdefault("Cache-Control", "no-cache")
    if request.method in ("GET", "HEAD"):
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"


def _as_bytes(document: Any) -> bytes:
    """A line of JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _as_problem(error: web.HTTPException) -> Problem:
    allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    code, message = {
        404: ("not_found", f"There is nothing at this address. What there is: {PREFIX}/openapi.json."),
        405: ("method_not_allowed", "This address does not take that method."),
        413: ("too_long", "The body of the request is too long."),
    }.get(error.status, ("error", error.reason))
    return Problem(error.status, code, message, **allowed)


# --- requests --------------------------------------------------------------------------------------------------------


async def _body(request: web.Request) -> Mapping[str, Any]:
    """The parameters in the body of a POST; none where it is empty."""
    if request.method != "POST":
        return {}
    try:
        text = await request.read()
        if not text:
            return {}
        if request.content_type != JSON:
            raise Problem(415, "unsupported_media_type", f"Send the parameters as {JSON}.")
        body = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Problem(400, "bad_body", "The body is not JSON.") from None
    if not isinstance(body, dict):
        raise Problem(400, "bad_body", "The body must be a JSON object of parameters.")
    return body


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _require_accepted(request: web.Request, media_type: str) -> None:
    accepted = [one.split(";") for one in ",".join(request.headers.getall("Accept", ["*/*"])).split(",") if one.strip()]
    wanted = {media_type, f"{media_type.partition('/')[0]}/*", "*/*"}
    for name, *more in accepted or [["*/*"]]:
        refused = any(re.fullmatch(r"q=0(\.0*)?", parameter.strip()) for parameter in more)
        if name.strip().casefold() in wanted and not refused:
            return
    raise Problem(406, "not_acceptable", f"The answer to this is {media_type}; the Accept header allows no such thing.")


def _can_be_an_id(text: str) -> bool:
    return text.isascii() and text.isprintable() and len(text) <= 100
