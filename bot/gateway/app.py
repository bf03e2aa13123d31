"""The gateway's aiohttp application, and the process that serves it."""

from __future__ import annotations

import asyncio
import os
import resource
import socket
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web, web_response
from sqlalchemy import text

from bot.gateway import card, chat, errors, handover, page, phone, record, sms, turns
from bot.gateway.hosts import only_known_hosts
from bot.gateway.limits import TOO_MANY, Limits, Rates
from bot.gateway.news import News
from bot.gateway.rasa_link import RasaLink
from bot.gateway.reading import MAX_BODY
from bot.gateway.texting import TROUBLE, Texting
from bot.gateway.turns import Pace, Turns
from bot.gateway.words import WORDS
from bot.safety.screen import CATEGORIES, Screen, load_screen
from bot.sms import rendering
from resources_db.consent import wish_of
from resources_db.database import make_engine
from resources_db.logs import log_loop_errors, set_up_logging
from resources_db.privacy import erasure
from resources_db.privacy.redaction import redact
from resources_db.sealing import Sealer
from resources_db.settings import Settings, load_settings
from resources_db.sms import inbound
from resources_db.storage import Storage, Unavailable
from resources_db.web import api, portal
from resources_db.words import Words, load_words

LINK = web.AppKey("link", RasaLink)
#: What must be there to be said when Rasa is not.
NEEDED = (
    turns.STILL_STARTING, TROUBLE, errors.UNAVAILABLE, TOO_MANY, erasure.DELETED, *inbound.NEEDED, *rendering.NEEDED,
    *card.NEEDED, *phone.NEEDED, *handover.NEEDED, *(turns.CRISIS + name for name in CATEGORIES),
)  # fmt: skip

_MOST_FILES = 65_536
#: How connections are served. Also a request whose headers do not arrive is waited for as long as one that never comes.
SERVED: dict[str, Any] = {"access_log": None, "shutdown_timeout": 3, "keepalive_timeout": 30}

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Server": "Homeward",
    "X-Content-Type-Options": "nosniff",
}


def make_app(
    settings: Settings, link: RasaLink, words: Words, screen: Screen, *,
    owner: str | None = None, pace: Pace | None = None, rates: Rates | None = None,
) -> web.Application:  # fmt: skip
    """The whole public site. Nothing is opened before the app starts. Raises WordsMissing."""
    limits = Limits(screen, settings.trusted_proxies, rates)
    guards = [errors.errors_answered, only_known_hosts(settings), limits.keep]
    app = web.Application(middlewares=guards, client_max_size=MAX_BODY)
    words.require(NEEDED)
    storage = Storage(make_engine(settings.database_url))
    news = News(storage)
    app[WORDS] = words
    app[chat.STORAGE] = storage
    app[chat.NEWS] = news
    app[chat.LIMITS] = limits
    app[chat.SETTINGS] = settings
    sealer = Sealer.of(settings)
    texts = Texting(sealer, words, settings.public_url)
    app[chat.TURNS] = Turns(storage, link, words, screen, news, texts, owner=owner, pace=pace)
    app[LINK] = link
    app.add_routes(chat.routes)
    sms.add_to(app, settings, sealer, screen)
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    phone.add_to(app, settings, sealer, words)
    page.add_to(app)
    card.add_to(app, sealer)
    record.add_to(app, sealer)
    app.add_subapp(api.PREFIX, api.make_api(settings))
    app.add_subapp(portal.PREFIX, portal.make_portal(settings, storage, sealer))
    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(_send_readers_home)
    app.cleanup_ctx.append(_running)
    return app


async def healthz(_: web.Request) -> web.Response:
    """The gateway itself is up: the page is served and messages are accepted."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """200 when every part answers, 503 with the parts that do not yet."""
    parts = await request.app[LINK].ready()
    try:
        await request.app[chat.STORAGE].read(lambda session: session.execute(text("SELECT 1")).one())
        parts = {**parts, "database": True}
    except Unavailable:
        parts = {**parts, "database": False}
    ready = all(parts.values())
    return web.json_response({"ready": ready, "parts": parts}, status=200 if ready else 503)


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)
    if request.path.startswith("/chat/"):
        response.headers.setdefault("Cache-Control", "no-store")


async def _send_readers_home(app: web.Application) -> None:
    app[chat.NEWS].close()


async def _running(app: web.Application) -> AsyncIterator[None]:
    await app[LINK].open()
    looking = asyncio.create_task(app[chat.NEWS].look_around())
    letting_go = asyncio.create_task(app[chat.LIMITS].readers.let_go())
    await app[chat.TURNS].start()
    yield
    await app[chat.TURNS].stop()
    looking.cancel()
    letting_go.cancel()
    await app[LINK].close()
    app[chat.STORAGE].close()


async def _serving(app: web.Application) -> web.Application:
    log_loop_errors(asyncio.get_running_loop())
    return app


def main() -> None:
    """`python -m bot.gateway.app`, started by `homeward up`, which gives the sockets to serve and how to reach the rest."""
    set_up_logging()
    make_room()
    settings = load_settings()
    wish_of(redact(""))  # their words take half a second to read, which the first family should not wait
    link = RasaLink(os.environ["RASA_URL"], os.environ["ACTIONS_URL"], os.environ["LOOPBACK_SECRET"])
    # aiohttp answers what is not HTTP at all without asking the app, and would tell its version
    vars(web_response)["SERVER_SOFTWARE"] = _HEADERS["Server"]
    app = make_app(settings, link, load_words(), load_screen(), owner=os.environ.get("GATEWAY_OWNER"))
    sockets = _sockets()
    web.run_app(
        _serving(app), port=None if sockets else settings.port, sock=sockets or None, print=None, **SERVED,
    )  # fmt: skip


def make_room() -> None:
    """Allow as many connections at once as this user may have: 1,024, which is usual, one joker can hold."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _sockets() -> list[socket.socket]:
    """The public sockets, opened by the supervisor so that nobody is turned away while the gateway starts again."""
    return [socket.socket(fileno=int(number)) for number in os.environ.get("GATEWAY_SOCKETS", "").split()]


if __name__ == "__main__":
    main()
