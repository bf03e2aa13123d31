"""The few sentences the gateway says itself, out of data/responses/: while Rasa is away, and when nothing can be saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from aiohttp import web

LANGUAGES = ("en", "es")


class WordsMissing(Exception):
    """A response that the gateway needs on a bad day is not in data/responses/. Said at the start, not on that day."""


@dataclass(frozen=True)
class Words:
    """Response name → language → text."""

    texts: dict[str, dict[str, str]]

    def say(self, response: str, language: str) -> str:
        texts = self.texts[response]
        return texts.get(language) or texts["en"]

    def require(self, responses: Iterable[str]) -> None:
        """Raises WordsMissing unless every one of them can be said in every language."""
        missing = [f"{name} ({code})" for name in responses for code in LANGUAGES if not self.texts.get(name, {}).get(code)]
        if missing:
            raise WordsMissing(f"no words for {', '.join(missing)}")


WORDS = web.AppKey("words", Words)


def load_words(folder: Path) -> Words:
    """Read every response that is plain text; the variant without a condition is English."""
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.yml")):
        for name, variants in (yaml.safe_load(path.read_text(encoding="utf-8")).get("responses") or {}).items():
            for variant in variants:
                conditions = variant.get("condition") or [{"value": "en"}]
                texts.setdefault(name, {}).setdefault(conditions[0]["value"], variant.get("text", ""))
    return Words(texts)


def language_of(request: web.Request) -> str:
    """`?lang=`, else the first of ours that the browser names, else English."""
    asked = request.query.get("lang", "")
    wanted = [asked, *request.headers.get("Accept-Language", "").split(",")]
    return next((code for item in wanted if (code := item.strip()[:2].lower()) in LANGUAGES), "en")
