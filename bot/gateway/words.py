"""What the gateway says itself (resources_db/words.py), and in which language to somebody of whom nothing is known yet."""

from __future__ import annotations

from aiohttp import web

from resources_db.words import LANGUAGES, Words

WORDS = web.AppKey("words", Words)


def language_of(request: web.Request) -> str:
    """`?lang=`, else the first of ours that the browser names, else English."""
    asked = request.query.get("lang", "")
    wanted = [asked, *request.headers.get("Accept-Language", "").split(",")]
    return next((code for item in wanted if (code := item.strip()[:2].lower()) in LANGUAGES), "en")
