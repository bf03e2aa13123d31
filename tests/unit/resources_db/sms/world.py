"""An outbox with a clock that is moved by hand."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any

from sqlalchemy import Engine, select

from resources_db import outbox
from resources_db.database import session_scope
from resources_db.models.outgoing_text import OutgoingText
from resources_db.outbox import Sending, Terms, Unknown
from resources_db.phones import remember_phone
from resources_db.sealing import Sealer
from resources_db.settings import Settings, load_settings
from resources_db.words import Words, load_words

#: Half past ten on a Monday morning in California.
MORNING = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
NIGHT = datetime(2026, 11, 23, 11, 0, tzinfo=timezone.utc)
OURS, FAMILY, OTHER = "+19165550100", "+19165550123", "+19165550145"
LEASE = timedelta(seconds=60)
SECRET = "k" * 40
ACCOUNT, TOKEN = "AC" + "0" * 32, "t" * 32


def settings(**more: str) -> Settings:
    given = {"SMS_ACCOUNT_SID": ACCOUNT, "SMS_AUTH_TOKEN": TOKEN, "SMS_FROM": OURS, "SECRET_KEY": SECRET}
    return load_settings({f"HOMEWARD_{name}": value for name, value in {**given, **more}.items()})


@cache
def words() -> Words:
    return load_words()


class World:
    def __init__(self, engine: Engine, now: datetime = MORNING, segments_a_day: int = 1000) -> None:
        self.engine = engine
        self.now = now
        self.seconds = 0.0
        self.sealer = Sealer([SECRET])
        self.terms = Terms(self.sealer, words(), "https://help.example.org", segments_a_day)

    def later(self, **how_much: float) -> None:
        """Time goes by, for every clock."""
        self.now += timedelta(**how_much)
        self.seconds += timedelta(**how_much).total_seconds()

    def do(self, work: Any, *args: Any, **more: Any) -> Any:
        with session_scope(self.engine) as session:
            return work(session, *args, **more)

    def put(self, body: str = "Hello", to: str = FAMILY, *, key: str | None = None, site: str | None = None, **more: Any) -> str:
        """`asked` is how many minutes ago the family asked for it; by default just now."""
        asked = more.pop("asked", 0)
        ours = more.pop("from_number", OURS)
        with session_scope(self.engine) as session:
            phone = remember_phone(session, self.sealer, to, our_number=ours, language="en", site=site, now=self.now)
            text_id = outbox.put(
                session, phone, body, kind=more.pop("kind", "reply"), dedupe_key=key or f"{to} {body} {self.now.isoformat()}",
                now=self.now, asked_at=None if asked is None else self.now - timedelta(minutes=asked), **more,
            )  # fmt: skip
        assert text_id is not None
        return text_id

    def claim(self, owner: str = "one", limit: int = 8) -> list[Sending]:
        texts: list[Sending] = self.do(outbox.claim, self.terms, owner=owner, now=self.now, lease=LEASE, limit=limit)
        return texts

    def send(self, text_id: str, provider_id: str = "SM1") -> None:
        """Claimed, and taken by the carrier."""
        assert text_id in [text.id for text in self.claim()]
        self.do(outbox.sent, text_id, "one", provider_id, self.now)

    def refuse(self, text_id: str, code: str, *, permanent: bool, owner: str = "one", retry_after: float | None = None) -> None:
        self.do(
            outbox.refused, self.sealer, text_id, owner, code=code, permanent=permanent, now=self.now, retry_after=retry_after
        )

    def report(self, text_id: str, status: str, error: str | None = None, provider_id: str = "SM1") -> bool:
        news: bool = self.do(outbox.settle_from_carrier, self.sealer, text_id, provider_id, status, error, self.now)
        return news

    def expire(self) -> None:
        self.do(outbox.expire, self.now, LEASE)

    def unknown(self) -> Unknown:
        [text] = self.do(outbox.unknowns, self.sealer)
        assert isinstance(text, Unknown)
        return text

    def row(self, text_id: str) -> OutgoingText:
        with session_scope(self.engine, writes=False) as session:
            row = session.get(OutgoingText, text_id)
            assert row is not None
            session.expunge(row)
            return row

    def state(self, text_id: str) -> str:
        return self.row(text_id).state

    def rows(self) -> list[OutgoingText]:
        """In the order in which they were decided."""
        with session_scope(self.engine, writes=False) as session:
            rows = list(session.scalars(select(OutgoingText).order_by(OutgoingText.family_phone_id, OutgoingText.position)))
            session.expunge_all()
            return rows
