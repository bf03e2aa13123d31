"""Reading what a client sends to the Chat API, which may be anything. Raises Problem when it cannot be taken."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.gateway.errors import Problem
from resources_db.database import UNKEEPABLE

MAX_TEXT = 4000
MAX_BODY = 32 * 1024
MAX_LINK = 64
MAX_CODE = 20
_BODY_TIMEOUT = 15.0
_LONGEST_WAIT = 30.0
_CLIENT_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_SITE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_CODE = re.compile(r"[0-9]{6}")
_PHONE = re.compile(r"[^\x00-\x1f\x7f]{1,40}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,128}")


@dataclass(frozen=True)
class Given:
    """A message of a family: typed `text`, or a tapped `choice`."""

    client_id: str
    text: str
    choice: str | None


async def session_of(request: web.Request) -> tuple[str, str | None]:
    """Language and site of a new session; the body may be left out."""
    body = await json_of(request, optional=True)
    language, site = body.get("language") or "en", body.get("site") or None
    if language not in ("en", "es"):
        raise Problem(400, "bad_language", 'language is "en" or "es".')
    if site is not None and not (isinstance(site, str) and _SITE.fullmatch(site)):
        raise Problem(400, "bad_site", "site is a short name.")
    return language, site


@dataclass(frozen=True)
class Link:
    """A link that came in a text, and `by`, the page's own id for this attempt to open it."""

    code: str
    by: str | None


async def link_of(request: web.Request) -> Link | None:
    """The link a new session is opened with, if there is one."""
    body = await json_of(request, optional=True)
    code, by = body.get("link"), body.get("id")
    if code is None:
        return None
    if not isinstance(code, str) or len(code) > MAX_LINK:
        raise Problem(400, "bad_link", "link is what stands behind #t= in the address.")
    if by is not None and not (isinstance(by, str) and _CLIENT_ID.fullmatch(by)):
        raise Problem(400, "bad_id", 'Give the attempt an "id" of your own, such as a UUID.')
    return Link(code, by)


async def message_of(request: web.Request) -> Given:
    body = await json_of(request)
    client_id, text, choice = body.get("id"), body.get("text"), body.get("choice")
    if not (isinstance(client_id, str) and _CLIENT_ID.fullmatch(client_id)):
        raise Problem(400, "bad_id", 'Give each message an "id" of your own, such as a UUID.')
    if (text is None) == (choice is None):
        raise Problem(400, "bad_message", 'Send either "text" or "choice".')
    said = choice if text is None else text
    if not isinstance(said, str):
        raise Problem(400, "bad_message", '"text" and "choice" are strings.')
    if len(said) > MAX_TEXT:
        raise Problem(413, "too_long", "This is too long. Please send at most 4,000 characters.")
    if text is None:
        return Given(client_id, "", said)
    clean = UNKEEPABLE.sub("", said)
    if not clean.strip():
        raise Problem(400, "empty", "Write something first.")
    return Given(client_id, clean, None)


def phone_of(body: dict[str, Any]) -> str:
    """A phone number as somebody typed it; "" when it cannot be one."""
    phone = body.get("phone")
    return phone if isinstance(phone, str) and _PHONE.fullmatch(phone) else ""


def code_of(body: dict[str, Any]) -> str:
    """The six digits of a code, however they were typed; "" when they are not six."""
    code = body.get("code")
    digits = re.sub(r"[\s-]", "", code) if isinstance(code, str) and len(code) <= MAX_CODE else ""
    return digits if _CODE.fullmatch(digits) else ""


def flag_of(body: dict[str, Any], name: str) -> bool:
    """A yes or no that may be left out."""
    flag = body.get(name, False)
    if not isinstance(flag, bool):
        raise Problem(400, "bad_flag", f"{name} is true or false.")
    return flag


def token_of(request: web.Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Problem(401, "no_token", "Start a session first and send its token as Authorization: Bearer.")
    if not _TOKEN.fullmatch(token.strip()):
        raise unknown_token()
    return token.strip()


def unknown_token() -> Problem:
    return Problem(401, "unknown_token", "This chat has ended. Please start a new one.")


def wait_of(request: web.Request) -> float:
    """`?wait=` in seconds; none is 0, more than we wait is the most we wait."""
    try:
        value = float(request.query.get("wait", "0"))
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise Problem(400, "bad_wait", "wait is a number of seconds.")
    return min(value, _LONGEST_WAIT)


def after_of(request: web.Request) -> int:
    """The later of `?after=` and `Last-Event-ID`, with which a browser opens a broken stream again at the same address."""
    given = request.query.get("after") or "0", request.headers.get("Last-Event-ID") or "0"
    if not all(raw.isascii() and raw.isdigit() and len(raw) < 10 for raw in given):
        raise Problem(400, "bad_after", "after is the seq of the last message you have.")
    return max(map(int, given))


async def json_of(request: web.Request, *, optional: bool = False) -> dict[str, Any]:
    """The body, a JSON object."""
    try:
        raw = await (request.read() if request.content.is_eof() else asyncio.wait_for(request.read(), _BODY_TIMEOUT))
    except asyncio.TimeoutError:
        raise Problem(408, "too_slow", "The message did not arrive whole. Please send it again.") from None
    if not raw and optional:
        return {}
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise Problem(400, "bad_json", "Send a JSON object.") from None
    if not isinstance(body, dict):
        raise Problem(400, "bad_json", "Send a JSON object.")
    return body
