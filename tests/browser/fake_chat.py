"""A stand-in for the gateway: serves the real page and plays the Chat API, well or badly, as a test wants."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

WIDGET = Path(__file__).resolve().parents[2] / "bot" / "widget"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HOTLINES = {
    "en": [
        {"id": "911", "name": "Emergency", "number": "911", "href": "tel:911", "note": "Danger right now."},
        {"id": "988", "name": "Crisis line", "number": "988", "href": "tel:988", "note": "Call or text."},
        {
            "id": "dv",
            "name": "Abuse hotline",
            "number": "1-800-799-7233",
            "href": "tel:+18007997233",
            "note": "Or text START to 88788.",
        },
        {
            "id": "211",
            "name": "Local help",
            "number": "211",
            "href": "tel:211",
            "note": "Food, rent, shelter.",
        },
        {"id": "988-text", "name": "Crisis line by text", "number": "988", "href": "sms:988", "note": ""},
    ],
    "es": [
        {
            "id": "911",
            "name": "Emergencia",
            "number": "911",
            "href": "tel:911",
            "note": "Peligro ahora mismo.",
        },
        {"id": "988", "name": "Crisis", "number": "988", "href": "tel:988", "note": "Oprime 2 para español."},
        {
            "id": "dv",
            "name": "Violencia en casa",
            "number": "1-800-799-7233",
            "href": "tel:+18007997233",
            "note": "",
        },
        {
            "id": "211",
            "name": "Ayuda local",
            "number": "211",
            "href": "tel:211",
            "note": "Comida, renta, albergue.",
        },
    ],
}

Message = dict[str, Any]
Answer = Callable[[str], list[Message]]


def answer(text: str, **more: Any) -> Message:
    """What Homeward says; seq and time are added when it is said."""
    said: Message = {
        "from": "homeward",
        "text": text,
        "language": "en",
        "choices": [],
        "matches": [],
        "crisis": None,
    }
    return said | more


def place(**changes: Any) -> dict[str, Any]:
    """A Match with every field filled; `changes` replace some."""
    match: dict[str, Any] = {
        "service_at_location_id": "a",
        "service_id": "b",
        "service": "Maple Street Pantry",
        "organization": "Maple Street Neighbors",
        "needs": ["food"],
        "distance_miles": 1.24,
        "address": "12 Maple St, Sacramento, CA 95814",
        "latitude": 38.58,
        "longitude": -121.49,
        "phones": [{"number": "916-555-0142", "extension": "7", "type": "voice", "languages": ["en"]}],
        "website": "https://pantry.example.org/",
        "open_state": "open",
        "hours": "Mon to Fri, 9:00 AM to 4:30 PM",
        "next_open": None,
        "eligibility": {"fits": "ask", "reasons": ["For families with children"]},
        "languages": ["en", "es"],
        "cost": "Free",
        "documents": ["Photo ID", "A bill with your address"],
        "accessibility": ["Ramp at the side door"],
        "how_to_access": "Walk in.",
        "verified": {"on": "2020-03-01", "by": "call"},
        "why": ["Serves your ZIP code", "Open now", "Speaks your language"],
        "sample": True,
    }
    return match | changes


@dataclass
class FakeChat:
    """One family's conversation, its rules open to the test (read and set from any thread)."""

    answers: Answer = field(default=lambda text: [answer(f"You said: {text}")])
    sample_notice: bool = True
    tokens: list[str] = field(default_factory=list)  # those that still work
    messages: list[Message] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)  # every body that arrived, repeats included
    sessions: int = 0
    deleted: int = 0
    silent: bool = False  # accepts, does not answer (the assistant is still getting ready)
    refuse: list[int] = field(default_factory=list)  # statuses for the next messages
    drop_after_accepting: int = 0  # how many times to take a message and cut the line before answering
    echo_twice: bool = False  # tell every message again at the next look
    accepted: dict[str, int] = field(default_factory=dict)
    # by text
    texting: bool = True
    ask_first: bool = False
    joined: str | None = None  # the end of the number that belongs to the conversation
    code: str = "482913"
    links: list[str] = field(default_factory=list)  # those that open what was said so far
    phone_posts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # (path, body)
    phone_errors: list[tuple[int, str, str]] = field(default_factory=list)  # (status, code, message) for the next of them

    def add(self, message: Message) -> int:
        seq = len(self.messages) + 1
        self.messages.append(message | {"seq": seq, "at": "2026-08-03T12:00:00Z"})
        return seq

    def expire(self) -> None:
        """The server forgets: tokens stop working, a new session begins at 1 again."""
        self.tokens.clear()
        self.messages.clear()

    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages if message["from"] == "family"]

    # -- what the page calls ---------------------------------------------------------------------------

    async def page(self, request: web.Request) -> web.Response:
        language = "es" if request.query.get("lang") == "es" else "en"
        environment = Environment(loader=FileSystemLoader(WIDGET), autoescape=True, undefined=StrictUndefined)
        html = environment.get_template("index.html").render(
            strings=json.loads((WIDGET / f"strings.{language}.json").read_text("utf-8")),
            language=language,
            hotlines=HOTLINES[language],
            asset_version="test",
            sample_notice=self.sample_notice,
            texting=self.texting,
        )
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": POLICY})

    async def asset(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(WIDGET / request.match_info["name"])

    def _known(self, request: web.Request) -> bool:
        return request.headers.get("Authorization", "").removeprefix("Bearer ") in self.tokens

    async def open(self, request: web.Request) -> web.Response:
        link = (await request.json()).get("link")
        if link and link not in self.links:
            return _refused(410, "old_link", "This link was already used.")
        self.sessions += 1
        token = f"token-{self.sessions}"
        self.tokens.append(token)
        if link:
            self.links.remove(link)
            return web.json_response({"token": token, "expires_at": "2026-08-04T12:00:00Z", "messages": []}, status=201)
        self.messages.clear()
        self.add(answer("Hello from the server."))
        return web.json_response({"token": token, "expires_at": "2026-08-04T12:00:00Z", "messages": self.messages}, status=201)

    async def send(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.posts.append(body)
        if not self._known(request):
            return _refused(401)
        if self.refuse:
            return _refused(self.refuse.pop(0))
        if body.get("text") == "delete my data":
            self.expire()
            self.deleted += 1
            receipt = answer("Done. Everything is erased. Receipt K7Q2-8MTX.")
            return web.json_response({"accepted": 1, "deleted": True, "receipt": "K7Q2-8MTX", "messages": [receipt]})
        if body["id"] not in self.accepted:
            said = body.get("text") or body["choice"]
            self.accepted[body["id"]] = self.add(answer(said) | {"from": "family"})
            if not self.silent:
                for reply in self.answers(said):
                    self.add(reply)
        if self.drop_after_accepting:
            self.drop_after_accepting -= 1
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        seq = self.accepted[body["id"]]
        return web.json_response({"accepted": seq, "messages": self._after(seq)})

    async def read(self, request: web.Request) -> web.Response:
        if not self._known(request):
            return _refused(401)
        after = int(request.query["after"])
        await self._wait(after, float(request.query.get("wait", 0)))
        if self.echo_twice:
            self.echo_twice = False
            after = 1
        return web.json_response({"messages": self._after(after)})

    async def delete(self, request: web.Request) -> web.Response:
        if not self._known(request):
            return _refused(401)
        self.expire()
        self.deleted += 1
        return web.json_response({"deleted": True, "message": "Done. It is deleted. Receipt K7Q2-8MTX."})

    async def terms(self, request: web.Request) -> web.Response:
        if not self._known(request):
            return _refused(401)
        wording = "Homeward will text this phone: a code now, then what you ask for. Msg & data rates may apply."
        no_code = "No code? If this phone once told us to stop, text START from it to +19165550100."
        terms = {"texting": True, "ask_first": self.ask_first, "joined": self.joined, "wording": wording, "no_code": no_code}
        return web.json_response(terms)

    async def phone(self, request: web.Request) -> web.Response:
        """All three paths under it."""
        path, body = request.path.rpartition("/v1/")[2], await request.json()
        self.phone_posts.append((path, body))
        if not self._known(request):
            return _refused(401)
        if self.phone_errors:
            return _refused(*self.phone_errors.pop(0))
        if path == "phone":
            return web.json_response({"sent": True, "expires_at": "2026-08-03T12:10:00Z"}, status=202)
        if path == "phone/confirm" and body["code"] != self.code:
            return _refused(400, "wrong_code", "That is not the code.")
        self.joined = "42"
        self.add(answer("I texted it to the phone ending in 42."))
        return web.json_response({"joined": self.joined, "listed": True})

    def _after(self, seq: int) -> list[Message]:
        return [message for message in self.messages if message["seq"] > seq]

    async def _wait(self, seq: int, seconds: float) -> None:
        until = asyncio.get_running_loop().time() + seconds
        while not self._after(seq) and not self.echo_twice and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.02)


def _refused(status: int, code: str = "refused", message: str = "No.") -> web.Response:
    return web.json_response({"error": {"code": code, "message": message}}, status=status)


class Server:
    """Serves one FakeChat from a thread, on a port that stays the same while it stops and starts again."""

    def __init__(self, chat: FakeChat) -> None:
        self.chat = chat
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)

    def close(self) -> None:
        self.stop()
        asyncio.run_coroutine_threadsafe(self._finish(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)

    async def _start(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.get("/", self.chat.page),
                web.get("/assets/{version}/{name}", self.chat.asset),
                web.post("/chat/v1/sessions", self.chat.open),
                web.post("/chat/v1/messages", self.chat.send),
                web.get("/chat/v1/messages", self.chat.read),
                web.delete("/chat/v1/session", self.chat.delete),
                web.get("/chat/v1/phone", self.chat.terms),
                web.post("/chat/v1/phone", self.chat.phone),
                web.post("/chat/v1/phone/confirm", self.chat.phone),
                web.post("/chat/v1/phone/list", self.chat.phone),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]

    async def _finish(self) -> None:
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _stop(self) -> None:
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
