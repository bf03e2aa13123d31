"""The carrier's webhooks: a family's text, and what became of one of ours.

Nothing is looked at before the signature says that it comes from the carrier. A text is acknowledged as soon as it is
written down; Rasa is asked afterwards. What no webhook brings (we were down) the worker finds at the carrier.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import parse_qs, parse_qsl, urlsplit

from aiohttp import web
from multidict import MultiDict
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator

from bot.gateway.chat import STORAGE, TURNS
from bot.gateway.errors import Problem
from bot.gateway.words import WORDS
from bot.safety.screen import Screen
from resources_db import messages, outbox
from resources_db.sealing import Sealer
from resources_db.settings import Carrier, Settings
from resources_db.sms.inbound import Incoming, Taken, take_in


@dataclass(frozen=True)
class Desk:
    """What it takes to receive texts."""

    settings: Settings
    carrier: Carrier
    sealer: Sealer
    screen: Screen


DESK = web.AppKey("sms_desk", Desk)

SIGNATURE = "X-Twilio-Signature"
_JSON = "application/json"
_FORMS = ("application/x-www-form-urlencoded", "application/octet-stream")  # the latter: no type was given
#: In seconds. The carrier gives up after 15.
_BODY_TIMEOUT = 10.0
_MOST_FIELDS = 500
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
#: Numbers, ids, names of companies: as long as what we keep them in.
_NAME = re.compile(r"[ -~]{1,40}")
#: Taken, and nothing to say right now: answers come from the outbox.
_NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'

routes = web.RouteTableDef()


def add_to(app: web.Application, settings: Settings, sealer: Sealer, screen: Screen) -> None:
    """Where texts are not set up there is nothing at these addresses."""
    if settings.carrier:
        app[DESK] = Desk(settings, settings.carrier, sealer, screen)
        app.add_routes(routes)


@routes.post("/sms/twilio/inbound")
async def inbound(request: web.Request) -> web.Response:
    given = await _signed(request)
    storage, turns, words, desk = request.app[STORAGE], request.app[TURNS], request.app[WORDS], request.app[DESK]
    now = datetime.now(timezone.utc)
    incoming = Incoming(
        provider_id=_needed(given, "MessageSid", "SmsSid", "SmsMessageSid"), from_number=_needed(given, "From"),
        to_number=_needed(given, "To"), text=given.get("Body", ""), media=_count(given.get("NumMedia", "")), at=now,
        service=_needed(given, "MessagingServiceSid") if given.get("MessagingServiceSid") else None,
        carriers_word=given.get("OptOutType") or None,
    )  # fmt: skip

    def take(session: Session) -> Taken:
        return take_in(
            session, desk.sealer, words, incoming, settings=desk.settings, claim=turns.claim, now=now,
            is_crisis=lambda text: desk.screen.check(text) is not None,
        )  # fmt: skip

    try:
        taken = await storage.write(take)
    except messages.TooManyWaiting as error:
        raise Problem(429, "too_many", str(error)) from None
    if taken.conversation_id:
        turns.begin(taken.conversation_id, taken.turn)
    return web.Response(text=_NOTHING_TO_SAY, content_type="text/xml")


@routes.post("/sms/twilio/status")
async def status(request: web.Request) -> web.Response:
    given = await _signed(request)
    text_id, provider_id, state = request.query.get("text", ""), given.get("MessageSid", ""), given.get("MessageStatus", "")
    if _ID.fullmatch(text_id) and _ID.fullmatch(provider_id) and _ID.fullmatch(state):
        error, now = given.get("ErrorCode", "")[:40] or None, datetime.now(timezone.utc)
        sealer = request.app[DESK].sealer
        await request.app[STORAGE].write(
            lambda session: outbox.settle_from_carrier(session, sealer, text_id, provider_id, state, error, now)
        )
    return web.Response(status=204)


async def _signed(request: web.Request) -> Mapping[str, str]:
    """The fields of a request that the carrier signed. Raises Problem."""
    desk = request.app[DESK]
    signature = request.headers.get(SIGNATURE, "")
    if not signature:
        raise _unsigned()
    body = await _body(request)
    is_json = request.content_type == _JSON
    if not is_json and request.content_type not in _FORMS:
        raise Problem(400, "bad_body", "Send a form or JSON.")
    # the address the carrier knows, whatever a proxy made of it
    url = desk.settings.public_url + request.raw_path
    try:
        if is_json and "bodySHA256" not in parse_qs(urlsplit(url).query):
            raise _unsigned()
        signed = body if is_json else _form(body)
        genuine = [RequestValidator(token).validate(url, signed, signature) for token in _tokens(desk.carrier)]
    except ValueError:
        raise _unsigned() from None
    if not any(genuine):
        raise _unsigned()
    return signed if isinstance(signed, MultiDict) else _json_fields(signed)


async def _body(request: web.Request) -> str:
    try:
        return (await asyncio.wait_for(request.read(), _BODY_TIMEOUT)).decode()
    except asyncio.TimeoutError:
        raise Problem(408, "too_slow", "The message did not arrive whole. Please send it again.") from None
    except UnicodeDecodeError:
        raise Problem(400, "bad_body", "Send UTF-8.") from None


def _form(body: str) -> MultiDict[str]:
    return MultiDict(parse_qsl(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS))


def _json_fields(body: str) -> Mapping[str, str]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise Problem(400, "bad_body", "Send a JSON object.")
    return {name: str(value) for name, value in fields.items() if isinstance(value, str | int)}


def _tokens(carrier: Carrier) -> list[str]:
    return [token for token in (carrier.auth_token, carrier.old_auth_token) if token]


def _needed(given: Mapping[str, str], *names: str) -> str:
    value = next((given[name].strip() for name in names if given.get(name, "").strip()), "")
    if not _NAME.fullmatch(value):
        raise Problem(400, "missing", f"{names[0]} is needed.")
    return value


def _count(value: str) -> int:
    return int(value) if value.isascii() and value.isdigit() and len(value) < 4 else 0


def _unsigned() -> Problem:
    return Problem(403, "unsigned", "The signature is not right.")
