"""A gateway in this process, and in Rasa's place a small server that speaks the loopback protocol, well or badly."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine

from bot.gateway.app import NEEDED, make_app
from bot.gateway.limits import Rates
from bot.gateway.rasa_link import SECRET_HEADER, RasaLink
from bot.gateway.turns import Pace
from bot.safety.screen import Screen, load_screen
from resources_db.settings import load_settings
from resources_db.words import Words

Json = dict[str, Any]
Behavior = Callable[[Json], Awaitable[Json]]

SECRET = "a secret of this test"
#: Everything that the product does in seconds, in hundredths; nobody but the family of a test loses patience.
QUICK = Pace(
    lease=1.0, round=0.05, patience=30.0, first_pause=0.01, longest_pause=0.05, most_failures=3, last_failure=0.0, farewell=0.2
)
WORDS = Words({name: {("en", ""): f"{name} en", ("es", ""): f"{name} es"} for name in NEEDED})
CRISIS = "i want to kill myself"


async def echo(body: Json) -> Json:
    """What a healthy Rasa answers, as far as the gateway is concerned."""
    return said(f"you said {body['text']}")


def said(*texts: str, language: str | None = None, failed: tuple[str, ...] = (), **more: Any) -> Json:
    """An answer of Rasa's. `more` is of its last message: buttons, custom, response."""
    messages = [{"text": text, "buttons": [], "custom": {}, "response": None} for text in texts]
    if messages:
        messages[-1].update(more)
    return {"messages": messages, "language": language, "failed": list(failed)}


class Dropped(Exception):
    """A behavior raises it to close the connection without an answer."""


@dataclass
class RasaStandIn:
    """`heard` is what it was asked, in order; `busy` and `busiest` how many at once, per conversation."""

    behave: Behavior = echo
    actions_ready: bool = True
    heard: list[Json] = field(default_factory=list)
    busy: dict[str, int] = field(default_factory=dict)
    busiest: int = 0
    port: int = 0
    _runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def texts(self) -> list[str]:
        return [body["text"] for body in self.heard]

    async def start(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.post("/webhooks/homeward/message", self._message),
                web.get("/webhooks/homeward/ready", self._ready),
                web.get("/actions/ready", self._actions),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.05)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None

    async def _message(self, request: web.Request) -> web.StreamResponse:
        assert request.headers[SECRET_HEADER] == SECRET
        body = await request.json()
        self.heard.append(body)
        conversation = body["conversation"]
        self.busy[conversation] = self.busy.get(conversation, 0) + 1
        self.busiest = max(self.busiest, self.busy[conversation])
        try:
            return web.json_response(await self.behave(body))
        except Dropped:
            assert request.transport is not None
            request.transport.abort()
            raise
        finally:
            self.busy[conversation] -= 1

    async def _ready(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _actions(self, _: web.Request) -> web.Response:
        return web.json_response({}, status=200 if self.actions_ready else 503)


@dataclass
class Family:
    """Somebody who chats through a gateway."""

    client: TestClient[web.Request, web.Application]
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def say(self, text: str, wait: float = 20, message_id: str | None = None) -> list[Json]:
        return (await self.send({"id": message_id or str(uuid.uuid4()), "text": text}, wait))["messages"]

    async def tap(self, choice: str, wait: float = 20) -> list[Json]:
        return (await self.send({"id": str(uuid.uuid4()), "choice": choice}, wait))["messages"]

    async def send(self, body: Json, wait: float = 0) -> Json:
        async with self.client.post(f"/chat/v1/messages?wait={wait}", json=body, headers=self.headers) as response:
            assert response.status == 200, await response.text()
            answer: Json = await response.json()
            return answer

    async def read(self, after: int = 0, wait: float = 0) -> list[Json]:
        async with self.client.get(f"/chat/v1/messages?after={after}&wait={wait}", headers=self.headers) as response:
            assert response.status == 200, await response.text()
            messages: list[Json] = (await response.json())["messages"]
            return messages

    async def heard(self, count: int) -> list[str]:
        """What Homeward said, once it said so much."""
        texts: list[str] = []
        seen = 0
        while True:
            for message in await self.read(after=seen, wait=20):
                seen = message["seq"]
                texts += [message["text"]] if message["from"] == "homeward" else []
            if len(texts) >= count:
                return texts

    async def leave(self) -> int:
        async with self.client.delete("/chat/v1/session", headers=self.headers) as response:
            return response.status


@dataclass
class Gateway:
    """A gateway on `engine`'s database. It ends with the test, or before with `stop`."""

    engine: Engine
    client: TestClient[web.Request, web.Application]

    @property
    def app(self) -> web.Application:
        app = self.client.app
        assert app is not None
        return app

    async def family(self, language: str = "en") -> Family:
        async with self.client.post("/chat/v1/sessions", json={"language": language}) as response:
            assert response.status == 201
            return Family(self.client, (await response.json())["token"])

    async def stop(self) -> None:
        await self.client.close()


Gateways = Callable[..., Awaitable[Gateway]]


@functools.cache
def screen() -> Screen:
    return load_screen()


@pytest.fixture
async def rasa() -> AsyncIterator[RasaStandIn]:
    stand_in = RasaStandIn()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
async def gateways(rasa: RasaStandIn, directory_engine: Engine, tmp_path: Any) -> AsyncIterator[Gateways]:
    """Starts gateways on one database, in front of one Rasa. More settings may be given by their names."""
    url = directory_engine.url.render_as_string(hide_password=False)
    async with contextlib.AsyncExitStack() as running:

        async def start(
            pace: Pace = QUICK, owner: str | None = None, words: Words = WORDS, rates: Rates | None = None, **given: str
        ) -> Gateway:
            settings = load_settings({"HOMEWARD_VAR": str(tmp_path), "HOMEWARD_DATABASE_URL": url, **given})
            link = RasaLink(rasa.url, f"{rasa.url}/actions", SECRET)
            app = make_app(settings, link, words, screen(), owner=owner, pace=pace, rates=rates)
            connections = aiohttp.TCPConnector(limit=0)
            client = TestClient(TestServer(app), connector=connections, timeout=aiohttp.ClientTimeout(total=60))
            await client.start_server()
            running.push_async_callback(client.close)
            return Gateway(directory_engine, client)

        yield start


@pytest.fixture
async def gateway(gateways: Gateways) -> Gateway:
    return await gateways()


@contextlib.contextmanager
def held() -> Iterator[tuple[asyncio.Event, asyncio.Event, Behavior]]:
    """(reached, go on, behavior): the behavior says that it was reached and answers when it may go on."""
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def behave(body: Json) -> Json:
        reached.set()
        await go_on.wait()
        return await echo(body)

    yield reached, go_on, behave
    go_on.set()
