"""Asking after a referral, two days later and a week later, in words that are safe on a phone somebody else may read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from resources_db.check_ins.plans import plan_of
from resources_db.contacts import Said
from resources_db.models.check_in import ScheduledContact
from resources_db.models.referral import Referral
from resources_db.referrals.ledger import CLOSING, note
from resources_db.referrals.vocabulary import UNKNOWN, statuses
from resources_db.sealing import Sealer
from resources_db.taxonomy.needs import load_needs
from resources_db.words import Words

#: The kind of the question (actions/question.py), about the contact and the referral.
FOLLOW_UP = "follow_up"
#: What must be there to be said.
NEEDED = ("utter_follow_up", "utter_follow_up_need", "utter_follow_up_discreet")

#: Needs that tell nothing about a family to whoever else reads its texts.
HARMLESS = frozenset({"food", "goods", "transport", "jobs", "education"})
#: Never spoken of first to a family whose phone others read.
_NEVER = frozenset({"domestic_violence"})


def follow_up(
    session: Session, contact: ScheduledContact, words: Words, sealer: Sealer, language: str, channel: str, now: datetime
) -> Said | None:
    """One question that one number answers; no place is named. When it was asked for the last time and three days went by,
    nothing is said: what came of the referral stays unknown. Of a closed one it is asked only while a no of others stands."""
    referral = session.get(Referral, contact.referral_id) if contact.referral_id else None
    if referral is None or not (statuses()[referral.status].is_open or contact.step == referral.status):
        return None
    if contact.step == CLOSING:
        note(session, referral, UNKNOWN, "homeward", now)
        return None
    plan = plan_of(session, contact.conversation_id)
    discreet = plan is not None and plan.state != "ended" and plan.discreet
    if discreet and referral.need in _NEVER:
        return None
    response, need = "utter_follow_up", ""
    if discreet:
        response = "utter_follow_up_discreet"
    elif referral.need in HARMLESS:
        response, need = "utter_follow_up_need", load_needs()[referral.need].spoken[language]
    asked = f"{FOLLOW_UP} {contact.id} {referral.id}"
    return Said(
        words.say(response, language, channel, needs=need), words.choices(response, language, channel, asked=asked), asked
    )
