"""How a family may go about a place it picked: call it, send a request, have a parent partner call. Only what there is."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import Any

from rasa_sdk.events import EventType

from actions import directory, requests
from actions.question import Question
from actions.request import Request
from actions.turn import Turn
from resources_db.database import session_scope
from resources_db.match import Match
from resources_db.models.conversation import Conversation
from resources_db.models.referral import Referral
from resources_db.people.matching import any_partner
from resources_db.referrals import ledger
from resources_db.referrals.vocabulary import Way, ways

WAY = "referral_way"


def opened(turn: Turn, match: Match) -> str | None:
    """The id of the family's referral to this listing, opened if need be; None for somebody whose conversation we do not keep
    (the command line)."""
    family, now = turn.tracker.sender_id, datetime.now(timezone.utc)
    with session_scope(directory.engine()) as session:
        if session.get(Conversation, family) is None:
            return None
        place = turn.request.known_place
        referral = ledger.open_referral(
            session, family, service_id=match.service_id, service_at_location_id=match.service_at_location_id,
            need=_need(turn.request, match), zip=place.postal_code if place else None, now=now,
        )  # fmt: skip
        return referral.id


def offer_ways(turn: Turn, match: Match) -> list[EventType] | None:
    """Ask how; None when nothing was said. By text one way alone gets no number: the numbers still mean the listings."""
    referral_id = opened(turn, match)
    if referral_id is None:
        return None
    there_are = _there_are(referral_id, match)
    question = Question(WAY, (referral_id,))
    if there_are == ["call"]:
        return turn.ask(question, "utter_referral_will_you_call")
    if not there_are:
        return None
    choices = [(way, ways()[way][turn.language]) for way in there_are]
    return turn.ask(question, "utter_referral_ways", buttons=buttons(question, choices))


def buttons(question: Question, choices: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """Choices under a question, of (answer, label) pairs."""
    asked = question.as_slot()
    return [{"title": label, "payload": "/answer" + json.dumps({"asked": asked, "answer": answer})} for answer, label in choices]


def _there_are(referral_id: str, match: Match) -> list[Way]:
    with session_scope(directory.engine(), writes=False) as session:
        referral = session.get_one(Referral, referral_id)
        conversation = session.get_one(Conversation, referral.conversation_id)
        found: list[tuple[Way, bool]] = [
            ("call", bool(match.phones)),
            ("request", requests.offered(session, referral)),
            ("partner", any_partner(session, conversation.site)),
        ]
    return [way for way, is_there in found if is_there]


def _need(request: Request, match: Match) -> str:
    """What it is for: of what the family asked for the first that the listing helps with."""
    return next((code for code in request.needs if code in match.needs), next(iter(match.needs), "other"))
