"""What a family asked for, got and kept, put together from its own rows when it opens its record, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.check_ins.questions import NEVER, SKIP, items
from resources_db.models.check_in import CheckInAnswer
from resources_db.models.family_record import RecordEntry
from resources_db.models.organization import Organization
from resources_db.models.referral import Referral, ReferralEvent
from resources_db.models.service import Service
from resources_db.record.entries import Entry, entries_of
from resources_db.record.threads import kept_until, threads_of
from resources_db.sealing import Sealer

GOT_HELP = "got_help"


@dataclass(frozen=True)
class Asked:
    """A need code, and the day on which the family said it."""

    on: date
    need: str


@dataclass(frozen=True)
class Got:
    """Help that came. `place` is the listing's name, None where the listing is gone; `said_by` is family, provider or staff."""

    on: date
    need: str
    place: str | None
    said_by: str


@dataclass(frozen=True)
class Told:
    """An answer in a check-in: the question's code, and fine, some or hard."""

    on: date
    item: str
    answer: str


@dataclass(frozen=True)
class Summary:
    """All of it by day, the oldest first; days are of the family's own clock. `kept_until` is when the first of it
    is erased with its thread."""

    asked: tuple[Asked, ...]
    got: tuple[Got, ...]
    kept: tuple[Entry, ...]
    told: tuple[Told, ...]
    kept_until: date


def summary_of(session: Session, sealer: Sealer, conversation_id: str, time_zone: str) -> Summary | None:
    """None when the conversation is gone. Raises WrongKey."""
    zone = ZoneInfo(time_zone)
    erased_at = kept_until(session, conversation_id, RecordEntry)
    if erased_at is None:
        return None
    threads = threads_of(conversation_id)
    referrals = session.scalars(select(Referral).where(Referral.conversation_id.in_(threads)).order_by(Referral.created_at)).all()
    answers = session.scalars(
        select(CheckInAnswer).where(CheckInAnswer.conversation_id.in_(threads)).order_by(CheckInAnswer.at)
    ).all()
    asked = [(referral.created_at, referral.need) for referral in referrals]
    asked += [(answer.at, need) for answer in answers for need in answer.needs]
    return Summary(
        asked=_asked(asked, zone),
        got=_got(session, referrals, zone),
        kept=tuple(entries_of(session, sealer, conversation_id)),
        told=tuple(
            Told(_day(answer.at, zone), answer.item, answer.answer)
            for answer in answers
            if answer.item in items() and answer.answer not in (SKIP, NEVER)
        ),
        kept_until=_day(erased_at, zone),
    )


def _asked(said: Iterable[tuple[datetime, str]], zone: ZoneInfo) -> tuple[Asked, ...]:
    """The same need on the same day is asked for once, however many places were chosen for it."""
    return tuple(dict.fromkeys(Asked(_day(at, zone), need) for at, need in sorted(said)))


def _got(session: Session, referrals: Iterable[Referral], zone: ZoneInfo) -> tuple[Got, ...]:
    helped = {referral.id: referral for referral in referrals if referral.status == GOT_HELP}
    services = {referral.service_id for referral in helped.values()}
    named = select(Service.id, Service.name, Organization.name).join(Organization).where(Service.id.in_(services))
    places = {key: _place(service, organization) for key, service, organization in session.execute(named)}
    this = ReferralEvent.referral_id.in_(helped), ReferralEvent.status == GOT_HELP
    newest = {
        event.referral_id: event for event in session.scalars(select(ReferralEvent).where(*this).order_by(ReferralEvent.at))
    }
    found = [(event.at, helped[referral_id], event.said_by) for referral_id, event in newest.items()]
    return tuple(
        Got(_day(at, zone), referral.need, places.get(referral.service_id), said_by)
        for at, referral, said_by in sorted(found, key=lambda one: one[0])
    )


def _place(service: str, organization: str) -> str:
    return service if service == organization else f"{service}, {organization}"


def _day(at: datetime, zone: ZoneInfo) -> date:
    return at.astimezone(zone).date()
