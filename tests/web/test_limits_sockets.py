"""Clients that are slow or that do not speak HTTP as others do, on real sockets, against a gateway served as in production."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import resource
import socket
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pytest
from aiohttp import web
from sqlalchemy import Engine, insert

from bot.gateway import app as gateway_app
from bot.gateway import chat, limits, reading
from bot.gateway.app import make_app
from bot.gateway.chat import LIMITS, NEWS
from bot.gateway.rasa_link import RasaLink
from bot.gateway.slow_readers import SlowReaders
from resources_db import conversations
from resources_db.database import session_scope
from resources_db.models.message import Message
from resources_db.settings import load_settings
from tests.databases import SqliteDatabases
from tests.web.rasa_stand_in import QUICK, SECRET, WORDS, RasaStandIn, screen

LONG = 20.0


@pytest.fixture
def directory_engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """What is tested here is the same on every database."""
    with sqlite_databases.new() as engine:
        yield engine


@dataclass
class Served:
    app: web.Application
    runner: web.AppRunner
    port: int

    async def ask(self, *lines: str, body: bytes = b"", until_closed: bool = True) -> bytes:
        """What comes back for a request of these lines; `Connection: close` is added when its end is waited for."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        closing = ["Connection: close"] if until_closed else []
        writer.write("\r\n".join([*lines, *closing, "", ""]).encode("latin-1") + body)
        with contextlib.closing(writer):
            return await asyncio.wait_for(reader.read() if until_closed else reader.read(65536), LONG)

    async def token(self) -> str:
        answer = await self.ask("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Content-Length: 0")
        token: str = json.loads(answer.partition(b"\r\n\r\n")[2])["token"]
        return token

    async def closed_soon(self, reader: asyncio.StreamReader) -> bool:
        with contextlib.suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), LONG)
        return True


@contextlib.asynccontextmanager
async def _served(engine: Engine, rasa: RasaStandIn, var: Any, **given: Any) -> AsyncIterator[Served]:
    url = engine.url.render_as_string(hide_password=False)
    settings = load_settings({"HOMEWARD_VAR": str(var), "HOMEWARD_DATABASE_URL": url})
    app = make_app(settings, RasaLink(rasa.url, f"{rasa.url}/actions", SECRET), WORDS, screen(), pace=QUICK)
    runner = web.AppRunner(app, **{**gateway_app.SERVED, **given})
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield Served(app, runner, runner.addresses[0][1])
    finally:
        await runner.cleanup()


@pytest.fixture
async def served(directory_engine: Engine, rasa: RasaStandIn, tmp_path: Any) -> AsyncIterator[Served]:
    async with _served(directory_engine, rasa, tmp_path) as served:
        yield served


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost",
    ],
)
async def test_a_client_that_does_not_finish_its_headers_is_let_go(
    directory_engine: Engine, rasa: RasaStandIn, tmp_path: Any, sent: bytes
) -> None:
    async with _served(directory_engine, rasa, tmp_path, keepalive_timeout=0.3) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(sent)

        async def drip() -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    await asyncio.sleep(0.05)
                    writer.write(b"a" if sent else b"")
                    await writer.drain()

        dripping = asyncio.create_task(drip())
        assert await served.closed_soon(reader), "a sign now and then does not keep it"
        dripping.cancel()
        writer.close()


async def test_production_does_not_wait_long_for_headers() -> None:
    assert gateway_app.SERVED["keepalive_timeout"] <= 30


def test_the_gateway_allows_itself_as_many_connections_as_it_may() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = "import resource as r; r.setrlimit(r.RLIMIT_NOFILE, (256, r.getrlimit(r.RLIMIT_NOFILE)[1]))"
    code = f"{few}; from bot.gateway.app import make_room; make_room(); print(r.getrlimit(r.RLIMIT_NOFILE)[0])"
    told = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True).stdout
    assert int(told) == (65_536 if hard == resource.RLIM_INFINITY else min(hard, 65_536))


async def test_many_who_never_finish_do_not_keep_others_waiting(served: Served) -> None:
    stuck = [await asyncio.open_connection("127.0.0.1", served.port) for _ in range(300)]
    for _, writer in stuck:
        writer.write(b"POST /chat/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    assert await served.token()
    for _, writer in stuck:
        writer.close()


async def test_a_body_that_comes_a_byte_at_a_time_is_not_waited_for(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_BODY_TIMEOUT", 0.3)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(b"POST /chat/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 30000\r\n\r\n")

    async def drip() -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    assert b" 408 " in await asyncio.wait_for(reader.readline(), LONG)
    dripping.cancel()
    writer.close()


async def test_who_asks_for_much_and_reads_nothing_is_let_go(
    directory_engine: Engine, rasa: RasaStandIn, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SlowReaders", lambda: SlowReaders(patience=0.3))
    monkeypatch.setattr(chat, "_KEEP_ALIVE", 0.5)  # when a stream finds that nobody is there
    async with _served(directory_engine, rasa, tmp_path) as served:
        token = await served.token()
        _say_much(directory_engine, token)
        sockets = [_deaf(served.port, path, token) for path in ("messages", "stream", "messages", "stream")]
        while served.runner.server.connections or len(served.app[LIMITS].readers):  # type: ignore[union-attr]
            await asyncio.sleep(0.05)
        assert len(served.app[NEWS]) == 0
        for one in sockets:
            one.close()


async def test_who_reads_slowly_but_reads_gets_everything(
    directory_engine: Engine, rasa: RasaStandIn, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SlowReaders", lambda: SlowReaders(patience=0.5))
    async with _served(directory_engine, rasa, tmp_path) as served:
        token = await served.token()
        _say_much(directory_engine, token)
        connection, loop, got = _deaf(served.port, "messages", token, 1 << 16), asyncio.get_running_loop(), bytearray()
        connection.setblocking(False)
        while chunk := await asyncio.wait_for(loop.sock_recv(connection, 1 << 17), LONG):
            got += chunk
            await asyncio.sleep(0.05)
        connection.close()
        head, _, body = bytes(got).partition(b"\r\n\r\n")
        assert len(json.loads(body)["messages"]) == 40, head


@pytest.mark.parametrize(
    "lines",
    [
        ("GET /healthz HTTP/1.1", "Host: localhost", "Host: attacker.example"),
        ("GET /healthz HTTP/1.1",),
        ("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Content-Length: 0", "Content-Length: 5"),
        ("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Content-Length: 0, 5"),
        ("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Content-Length: -1"),
        ("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Content-Length: +2"),
        ("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Content-Length: 2_0"),
        ("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Content-Length: 2", "Transfer-Encoding: chunked"),
        ("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Transfer-Encoding: gzip"),
        ("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked, identity"),
        ("POST /chat/v1/sessions HTTP/1.1", "Host : localhost", "Content-Length: 0"),
        ("GET /healthz HTTP/1.1", "Host: localhost", " folded: header"),
        ("GET /healthz HTTP/1.1", "Host: localhost", "X-A: a\x00b"),
        ("GET /healthz HTTP/1.1", "Host: localhost", "X-A: " + "a" * 20_000),
        ("GET /healthz HTTP/1.1", "Host: localhost", *(f"X-{n}: a" for n in range(500))),
        ("GET /" + "a" * 20_000 + " HTTP/1.1", "Host: localhost"),
        ("GET /healthz HTTP/9.9", "Host: localhost"),
    ],
)
async def test_what_can_be_read_in_two_ways_is_not_read(served: Served, lines: tuple[str, ...]) -> None:
    answer = await served.ask(*lines, until_closed=False)
    assert b" 400 " in answer.partition(b"\r\n")[0], answer[:200]
    assert await served.token(), "and it goes on"


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\n{}\r\n0\r\n\r\n",
        b"2\r\n{}0\r\n\r\n",
        b"-2\r\n{}\r\n0\r\n\r\n",
        b"0x2\r\n{}\r\n0\r\n\r\n",
        b"2\n{}\n0\n\n",
        b"ffffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
    ],
)
async def test_chunks_that_are_none_are_refused(served: Served, chunks: bytes) -> None:
    lines = ("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", "Transfer-Encoding: chunked")
    answer = await served.ask(*lines, body=chunks, until_closed=False)
    assert b" 400 " in answer.partition(b"\r\n")[0] or not answer, answer[:200]
    assert await served.token()


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_small_body_that_unpacks_to_a_large_one_is_refused(served: Served, coding: str) -> None:
    large = b'{"language": "' + b"a" * 50_000_000 + b'"}'
    packed = gzip.compress(large, 1) if coding == "gzip" else zlib.compress(large, 1)
    lines = (f"Content-Encoding: {coding}", f"Content-Length: {len(packed)}")
    answer = await served.ask("POST /chat/v1/sessions HTTP/1.1", "Host: localhost", *lines, body=packed, until_closed=False)
    assert b" 413 " in answer.partition(b"\r\n")[0]


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "FOO", "get"])
async def test_methods_nobody_knows_are_refused(served: Served, method: str) -> None:
    answer = await served.ask(f"{method} /chat/v1/messages HTTP/1.1", "Host: localhost", until_closed=False)
    assert answer.split()[1] in (b"400", b"404", b"405")


async def test_an_expectation_and_an_upgrade_that_nobody_meets_are_answered(served: Served) -> None:
    answer = await served.ask("GET /healthz HTTP/1.1", "Host: localhost", "Expect: wobblefrond")
    assert answer.startswith(b"HTTP/1.1 417")
    answer = await served.ask("GET /healthz HTTP/1.1", "Host: localhost", "Upgrade: websocket")
    assert answer.startswith(b"HTTP/1.1 200")


def _say_much(engine: Engine, token: str) -> None:
    """Two and a half megabytes, in the conversation of this token: more than the system takes off our hands."""
    now = datetime.now(timezone.utc)
    with session_scope(engine) as session:
        conversation = conversations.conversation_of(session, token, now, lock=True)
        for number in range(40):
            row = {
                "id": str(number), "conversation_id": conversation.id, "seq": conversation.next_seq(), "sender": "homeward",
                "text": str(number).zfill(4) * 16_000, "language": "en", "choices": [], "matches": [], "at": now,
                "channel": "web", "waiting": False,
            }  # fmt: skip
            session.execute(insert(Message), row)
        conversations.save_conversation(session, conversation)


def _deaf(port: int, path: str, token: str, buffer: int = 4096) -> socket.socket:
    """Asks, and leaves what comes where it is."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.connect(("127.0.0.1", port))
    lines = f"GET /chat/v1/{path} HTTP/1.1", "Host: localhost", f"Authorization: Bearer {token}", "Connection: close"
    connection.sendall("\r\n".join([*lines, "", ""]).encode())
    return connection
