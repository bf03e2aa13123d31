"""What the harness counts it also finds: planted losses, doubles, wrong orders and open ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, delete, update

from bot.sms_sandbox.carrier import Carrier
from bot.sms_sandbox.message import Message as Carried
from resources_db.database import session_scope
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OutgoingText
from tests.databases import SqliteDatabases
from tests.faults.harness import ACCOUNT, OUR_NUMBER, TOKEN, Outcome, Phone, WebFamily, check_texts, check_web, text_of

NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)


@dataclass
class Day:
    """Three texts of one phone, each answered, all well."""

    engine: Engine
    carrier: Carrier
    phone: Phone

    def outcome(self) -> Outcome:
        outcome = Outcome()
        check_texts(outcome, self.engine, self.carrier, [self.phone])
        return outcome


@pytest.fixture
def day(sqlite_databases: SqliteDatabases) -> Iterator[Day]:
    with sqlite_databases.new() as engine:
        yield _good_day(engine)


def _good_day(engine: Engine) -> Day:
    day = Day(engine, Carrier(ACCOUNT, TOKEN, {OUR_NUMBER: ""}), Phone("+19165551000", [f"food {n}" for n in range(3)]))
    with session_scope(engine) as session:
        session.add(
            FamilyPhone(
                id="p", digest="d", sealed="s", key_id="k", language="en", our_number=OUR_NUMBER, created_at=NOW, seen_at=NOW,
                last_position=3,
            )
        )  # fmt: skip
        session.flush()
        session.add(Conversation(id="c", family_phone_id="p", language="en", created_at=NOW, expires_at=NOW, last_seq=6))
        session.flush()
        for n, text in enumerate(day.phone.sent):
            row = {"conversation_id": "c", "channel": "sms", "language": "en", "at": NOW}
            session.add(Message(id=f"m{n}", seq=2 * n + 1, sender="family", text=text, **row))
            session.add(Message(id=f"a{n}", seq=2 * n + 2, sender="homeward", text="", reply_to=2 * n + 1, matches=[{}], **row))
            session.add(
                OutgoingText(
                    id=f"t{n}", family_phone_id="p", conversation_id="c", position=n + 1, dedupe_key=f"reply:m{n}:0",
                    kind="reply", body="", segments=1, from_number=OUR_NUMBER, state="delivered", due_at=NOW, created_at=NOW,
                )
            )  # fmt: skip
            day.carrier.messages.append(_carried(n))
    return day


def _carried(number: int) -> Carried:
    return Carried(
        "outbound-api",
        OUR_NUMBER,
        "+19165551000",
        "answer",
        "delivered",
        NOW,
        callback=f"http://h/sms/twilio/status?text=t{number}",
    )


def change(day: Day, *statements: Any) -> None:
    with session_scope(day.engine) as session:
        for statement in statements:
            session.execute(statement)


def test_a_good_day_is_well(day: Day) -> None:
    assert day.outcome().well
    assert day.outcome().states == {"delivered": 3}


def test_a_text_that_never_came_in_is_lost(day: Day) -> None:
    day.phone.sent.append("food 95814 again")
    assert day.outcome().lost == ["text in: food 95814 again"]


def test_a_text_that_came_in_twice_is_doubled(day: Day) -> None:
    day.phone.sent.pop()
    assert day.outcome().duplicated == ["text in: food 2"]


def test_an_answer_that_was_not_said_is_lost_and_one_said_twice_is_doubled(day: Day) -> None:
    change(day, update(Message).where(Message.id == "a1").values(reply_to=1))
    outcome = day.outcome()
    assert outcome.lost == ["turn in c: 3"]
    assert outcome.duplicated == ["turn in c: 1"]


def test_an_answer_that_never_reached_the_outbox_or_the_carrier_is_lost(day: Day) -> None:
    change(day, delete(OutgoingText).where(OutgoingText.id == "t2"))
    assert day.outcome().lost == ["answer by text to m2"]
    del day.carrier.messages[0]
    assert "text out t0: delivered " in day.outcome().lost


def test_a_text_the_carrier_was_given_twice_is_doubled(day: Day) -> None:
    day.carrier.messages.append(_carried(1))
    assert day.outcome().duplicated == ["text out t1: 2 times"]


def test_answers_and_texts_in_another_order_are_seen(day: Day) -> None:
    day.carrier.messages.reverse()
    assert len(day.outcome().disordered) == 1
    change(
        day,
        update(Message).where(Message.id == "a0").values(reply_to=3),
        update(Message).where(Message.id == "a1").values(reply_to=1),
    )
    assert len(day.outcome().disordered) == 2


@pytest.mark.parametrize("state", ["due", "sending", "unknown"])
def test_a_text_whose_end_is_not_known_is_open(day: Day, state: str) -> None:
    change(day, update(OutgoingText).where(OutgoingText.id == "t1").values(state=state))
    assert day.outcome().open == [f"t1: {state} "]


def test_on_the_web_the_same_is_seen() -> None:
    def said(seq: int, text: str = "", **more: Any) -> dict[str, Any]:
        return {"seq": seq, "from": "family" if text else "homeward", "text": text, "matches": [] if text else [{}], **more}

    def of(*thread: dict[str, Any]) -> Outcome:
        outcome = Outcome()
        check_web(outcome, WebFamily("", "1.1.1.1", acknowledged=["a", "b"]), thread)
        return outcome

    assert of(said(1, "a"), said(2), said(3, "b"), said(4)).well
    assert of(said(1, "a"), said(2)).lost
    assert of(said(1, "a"), said(2), said(3, "b")).lost
    assert of(said(1, "a"), said(2), said(3), said(4, "b"), said(5)).duplicated
    assert of(said(1, "a"), said(2), said(3, "b"), said(4), said(5, "b"), said(6)).duplicated
    assert of(said(1, "b"), said(2), said(3, "a"), said(4)).disordered
    assert of(said(1, "a"), said(2), said(4, "b"), said(3)).disordered


def test_every_message_is_different() -> None:
    assert len({text_of(family, message) for family in range(40) for message in range(100)}) == 4000
