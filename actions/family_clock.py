"""Which day it is for a family: by its check-ins, else where it looks for help, else where its phone is from."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from actions.directory import sealer
from actions.turn import Turn
from resources_db.contacts import hours_of
from resources_db.geo.timezones import zone_of
from resources_db.models.check_in import CheckInPlan
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone


def zone_of_family(session: Session, turn: Turn) -> ZoneInfo:
    """The middle of the country where nothing is known. Raises WrongKey."""
    conversation_id, place = turn.tracker.sender_id, turn.request.known_place
    has_plan = session.scalar(select(CheckInPlan.id).where(CheckInPlan.conversation_id == conversation_id)) is not None
    if place and not has_plan and (zone := zone_of(place)):
        return ZoneInfo(zone)
    of_this = Conversation.family_phone_id == FamilyPhone.id, Conversation.id == conversation_id
    sealed = session.scalar(select(FamilyPhone.sealed).where(*of_this))
    return hours_of(session, conversation_id, sealer().open(sealed) if sealed else None).zone


def now() -> datetime:
    return datetime.now(timezone.utc)
