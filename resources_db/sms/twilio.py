"""Twilio's REST API, or whatever speaks it at `carrier.api_base`: send a text, and list those sent and received.

What matters of a failure is whether the text may have left: `Refused` says that it surely did not, `Unsure` that nobody
knows. Nothing of a text, a number or an id is ever part of an error's words or of a log.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any
from urllib.parse import urlencode

import aiohttp

from resources_db.settings import Carrier
from resources_db.sms import codes

#: The longest a request may take, in seconds; and the part of it for reaching the carrier at all.
LONGEST = 35.0
_CONNECT = 10.0
_PAGE = 1000
_MOST_PAGES = 100
_MESSAGES = "/2010-04-01/Accounts/{}/Messages.json"


class Refused(Exception):
    """The carrier surely did not take the text. `permanent`: nor will it ever. `retry_after` is in seconds."""

    def __init__(self, code: str, *, permanent: bool, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.retry_after = retry_after


class Unsure(Exception):
    """The carrier was asked to send a text, and its answer did not come or cannot be understood."""


class Unlisted(Exception):
    """The carrier did not say which texts it has. `retry_after` is in seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Sent:
    """The carrier took a text and gave it an id; what becomes of it, it tells later."""

    provider_id: str = field(repr=False)


@dataclass(frozen=True)
class Listed:
    """A text as the carrier lists it. `at` is when the carrier got to know of it; `service` is a messaging service's id."""

    provider_id: str = field(repr=False)
    inward: bool
    from_number: str | None = field(repr=False)
    to: str | None = field(repr=False)
    body: str = field(repr=False)
    service: str | None
    media: int
    at: datetime


class Twilio:
    """To be used in an `async with`."""

    def __init__(self, carrier: Carrier, public_url: str) -> None:
        self._carrier = carrier
        self._public_url = public_url
        self._path = _MESSAGES.format(carrier.account_sid)
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Twilio:
        self._http = aiohttp.ClientSession(
            headers={"Authorization": aiohttp.encode_basic_auth(self._carrier.account_sid, self._carrier.auth_token)},
            timeout=aiohttp.ClientTimeout(total=LONGEST, connect=_CONNECT, sock_connect=_CONNECT),
            # A connection kept open may be closed by the other side just when a text is written to it: one more `unknown`.
            connector=aiohttp.TCPConnector(force_close=True),
        )
        return self

    async def __aexit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        if self._http:
            await self._http.close()

    async def send(self, text_id: str, to: str, from_: str, body: str) -> Sent:
        """Ask for a text to be sent `from_` a number, or a messaging service. Raises Refused, Unsure."""
        form = {"To": to, "Body": body, "StatusCallback": f"{self._public_url}/sms/twilio/status?text={text_id}"}
        form["MessagingServiceSid" if from_.startswith("MG") else "From"] = from_
        try:
            status, headers, answer = await self._request("POST", self._path, data=form)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Refused("unreachable", permanent=False) from error
        except (OSError, aiohttp.ClientError, asyncio.TimeoutError) as error:
            raise Unsure(type(error).__name__) from error
        if status < 300:
            if isinstance(provider_id := answer.get("sid"), str):
                return Sent(provider_id)
            raise Unsure("an answer without an id")
        # Of a 503 of its own Twilio says to try again; any other trouble, or a proxy's 503, may come after the text left.
        if status >= 500 and not (status == 503 and answer.get("code")):
            raise Unsure(f"HTTP {status}")
        code = str(answer.get("code") or f"http_{status}")
        passing = status in (401, 403, 408, 429, 503) or status < 400 or code in codes.NOT_NOW
        raise Refused(code, permanent=not passing, retry_after=_retry_after(headers))

    async def sent_since(self, to: str, since: datetime) -> list[Listed]:
        """What was sent to a number since a moment, the newest first. Raises Unlisted.

        Those that still wait at the carrier have no date of sending, so none is asked for.
        """
        found: list[Listed] = []
        async for page in self._pages({"To": to}):
            found += [text for text in page if not text.inward and text.at >= since]
            if page and page[-1].at < since:
                break
        return found

    async def received_since(self, since: datetime) -> list[Listed]:
        """What families sent since a moment, to any number of the account, the oldest first. Raises Unlisted."""
        moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = [text async for page in self._pages({"DateSent>": moment}) for text in page if text.inward]
        # listed newest first, and by the second: of the same second, the list's own order is all there is to go by
        return sorted(reversed(found), key=lambda text: text.at)

    async def _pages(self, asked: Mapping[str, str]) -> Any:
        path: str | None = f"{self._path}?{urlencode({**asked, 'PageSize': _PAGE})}"
        for _ in range(_MOST_PAGES):
            if path is None or not path.startswith("/"):
                return
            try:
                status, headers, answer = await self._request("GET", path)
            except (OSError, aiohttp.ClientError, asyncio.TimeoutError) as error:
                raise Unlisted(type(error).__name__) from error
            if status != 200:
                raise Unlisted(f"HTTP {status}", _retry_after(headers))
            try:
                yield [_listed(item) for item in answer["messages"]]
                path = answer.get("next_page_uri")
            except (KeyError, TypeError, ValueError) as error:
                raise Unlisted("an answer that is no list of texts") from error

    async def _request(self, method: str, path: str, **more: Any) -> tuple[int, Mapping[str, str], dict[str, Any]]:
        """Status, headers and the object that was answered, empty where there is none."""
        assert self._http, "to be used in an async with"
        url = self._carrier.api_base + path
        async with self._http.request(method, url, allow_redirects=False, **more) as response:
            content = await response.read()
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        return response.status, response.headers, answer if isinstance(answer, dict) else {}


def _listed(item: Mapping[str, Any]) -> Listed:
    return Listed(
        provider_id=item["sid"],
        inward=item["direction"] == "inbound",
        from_number=item.get("from"),
        to=item.get("to"),
        body=item.get("body") or "",
        service=item.get("messaging_service_sid"),
        media=int(item.get("num_media") or 0),
        at=parsedate_to_datetime(item["date_created"]).astimezone(timezone.utc),
    )


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """In seconds; a date instead of a number is read as no wish."""
    try:
        seconds = float(headers.get("Retry-After", ""))
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None
