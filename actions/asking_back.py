"""Whether Homeward may ask, some days later, how it went with a place: asked once for each, and only where it can ask.

The last word of every way of going about a listing: calling it, sending a request, having a parent partner call.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Literal, cast

from rasa_sdk.events import EventType
from sqlalchemy.orm import Session

from actions import directory
from actions.find_services import TEXTS, remember
from actions.question import Question
from actions.referral_words import heard
from actions.turn import Reader, Turn
from resources_db import consent
from resources_db.check_ins.plans import plan_of
from resources_db.database import session_scope
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.referral import Referral
from resources_db.referrals import ledger
from resources_db.referrals.vocabulary import Way, statuses

MAY_ASK = "referral_ask"


def ask_back(turn: Turn, referral_id: str) -> list[EventType]:
    """A family with check-ins has agreed to be asked; one whose phone we may text is asked for it; others are told to write."""
    now = datetime.now(timezone.utc)
    with session_scope(directory.engine()) as session:
        referral = session.get(Referral, referral_id)
        if referral is None or referral.way is None or not statuses()[referral.status].is_open:
            return remember(turn.tracker, turn.request)
        plan = plan_of(session, referral.conversation_id)
        if plan is not None and plan.state == "active":
            _plan(session, referral, plan.wording, now)
        planned, phone = referral.follow_up_wording is not None, _phone(session, referral)
    if planned:
        return turn.say("utter_follow_up_planned")
    if phone is None:
        return turn.say("utter_follow_up_tell_me")
    return turn.ask(Question(MAY_ASK, (referral_id,)), "utter_follow_up_may_i")


def _of_may_ask(turn: Turn, about: tuple[str, ...]) -> list[EventType] | None:
    if turn.message.values("need") or heard(turn.text) or turn.meaning not in ("yes", "no", "have", "skip", "stop"):
        return None
    if turn.meaning != "yes":
        return turn.say("utter_follow_up_declined")
    now = datetime.now(timezone.utc)
    with session_scope(directory.engine()) as session:
        referral = session.get(Referral, about[0])
        phone = _phone(session, referral) if referral else None
        if referral is None or phone is None or not statuses()[referral.status].is_open:
            return turn.say("utter_follow_up_tell_me")
        wording = directory.words().say("utter_follow_up_may_i", turn.language, TEXTS if turn.by_text else "")
        _plan(session, referral, wording, now)
        source: Literal["text", "web"] = "text" if turn.by_text else "web"
        consent.opt_in(session, directory.sealer(), phone, wording, source, turn.language, now)
    return turn.say("utter_follow_up_planned")


def _plan(session: Session, referral: Referral, wording: str, now: datetime) -> None:
    ledger.go(session, referral, cast(Way, referral.way), follow_up_wording=wording, now=now)


def _phone(session: Session, referral: Referral) -> FamilyPhone | None:
    """The family's phone, where we may text it."""
    conversation = session.get_one(Conversation, referral.conversation_id)
    phone = session.get(FamilyPhone, conversation.family_phone_id) if conversation.family_phone_id else None
    if phone is None or consent.is_opted_out(session, directory.sealer(), directory.sealer().open(phone.sealed)):
        return None
    return phone


#: Question kind → how it is read.
READS: dict[str, Reader] = {MAY_ASK: _of_may_ask}
