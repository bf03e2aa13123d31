"""What texts may cost in a day."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, insert
from sqlalchemy.orm import Session

from resources_db import spending
from resources_db.database import session_scope
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OutgoingText
from resources_db.sites import add_site

NOW = datetime(2026, 11, 22, 23, 30, tzinfo=timezone.utc)
TOMORROW = NOW + timedelta(hours=1)


def _phone(session: Session, site: str | None = None) -> FamilyPhone:
    phone = FamilyPhone(
        id=str(uuid.uuid4()), digest=uuid.uuid4().hex, sealed="", key_id="k", language="en", our_number="+19165550100",
        site=site, created_at=NOW, seen_at=NOW,
    )  # fmt: skip
    session.add(phone)
    session.flush()
    return phone


def _sent(session: Session, phone: FamilyPhone, at: datetime, count: int = 1) -> None:
    for _ in range(count):
        phone.last_position += 1
        text = OutgoingText(
            id=str(uuid.uuid4()), family_phone_id=phone.id, position=phone.last_position, dedupe_key=uuid.uuid4().hex,
            kind="reply", body="", segments=1, from_number="+19165550100", state="sent", due_at=at, sending_at=at, created_at=at,
        )  # fmt: skip
        session.add(text)
    session.flush()


def _limit(session: Session, phone: FamilyPhone, kind: str = "reply", segments: int = 1, now: datetime = NOW) -> str | None:
    return spending.limit_reached(session, phone, kind=kind, segments=segments, segments_a_day=10, now=now)


def test_the_installations_ceiling_holds_over_all_sites_until_the_next_day(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        here, there = _phone(session), _phone(session, "oak")
        for phone in (here, there):
            spending.spend(session, phone, segments=4, now=NOW)
        assert _limit(session, here, segments=2) is None
        assert _limit(session, here, segments=3) == "installation", "the last text must fit whole"
        assert _limit(session, there, segments=3) == "installation"
        assert _limit(session, there, segments=3, now=TOMORROW) is None
        assert spending.spent(session, NOW.date()) == 8
        assert spending.spent(session, NOW.date(), "oak") == 4


def test_a_sites_own_ceiling_stops_only_its_own_texts(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        add_site(session, "oak", {"segments_a_day": 3}, NOW)
        oak, elm = _phone(session, "oak"), _phone(session, "elm")
        spending.spend(session, oak, segments=3, now=NOW)
        assert _limit(session, oak) == "site"
        assert _limit(session, elm) is None


def test_a_phone_has_an_end_of_texts_in_a_day(directory_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spending, "TEXTS_A_DAY", 3)
    with session_scope(directory_engine) as session:
        chatty, quiet = _phone(session), _phone(session)
        _sent(session, chatty, NOW - timedelta(days=1), 5)
        _sent(session, chatty, NOW, 2)
        assert _limit(session, chatty) is None
        _sent(session, chatty, NOW)
        assert _limit(session, chatty) == "phone"
        assert _limit(session, quiet) is None
        assert _limit(session, chatty, now=TOMORROW) is None
        assert spending.farewell_key(chatty, NOW) != spending.farewell_key(chatty, TOMORROW)


def test_what_the_law_or_safety_wants_said_always_goes_and_is_counted(
    directory_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spending, "TEXTS_A_DAY", 0)
    with session_scope(directory_engine) as session:
        phone = _phone(session)
        spending.spend(session, phone, segments=100, now=NOW)
        assert _limit(session, phone) == "phone"
        assert _limit(session, phone, kind="notice") is None
        assert _limit(session, phone, kind="crisis") is None
        monkeypatch.setattr(spending, "MOST_NOTICES", 0)
        assert _limit(session, phone, kind="notice") == "phone", "nobody plays with HELP at our cost"
        assert _limit(session, phone, kind="crisis") is None
        spending.spend(session, phone, segments=2, now=NOW)
        assert spending.spent(session, NOW.date()) == 102


def test_what_the_carrier_did_not_take_is_given_back_to_its_day(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        phone = _phone(session)
        spending.spend(session, phone, segments=3, now=NOW)
        spending.take_back(session, phone, segments=3, spent_at=NOW)
        assert spending.spent(session, NOW.date()) == 0
        assert spending.spent(session, TOMORROW.date()) == 0


def test_many_who_send_at_once_do_not_spend_more_than_there_is(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        phones = [_phone(session, f"site{number % 3}").id for number in range(4)]
    went: list[int] = []

    def send(phone_id: str) -> None:
        for _ in range(8):
            with session_scope(directory_engine) as session:
                phone = session.get_one(FamilyPhone, phone_id)
                if _limit(session, phone) is None:
                    spending.spend(session, phone, segments=1, now=NOW)
                    went.append(1)

    threads = [threading.Thread(target=send, args=(phone_id,)) for phone_id in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with session_scope(directory_engine) as session:
        assert len(went) == spending.spent(session, NOW.date()) == 10


def test_more_texts_than_anybody_means_to_have_answered_are_noticed_and_forgotten(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        conversation = Conversation(
            id=str(uuid.uuid4()), language="en", created_at=NOW, expires_at=NOW + timedelta(days=1), last_seq=0
        )
        session.add(conversation)
        session.flush()

        def texted(number: int, at: datetime, channel: str = "sms") -> None:
            row = {
                "id": str(uuid.uuid4()), "conversation_id": conversation.id, "seq": number, "sender": "family",
                "channel": channel, "text": "hi", "language": "en", "choices": [], "matches": [], "waiting": False, "at": at,
            }  # fmt: skip
            session.execute(insert(Message), row)

        for number in range(1, 200):
            texted(number, NOW - timedelta(hours=1) + timedelta(seconds=number))
        for number in range(200, 300):
            texted(number, NOW, channel="web")
        for number in range(300, 300 + spending.MANY_TEXTS - 1):
            texted(number, NOW)
        assert not spending.texts_too_much(session, conversation.id, NOW)
        texted(999, NOW)
        assert spending.texts_too_much(session, conversation.id, NOW)
        assert not spending.texts_too_much(session, conversation.id, NOW + timedelta(minutes=11))
