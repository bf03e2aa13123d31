"""Nothing is kept longer than families are told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from resources_db import conversations, messages, outbox
from resources_db.check_ins import plans, rhythm
from resources_db.database import make_engine, session_scope
from resources_db.logs import describe
from resources_db.models import (
    CallRequest,
    CheckInPlan,
    Conversation,
    Erasure,
    FamilyPhone,
    IncomingText,
    Invite,
    Message,
    OptOut,
    OutgoingEmail,
    OutgoingText,
    ProgramCount,
    Share,
    Site,
    StaffMember,
    StaffSession,
    StaffTask,
    Ticket,
    Tracker,
)
from resources_db.privacy import retention
from resources_db.program.counting import count as count_one
from resources_db.settings import Settings, load_settings
from tests.databases import SqliteDatabases
from tests.unit.resources_db.privacy.families import NOW, add_a_year, add_family, add_phone, add_plan, claim, count, counts

NUMBER = "+19165550142"
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"HOMEWARD_VAR": str(tmp_path), "HOMEWARD_SECRET_KEY": "k" * 40})


def chat(session: Session, lifetime: timedelta, now: datetime = NOW) -> str:
    thread, _ = conversations.start_conversation(session, language="en", now=now, lifetime=lifetime)
    messages.accept(session, thread, client_id="1", text="hi", claim=claim(now))
    session.add(Tracker(conversation_id=thread.id, events="[]", saved_at=now))
    return thread.id


def left(engine: Engine, table: Any = Conversation) -> list[str]:
    with Session(engine) as session:
        return sorted(session.scalars(select(table.conversation_id if table in (Message, Tracker) else table.id)))


def test_a_conversation_whose_time_is_over_is_deleted_with_everything_in_it(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        over, lasting = chat(session, HOUR), chat(session, 3 * HOUR)
    retention.do_what_is_due(directory_engine, settings, NOW + 2 * HOUR)
    assert over not in left(directory_engine)
    assert [left(directory_engine, table) for table in (Conversation, Message, Tracker)] == [[lasting]] * 3


def test_all_that_is_due_is_done_however_much_it_is(
    directory_engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    with session_scope(directory_engine) as session:
        for _ in range(5):
            chat(session, HOUR)
            session.add(IncomingText(digest=f"{_}", at=NOW - 8 * DAY))
    retention.do_what_is_due(directory_engine, settings, NOW + 2 * HOUR)
    assert counts(directory_engine) == {}
    with Session(directory_engine) as session:
        assert count(session, IncomingText) == 0


def test_what_rasa_saves_of_a_conversation_that_is_gone_is_deleted(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        lasting = chat(session, DAY)
        session.add(Tracker(conversation_id="gone", events="[]", saved_at=NOW))
    retention.do_what_is_due(directory_engine, settings, NOW)
    assert left(directory_engine, Tracker) == [lasting]


def test_a_task_that_fails_does_not_keep_the_others_from_being_done(
    directory_engine: Engine, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with session_scope(directory_engine) as session:
        session.add(Tracker(conversation_id="gone", events="[]", saved_at=NOW))
        conversations.start_conversation(session, language="en", now=NOW, lifetime=-HOUR)
    with directory_engine.begin() as connection:
        connection.execute(text("ALTER TABLE message RENAME TO hidden"))
    retention.do_what_is_due(directory_engine, settings, NOW)
    assert "delete_expired_conversations failed" in caplog.text
    assert left(directory_engine, Tracker) == []


def test_in_a_long_thread_by_text_what_is_old_goes_and_what_waits_or_is_new_stays(
    directory_engine: Engine, settings: Settings
) -> None:
    with session_scope(directory_engine) as session:
        phone = add_phone(session, NUMBER)
        thread = conversations.start_texting(session, phone.id, language="en", now=NOW - 90 * DAY, lifetime=200 * DAY)
        for number, days in enumerate((80, 31, 29, 1)):
            messages.accept(session, thread, client_id=str(number), text=f"{days} days", claim=claim(NOW - days * DAY))
        session.get_one(Conversation, thread.id).turn_owner = None
        for message in session.scalars(select(Message).where(Message.text != "31 days")):
            message.waiting = False
        web = chat(session, 200 * DAY, NOW - 90 * DAY)
    retention.do_what_is_due(directory_engine, settings, NOW)
    with Session(directory_engine) as session:
        texts = session.scalars(select(Message.text).where(Message.conversation_id == thread.id).order_by(Message.seq))
        assert list(texts) == ["31 days", "29 days", "1 days"]
    assert web in left(directory_engine, Message)


def test_a_site_with_a_time_of_its_own_deletes_sooner(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        session.add(Site(name="north", sms_days=7, created_at=NOW))
        for site in ("north", "south", None):
            phone = add_phone(session, f"{NUMBER}{site}", NOW - 90 * DAY, site=site)
            thread = conversations.start_texting(
                session, phone.id, language="en", now=NOW - 90 * DAY, lifetime=200 * DAY, site=site
            )
            messages.accept(session, thread, client_id="1", text=str(site), claim=claim(NOW - 8 * DAY), to_be_answered=False)
            outbox.put(session, phone, str(site), kind="reply", dedupe_key=str(site), now=NOW - 8 * DAY)
        for outgoing in session.scalars(select(OutgoingText)):
            outgoing.state, outgoing.settled_at = "sent", NOW - 8 * DAY
    retention.do_what_is_due(directory_engine, settings, NOW)
    with Session(directory_engine) as session:
        assert sorted(session.scalars(select(Message.text))) == ["None", "south"]
        assert sorted(session.scalars(select(OutgoingText.body))) == ["None", "south"]


def test_rasas_memory_of_a_long_thread_loses_what_our_own_loses(directory_engine: Engine, settings: Settings) -> None:
    old, new = (NOW - 40 * DAY).timestamp(), (NOW - 2 * DAY).timestamp()
    events = [
        {"event": "action", "name": "action_session_start"},
        {"event": "user", "text": "secret", "timestamp": old},
        {"event": "slot", "name": "language", "value": "es"},
        {"event": "bot", "text": "hushed", "timestamp": old},
        {"event": "action", "name": "action_listen"},
        {"event": "user", "text": "lately", "timestamp": new},
    ]
    with session_scope(directory_engine) as session:
        phone = add_phone(session, NUMBER)
        thread = conversations.start_texting(session, phone.id, language="es", now=NOW - 90 * DAY, lifetime=200 * DAY)
        messages.accept(session, thread, client_id="1", text="secret", claim=claim(NOW - 40 * DAY), to_be_answered=False)
        session.add(Tracker(conversation_id=thread.id, events=json.dumps(events), saved_at=NOW))
    retention.do_what_is_due(directory_engine, settings, NOW)
    with Session(directory_engine) as session:
        kept = json.loads(session.scalars(select(Tracker.events)).one())
    assert [event.get("text") for event in kept if event["event"] in ("user", "bot")] == ["lately"]
    assert [event["value"] for event in kept if event["event"] == "slot"] == ["es"]
    assert kept[0]["name"] == "action_session_start"
    assert kept[-2]["name"] == "action_listen"


def test_rasa_can_go_on_from_what_is_left_of_its_memory() -> None:
    old = (NOW - 40 * DAY).timestamp()
    events = [{"event": "user", "text": "secret", "timestamp": old}, {"event": "active_loop", "name": "a_form", "timestamp": old}]
    kept = json.loads(retention.without_old_turns(json.dumps(events), NOW - 30 * DAY) or "")
    assert [event["event"] for event in kept] == ["action", "session_started", "active_loop", "action"]
    assert retention.without_old_turns(json.dumps(kept), NOW) is None


def test_phones_that_belong_to_nothing_go_after_a_day_and_the_wish_for_no_texts_stays(
    directory_engine: Engine, settings: Settings
) -> None:
    with session_scope(directory_engine) as session:
        family = add_family(session, NUMBER)
        add_phone(session, "+13125550178")
        for outgoing in session.scalars(select(OutgoingText)):
            outgoing.state, outgoing.settled_at = "sent", NOW
    retention.do_what_is_due(directory_engine, settings, NOW + 2 * HOUR)
    assert len(left(directory_engine, FamilyPhone)) == 2
    retention.do_what_is_due(directory_engine, settings, NOW + 2 * DAY)
    assert left(directory_engine, FamilyPhone) == [family.phone_id]  # its thread by text is still there
    retention.do_what_is_due(directory_engine, settings, NOW + 31 * DAY)
    assert counts(directory_engine) == {}
    with Session(directory_engine) as session:
        assert count(session, OptOut) == 1


def test_a_phone_to_which_a_text_is_on_its_way_stays(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        outbox.put(session, add_phone(session, NUMBER), "code", kind="code", dedupe_key="1", now=NOW)
    retention.do_what_is_due(directory_engine, settings, NOW + 2 * DAY)
    assert len(left(directory_engine, FamilyPhone)) == 1


def test_tickets_digests_and_receipts_go_when_their_time_is_over(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        thread = chat(session, 400 * DAY)
        for name, hours in (("over", -1), ("open", 1)):
            times = {"created_at": NOW, "expires_at": NOW + hours * HOUR}
            session.add(Ticket(digest=name, kind="card", conversation_id=thread, content={}, attempts=0, **times))
        for name, days in (("old", 8), ("new", 6)):
            session.add(IncomingText(digest=name, at=NOW - days * DAY))
        for name, days in (("old", 366), ("new", 364)):
            session.add(Erasure(receipt=name, at=NOW - days * DAY, rows={}))
    retention.do_what_is_due(directory_engine, settings, NOW)
    with Session(directory_engine) as session:
        assert list(session.scalars(select(Ticket.digest))) == ["open"]
        assert list(session.scalars(select(IncomingText.digest))) == ["new"]
        assert list(session.scalars(select(Erasure.receipt))) == ["new"]


# --- gone from the disk ---------------------------------------------------------------------------------------------

SECRET = b"purpleumbrellaword"


@pytest.fixture
def on_disk(sqlite_databases: SqliteDatabases) -> Iterator[tuple[Engine, Path]]:
    with sqlite_databases.new() as engine:
        yield engine, Path(str(engine.url.database))


def holds(path: Path) -> bool:
    return any(SECRET in file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_what_is_deleted_is_in_no_file_of_the_database(on_disk: tuple[Engine, Path]) -> None:
    engine, path = on_disk
    with session_scope(engine) as session:
        thread, _ = conversations.start_conversation(session, language="en", now=NOW, lifetime=HOUR)
        for number in range(200):
            messages.accept(session, thread, client_id=str(number), text=SECRET.decode() * 20, claim=claim())
    assert holds(path)
    with session_scope(engine) as session:
        conversations.delete_conversation(session, thread.id)
    assert retention.tidy(engine)
    assert not holds(path)


def test_while_somebody_reads_tidying_gives_way_and_the_next_one_does_it(on_disk: tuple[Engine, Path]) -> None:
    engine, path = on_disk
    with session_scope(engine) as session:
        thread = chat(session, HOUR)
        session.execute(text("UPDATE message SET text = :secret"), {"secret": SECRET.decode()})
    with engine.connect() as reader, reader.begin():
        reader.execute(text("SELECT count(*) FROM message")).one()
        with session_scope(engine) as session:
            conversations.delete_conversation(session, thread)
        tidied: list[bool] = []
        beside = threading.Thread(target=lambda: tidied.append(retention.tidy(engine)))
        beside.start()
        beside.join()
        assert tidied == [False]
        assert holds(path)
    assert retention.tidy(engine)
    assert not holds(path)


def test_an_error_of_the_database_is_logged_without_what_was_to_be_stored(directory_engine: Engine) -> None:
    with pytest.raises(Exception, match="not_there") as raised, session_scope(directory_engine) as session:
        session.execute(text("INSERT INTO not_there VALUES (:secret)"), {"secret": SECRET.decode()})
    assert SECRET.decode() not in describe(raised.value)
    if directory_engine.dialect.name == "sqlite":  # PostgreSQL itself quotes the line it could not read
        assert SECRET.decode() not in str(raised.value)


def test_an_old_connection_overwrites_what_it_deletes_too(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'a.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    engine.dispose()


# --- after the kids come home ---------------------------------------------------------------------------------------


def with_a_plan(session: Session, now: datetime = NOW) -> str:
    """A family on the web that has check-ins for a year."""
    thread = chat(session, 400 * DAY, now)
    add_a_year(session, thread, NUMBER, now)
    return thread


def test_with_check_ins_what_is_said_on_the_web_goes_as_in_any_chat_and_the_rest_stays(
    directory_engine: Engine, settings: Settings
) -> None:
    old, new = NOW - 25 * HOUR, NOW - HOUR
    events = [{"event": "user", "text": text, "timestamp": at.timestamp()} for text, at in (("secret", old), ("lately", new))]
    with session_scope(directory_engine) as session:
        thread = with_a_plan(session, NOW - 30 * DAY)
        for said, at in (("secret", old), ("lately", new)):
            conversation = conversations.lock_conversation(session, thread)
            assert conversation
            messages.accept(session, conversation, client_id=said, text=said, claim=claim(at), to_be_answered=False)
        session.execute(update(Message).values(waiting=False))
        session.execute(update(Conversation).values(turn_owner=None))
        session.execute(update(Tracker).values(events=json.dumps(events)))
    retention.do_what_is_due(directory_engine, settings, NOW)
    with Session(directory_engine) as session:
        assert session.scalars(select(Message.text)).all() == ["lately"]
        assert "secret" not in session.scalars(select(Tracker.events)).one()
    kept = counts(directory_engine)
    assert {kept[table] for table in ("conversation", "check_in_plan", "referral", "record_entry", "what_if_part")} == {1}


def test_our_question_waits_on_the_page_until_the_family_comes_by(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        conversation = conversations.lock_conversation(session, with_a_plan(session, NOW - 30 * DAY))
        assert conversation
        asked = "check_in 1 home"
        for days in (10, 3):
            question = messages.Answer(f"{days} days ago")
            messages.ask(session, conversation, question, asked=asked, channel=messages.WEB, now=NOW - days * DAY)
        session.execute(update(Message).values(waiting=False))
        session.execute(update(Conversation).values(turn_owner=None))
    retention.do_what_is_due(directory_engine, settings, NOW)
    with Session(directory_engine) as session:
        assert session.scalars(select(Message.text)).all() == ["3 days ago"]


def test_a_plan_that_ended_goes_with_what_was_asked_and_answered(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        with_a_plan(session)
        session.execute(update(CheckInPlan).values(state="ended", ended_at=NOW))
    retention.do_what_is_due(directory_engine, settings, NOW + 29 * DAY)
    assert counts(directory_engine)["check_in_plan"] == 1
    retention.do_what_is_due(directory_engine, settings, NOW + 31 * DAY)
    assert not {"check_in_plan", "scheduled_contact", "check_in_answer"} & set(counts(directory_engine))


def test_what_is_settled_done_or_shared_long_ago_is_forgotten_and_a_site_may_be_quicker(
    directory_engine: Engine, settings: Settings
) -> None:
    with session_scope(directory_engine) as session:
        session.add(Site(name="north", sms_days=7, created_at=NOW))
        for site, number in (("north", "1"), ("south", "2")):
            thread = chat(session, 400 * DAY)
            add_a_year(session, thread, number)
            session.execute(update(Conversation).where(Conversation.id == thread).values(site=site))
            session.execute(update(StaffTask).where(StaffTask.id == f"t {number}").values(site=site, done_at=NOW))
        session.execute(update(OutgoingEmail).values(state="sent", settled_at=NOW))
        session.execute(update(CallRequest).values(state="called", ended_at=NOW))
    tables = ("outgoing_email", "staff_task")
    for days, left, readable in ((6, 2, 2), (8, 1, 1), (31, 0, 0)):
        retention.do_what_is_due(directory_engine, settings, NOW + days * DAY)
        assert {counts(directory_engine).get(table, 0) for table in tables} == {left}
        with Session(directory_engine) as session:
            shares = session.scalars(select(Share)).all()
        assert [share.sealed != "" for share in shares].count(True) == readable
        assert all((share.sealed == "") == (share.revoked_at is not None) for share in shares)
        assert counts(directory_engine)["share_look"] == 2, "who looked stays for the family to see"


def test_what_somebody_still_works_on_stays_readable_for_them(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        add_a_year(session, chat(session, 400 * DAY), "1")
        session.execute(update(CallRequest).values(state="called", ended_at=NOW))
        session.execute(update(StaffTask).values(share_id=select(Share.id).scalar_subquery(), done_at=None))
    retention.do_what_is_due(directory_engine, settings, NOW + 31 * DAY)
    with Session(directory_engine) as session:
        assert session.scalars(select(Share.sealed)).one() != ""


def test_answers_and_referrals_go_when_nothing_needs_them(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        with_a_plan(session)
    retention.do_what_is_due(directory_engine, settings, NOW + 199 * DAY)
    assert {counts(directory_engine)[table] for table in ("check_in_answer", "referral")} == {1}
    retention.do_what_is_due(directory_engine, settings, NOW + 201 * DAY)
    assert "check_in_answer" not in counts(directory_engine)
    retention.do_what_is_due(directory_engine, settings, NOW + 366 * DAY)
    assert not {"referral", "referral_event"} & set(counts(directory_engine))
    assert counts(directory_engine)["record_entry"] == 1


@pytest.mark.parametrize("name", ["steady", "light"])
def test_no_two_check_ins_are_so_far_apart_that_the_answers_of_the_one_before_are_gone(name: str) -> None:
    home = date(2026, 3, 31)
    days = [home, *(step.on for step in rhythm.steps(name, None, home) if step.kind == "check_in")]
    assert max(later - earlier for earlier, later in pairwise(days)) < retention.ANSWERS


def test_a_thread_that_lived_on_for_check_ins_ends_like_any_by_text_when_they_are_stopped(
    directory_engine: Engine, settings: Settings
) -> None:
    with session_scope(directory_engine) as session:
        stopped, running = with_a_plan(session), chat(session, 400 * DAY)
        add_plan(session, running)
        plans.stop(session, stopped, NOW)
    for days, there in ((1, {stopped, running}), (29, {stopped, running}), (32, {running})):
        retention.do_what_is_due(directory_engine, settings, NOW + days * DAY)
        assert set(left(directory_engine)) == there
    assert counts(directory_engine) == {"conversation": 1, "tracker": 1, "check_in_plan": 1, "message": 1}


def test_staff_who_were_signed_in_and_old_invitations_go_and_counts_of_the_program_stay(
    directory_engine: Engine, settings: Settings
) -> None:
    with session_scope(directory_engine) as session:
        session.add(StaffMember(id="s", email="a@example.org", name="Ana", roles=[], created_at=NOW))
        session.flush()
        session.add(StaffSession(digest="d", staff_id="s", created_at=NOW, expires_at=NOW + 12 * HOUR))
        invite = {"key_id": "k", "label": "poster", "created_at": NOW, "most_uses": 9}
        session.add(Invite(id="i", digest="d", expires_at=NOW + DAY, **invite))
        count_one(session, "enrolled", NOW)
    retention.do_what_is_due(directory_engine, settings, NOW + 2 * DAY)
    with Session(directory_engine) as session:
        assert [count(session, table) for table in (StaffMember, StaffSession, Invite, ProgramCount)] == [1, 0, 1, 1]
    retention.do_what_is_due(directory_engine, settings, NOW + 2000 * DAY)
    with Session(directory_engine) as session:
        assert [count(session, table) for table in (Invite, ProgramCount)] == [0, 1]
