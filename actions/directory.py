"""The action server's one way to the database and to the conversation."""

from __future__ import annotations

import functools
from typing import Any

from rasa_sdk import Tracker
from sqlalchemy import Engine

from actions.request import SLOT, FamilyMessage, Request, merge_all
from resources_db.database import make_engine
from resources_db.geo.geocoder import Geocoder, make_geocoder
from resources_db.sealing import Sealer
from resources_db.settings import load_settings
from resources_db.words import Words, load_words


@functools.lru_cache(maxsize=1)
def engine() -> Engine:
    """Made at the first use, kept for the life of the process."""
    return make_engine(load_settings().database_url)


@functools.lru_cache(maxsize=1)
def geocoder() -> Geocoder | None:
    """The service for street addresses, if the agency turned one on."""
    return make_geocoder(load_settings())


@functools.lru_cache(maxsize=1)
def sealer() -> Sealer:
    """Opens and seals what families give us in confidence."""
    return Sealer.of(load_settings())


@functools.lru_cache(maxsize=1)
def words() -> Words:
    """The sentences that are shown and kept: what a family agrees to."""
    return load_words()


def request_of(tracker: Tracker) -> Request:
    """What the family has asked for, this message included."""
    return merge_all(Request.from_slot(tracker.get_slot(SLOT)), map(_message, _said(tracker)))


def latest(tracker: Tracker) -> FamilyMessage:
    """The message being answered."""
    return _message(_said(tracker)[-1])


def said_before(tracker: Tracker) -> frozenset[str]:
    """The responses of our last turn, the one before the message being answered."""
    names: set[str] = set()
    messages = 0
    for event in reversed(tracker.events):
        if event["event"] == "user":
            messages += 1
        elif event["event"] == "bot" and messages == 1:
            names.add((event.get("metadata") or {}).get("utter_action") or "")
        if messages == 2:
            break
    return frozenset(names)


def language_of(tracker: Tracker) -> str:
    return "es" if tracker.get_slot("language") == "es" else "en"


def _said(tracker: Tracker) -> list[dict[str, Any]]:
    return [event for event in tracker.events if event["event"] == "user"]


def _message(event: dict[str, Any]) -> FamilyMessage:
    parsed = event.get("parse_data") or {}
    return FamilyMessage(
        at=event.get("timestamp") or 0.0,
        text=event.get("text") or "",
        intent=(parsed.get("intent") or {}).get("name") or "",
        entities=parsed.get("entities") or [],
    )
