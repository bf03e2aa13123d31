"""What a family answered to a check-in: written down once, however often it is said, and counted."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.check_ins.asking import known_of, next_item
from resources_db.check_ins.questions import HARD, NEVER, SEVERITY, SKIP, Item, item_of_need, items
from resources_db.models.check_in import CheckInAnswer, ScheduledContact
from resources_db.models.conversation import Conversation
from resources_db.program.counting import count


@dataclass(frozen=True)
class Recorded:
    """`needs` are those this answer opens; `next_item` is what may be asked after it, in the same check-in."""

    severity: int
    needs: tuple[str, ...]
    next_item: Item | None


def record(
    session: Session, contact_id: str, item: str, answer: str, now: datetime, *, zip: str | None = None
) -> Recorded | None:  # fmt: skip
    """Write down an answer (of questions.py) to a question of a check-in that was said; None when that is gone.

    Saying the same again changes nothing and counts nothing; saying something else changes the answer. `zip` is where the
    family is looking for help, for the counts.
    """
    contact = _locked(session, contact_id)
    if contact is None:
        return None
    needs = items()[item].opened_by(answer)
    before = _before(session, contact_id, item)
    news = [need for need in needs if before is None or need not in before.needs]
    if before is None:
        session.add(
            CheckInAnswer(
                id=str(uuid.uuid4()),
                conversation_id=contact.conversation_id,
                contact_id=contact_id,
                item=item,
                answer=answer,
                severity=SEVERITY[answer],
                needs=list(needs),
                at=now,
            )
        )
    elif before.answer != answer:
        before.answer, before.severity, before.needs, before.at = answer, SEVERITY[answer], list(needs), now
    site, language = _whose(session, contact.conversation_id)
    _answered(session, contact, site, language, now, skipped=answer in (SKIP, NEVER))
    for need in news:
        count(session, "need_found", now, site=site, need=need, zip=zip, language=language)
    session.flush()
    following = next_item(known_of(session, contact.conversation_id, contact_id), unprompted=False)
    return Recorded(SEVERITY[answer], needs, following)


def record_needs(session: Session, contact_id: str, needs: Iterable[str], now: datetime, *, zip: str | None = None) -> None:
    """The family answered in its own words, and said what it needs, whatever was asked. Each need belongs to its own
    question, which comes first next time; what the words say is for the search to answer."""
    contact = _locked(session, contact_id)
    if contact is None:
        return
    site, language = _whose(session, contact.conversation_id)
    _answered(session, contact, site, language, now)
    for need in dict.fromkeys(needs):
        item = item_of_need(need)
        before = None if item is None else _before(session, contact_id, item.code)
        if before is not None:
            if need in before.needs:
                continue
            before.answer, before.severity, before.needs, before.at = HARD, SEVERITY[HARD], [*before.needs, need], now
        elif item is not None:
            session.add(
                CheckInAnswer(
                    id=str(uuid.uuid4()),
                    conversation_id=contact.conversation_id,
                    contact_id=contact_id,
                    item=item.code,
                    answer=HARD,
                    severity=SEVERITY[HARD],
                    needs=[need],
                    at=now,
                )
            )
        session.flush()
        count(session, "need_found", now, site=site, need=need, zip=zip, language=language)


def note_reply(session: Session, contact_id: str, now: datetime) -> None:
    """The family wrote back without answering the question: that is a reply too."""
    contact = _locked(session, contact_id)
    if contact is not None:
        site, language = _whose(session, contact.conversation_id)
        _answered(session, contact, site, language, now)


def _locked(session: Session, contact_id: str) -> ScheduledContact | None:
    return session.get(ScheduledContact, contact_id, with_for_update=True)


def _before(session: Session, contact_id: str, item: str) -> CheckInAnswer | None:
    """What was answered to it before."""
    this = CheckInAnswer.contact_id == contact_id, CheckInAnswer.item == item
    return session.scalar(select(CheckInAnswer).where(*this).with_for_update())


def _whose(session: Session, conversation_id: str) -> tuple[str | None, str]:
    """(site, language) of the family."""
    row = session.execute(
        select(Conversation.site, Conversation.language).where(Conversation.id == conversation_id)
    ).one()  # fmt: skip
    return row.site, row.language


def _answered(
    session: Session, contact: ScheduledContact, site: str | None, language: str, now: datetime, *, skipped: bool = False
) -> None:
    """The first reply to a check-in is the one that counts."""
    if contact.answered_at is None:
        contact.answered_at = now
        count(session, "check_in_skipped" if skipped else "check_in_answered", now, site=site, language=language)
