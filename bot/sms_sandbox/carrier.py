"""The stand-in carrier: an aiohttp app with Twilio's API for messages, and what Twilio posts to us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import random
import re
import secrets
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, NoReturn
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bot.sms_sandbox.faults import Faults
from bot.sms_sandbox.message import API, Message
from bot.sms_sandbox.signature import HEADER, sign, with_body_hash

logger = logging.getLogger(__name__)

#: Alone in a text, whatever their case. As Twilio has them where nothing else is set up.
STOP_WORDS = frozenset("stop stopall unsubscribe cancel end quit revoke optout".split())
START_WORDS = frozenset("start yes unstop".split())
HELP_WORDS = frozenset("help info".split())
_STOPPED = (
    "You have successfully been unsubscribed. You will not receive any more messages from this number. "
    "Reply START to resubscribe."
)
_STARTED = (
    "You have successfully been re-subscribed to messages from this number. Reply HELP for help. "
    "Reply STOP to unsubscribe. Msg&Data Rates May Apply."
)
_HELP = "Reply STOP to unsubscribe. Msg&Data Rates May Apply."

MOST_SIGNS = 1600
_PAGE, _LARGEST_PAGE = 50, 1000
# Ours has to answer so soon; then it is told once more, if nothing was heard at all.
_CONNECT, _ANSWER = 5.0, 15.0
_TRIES = 2
_PATIENCE = 2.0
_NEVER_SENT = (30001, 30002)
_WHERE = {"City": "SACRAMENTO", "State": "CA", "Zip": "95814", "Country": "US"}


@dataclass(frozen=True)
class Post:
    """One thing posted to us, or meant to be: `outcome` is the HTTP status, 0 when nothing was heard, None when dropped.
    `at` is a moment of time.monotonic()."""

    sid: str
    status: str
    outcome: int | None
    seconds: float
    at: float


class Carrier:
    """`webhooks`: each number of ours, and where texts to it are posted ("" is nowhere). `services`: messaging services'
    ids, and the number each sends from. `pace` is the seconds between two states of a text.

    The record: `messages`, everything accepted in either direction, in order; `posts`; `refusals`, (to, error code)."""

    def __init__(
        self, account: str, token: str, webhooks: Mapping[str, str], *, services: Mapping[str, str] | None = None,
        faults: Faults | None = None, seed: int = 0, pace: float = 0.05,
    ) -> None:  # fmt: skip
        self.account = account
        self.token = token
        self.webhooks = dict(webhooks)
        self.services = dict(services or {})
        self.faults = faults or Faults()
        self.messages: list[Message] = []
        self.posts: list[Post] = []
        self.refusals: list[tuple[str, int]] = []
        self.stopped: set[tuple[str, str]] = set()
        self._random = random.Random(seed)
        self._pace = pace
        self._hearers: list[Callable[[Message], None]] = []
        self._storm_until = 0.0
        self._locks: dict[str, asyncio.Lock] = {}
        self._overtaken: dict[str, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    # --- running it

    @contextlib.asynccontextmanager
    async def serving(self, port: int = 0) -> AsyncIterator[str]:
        """Serve on loopback for the length of the block; gives the address that stands for https://api.twilio.com."""
        runner = web.AppRunner(self.app(), access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", port)
            await site.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()

    def app(self) -> web.Application:
        app = web.Application()
        here = f"{API}/{{account}}/Messages"
        app.add_routes(
            [
                web.post(f"{here}.json", self._create),
                web.get(f"{here}.json", self._list),
                web.get(f"{here}/{{sid}}.json", self._fetch),
            ]
        )
        app.cleanup_ctx.append(self._running)
        return app

    async def _running(self, _: web.Application) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=_ANSWER, sock_connect=_CONNECT)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=50)) as self._http:
            yield
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settled(self) -> None:
        """Wait until everything under way has been posted."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- a family's phone

    def text(self, from_number: str, body: str, *, to: str | None = None, media: int = 0, as_json: bool = False) -> Message:
        """A phone sends a text to `to`, by default our first number; what follows happens in the background."""
        number = to or next(iter(self.webhooks))
        service = self._service_of(number)
        now = _now()
        message = Message("inbound", from_number, number, body, "received", now, service=service, media=media, sent=now)
        self.messages.append(message)
        self._opt(message)
        if url := self.webhooks[number]:
            self._start(self._post(f"from {from_number}", message, url, self._as_form(message), as_json=as_json))
        return message

    def hear(self, hear: Callable[[Message], None]) -> None:
        """Call `hear` with every text that reaches a phone."""
        self._hearers.append(hear)

    def texts_to(self, phone: str) -> list[Message]:
        """What Homeward sent to a phone, in the order of acceptance."""
        return [m for m in self.messages if m.to == phone and m.direction == "outbound-api"]

    def _opt(self, message: Message) -> None:
        """The words that the carrier itself obeys, and answers; the text is passed on all the same."""
        word, pair = message.body.strip().lower(), (message.service or message.to, message.from_number)
        if word in STOP_WORDS:
            self.stopped.add(pair)
            self._answer(message, _STOPPED)
        elif word in START_WORDS and pair in self.stopped:
            self.stopped.discard(pair)
            self._answer(message, _STARTED)
        elif word in HELP_WORDS and pair not in self.stopped:
            self._answer(message, _HELP)

    def _service_of(self, number: str) -> str | None:
        return next((sid for sid, sender in self.services.items() if sender == number), None)

    def _answer(self, message: Message, body: str) -> None:
        now = _now()
        answer = Message("outbound-reply", message.to, message.from_number, body, "delivered", now, automatic=True, sent=now)
        self.messages.append(answer)
        self._arrived(answer)

    def _arrived(self, message: Message) -> None:
        for hear in self._hearers:
            hear(message)

    # --- its API

    async def _create(self, request: web.Request) -> web.StreamResponse:
        self._admit(request)
        form = {name: str(value) for name, value in (await request.post()).items()}
        message = self._accepted(form)
        self._start(self._carry(message))
        if self._happens(self.faults.cut):
            return _cut(request)
        if self._happens(self.faults.silent):
            await asyncio.sleep(self.faults.silence)
            return _cut(request)
        if self._happens(self.faults.broken):
            return web.Response(status=502, text="<html><body>502 Bad Gateway</body></html>", content_type="text/html")
        return web.json_response(message.as_json(self.account), status=201)

    def _accepted(self, form: Mapping[str, str]) -> Message:
        """The text that a form asks for. Raises an HTTP error as the carrier words it."""
        to, body, service = form.get("To", ""), form.get("Body", ""), form.get("MessagingServiceSid")
        sender = self.services.get(service, "") if service else form.get("From", "")
        if not to:
            _refuse(400, 21604, "A 'To' phone number is required.")
        if not re.fullmatch(r"\+[1-9][0-9]{7,14}", to):
            self._refuse(to, 21211, f"Invalid 'To' Phone Number: {to[:4]}XXXX")
        if service and not sender:
            self._refuse(to, 21705, f"The Messaging Service Sid {service} is invalid.")
        if not sender:
            self._refuse(to, 21603, "A 'From' phone number is required.")
        if sender not in self.webhooks:
            self._refuse(
                to, 21606, f"The 'From' phone number provided ({sender}) is not a valid message-capable Twilio phone number "
                "for this destination/account combination.",
            )  # fmt: skip
        if not body:
            self._refuse(to, 21602, "Message body is required.")
        if len(body) > MOST_SIGNS:
            self._refuse(to, 21617, "The concatenated message body exceeds the 1600 character limit")
        if (self._service_of(sender) or sender, to) in self.stopped:
            self._refuse(to, 21610, "Attempt to send to unsubscribed recipient")
        message = Message(
            "outbound-api", sender, to, body, "accepted" if service else "queued", _now(), service=service,
            callback=form.get("StatusCallback"),
        )  # fmt: skip
        self.messages.append(message)
        return message

    async def _list(self, request: web.Request) -> web.Response:
        """Newest first. A page begins after the text that the one before it ended with, so new ones shift nothing."""
        self._admit(request)
        query = request.query
        size = min(int(query.get("PageSize", _PAGE)), _LARGEST_PAGE)
        found = [m for m in reversed(self.messages) if not m.automatic and _asked_for(m, query)]
        if token := query.get("PageToken"):
            found = found[next(n for n, m in enumerate(found) if token == f"PA{m.sid}") + 1 :]
        page, number = found[:size], int(query.get("Page", 0))

        def uri(page_number: int, after: str | None) -> str:
            asked = {name: value for name, value in query.items() if not name.startswith("Page")}
            asked |= {"PageSize": str(size), "Page": str(page_number)} | ({"PageToken": after} if after else {})
            return f"{request.path}?{urlencode(asked)}"

        more = len(found) > size
        return web.json_response(
            {
                "messages": [m.as_json(self.account) for m in page],
                "page": number, "page_size": size, "start": number * size, "end": number * size + max(len(page) - 1, 0),
                "uri": uri(number, token), "first_page_uri": uri(0, None), "previous_page_uri": None,
                "next_page_uri": uri(number + 1, f"PA{page[-1].sid}") if more else None,
            }
        )  # fmt: skip

    async def _fetch(self, request: web.Request) -> web.Response:
        self._admit(request)
        for message in self.messages:
            if message.sid == request.match_info["sid"] and not message.automatic:
                return web.json_response(message.as_json(self.account))
        _refuse(404, 20404, f"The requested resource {request.path} was not found")

    def _admit(self, request: web.Request) -> None:
        """Raises an HTTP error for the wrong key, and for what the faults say."""
        known = "Basic " + b64encode(f"{self.account}:{self.token}".encode()).decode()
        given = request.headers.get("Authorization", "")
        if not secrets.compare_digest(given, known) or request.match_info["account"] != self.account:
            _refuse(401, 20003, "Authenticate")
        now = time.monotonic()
        if now >= self._storm_until and self._happens(self.faults.storms):
            self._storm_until = now + self.faults.storm
        if now < self._storm_until:
            _refuse(429, 20429, "Too Many Requests", {"Retry-After": str(math.ceil(self._storm_until - now))})
        if self._happens(self.faults.refused):
            _refuse(503, 20503, "Service is unavailable")

    def _refuse(self, to: str, code: int, words: str) -> NoReturn:
        self.refusals.append((to, code))
        _refuse(400, code, words)

    # --- what it posts to us

    async def _carry(self, message: Message) -> None:
        """A text's way to the phone, told at each step."""
        code = self._error_to_come()
        end = "delivered" if code is None else "failed" if code in _NEVER_SENT else "undelivered"
        for status in ("queued", end) if end == "failed" else ("queued", "sent", end):
            await asyncio.sleep(self._pace * self._random.uniform(0.5, 1.5))
            message.status, message.updated = status, _now()
            if status == "sent":
                message.sent = message.updated
            elif status == end:
                message.error_code = code
            if status == "delivered":
                self._arrived(message)
            if message.callback:
                self._start(self._post(message.sid, message, message.callback, self._as_status(message)))

    async def _post(self, key: str, message: Message, url: str, form: dict[str, str], *, as_json: bool = False) -> None:
        """Things with the same `key` come one after the other, but for the faults."""
        faults, status = self.faults, form.get("MessageStatus", form["SmsStatus"])
        if self._happens(faults.dropped):
            self.posts.append(Post(message.sid, status, None, 0.0, time.monotonic()))
            return
        if self._happens(faults.delayed):
            await asyncio.sleep(self._random.uniform(0, faults.longest_delay))
        elif self._happens(faults.reordered):
            overtaken = self._overtaken[key] = asyncio.Event()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(overtaken.wait(), _PATIENCE)
        headers = {"User-Agent": "TwilioProxy/1.1", "Accept": "*/*", "I-Twilio-Idempotency-Token": secrets.token_hex(16)}
        if as_json:
            body = json.dumps(form).encode()
            url = with_body_hash(url, body)
            headers |= {"Content-Type": "application/json", HEADER: sign(self.token, url)}
        else:
            body = urlencode(form).encode()
            headers |= {
                "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
                HEADER: sign(self.token, url, form.items()),
            }
        async with self._locks.setdefault(key, asyncio.Lock()):
            for _ in range(2 if self._happens(faults.duplicated) else 1):
                for _ in range(_TRIES):
                    began = time.monotonic()
                    outcome = await self._posted(url, body, headers)
                    self.posts.append(Post(message.sid, status, outcome, time.monotonic() - began, began))
                    if outcome:
                        break
        if waiting := self._overtaken.pop(key, None):
            waiting.set()

    async def _posted(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        assert self._http, "the app must run"
        try:
            async with self._http.post(url, data=body, headers=headers, allow_redirects=False) as response:
                await response.read()
                return response.status
        except (OSError, aiohttp.ClientError, asyncio.TimeoutError) as error:
            logger.info("nothing heard from %s: %s", url, type(error).__name__)
            return 0

    def _as_form(self, message: Message) -> dict[str, str]:
        form = {
            "ToCountry": "US", "ToState": "CA", "SmsMessageSid": message.sid, "NumMedia": str(message.media), "ToCity": "",
            "FromZip": _WHERE["Zip"], "SmsSid": message.sid, "FromState": _WHERE["State"], "SmsStatus": "received",
            "FromCity": _WHERE["City"], "Body": message.body, "FromCountry": _WHERE["Country"], "To": message.to, "ToZip": "",
            "NumSegments": str(message.segments), "MessageSid": message.sid, "AccountSid": self.account,
            "From": message.from_number, "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if message.service:
            form["MessagingServiceSid"] = message.service
        for number in range(message.media):
            form[f"MediaContentType{number}"] = "image/jpeg"
            form[f"MediaUrl{number}"] = f"https://api.twilio.com{API}/{self.account}/Messages/{message.sid}/Media/ME{number:032x}"
        return form

    def _as_status(self, message: Message) -> dict[str, str]:
        form = {
            "SmsSid": message.sid, "SmsStatus": message.status, "MessageStatus": message.status, "To": message.to,
            "MessageSid": message.sid, "AccountSid": self.account, "From": message.from_number, "ApiVersion": "2010-04-01",
        }  # fmt: skip
        if message.service:
            form["MessagingServiceSid"] = message.service
        if message.error_code:
            form["ErrorCode"] = str(message.error_code)
        if message.status in ("delivered", "undelivered"):
            form["RawDlrDoneDate"] = f"{message.updated:%y%m%d%H%M}"
        return form

    def _error_to_come(self) -> int | None:
        drawn = self._random.random()
        for code, chance in self.faults.undelivered.items():
            drawn -= chance
            if drawn < 0:
                return code
        return None

    def _happens(self, chance: float) -> bool:
        return chance > 0 and self._random.random() < chance

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _asked_for(message: Message, query: Mapping[str, str]) -> bool:
    """What is not sent yet has no such date and is not found by one."""
    if query.get("To", message.to) != message.to or query.get("From", message.from_number) != message.from_number:
        return False
    for name, given in query.items():
        if not name.startswith("DateSent"):
            continue
        if message.sent is None:
            return False
        moment, sent = _moment(given), message.sent.replace(microsecond=0)
        if name == "DateSent" and sent.date() != moment.date():
            return False
        if name == "DateSent>" and sent < moment or name == "DateSent<" and sent > moment:
            return False
    return True


def _moment(given: str) -> datetime:
    """Of a date, its first moment in UTC."""
    try:
        if len(given) == len("2026-11-22"):
            return datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=timezone.utc)
        return datetime.fromisoformat(given.replace("Z", "+00:00"))
    except ValueError:
        _refuse(400, 20001, f"{given} is not a date")


def _refuse(status: int, code: int, words: str, headers: Mapping[str, str] | None = None) -> NoReturn:
    answer = {"code": code, "message": words, "more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
    raise _ERRORS[status](text=json.dumps(answer), content_type="application/json", headers=headers)


_ERRORS: dict[int, Callable[..., web.HTTPException]] = {
    400: web.HTTPBadRequest,
    401: web.HTTPUnauthorized,
    404: web.HTTPNotFound,
    429: web.HTTPTooManyRequests,
    503: web.HTTPServiceUnavailable,
}


def _cut(request: web.Request) -> web.Response:
    """Close the connection without a word."""
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


def _now() -> datetime:
    return datetime.now(timezone.utc)
