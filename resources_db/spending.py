"""What texts may cost: a ceiling a day for the installation, one for a site, and one for each phone. Days are in UTC.

All of it is asked and written in the transaction that claims a text for sending, one such transaction at a time: two
workers cannot both send the last text of a day.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from resources_db.consent import AFTER_STOP
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.sms_spending import SmsSpending
from resources_db.sites import find_site

#: More than any family needs in a day; less than a game with our phone bill.
TEXTS_A_DAY = 250
#: A phone that texts more than so many times in so long is not answered text by text any more.
MANY_TEXTS = 60
_MANY_WITHIN = timedelta(minutes=10)
#: What the law or safety wants said is always sent: a phone that plays with these gets some more, and then only the last two.
NOTICE = "notice"
MOST_NOTICES = TEXTS_A_DAY + 50

Limit = Literal["phone", "site", "installation"]


def limit_reached(
    session: Session, phone: FamilyPhone, *, kind: str, segments: int, segments_a_day: int, now: datetime
) -> Limit | None:
    """Which ceiling forbids to send a text of so many segments now; None when it may go. `segments_a_day` is the installation's.

    Until the transaction ends no other one can send.
    """
    day = _day(now)
    _add(session, day, "", 0)  # on PostgreSQL, this row is the lock that all who spend wait for
    if kind in AFTER_STOP:
        return None
    sent = OutgoingText.family_phone_id == phone.id, OutgoingText.sending_at >= _midnight(day)
    most = MOST_NOTICES if kind == NOTICE else TEXTS_A_DAY
    if session.scalars(select(func.count()).select_from(OutgoingText).where(*sent)).one() >= most:
        return "phone"
    if kind == NOTICE:
        return None
    site = find_site(session, phone.site)
    if site and site.segments_a_day and spent(session, day, site.name) + segments > site.segments_a_day:
        return "site"
    if spent(session, day) + segments > segments_a_day:
        return "installation"
    return None


def spend(session: Session, phone: FamilyPhone, *, segments: int, now: datetime) -> None:
    """A text of so many segments is being sent. To be called after `limit_reached`, in the same transaction."""
    _add(session, _day(now), phone.site or "", segments)


def take_back(session: Session, phone: FamilyPhone, *, segments: int, spent_at: datetime) -> None:
    """The carrier surely did not take the text that was counted at `spent_at`."""
    _add(session, _day(spent_at), phone.site or "", -segments)


def spent(session: Session, day: date, site: str | None = None) -> int:
    """Segments of a day, of one site ("" for none) or of all."""
    total = select(func.coalesce(func.sum(SmsSpending.segments), 0)).where(SmsSpending.day == day)
    return session.scalars(total if site is None else total.where(SmsSpending.site == site)).one()


def farewell_key(phone: FamilyPhone, now: datetime) -> str:
    """The dedupe key of the one text a day that says why no more come."""
    return f"limit:{phone.id}:{_day(now)}"


def texts_too_much(session: Session, conversation_id: str, now: datetime) -> bool:
    """Whether more came from a phone in the last minutes than anybody can mean to be answered one by one.

    Counted of what is written down, so that it is the same in every process and after a restart.
    """
    theirs = Message.conversation_id == conversation_id, Message.sender == "family", Message.channel == "sms"
    newest = select(Message.at).where(*theirs).order_by(Message.seq.desc()).offset(MANY_TEXTS - 1).limit(1)
    earlier = session.scalar(newest)
    return earlier is not None and earlier > now - _MANY_WITHIN


def _add(session: Session, day: date, site: str, segments: int) -> None:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(SmsSpending).values(day=day, site=site, segments=segments)
    more = {"segments": SmsSpending.segments + row.excluded.segments}
    session.execute(row.on_conflict_do_update(index_elements=[SmsSpending.day, SmsSpending.site], set_=more))


def _day(now: datetime) -> date:
    return now.astimezone(timezone.utc).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.utc)
