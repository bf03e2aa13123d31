"""Who agreed to texts, who wants none, and what was said on that occasion.

A number that said stop gets no text from any site of the installation. That is kept apart from everything else about the
phone, by digest alone, and outlives it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from resources_db.check_ins.stopping import stop_of_phone
from resources_db.models.consent import Consent, OptOut
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.outgoing_text import OutgoingText
from resources_db.sealing import Sealer

StopHow = Literal["keyword", "phrase", "carrier"]
Source = Literal["text", "web", "carrier"]
#: The kinds of texts that may still go to a number that said stop: the confirmation of that, and the answer to a crisis it texts.
CONFIRMATION, CRISIS = "stop", "crisis"
AFTER_STOP = (CONFIRMATION, CRISIS)


def is_opted_out(session: Session, sealer: Sealer, phone: str) -> bool:
    """Does this number (E.164) want no texts? Ask in the transaction that sends."""
    return bool(session.scalar(select(exists().where(OptOut.digest.in_(sealer.digests(phone))))))


def opted_out_at(session: Session, sealer: Sealer, phone: str) -> datetime | None:
    """When this number (E.164) said that it wants no texts; None when it did not."""
    return session.scalar(select(func.max(OptOut.at)).where(OptOut.digest.in_(sealer.digests(phone))))


def opt_out(
    session: Session,
    sealer: Sealer,
    phone: str,
    how: StopHow,
    language: str | None,
    now: datetime,
    family_phone: FamilyPhone | None = None,
) -> bool:
    """No more texts to this number (E.164), from this transaction on; True when that is new, so that it is confirmed once.

    `how` the wish came: as a keyword, in a phrase, or from the carrier, which refuses to send there. `language` of the
    wish; None: the phone's. What waits for the phone in the outbox is suppressed, except AFTER_STOP, and check-ins by text
    end; what the carrier is being asked to send this moment is past recall. `family_phone` saves looking for it.
    """
    if family_phone is None:
        family_phone = session.scalar(select(FamilyPhone).where(FamilyPhone.digest.in_(sealer.digests(phone))))
    if family_phone is not None:
        _suppress(session, family_phone, now)
        stop_of_phone(session, family_phone.id, now)
    is_new = not is_opted_out(session, sealer, phone) and _remember(session, sealer, phone, now)
    if is_new and family_phone is not None:
        source: Source = "carrier" if how == "carrier" else "text"
        _add_line(session, family_phone, "opt_out", how, source, language or family_phone.language, now)
    return is_new


def opt_in(
    session: Session,
    sealer: Sealer,
    family_phone: FamilyPhone,
    wording: str,
    source: Source,
    language: str,
    now: datetime,
) -> bool:
    """This phone agreed to texts; True when it had wanted none until now.

    `wording`: exactly what was shown to the family when they agreed, or, when they wrote first, what they wrote to start
    (a keyword) or the words about texts that answered them.
    """
    digests = sealer.digests(sealer.open(family_phone.sealed))
    gone = session.execute(delete(OptOut).where(OptOut.digest.in_(digests)).execution_options(synchronize_session=False))
    _add_line(session, family_phone, "opt_in", wording, source, language, now)
    return bool(gone.rowcount)  # type: ignore[attr-defined]


def history(session: Session, family_phone: FamilyPhone) -> list[Consent]:
    """What this phone agreed to and took back, oldest first."""
    lines = select(Consent).where(Consent.family_phone_id == family_phone.id).order_by(Consent.at, Consent.id)
    return list(session.scalars(lines))


def _suppress(session: Session, family_phone: FamilyPhone, now: datetime) -> None:
    session.execute(
        update(OutgoingText)
        .where(
            OutgoingText.family_phone_id == family_phone.id,
            OutgoingText.state == "due",
            OutgoingText.kind.not_in(AFTER_STOP),
        )
        .values(state="suppressed", error="opted_out", body="", settled_at=now)
        .execution_options(synchronize_session="fetch")
    )


def _remember(session: Session, sealer: Sealer, phone: str, now: datetime) -> bool:
    """Two STOPs at the same moment, on two processes, are one."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = dialect.insert(OptOut).values(digest=sealer.digest(phone), key_id=sealer.key_id, at=now)
    added = session.execute(row.on_conflict_do_nothing(index_elements=[OptOut.digest]))
    return bool(added.rowcount)  # type: ignore[attr-defined]


def _add_line(
    session: Session, family_phone: FamilyPhone, given: str, wording: str, source: str, language: str, now: datetime
) -> None:
    session.add(
        Consent(
            id=str(uuid.uuid4()),
            family_phone_id=family_phone.id,
            given=given,
            wording=wording,
            source=source,
            language=language,
            site=family_phone.site,
            at=now,
        )
    )
    session.flush()
