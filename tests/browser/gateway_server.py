"""The real gateway with texts set up, in a thread of the test, with a stand-in for Rasa behind it."""

from __future__ import annotations

import asyncio
import socket
import threading
import urllib.parse
import urllib.request
import uuid
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import web
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from twilio.request_validator import RequestValidator

from bot.gateway.app import make_app
from bot.gateway.rasa_link import RasaLink
from resources_db.models.outgoing_text import OutgoingText
from resources_db.settings import load_settings
from resources_db.words import load_words
from tests.browser.fake_chat import place
from tests.web.rasa_stand_in import QUICK, SECRET, Json, RasaStandIn, said, screen

T = TypeVar("T")

_TOKEN = "the carrier's token"
_OURS, _THEIRS = "+19165550100", "+19165550177"


async def _answer(body: Json) -> Json:
    if body["text"].startswith("food"):
        return said("Here is one.", custom={"matches": [place(sample=False)]})
    return said(f"you said {body['text']}")


class GatewayServer:
    """What the family's phone says is brought by a signed webhook; what is texted to it stays in the outbox."""

    def __init__(self, engine: Engine, var: Path) -> None:
        self.engine = engine
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        listening = socket.create_server(("127.0.0.1", 0))
        # as a browser writes it, so that the origin of the page is the site's own
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        given = {
            "VAR": str(var), "DATABASE_URL": str(engine.url), "PUBLIC_URL": self.url.rstrip("/"), "SMS_AUTH_TOKEN": _TOKEN,
            "SMS_ACCOUNT_SID": "AC" + "0" * 32, "SMS_FROM": _OURS,
        }  # fmt: skip
        self.settings = load_settings({f"HOMEWARD_{name}": value for name, value in given.items()})
        self._rasa = RasaStandIn(behave=_answer)
        self._runner = self._wait(self._start(listening))

    def texts(self) -> list[str]:
        """The bodies of all texts to the phone, in order."""
        with Session(self.engine) as session:
            return list(session.scalars(select(OutgoingText.body).order_by(OutgoingText.position)))

    def hear(self, text: str) -> None:
        """The family's phone texts us."""
        url = f"{self.settings.public_url}/sms/twilio/inbound"
        form = {"MessageSid": f"SM{uuid.uuid4().hex}", "From": _THEIRS, "To": _OURS, "Body": text, "NumMedia": "0"}
        headers = {"X-Twilio-Signature": RequestValidator(_TOKEN).compute_signature(url, form)}
        request = urllib.request.Request(url, urllib.parse.urlencode(form).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.status == 200

    def close(self) -> None:
        self._wait(self._runner.cleanup())
        self._wait(self._rasa.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _start(self, listening: socket.socket) -> web.AppRunner:
        await self._rasa.start()
        link = RasaLink(self._rasa.url, f"{self._rasa.url}/actions", SECRET)
        runner = web.AppRunner(make_app(self.settings, link, load_words(), screen(), pace=QUICK), shutdown_timeout=0.1)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        return runner

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)
