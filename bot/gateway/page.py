"""The chat page at `/`, and the files it loads. Made once at start-up; Rasa and the database may be away."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import jinja2
from aiohttp import web
from sqlalchemy import select

from bot.gateway.chat import STORAGE
from bot.gateway.handover import DESK
from bot.gateway.words import language_of
from bot.safety.hotlines import load_hotlines
from resources_db.models import Organization
from resources_db.storage import Storage, Unavailable
from resources_db.words import LANGUAGES

WIDGET = Path(__file__).resolve().parents[1] / "widget"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".json": "application/json"}
_FOR_EVER = "public, max-age=31536000, immutable"
#: The page with the hotlines does not wait for a slow database.
_PATIENCE = 1.0
_LOOK_EVERY = 60.0

PAGES = web.AppKey("pages", dict)
ASSETS = web.AppKey("assets", dict)
VERSION = web.AppKey("version", str)


class Samples:
    """Whether fictional listings are in the directory; as long as that is not known, the page says that there may be."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._there = True
        self._looked = float("-inf")

    async def there(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._looked > _LOOK_EVERY:
            self._looked = now
            query = select(Organization.id).where(Organization.is_sample).limit(1)
            try:
                looking = self._storage.read(lambda session: session.scalar(query) is not None)
                self._there = await asyncio.wait_for(looking, _PATIENCE)
            except (Unavailable, asyncio.TimeoutError):
                self._looked = float("-inf")
        return self._there


SAMPLES = web.AppKey("samples", Samples)


def add_to(app: web.Application) -> None:
    """Add `/` and `/assets/VERSION/FILE`, once it is known whether there are texts.

    The version is a digest of the files, so they may be cached for ever.
    """
    files = [path for path in sorted(WIDGET.iterdir()) if path.suffix in _TYPES]
    content = {path.name: path.read_bytes() for path in [*files, WIDGET / "index.html"]}
    version = hashlib.sha256(b"".join(content.values())).hexdigest()[:12]
    app[VERSION] = version
    app[ASSETS] = {path.name: content[path.name] for path in files}
    pages = [(language, sample) for language in LANGUAGES for sample in (True, False)]
    app[PAGES] = {page: render(page[0], version, page[1], texting=DESK in app) for page in pages}
    app[SAMPLES] = Samples(app[STORAGE])
    app.add_routes([web.get("/", show_page), web.get(f"/assets/{version}/{{name}}", send_asset)])


def render(language: str, version: str, sample: bool, texting: bool = False) -> str:
    """The page in one language; `sample` adds the notice that some listings are made up, `texting` the ways to go on by text."""
    loader = jinja2.FileSystemLoader(WIDGET)
    template = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined).get_template("index.html")
    strings: dict[str, Any] = json.loads((WIDGET / f"strings.{language}.json").read_text(encoding="utf-8"))
    hotlines = [hotline.for_page(language) for hotline in load_hotlines()]
    return template.render(
        strings=strings, language=language, hotlines=hotlines, asset_version=version, sample_notice=sample, texting=texting
    )


async def show_page(request: web.Request) -> web.Response:
    language = language_of(request)
    headers = {"Content-Language": language, "Cache-Control": "no-store", "Vary": "Accept-Language"}
    page = request.app[PAGES][language, await request.app[SAMPLES].there()]
    response = web.Response(text=page, content_type="text/html", headers=headers)
    response.enable_compression()
    return response


async def send_asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in request.app[ASSETS]:
        raise web.HTTPNotFound
    body, kind = request.app[ASSETS][name], _TYPES[Path(name).suffix]
    response = web.Response(body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": _FOR_EVER})
    response.enable_compression()
    return response
