"""Families, and what they try, for tests."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.conversations import start_conversation
from resources_db.models import Conversation, Organization, Referral, Service, ServiceAtLocation, StaffMember
from resources_db.phones import remember_phone
from resources_db.referrals import ledger
from resources_db.sealing import Sealer
from resources_db.words import load_words
from tests.factories import NOW

SEALER = Sealer(["a key of these tests, long enough to be one"])
WORDS = load_words()
NUMBER, READABLE = "+19165550142", "(916) 555-0142"


def family(session: Session, *, phone: str | None = None, language: str = "en", site: str | None = None) -> str:
    """The id of a new conversation, with a phone that texts if one is given."""
    made, _ = start_conversation(session, language=language, now=NOW, lifetime=timedelta(days=30), site=site)
    if phone is not None:
        kept = remember_phone(session, SEALER, phone, our_number="+19165550100", language=language, site=site, now=NOW)
        session.get_one(Conversation, made.id).family_phone_id = kept.id
    session.flush()
    return made.id


def referral(session: Session, conversation: str, service: str, *, need: str = "food", now: datetime = NOW) -> Referral:
    site = session.scalar(select(ServiceAtLocation.id).where(ServiceAtLocation.service_id == service))
    return ledger.open_referral(
        session, conversation, service_id=service, service_at_location_id=site, need=need, zip="92701", now=now
    )


def reports(
    session: Session, service: str, status: str, barrier: str | None = None, *, now: datetime = NOW, by: str | None = None
) -> str:
    """A family (a new one unless it is given) says what came of it; returns its conversation."""
    conversation = by or family(session)
    tried = referral(session, conversation, service, now=now)
    ledger.note(session, tried, status, "family", now, barrier=barrier)
    return conversation


def staff(session: Session, *, site: str | None = None, roles: tuple[str, ...] = ("staff",), active: bool = True) -> str:
    one = StaffMember(
        id=str(uuid.uuid4()), email=f"{uuid.uuid4().hex[:8]}@example.org", name="Sam", roles=list(roles), site=site,
        active=active, created_at=NOW,
    )  # fmt: skip
    session.add(one)
    session.flush()
    return one.id


def with_email(session: Session, service: str, address: str | None, *, of_organization: str | None = None) -> None:
    row = session.get_one(Service, service)
    row.email = address
    session.get_one(Organization, row.organization_id).email = of_organization
    session.flush()


__all__ = ["NUMBER", "READABLE", "SEALER", "WORDS", "family", "referral", "reports", "staff", "with_email"]
