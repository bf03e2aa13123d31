"""How much may be asked for: by who holds a token, by a neighbourhood of addresses, and for a site.

Everything is in the memory of this process: a bucket is two numbers, and only the newest are kept. The limits are far above
what people do, because a shelter, a library or a phone company stands behind a single address; they keep a broken page or
a joker from taking the place of all others. A message in crisis is taken whatever the limits say.
"""

from __future__ import annotations

import functools
import logging
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from aiohttp import web

from bot.gateway.errors import Handler, Problem
from bot.gateway.reading import message_of
from bot.gateway.slow_readers import SlowReaders
from bot.gateway.words import WORDS, language_of
from bot.safety.screen import Screen
from resources_db.web.api.limits import Limits as Buckets
from resources_db.web.api.limits import Rate, address_behind

logger = logging.getLogger(__name__)

TOO_MANY = "utter_too_many"
#: The page with the hotlines is there for everybody, always; the HSDS API has limits of its own, texts have signatures.
_FREE = ("/assets/", "/hsds", "/sms/")
_FREE_PAGES = ("/", "/healthz")
_SESSIONS, _MESSAGES, _CODES = "/chat/v1/sessions", "/chat/v1/messages", "/chat/v1/phone"
_LONGEST_TOKEN = 200
#: Whoever hears these may be trying tokens, codes or links.
_WRONG = (401, 403, 404, 410)


class Rates(NamedTuple):
    """`token` is for one family. The others are for one neighbourhood: chats started, requests, and requests that were
    wrong guesses at something secret; and codes texted to phones, each of which costs money and reaches somebody. `site` is
    for chats started at one agency."""

    token: Rate = Rate(1500, 10)
    sessions: Rate = Rate(120, 2)
    requests: Rate = Rate(1200, 20)
    guesses: Rate = Rate(120, 1)
    codes: Rate = Rate(20, 20 / 3600)
    site: Rate = Rate(600, 10)


class Limits:
    """`proxies` is how many reverse proxies of our own stand before us."""

    def __init__(self, screen: Screen, proxies: int = 0, rates: Rates | None = None) -> None:
        rates = rates or Rates()
        self._screen = screen
        self._proxies = proxies
        self._tokens = Buckets(rates.token)
        self._sessions = Buckets(rates.sessions)
        self._requests = Buckets(rates.requests)
        self._guesses = Buckets(rates.guesses)
        self._codes = Buckets(rates.codes)
        self._sites = Buckets(rates.site)
        self._readers = SlowReaders()
        self._warned = False

    @property
    def readers(self) -> SlowReaders:
        return self._readers

    @web.middleware
    async def keep(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Within the limits; else 429, with words that name who helps right now."""
        self._readers.note(request.transport)
        path = request.path
        if path in _FREE_PAGES or path.startswith(_FREE):
            return await handler(request)
        token, neighbourhood = request.headers.get("Authorization"), self._neighbourhood(request)
        wait = self._wait(request, token, neighbourhood) or self._wait_for_code(request, neighbourhood)
        if wait and not await self._in_crisis(request):
            raise too_many(request, wait)
        status = 500
        try:
            response = await handler(request)
            status = response.status
        except (Problem, web.HTTPException) as error:
            status = error.status
            raise
        finally:
            if status in _WRONG and neighbourhood:
                self._guesses.take(neighbourhood)
        opened = status < 400 and path.startswith("/chat/") and path != _SESSIONS
        if opened and token and len(token) < _LONGEST_TOKEN and token not in self._tokens:
            self._tokens.take(token)
        return response

    def start_at(self, request: web.Request, site: str | None) -> None:
        """One more chat at this site. Raises Problem."""
        if site and (wait := self._sites.take(site)):
            raise too_many(request, wait)

    def _wait(self, request: web.Request, token: str | None, neighbourhood: str | None) -> int:
        """Seconds until this may be asked; 0 is now. A token counts as known once it opened something here."""
        if token and token in self._tokens and (wait := self._tokens.take(token)):
            return wait
        if neighbourhood is None:
            return 0
        if request.path == _SESSIONS:
            return self._sessions.take(neighbourhood)
        if not (token and token in self._tokens) and (wait := self._guesses.wait(neighbourhood)):
            return wait
        return self._requests.take(neighbourhood)

    def _wait_for_code(self, request: web.Request, neighbourhood: str | None) -> int:
        asks = request.method == "POST" and request.path == _CODES
        return self._codes.take(neighbourhood) if asks and neighbourhood else 0

    async def _in_crisis(self, request: web.Request) -> bool:
        if request.method != "POST" or request.path != _MESSAGES:
            return False
        try:
            return self._screen.check((await message_of(request)).text) is not None
        except Problem:
            return False

    def _neighbourhood(self, request: web.Request) -> str | None:
        """None for this machine itself, unless it is our own proxy that asks for others."""
        forwarded_for = ",".join(request.headers.getall("X-Forwarded-For", ())) if self._proxies else ""
        found = _block_of(address_behind(request.remote, forwarded_for, self._proxies))
        if self._proxies:
            return found
        if "X-Forwarded-For" in request.headers and not self._warned:
            self._warned = True
            logger.warning("requests come through a reverse proxy; set HOMEWARD_TRUSTED_PROXIES, or all families share one limit")
        return None if found == _THIS_MACHINE else found


def too_many(request: web.Request, wait: int) -> Problem:
    words = request.app[WORDS].say(TOO_MANY, language_of(request))
    return Problem(429, "too_many", words, **{"Retry-After": str(wait)})


_THIS_MACHINE = "this machine"


@functools.lru_cache(maxsize=4096)
def _block_of(address: str) -> str:
    """The network that counts as one: 256 addresses of IPv4; a /48 of IPv6, what a household or an office is given."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return _THIS_MACHINE if not address else address[:64]
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    if parsed.is_loopback:
        return _THIS_MACHINE
    return str(ip_network((parsed, 48 if parsed.version == 6 else 24), strict=False))
