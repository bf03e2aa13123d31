"""The sentences that are said without Rasa, out of data/responses/: in trouble, and what the law wants said in texts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

LANGUAGES = ("en", "es")
RESPONSES = Path(__file__).resolve().parents[1] / "data" / "responses"


class WordsMissing(Exception):
    """A response that is needed on a bad day is not in data/responses/. Said at the start, not on that day."""


@dataclass(frozen=True)
class Words:
    """Response name → (language, channel) → text; the channel is "" for the words used everywhere."""

    texts: dict[str, dict[tuple[str, str], str]]

    def say(self, response: str, language: str, channel: str = "", **values: object) -> str:
        """The words for this channel, else those for all; `{name}` in them is replaced by the value of that name."""
        texts = self.texts[response]
        wanted = ((language, channel), (language, ""), ("en", channel), ("en", ""))
        text = next(texts[key] for key in wanted if texts.get(key))
        for name, value in values.items():
            text = text.replace(f"{{{name}}}", str(value))
        return text

    def require(self, responses: Iterable[str]) -> None:
        """Raises WordsMissing unless every one of them can be said in every language."""
        missing = [f"{name} ({code})" for name in responses for code in LANGUAGES if not self._can_say(name, code)]
        if missing:
            raise WordsMissing(f"no words for {', '.join(missing)}")

    def _can_say(self, name: str, language: str) -> bool:
        return any(text for (code, _), text in self.texts.get(name, {}).items() if code == language)


def load_words(folder: Path = RESPONSES) -> Words:
    """Read every response that is plain text; the variant without a condition is English."""
    texts: dict[str, dict[tuple[str, str], str]] = {}
    for path in sorted(folder.glob("*.yml")):
        for name, variants in (yaml.safe_load(path.read_text(encoding="utf-8")).get("responses") or {}).items():
            for variant in variants:
                conditions = variant.get("condition") or [{"value": "en"}]
                key = conditions[0]["value"], variant.get("channel", "")
                texts.setdefault(name, {}).setdefault(key, variant.get("text", ""))
    return Words(texts)
