"""What a family lets somebody see. It sees who may look, who looked and when; what it takes back is gone at once.

`look` is the only way by which staff read a share.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from resources_db.models.call_request import CallRequest
from resources_db.models.share import Share, ShareLook
from resources_db.models.staff_member import StaffMember
from resources_db.models.staff_task import StaffTask
from resources_db.people.matching import OPEN_STATES
from resources_db.sealing import Sealer

#: Why a call or a task ended when the family took back what it shared.
TAKEN_BACK = "taken_back"
#: Who may look at what is shared with a whole team.
_TEAM_ROLES = frozenset({"staff", "admin"})


@dataclass(frozen=True)
class Looked:
    """What staff see: the very words the family agreed to, and its number where they shall call."""

    text: str = field(repr=False)
    phone: str | None = field(repr=False)


@dataclass(frozen=True)
class Look:
    """Somebody looked; None: they are no longer here."""

    name: str | None
    at: datetime


@dataclass(frozen=True)
class Shared:
    """A share as the family sees it; `text` is empty once it is taken back. `looks` are the oldest first."""

    id: str
    what: str
    with_whom: str
    text: str = field(repr=False)
    at: datetime
    revoked_at: datetime | None
    looks: Sequence[Look]


def share(
    session: Session, sealer: Sealer, conversation_id: str, *, what: str, text: str, with_whom: str,
    staff_id: str | None = None, phone: str | None = None, now: datetime,
) -> Share:  # fmt: skip
    """Let one person (`staff_id`) or a team or organization see `text`, exactly as the family was shown it.

    `what`: call, request or record; `with_whom` as the family reads it; `phone` is E.164.
    """
    made = Share(
        id=str(uuid.uuid4()), conversation_id=conversation_id, staff_id=staff_id, with_whom=with_whom, what=what,
        sealed=sealer.seal(json.dumps({"text": text, "phone": phone}, ensure_ascii=False)), created_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def look(session: Session, sealer: Sealer, share_id: str, staff_id: str, now: datetime) -> Looked | None:
    """What is shared, and a line in the family's log that it was looked at; None when this person may not, or when the
    family took it back. Raises WrongKey."""
    row = session.get(Share, share_id, with_for_update=True, populate_existing=True)
    person = session.get(StaffMember, staff_id)
    if row is None or row.revoked_at is not None or person is None or not _may_look(session, row, person):
        return None
    seen = opened(sealer, row)
    session.add(ShareLook(id=str(uuid.uuid4()), share_id=row.id, staff_id=person.id, at=now))
    session.flush()
    return seen


def revoke(session: Session, share_id: str, now: datetime) -> bool:
    """Take it back: nobody sees it any more, its words are deleted, and the call or task that needed it is over. False when
    it was taken back before. Where the conversation is locked too, it is locked first."""
    row = session.get(Share, share_id, with_for_update=True, populate_existing=True)
    if row is None or row.revoked_at is not None:
        return False
    row.revoked_at, row.sealed = now, ""
    calls = CallRequest.share_id == share_id, CallRequest.state.in_(OPEN_STATES)
    session.execute(update(CallRequest).where(*calls).values(state="closed", ended_at=now, outcome=TAKEN_BACK))
    tasks = StaffTask.share_id == share_id, StaffTask.done_at.is_(None)
    session.execute(update(StaffTask).where(*tasks).values(done_at=now, outcome=TAKEN_BACK))
    session.flush()
    return True


def shares_of(session: Session, sealer: Sealer, conversation_id: str) -> list[Shared]:
    """All that a family ever shared in this conversation, the newest first."""
    of_this = select(Share).where(Share.conversation_id == conversation_id).order_by(Share.created_at.desc(), Share.id)
    rows = session.scalars(of_this.execution_options(populate_existing=True)).all()
    named = (
        select(ShareLook.share_id, StaffMember.name, ShareLook.at)
        .join(StaffMember, StaffMember.id == ShareLook.staff_id, isouter=True)
        .where(ShareLook.share_id.in_([row.id for row in rows]))
        .order_by(ShareLook.at, ShareLook.id)
    )
    looks: dict[str, list[Look]] = {}
    for share_id, name, at in session.execute(named):
        looks.setdefault(share_id, []).append(Look(name, at))
    return [
        Shared(
            row.id, row.what, row.with_whom, opened(sealer, row).text if row.sealed else "", row.created_at, row.revoked_at,
            tuple(looks.get(row.id, ())),
        )
        for row in rows
    ]  # fmt: skip


def opened(sealer: Sealer, row: Share) -> Looked:
    """For the family's own eyes, and to hand on what it agreed may be handed on. Staff: `look`. Raises WrongKey."""
    content = json.loads(sealer.open(row.sealed))
    return Looked(content["text"], content["phone"])


def _may_look(session: Session, row: Share, person: StaffMember) -> bool:
    if not person.active:
        return False
    if row.staff_id is not None:
        return row.staff_id == person.id
    if not _TEAM_ROLES & set(person.roles):
        return False
    tasks = session.scalars(select(StaffTask).where(StaffTask.share_id == row.id)).all()
    return any(person.site is None or task.site == person.site for task in tasks)
