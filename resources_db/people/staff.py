"""The accounts of people who work with families: passwords, being signed in, and what somebody may do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal, get_args
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from resources_db.errors import ResourcesError
from resources_db.models.staff_member import StaffMember, StaffSession
from resources_db.sites import find_site

Role = Literal["admin", "staff", "partner"]
ROLES: tuple[Role, ...] = get_args(Role)
SIGNED_IN_FOR = timedelta(hours=12)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200

_ONCE = "once"
_ONE_TIME_FOR = timedelta(days=7)
# 32 MB and a third of a second for each guess, as OWASP advises for scrypt.
_COST, _BLOCK, _PARALLEL, _MEMORY = 2**15, 8, 3, 64 * 2**20
# Said on the phone or copied from paper: nothing in it looks like another sign.
_SIGNS = "bcdfghjkmnpqrtvwxyz2346789"
_EMAIL = re.compile(r"[^@\s<>,;\x00-\x1f\x7f]{1,64}@[^@\s<>,;\x00-\x1f\x7f]+\.[^@\s<>,;.\x00-\x1f\x7f]{2,}")


class StaffRefused(ResourcesError):
    """An account cannot be made or changed like this; the text says why and what to do, in one line."""


@dataclass(frozen=True)
class Member:
    """Somebody who is signed in. `site` None: all sites. `new_password`: theirs is a one-time password, to be changed first."""

    id: str
    name: str
    email: str
    roles: frozenset[str]
    site: str | None
    new_password: bool
    time_zone: str

    def may_see(self, site: str | None) -> bool:
        """Whether what belongs to this site is theirs to see."""
        return self.site is None or self.site == site


# ---- accounts ------------------------------------------------------------------------------------------------------


def add_member(session: Session, *, email: str, name: str, roles: Sequence[str], site: str | None, now: datetime) -> StaffMember:
    """A new account that cannot sign in yet: `give_one_time_password` is next. Raises StaffRefused."""
    address = check_email(session, email)
    if not name.strip() or len(name.strip()) > 80:
        raise StaffRefused("give a name of at most 80 letters, as families read it")
    if not roles or set(roles) - set(ROLES):
        raise StaffRefused(f"give one or more of the roles {', '.join(ROLES)}")
    if site is not None and find_site(session, site) is None:
        raise StaffRefused(f'there is no site "{site}": homeward sites list shows them, homeward sites add makes one')
    in_order = [role for role in ROLES if role in roles]
    member = StaffMember(id=str(uuid4()), email=address, name=name.strip(), roles=in_order, site=site, created_at=now)
    session.add(member)
    session.flush()
    return member


def check_email(session: Session, email: str, own_id: str | None = None) -> str:
    """The address as it is kept. Raises StaffRefused when it is none, or somebody else's."""
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address) or len(address) > 254:
        raise StaffRefused("give an e-mail address such as ana@center.example.org")
    other = session.scalar(select(StaffMember.id).where(StaffMember.email == address))
    if other is not None and other != own_id:
        raise StaffRefused(f"{address} has an account already")
    return address


def find_member(session: Session, email: str) -> StaffMember | None:
    return session.scalars(select(StaffMember).where(StaffMember.email == email.strip().lower())).one_or_none()


def list_members(session: Session, site: str | None = None) -> list[StaffMember]:
    """By name; of one site, or all."""
    query = select(StaffMember).order_by(StaffMember.name, StaffMember.email)
    return list(session.scalars(query if site is None else query.where(StaffMember.site == site)))


def give_one_time_password(session: Session, member: StaffMember, now: datetime) -> str:
    """A password for the first sign-in, within seven days, where they choose their own. They are signed out everywhere."""
    password = "-".join("".join(secrets.choice(_SIGNS) for _ in range(4)) for _ in range(4))
    until = int((now + _ONE_TIME_FOR).timestamp())
    member.password_hash = f"{_ONCE}${until}${hash_password(password)}"
    end_sessions(session, member.id)
    return password


def set_password(session: Session, member: StaffMember, password: str) -> None:
    """Their own password from now on; they are signed out everywhere. Raises StaffRefused."""
    check_new_password(password, member.email, member.name)
    member.password_hash = hash_password(password)
    end_sessions(session, member.id)


def check_new_password(password: str, *known: str) -> None:
    """Raises StaffRefused, with what to do. `known` must not be in it: an address, a name."""
    if len(password) < SHORTEST_PASSWORD:
        raise StaffRefused(f"use at least {SHORTEST_PASSWORD} signs: three or four words in a row are easy to keep in mind")
    if len(password) > LONGEST_PASSWORD:
        raise StaffRefused(f"use at most {LONGEST_PASSWORD} signs")
    plain = password.lower()
    easy = {part for text in known for part in (*re.split(r"[\s@.]+", text.lower()), text.lower()) if len(part) > 3}
    if len(set(plain)) < 5 or any(len(plain.replace(part, "")) < 8 for part in easy):
        raise StaffRefused("this is easy to guess: use words that have nothing to do with you")


# ---- passwords -----------------------------------------------------------------------------------------------------


def hash_password(password: str) -> str:
    """What is kept of a password: salt and digest, with what they were made with. Takes a third of a second."""
    salt, work = secrets.token_bytes(16), (_COST, _BLOCK, _PARALLEL)
    return "$".join(["scrypt", *map(str, work), _text(salt), _text(_scrypt(password, salt, work))])


def is_password(kept: str | None, password: str, now: datetime) -> bool:
    """Whether it is this password. An account that is not there, or has none, takes as long as one that does."""
    once, kept = _one_time(kept)
    _, cost, block, parallel, salt, digest = (kept or _nobodys()).split("$")
    made = _scrypt(password[:LONGEST_PASSWORD], _bytes(salt), (int(cost), int(block), int(parallel)))
    right = hmac.compare_digest(made, _bytes(digest))
    return right and kept is not None and (once is None or now.timestamp() < once)


def _one_time(kept: str | None) -> tuple[int | None, str | None]:
    """(good until, the rest) of a one-time password; (None, all of it) of any other."""
    if kept is None or not kept.startswith(_ONCE + "$"):
        return None, kept
    _, until, rest = kept.split("$", 2)
    return int(until), rest


def _scrypt(password: str, salt: bytes, work: tuple[int, int, int]) -> bytes:
    cost, block, parallel = work
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY, dklen=32)


@cache
def _nobodys() -> str:
    return hash_password(secrets.token_hex(16))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)


# ---- being signed in -----------------------------------------------------------------------------------------------


def sign_in(session: Session, staff_id: str, now: datetime) -> str:
    """A new signed-in browser; returns the token of its cookie, of which only a digest is kept."""
    session.execute(delete(StaffSession).where(StaffSession.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(StaffSession(digest=_digest(token), staff_id=staff_id, created_at=now, expires_at=now + SIGNED_IN_FOR))
    session.flush()
    return token


def member_of(session: Session, token: str, now: datetime) -> Member | None:
    """Who holds this cookie; None when the time is over, they signed out, or the account is not active any more."""
    signed_in = StaffSession.digest == _digest(token), StaffSession.expires_at > now, StaffMember.active
    found = session.scalars(
        select(StaffMember).join(StaffSession, StaffSession.staff_id == StaffMember.id).where(*signed_in)
    ).first()
    return as_member(found) if found else None


def as_member(row: StaffMember) -> Member:
    once = _one_time(row.password_hash)[0] is not None
    return Member(row.id, row.name, row.email, frozenset(row.roles), row.site, once, row.time_zone)


def sign_out(session: Session, token: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.digest == _digest(token)))


def end_sessions(session: Session, staff_id: str) -> None:
    """Sign them out everywhere."""
    session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
