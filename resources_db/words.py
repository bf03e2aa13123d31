"""The sentences that are said without Rasa, out of data/responses/: in trouble, and what the law wants said in texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
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
    #: The same for the choices under them, as (label, payload).
    buttons: dict[str, dict[tuple[str, str], list[tuple[str, str]]]] = field(default_factory=dict)

    def choices(self, response: str, language: str, channel: str = "", **values: object) -> list[tuple[str, str]]:
        """The choices under the words that `say` gives, as (label, payload); in payloads `{{` stands for a brace."""
        under = self.buttons.get(response, {})
        found = next((under[key] for key in self._variants(language, channel) if self.texts[response].get(key)), [])
        return [(_fill(label, values), _fill(payload, values).replace("{{", "{").replace("}}", "}")) for label, payload in found]

    def say(self, response: str, language: str, channel: str = "", **values: object) -> str:
        """The words for this channel, else those for all; `{name}` in them is replaced by the value of that name."""
        texts = self.texts[response]
        return _fill(next(texts[key] for key in self._variants(language, channel) if texts.get(key)), values)

    def _variants(self, language: str, channel: str) -> tuple[tuple[str, str], ...]:
        return (language, channel), (language, ""), ("en", channel), ("en", "")

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
    buttons: dict[str, dict[tuple[str, str], list[tuple[str, str]]]] = {}
    for path in sorted(folder.glob("*.yml")):
        for name, variants in (yaml.safe_load(path.read_text(encoding="utf-8")).get("responses") or {}).items():
            for variant in variants:
                conditions = variant.get("condition") or [{"value": "en"}]
                key = conditions[0]["value"], variant.get("channel", "")
                texts.setdefault(name, {}).setdefault(key, variant.get("text", ""))
                choices = [(button["title"], button["payload"]) for button in variant.get("buttons", ())]
                buttons.setdefault(name, {}).setdefault(key, choices)
    return Words(texts, buttons)


def _fill(text: str, values: Mapping[str, object]) -> str:
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return text
