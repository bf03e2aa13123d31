"""`/c/CODE`: the full listings behind the short link of a text, as a plain page that needs no script and knows nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import jinja2
from aiohttp import web
from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_possible_number, parse
from sqlalchemy.orm import Session

from bot.gateway.chat import STORAGE
from bot.gateway.page import VERSION, WIDGET
from bot.gateway.words import WORDS, language_of
from bot.safety.hotlines import load_hotlines
from resources_db.match import Match
from resources_db.sealing import Sealer
from resources_db.search import matches_by_id
from resources_db.sms.cards import card_of
from resources_db.words import LANGUAGES

_TITLE, _GONE = "utter_card_title", "utter_card_gone"
#: What must be there to be said.
NEEDED = (_TITLE, _GONE)

_SEALER = web.AppKey("card_sealer", Sealer)
_TEMPLATE = web.AppKey("card_template", jinja2.Template)
_STRINGS = web.AppKey("card_strings", dict)
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_SILENT = frozenset({"fax", "pager"})
_TEXTS = frozenset({"text", "sms"})
_TTY = frozenset({"textphone", "tty"})


def add_to(app: web.Application, sealer: Sealer) -> None:
    """Add `/c/CODE`, after the page of `/` whose style sheet it uses."""
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["acts"] = acts
    app[_SEALER] = sealer
    app[_TEMPLATE] = environment.get_template("card.html")
    app[_STRINGS] = {code: json.loads((WIDGET / f"strings.{code}.json").read_text(encoding="utf-8")) for code in LANGUAGES}
    app.add_routes([web.get("/c/{code}", show_card)])


async def show_card(request: web.Request) -> web.Response:
    """The listings with today's facts; 404, with help all the same, when the code is unknown or its time is over."""
    code, wanted, now = request.match_info["code"], request.query.get("lang"), datetime.now(timezone.utc)

    def read(session: Session) -> tuple[str, tuple[Match, ...]]:
        card = card_of(session, request.app[_SEALER], code, now)
        language = wanted if wanted in LANGUAGES else card.language if card else language_of(request)
        return language, matches_by_id(session, card.ids, language=language, now=now) if card else ()

    language, matches = await request.app[STORAGE].read(read)
    status = 200 if matches else 404
    text = request.app[_TEMPLATE].render(
        strings=request.app[_STRINGS][language], language=language, other=LANGUAGES[language == LANGUAGES[0]],
        title=request.app[WORDS].say(_TITLE if matches else _GONE, language), matches=matches,
        hotlines=[hotline.for_page(language) for hotline in load_hotlines()], asset_version=request.app[VERSION],
    )  # fmt: skip
    response = web.Response(
        text=text, status=status, content_type="text/html", headers={**_HEADERS, "Content-Language": language}
    )
    response.enable_compression()
    return response


def acts(match: Match, strings: Mapping[str, str], language: str) -> list[dict[str, str]]:
    """What a family can do, most useful first: call in its language, call, go there, look at the website. Each is
    href, label, and the drawing before it; `outside` is set for what opens elsewhere."""
    lines = [line for line in match.phones if _kind(line) not in _SILENT]
    lines.sort(key=lambda line: language not in (line.get("languages") or ()))
    found = [_call(line, strings) for line in lines]
    if match.address:
        way = f"https://www.google.com/maps/dir/?api=1&destination={quote(match.address, safe='')}"
        found.append({"href": way, "label": strings["directions"], "drawing": "way", "outside": "yes"})
    if site := _site(match.website):
        found.append({"href": site, "label": strings["website"], "drawing": "web", "outside": "yes"})
    return found


def _call(line: Mapping[str, Any], strings: Mapping[str, str]) -> dict[str, str]:
    digits, number = _dialed(line["number"])
    if extension := line.get("extension"):
        number += f" {strings['extension'].replace('{n}', str(extension))}"
        # A comma waits, then dials the extension; phones do not agree on ";ext=".
        digits += f",{re.sub('[^0-9]', '', str(extension))}"
    by_text = _kind(line) in _TEXTS
    sentence = strings["text_phone"] if by_text else strings["tty_phone"] if _kind(line) in _TTY else strings["call"]
    return {
        "href": f"{'sms' if by_text else 'tel'}:{digits}", "label": sentence.replace("{number}", number),
        "drawing": "text" if by_text else "call", "outside": "",
    }  # fmt: skip


def _kind(line: Mapping[str, Any]) -> str:
    return (line.get("type") or "").lower()


def _dialed(number: str) -> tuple[str, str]:
    """What to dial, and how people write it; short numbers such as 211 are dialed as they are."""
    try:
        parsed = parse(number, "US")
    except NumberParseException:
        parsed = None
    if parsed is None or not is_possible_number(parsed):
        return re.sub(r"[^0-9+]", "", number), number
    return format_number(parsed, PhoneNumberFormat.E164), format_number(parsed, PhoneNumberFormat.NATIONAL)


def _site(website: str | None) -> str | None:
    """A website that is one, with its scheme."""
    if not website:
        return None
    site = website if re.match(r"[a-z][a-z0-9+.-]*:", website, re.IGNORECASE) else f"https://{website}"
    return site if urlsplit(site).scheme.lower() in ("http", "https") else None
