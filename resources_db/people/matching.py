"""Which partner calls a family: one who speaks its language and has room, the soonest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.orm import Session

from resources_db.models.call_request import CallRequest
from resources_db.models.share import Share
from resources_db.models.staff_member import StaffMember
from resources_db.people.hours import FamilyHours, promise

#: The role of those who talk with families; and of those who see the inbox of their center.
PARTNER, STAFF = "partner", "staff"
#: A call that is still to be made.
OPEN_STATES = ("waiting", "promised", "missed")


@dataclass(frozen=True)
class Partner:
    """`introduction` by language, as they wrote it themselves. If asked now, they call before `promised_by`, on the family's
    clock (where that is not known: on theirs, `time_zone`). `families` is how many they have already."""

    id: str
    name: str
    tags: frozenset[str]
    promised_by: datetime
    time_zone: str
    families: int = 0
    introduction: Mapping[str, str] = field(default_factory=dict)

    def introduced(self, language: str) -> str:
        """How they introduce themselves; "" when they have not written it in this language."""
        return self.introduction.get(language, "").strip()


def best_partner(
    session: Session, *, language: str, tags: Iterable[str] = (), site: str | None, now: datetime,
    family: FamilyHours | None = None, but: Collection[str] = (), conversation_id: str | None = None,
) -> Partner | None:  # fmt: skip
    """Who should call a family of `site`; None when nobody is free in the coming days.

    Those with most of the `tags` (a wish, not a condition), then who can promise the soonest, then who has the fewest
    families. `but` are ids of those who shall not; the family's own conversation does not count in a caseload.
    """
    wanted = frozenset(tags)
    free = free_partners(session, language=language, site=site, now=now, family=family, but=but, conversation_id=conversation_id)
    return min(free, key=lambda p: (-len(wanted & p.tags), p.promised_by, p.families, p.id), default=None)


def free_partners(
    session: Session, *, language: str, site: str | None, now: datetime, family: FamilyHours | None = None,
    but: Collection[str] = (), conversation_id: str | None = None,
) -> list[Partner]:  # fmt: skip
    """Everybody who speaks the language, has room for one more family, and can call it in the coming days."""
    rows = [row for row in session.scalars(_active(site)) if PARTNER in row.roles and row.id not in but]
    able = (as_partner(session, row, language, family or FamilyHours(), now, conversation_id) for row in rows)
    return [partner for partner in able if partner is not None]


def as_partner(
    session: Session, row: StaffMember, language: str, family: FamilyHours, now: datetime, conversation_id: str | None
) -> Partner | None:
    """With what they can promise at this moment; None when they cannot call this family."""
    if not row.active or PARTNER not in row.roles or language not in row.languages:
        return None
    by, has = promise(row.hours, row.time_zone, family, now), families_of(session, row.id, but=conversation_id)
    if by is None or has >= row.caseload_cap:
        return None
    by = family.local(by, row.time_zone)
    return Partner(row.id, row.name, frozenset(row.tags), by, row.time_zone, has, row.introduction)


def families_of(session: Session, staff_id: str, *, but: str | None = None) -> int:
    """How many families a partner has: those to be called, and those whose share for a call is not taken back; without the
    conversation `but`."""
    to_call = select(CallRequest.conversation_id).where(CallRequest.staff_id == staff_id, CallRequest.state.in_(OPEN_STATES))
    held = select(Share.conversation_id).where(Share.staff_id == staff_id, Share.what == "call", Share.revoked_at.is_(None))
    both = union(to_call, held).subquery()
    return session.scalars(select(func.count()).select_from(both).where(both.c.conversation_id != (but or ""))).one()


def any_partner(session: Session, site: str | None) -> bool:
    """Whether anybody of this site can call, or find somebody who does."""
    return any({PARTNER, STAFF} & set(row.roles) for row in session.scalars(_active(site)))


def _active(site: str | None) -> Select[tuple[StaffMember]]:
    """Those of the site, and those of all sites."""
    serves = or_(StaffMember.site.is_(None), StaffMember.site == site)
    return select(StaffMember).where(StaffMember.active, serves).order_by(StaffMember.id)
