"""The whole of what was understood from one message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot.understanding.acts import act_of
from bot.understanding.people import Person
from bot.understanding.places import PlaceMention
from bot.understanding.times import When


@dataclass(frozen=True)
class Reading:
    """`as_json` is the public form (`homeward understand --json`); `confidence` belongs to `intent`.
    `maybe_needs` are the two likeliest needs of a message whose intent is `unsure`."""

    text: str
    language: str
    language_sure: bool
    intent: str
    confidence: float
    needs: tuple[str, ...]
    refused_needs: tuple[str, ...]
    crisis: str | None
    place: PlaceMention | None
    people: tuple[Person, ...]
    when: When | None
    choice: int | None
    wanted_language: str | None
    maybe_needs: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "language": self.language,
            "act": act_of(self.intent),
            "needs": list(self.needs),
            "crisis": self.crisis,
            "location": location_as_json(self.place),
            "people": [{"who": person.who, "age_years": person.age_years} for person in self.people],
            "negated_needs": list(self.refused_needs),
        }


def location_as_json(mention: PlaceMention | None) -> dict[str, Any] | None:
    """A place as the contract shows it; None unless the gazetteer knows it or has several of that name.

    A military mail address has a label and no point.
    """
    if mention is None:
        return None
    place, candidates = mention.reading.place, mention.reading.candidates
    if military := mention.reading.military:
        point = {"latitude": None, "longitude": None}
        return {"text": mention.text, "kind": "zip", **point, "label": military, "ambiguous": []}
    if place is None and not candidates:
        return None
    best = place or candidates[0]
    return {
        "text": mention.text,
        "kind": best.kind,
        "latitude": place.latitude if place else None,
        "longitude": place.longitude if place else None,
        "label": place.label if place else mention.text,
        "ambiguous": [] if place else [candidate.label for candidate in candidates],
    }
