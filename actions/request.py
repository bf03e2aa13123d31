"""What a family has asked for, merged from its messages one by one.

The slot `search` holds the outcome between turns. Messages that came while a form was asking are folded in by the
next action that runs, so nothing said on the way is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from actions.checklist import tells_the_news
from resources_db.geo.places import Place

SLOT = "search"

#: Words that add to what was asked for before; without them a new need takes its place.
_ALSO = re.compile(
    r"\b(also|too|as well|plus|and also|another thing|tambi[eé]n|adem[aá]s|aparte|y otra cosa)\b|^\s*(and|y)\s", re.IGNORECASE
)
CAME_HOME = "came_home"
#: Intents after which a time in the message narrows the search; elsewhere "tonight" only tells that it is urgent.
_TIME_MATTERS = frozenset({"ask_hours"})


@dataclass(frozen=True)
class FamilyMessage:
    """One message as Rasa understood it. `at` is its time stamp, by which it is folded in once."""

    at: float
    text: str
    intent: str
    entities: list[dict[str, Any]]

    def values(self, entity: str) -> list[Any]:
        return [e["value"] for e in self.entities if e["entity"] == entity]

    def value(self, entity: str) -> Any:
        return next(iter(self.values(entity)), None)


@dataclass(frozen=True)
class Request:
    """Needs, place and the rest of what is being looked for, and what was shown for it.

    `place` is the entity's value (see bot.nlu.places); a place in the last message that is none, or one of several, is
    `doubtful` while there is a known one. `shown` are the service_at_location ids of the last list in its order, `seen`
    all that were shown for this request; `current` is the one talked about. `came_home`: the family told the news.
    """

    needs: tuple[str, ...] = ()
    place: dict[str, Any] | None = None
    ages: tuple[float, ...] = ()
    when: dict[str, Any] | None = None
    answered: bool = False
    shown: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    current: str | None = None
    read_until: float = 0.0
    refused: tuple[str, ...] = ()
    doubtful: dict[str, Any] | None = None
    came_home: bool = False

    @property
    def known_place(self) -> Place | None:
        found = (self.place or {}).get("place")
        return Place(**found) if found else None

    def as_slot(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_slot(cls, value: dict[str, Any] | None) -> Request:
        if not value:
            return cls()
        lists = ("needs", "ages", "shown", "seen", "refused")
        kept: dict[str, Any] = {key: tuple(item) if key in lists else item for key, item in value.items()}
        return cls(**kept)


def merge_all(request: Request, messages: Iterable[FamilyMessage]) -> Request:
    """Fold in every message that came after those already read."""
    for message in messages:
        if message.at > request.read_until:
            request = replace(merge(request, message), read_until=message.at)
    return request


def merge(request: Request, message: FamilyMessage) -> Request:
    """The request after one more message."""
    new_needs = tuple(message.values("need"))
    refused = tuple(message.values("refused_need"))
    ages = tuple(float(person["age_years"]) for person in message.values("person"))
    said = message.value("place")
    doubtful = said if said and not said.get("place") and request.known_place else None
    if said is None and message.intent == "give_location" and request.known_place:
        doubtful = {"text": ""}  # it tells a place, and we found none
    changed = replace(
        request,
        needs=_needs_after(request, message, new_needs, refused),
        refused=refused or request.refused,
        place=request.place if doubtful else said or request.place,
        doubtful=doubtful,
        came_home=request.came_home or _is_news(message),
        ages=(_union(request.ages, ages) if _adds(request, message) else ages) if ages else request.ages,
    )
    of_one = message.intent == "ask_hours" and message.value("choice") and request.shown  # "is number 2 open now?"
    when = None if of_one else message.value("when")
    if when and (message.intent in _TIME_MATTERS or when["kind"] in ("tomorrow", "day")):
        changed = replace(changed, when=when)
    elif changed.needs != request.needs:
        changed = replace(changed, when=None)
    same = (changed.needs, changed.place, changed.ages, changed.when) == (
        request.needs,
        request.place,
        request.ages,
        request.when,
    )
    return changed if same else replace(changed, answered=False, shown=(), seen=(), current=None)


def _is_news(message: FamilyMessage) -> bool:
    return message.intent == CAME_HOME or tells_the_news(message.text)


def _needs_after(request: Request, message: FamilyMessage, new: tuple[str, ...], refused: tuple[str, ...]) -> tuple[str, ...]:
    kept = tuple(code for code in request.needs if code not in refused)
    if not new:
        return kept
    if refused or _adds(request, message):
        # "not food, rent" swaps one for the other; "also diapers" adds; so does whatever is said before the first answer
        return _union(kept, new) if _adds(request, message) else new
    return new


def _adds(request: Request, message: FamilyMessage) -> bool:
    return bool(_ALSO.search(message.text)) or not request.answered and message.intent != "change_need"


def _union(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(first + second))
