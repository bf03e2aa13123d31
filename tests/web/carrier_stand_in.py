"""In the carrier's place: signs and posts what a phone texts, with twilio's own signature, and reads the outbox."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine, select
from twilio.request_validator import RequestValidator
from yarl import URL

from bot.gateway.chat import TURNS
from resources_db.database import session_scope
from resources_db.models.outgoing_text import OutgoingText
from resources_db.sealing import Sealer
from resources_db.settings import load_settings
from resources_db.words import Words, load_words
from tests.web.rasa_stand_in import Gateway, Gateways

WORDS: Words = load_words()
PUBLIC_URL = "https://help.example.org"
ACCOUNT, TOKEN, OLD_TOKEN = "AC" + "0" * 32, "a token of today", "a token of yesterday"
OURS, FAMILYS = "+19165550100", "+14055550143"
SERVICE = "MG" + "1" * 32
KEY = "a secret key of these tests, long enough"
SETTINGS = {
    "HOMEWARD_PUBLIC_URL": PUBLIC_URL,
    "HOMEWARD_SECRET_KEY": KEY,
    "HOMEWARD_SMS_ACCOUNT_SID": ACCOUNT,
    "HOMEWARD_SMS_AUTH_TOKEN": TOKEN,
    "HOMEWARD_SMS_OLD_AUTH_TOKEN": OLD_TOKEN,
    "HOMEWARD_SMS_FROM": OURS,
}
INBOUND, STATUS = "/sms/twilio/inbound", "/sms/twilio/status"
SEALER = Sealer.of(load_settings(SETTINGS))
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
#: For what does not depend on the database.
on_sqlite = pytest.mark.parametrize("directory_engine", ["sqlite"], indirect=True)

_number = itertools.count(1)


def new_sid() -> str:
    return f"SM{next(_number):032x}"


@dataclass
class Phone:
    """A family's phone at the carrier. `sent` are the texts that wait for it in the outbox, or were in it, in order."""

    gateway: Gateway
    number: str = FAMILYS
    to: str = OURS
    more: dict[str, str] = field(default_factory=dict)

    async def text(self, body: str | None, sid: str | None = None, **fields: str) -> int:
        """Send a text; returns the status the webhook answered with."""
        form = {"MessageSid": sid or new_sid(), "From": self.number, "To": self.to, "NumMedia": "0"} | self.more | fields
        if body is not None:
            form["Body"] = body
        status, said = await post(self.gateway, INBOUND, form)
        if status == 200:
            assert said == EMPTY_TWIML
        return status

    @property
    def sent(self) -> list[OutgoingText]:
        return outbox(self.gateway.engine)

    @property
    def bodies(self) -> list[str]:
        return [text.body for text in self.sent]

    async def settled(self) -> list[str]:
        """What was said, once nothing waits for an answer any more."""
        await asyncio.sleep(0)
        while len(self.gateway.app[TURNS]):
            await asyncio.sleep(0.005)
        return self.bodies


async def post(
    gateway: Gateway, path: str, form: dict[str, str] | list[tuple[str, str]], *, token: str = TOKEN, url: str = PUBLIC_URL,
    signature: str | None = None, **headers: str,
) -> tuple[int, str]:  # fmt: skip
    """Post a signed form; (status, body) of the answer."""
    signed = signature or RequestValidator(token).compute_signature(url + path, dict(form))
    headers = {"X-Twilio-Signature": signed, "Content-Type": "application/x-www-form-urlencoded", **headers}
    async with gateway.client.post(URL(path, encoded=True), data=urlencode(form).encode(), headers=headers) as response:
        return response.status, await response.text()


async def post_json(
    gateway: Gateway, path: str, fields: Any, *, token: str = TOKEN, digest: str | None = None
) -> tuple[int, str]:
    """The same as JSON: the signature is over the address, which has the digest of the body in it."""
    body = fields if isinstance(fields, bytes) else json.dumps(fields, ensure_ascii=False).encode()
    path = f"{path}?bodySHA256={digest or hashlib.sha256(body).hexdigest()}"
    signed = RequestValidator(token).compute_signature(PUBLIC_URL + path, {})
    headers = {"X-Twilio-Signature": signed, "Content-Type": "application/json"}
    async with gateway.client.post(path, data=body, headers=headers) as response:
        return response.status, await response.text()


def outbox(engine: Engine) -> list[OutgoingText]:
    with session_scope(engine, writes=False) as session:
        texts = list(session.scalars(select(OutgoingText).order_by(OutgoingText.family_phone_id, OutgoingText.position)))
        session.expunge_all()
        return texts


def rows(engine: Engine, table: type[Any]) -> list[Any]:
    with session_scope(engine, writes=False) as session:
        found = list(session.scalars(select(table)))
        session.expunge_all()
        return found


@pytest.fixture
async def texting(gateways: Gateways) -> Gateway:
    """A gateway that has a carrier."""
    return await gateways(words=WORDS, **SETTINGS)


@pytest.fixture
async def phone(texting: Gateway) -> Phone:
    return Phone(texting)
