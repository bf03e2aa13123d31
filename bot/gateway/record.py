"""`/r/CODE`: a family's own record behind the link it asked for, as a plain page that needs no script, and as a PDF.

What it shows is chosen on the page and stands in its address alone: nothing is kept of it, and opening changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web
from sqlalchemy.orm import Session

from bot.gateway.chat import STORAGE
from bot.gateway.page import VERSION, WIDGET
from bot.gateway.words import language_of
from bot.safety.hotlines import load_hotlines
from resources_db.record.document import SECTIONS, USUAL, Document, day, document_of, say
from resources_db.record.links import opened_by
from resources_db.record.summary import Summary, summary_of
from resources_db.sealing import Sealer
from resources_db.words import LANGUAGES

logger = logging.getLogger(__name__)

_SEALER = web.AppKey("record_sealer", Sealer)
_TEMPLATE = web.AppKey("record_template", jinja2.Template)
_STRINGS = web.AppKey("record_strings", dict)
_ONE_AT_A_TIME = web.AppKey("record_one_at_a_time", asyncio.Semaphore)
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
#: Making a PDF takes about a second.
_PATIENCE = 30.0
_MAKER = (sys.executable, "-m", "resources_db.record.pdf")


class NotMade(Exception):
    """No PDF came of it. The text never holds what is in the record."""


@dataclass(frozen=True)
class _Asked:
    """A record as this address asks for it: `query` is the address without its path."""

    summary: Summary
    shown: tuple[str, ...]
    language: str
    today: date

    @property
    def document(self) -> Document:
        return document_of(self.summary, self.shown, self.language, self.today)

    def query(self, language: str) -> str:
        return urlencode([("lang", language), ("chosen", "1"), *(("show", code) for code in self.shown)])


def add_to(app: web.Application, sealer: Sealer) -> None:
    """Add `/r/CODE` and `/r/CODE.pdf`, after the page of `/` whose style sheet it uses."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    app[_SEALER] = sealer
    app[_TEMPLATE] = environment.get_template("record.html")
    app[_STRINGS] = {code: json.loads((WIDGET / f"strings.{code}.json").read_text(encoding="utf-8")) for code in LANGUAGES}
    # each takes as much memory as the gateway itself
    app[_ONE_AT_A_TIME] = asyncio.Semaphore(1)
    app.add_routes([web.get(r"/r/{code:[^/.]+}", show_record), web.get(r"/r/{code:[^/.]+}.pdf", send_pdf)])


async def show_record(request: web.Request) -> web.Response:
    """The record as of now; 404, with help all the same, when the code is unknown or its half hour is over."""
    asked = await _asked(request)
    language = asked.language if asked else language_of(request)
    other = LANGUAGES[language == LANGUAGES[0]]
    said = {
        "language": language, "other": other, "strings": request.app[_STRINGS][language], "asset_version": request.app[VERSION],
        "hotlines": [hotline.for_page(language) for hotline in load_hotlines()], "say": lambda key: say(key, language),
        "document": None, "other_query": urlencode({"lang": other}),
    }  # fmt: skip
    if asked:
        said |= {
            "document": asked.document, "other_query": asked.query(other),
            "pdf": f"{request.match_info['code']}.pdf?{asked.query(language)}",
            "choices": [(code, say(f"sections.{code}.heading", language), code in asked.shown) for code in SECTIONS],
            "erased": say("erased", language, date=day(asked.summary.kept_until, language)),
        }  # fmt: skip
    headers = {**_HEADERS, "Content-Language": language}
    text = request.app[_TEMPLATE].render(said)
    response = web.Response(text=text, status=200 if asked else 404, content_type="text/html", headers=headers)
    response.enable_compression()
    return response


async def send_pdf(request: web.Request) -> web.Response:
    """The same as a PDF; 404 with the page when there is none; 503 when it could not be made."""
    asked = await _asked(request)
    if asked is None:
        return await show_record(request)
    try:
        async with request.app[_ONE_AT_A_TIME]:
            made = await _make(asked.document)
    except NotMade as error:
        logger.error("a record was not made into a PDF: %s", error)
        return web.Response(text=say("busy", asked.language), status=503, headers={**_HEADERS, "Retry-After": "60"})
    name = f"{say('file', asked.language)}-{asked.today.isoformat()}.pdf"
    headers = {**_HEADERS, "Content-Language": asked.language, "Content-Disposition": f'attachment; filename="{name}"'}
    return web.Response(body=made, content_type="application/pdf", headers=headers)


async def _asked(request: web.Request) -> _Asked | None:
    code, now = request.match_info["code"], datetime.now(timezone.utc)
    query: Mapping[str, str] = request.query
    wanted = query.get("lang")
    shown = tuple(one for one in SECTIONS if one in request.query.getall("show", ())) if "chosen" in query else USUAL

    def read(session: Session) -> _Asked | None:
        opened = opened_by(session, request.app[_SEALER], code, now)
        if opened is None:
            return None
        summary = summary_of(session, request.app[_SEALER], opened.conversation_id, opened.time_zone)
        language = wanted if wanted in LANGUAGES else opened.language
        today = now.astimezone(ZoneInfo(opened.time_zone)).date()
        return _Asked(summary, shown, language, today) if summary else None

    return await request.app[STORAGE].read(read)


async def _make(document: Document) -> bytes:
    """The PDF, made by a process of its own, which gives its memory back. Raises NotMade."""
    pipe = asyncio.subprocess.PIPE
    maker = await asyncio.create_subprocess_exec(*_MAKER, stdin=pipe, stdout=pipe, stderr=pipe)
    assert maker.stdin
    assert maker.stdout
    assert maker.stderr
    try:
        work = asyncio.gather(_tell(maker.stdin, document), maker.stdout.read(), maker.stderr.read(), maker.wait())
        _, made, trouble, _ = await asyncio.wait_for(work, _PATIENCE)
    except asyncio.TimeoutError:
        raise NotMade("it took too long") from None
    finally:
        with suppress(ProcessLookupError):
            maker.kill()
    if maker.returncode != 0 or not made:
        last = trouble.decode(errors="replace").strip().rpartition("\n")[2]
        raise NotMade(last.partition(":")[0] or f"exit {maker.returncode}")
    return made


async def _tell(maker: asyncio.StreamWriter, document: Document) -> None:
    """One that has ended before it was told anything says why itself; uvloop has a word of its own for that."""
    with suppress(ConnectionError, RuntimeError):
        maker.write(json.dumps(asdict(document)).encode())
        await maker.drain()
        maker.close()
