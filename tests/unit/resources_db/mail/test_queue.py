"""E-mails in the database: handed over once where that can be known, never lost, never after they were taken back."""

from __future__ import annotations

import email
import email.policy
import logging
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from resources_db import consent
from resources_db.database import session_scope
from resources_db.mail import codes, delivery, queue
from resources_db.mail.server import Outcome
from resources_db.models import Message, OutgoingEmail, OutgoingText, Referral, Share, StaffTask
from resources_db.models.check_in import ScheduledContact
from resources_db.referrals import requests
from resources_db.referrals.saying import follow_up
from resources_db.settings import MailServer
from resources_db.sms.gsm import fold
from tests.factories import NOW, DirectoryBuilder
from tests.unit.resources_db.mail.post_office import PostOffice, open_office
from tests.unit.resources_db.referrals.families import NUMBER, SEALER, WORDS, family, referral, with_email

DESK = "desk@pantry.example.net"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    with open_office("none", tmp_path, login=False) as office:
        yield office


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """What time it is for the worker; the last one counts."""
    times = [NOW]
    monkeypatch.setattr(delivery, "_now", lambda: times[-1])
    return times


def test_it_is_handed_over_once_with_the_very_words_that_were_approved(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    draft = _send(directory_engine)
    assert _deliver(directory_engine, office)
    assert not _deliver(directory_engine, office)
    (got,) = office.received
    message = email.message_from_bytes(got.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert message.get_content() == draft.english.replace("\n", "\r\n") + "\r\n"
    assert (got.to, message["Subject"]) == ([DESK], "A family asks about Pantry")
    row = _row(directory_engine)
    assert (row.state, row.sealed, row.owner) == ("sent", "", None)
    assert message["Message-ID"] == f"<{row.id}@help.example.org>"


def test_it_is_tried_again_later_and_later(directory_engine: Engine, office: PostOffice, clock: list[datetime]) -> None:
    _send(directory_engine)
    office.at_rcpt += ["450 greylisted", "450 greylisted"]
    waits = []
    for _ in range(2):
        assert _deliver(directory_engine, office)
        row = _row(directory_engine)
        assert (row.state, row.error) == ("due", "450")
        waits.append(row.due_at - clock[-1])
        assert not _deliver(directory_engine, office), "not before it is due"
        clock.append(row.due_at)
    assert 0.8 * MINUTE <= waits[0] <= 1.2 * MINUTE < waits[1] <= 2.4 * MINUTE
    assert _deliver(directory_engine, office)
    assert len(office.received) == 1


def test_an_address_that_is_refused_is_owned_up_to(directory_engine: Engine, office: PostOffice, clock: list[datetime]) -> None:
    _send(directory_engine)
    office.at_rcpt.append("550 no such desk@pantry.example.net")
    assert _deliver(directory_engine, office)
    row = _row(directory_engine)
    assert (row.state, row.sealed, row.error) == ("failed", "", "550")
    with session_scope(directory_engine) as session:
        tried = session.scalars(select(Referral)).one()
        assert tried.status == "couldnt_contact"
        task = session.scalars(select(StaffTask)).one()
        assert (task.kind, task.referral_id, task.detail) == ("listing", None, {"reports": 0, "reasons": ["email_failed"]})
        assert session.scalars(select(Message.text)).all() == [
            "Your request to Pantry Org did not get there. Their e-mail does not work. Please call them: (714) 555-0100"
        ]
    assert not _deliver(directory_engine, office)


@pytest.mark.parametrize("opted_out", [False, True])
def test_a_family_that_texts_hears_of_it_by_text_unless_it_said_stop(
    directory_engine: Engine, office: PostOffice, clock: list[datetime], opted_out: bool
) -> None:
    _send(directory_engine, phone=NUMBER, language="es")
    if opted_out:
        with session_scope(directory_engine) as session:
            consent.opt_out(session, SEALER, NUMBER, "text", "es", NOW)
    office.at_rcpt.append("550 no")
    _deliver(directory_engine, office)
    said = "Tu solicitud a Pantry Org no llegó. Su correo no funciona. Por favor llámales: (714) 555-0100"
    with session_scope(directory_engine) as session:
        by_text = session.scalars(select(OutgoingText.body)).all()
        on_the_page = session.scalars(select(Message.text)).all()
    assert (by_text, on_the_page) == (([], [said]) if opted_out else ([fold(said)], []))


def test_a_phone_that_others_may_read_learns_no_place_that_tells_of_the_family(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine, phone=NUMBER)
    with session_scope(directory_engine) as session:
        session.scalars(select(Referral)).one().need = "treatment"
    office.at_rcpt.append("550 no")
    _deliver(directory_engine, office)
    with session_scope(directory_engine) as session:
        assert session.scalars(select(OutgoingText)).all() == []
        contact = session.scalars(select(ScheduledContact)).one()
        asked = follow_up(session, contact, WORDS, SEALER, "en", "sms", NOW)
        assert asked
        assert asked.text == WORDS.say("utter_follow_up", "en")


def test_after_a_day_the_family_is_told_instead_of_waiting_on(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    office.at_rcpt += ["450 greylisted"] * 100
    while _row(directory_engine).state == "due":
        clock.append(_row(directory_engine).due_at)
        assert _deliver(directory_engine, office)
    assert timedelta(hours=24) <= clock[-1] - NOW < timedelta(hours=26)
    with session_scope(directory_engine) as session:
        assert session.scalars(select(Referral.status)).one() == "couldnt_contact"
        assert len(session.scalars(select(Message)).all()) == 1


def test_a_worker_killed_before_it_handed_it_over_loses_nothing(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    with session_scope(directory_engine) as session:
        assert queue.claim(session, SEALER, owner="the one that is killed", now=NOW)
    assert not _deliver(directory_engine, office), "it is another's as long as that may live"
    clock.append(NOW + queue.LEASE + MINUTE)
    assert _deliver(directory_engine, office)
    assert len(office.received) == 1


def test_a_server_that_hung_up_after_the_words_gets_the_same_letter_again(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    office.at_data.append("hang up")
    assert _deliver(directory_engine, office)
    assert _row(directory_engine).error == codes.UNSURE
    clock.append(NOW + 5 * MINUTE)
    assert _deliver(directory_engine, office)
    first, second = office.received
    assert first.raw == second.raw, "with its Message-ID, by which it is known to be the same"


def test_an_answer_that_comes_after_the_lease_changes_nothing(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    with session_scope(directory_engine) as session:
        slow = queue.claim(session, SEALER, owner="slow", now=NOW)
    assert slow is not None
    clock.append(NOW + queue.LEASE + MINUTE)
    assert _deliver(directory_engine, office)
    with session_scope(directory_engine) as session:
        queue.settle(session, SEALER, WORDS, slow, Outcome("never", "550"), owner="slow", now=clock[-1])
    assert _row(directory_engine).state == "sent"


def test_what_is_taken_back_before_it_left_never_leaves(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    assert _withdraw(directory_engine) == "stopped"
    row = _row(directory_engine)
    assert (row.state, row.sealed) == ("withdrawn", "")
    assert not _deliver(directory_engine, office)
    assert office.received == []
    with session_scope(directory_engine) as session:
        assert session.scalars(select(Referral.status)).one() == "offered"
        shared = session.scalars(select(Share)).one()
        assert shared.revoked_at is not None
        assert shared.sealed == ""


def test_what_is_taken_back_while_it_is_handed_over_is_not_tried_again(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    with session_scope(directory_engine) as session:
        sending = queue.claim(session, SEALER, owner="us", now=NOW)
    assert sending is not None
    assert _withdraw(directory_engine) == "too_late"
    with session_scope(directory_engine) as session:
        queue.settle(session, SEALER, WORDS, sending, Outcome("later", "450"), owner="us", now=NOW)
    clock.append(NOW + timedelta(hours=2))
    assert not _deliver(directory_engine, office)
    assert _row(directory_engine).state == "withdrawn"


def test_what_is_taken_back_after_it_left_is_deleted_here_and_it_is_said_that_it_left(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    _deliver(directory_engine, office)
    assert _withdraw(directory_engine) == "too_late"
    assert _withdraw(directory_engine) is None, "and that is said once"
    with session_scope(directory_engine) as session:
        assert session.scalars(select(Share)).one().sealed == ""
        assert session.scalars(select(Referral.status)).one() == "requested"


def test_what_may_have_left_is_not_said_to_have_been_stopped(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    office.at_data.append("hang up")
    _deliver(directory_engine, office)
    office.at_rcpt.append("450 busy")
    clock.append(NOW + 5 * MINUTE)
    _deliver(directory_engine, office)
    assert _withdraw(directory_engine) == "too_late"


def test_two_workers_hand_over_each_letter_once(directory_engine: Engine, office: PostOffice) -> None:
    names = [f"Pantry {number}" for number in range(8)]
    _send(directory_engine, names=names)
    problems: list[BaseException] = []

    def work() -> None:
        try:
            while _deliver(directory_engine, office):
                pass
        except BaseException as error:
            problems.append(error)

    with session_scope(directory_engine) as session:
        session.execute(update(OutgoingEmail).values(due_at=NOW - timedelta(days=365)))
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert problems == []
    while _deliver(directory_engine, office):  # both may have looked while the other claimed the last
        pass
    subjects = sorted(email.message_from_bytes(got.raw)["Subject"] for got in office.received)
    assert subjects == [f"A family asks about {name}" for name in names]


def test_a_clock_that_was_set_back_does_not_hold_it_up(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    clock.append(NOW - timedelta(days=3))
    assert _deliver(directory_engine, office)
    assert len(office.received) == 1


def test_a_letter_of_a_family_that_is_gone_is_gone_too(
    directory_engine: Engine, office: PostOffice, clock: list[datetime]
) -> None:
    _send(directory_engine)
    with session_scope(directory_engine) as session:
        sending = queue.claim(session, SEALER, owner="us", now=NOW)
    assert sending is not None
    with session_scope(directory_engine) as session:
        session.delete(session.scalars(select(Referral)).one())
    with session_scope(directory_engine) as session:
        queue.settle(session, SEALER, WORDS, sending, Outcome("sent"), owner="us", now=NOW)
        assert session.scalars(select(OutgoingEmail)).all() == []


def test_logs_name_neither_the_address_nor_the_words(
    directory_engine: Engine, office: PostOffice, clock: list[datetime], caplog: pytest.LogCaptureFixture
) -> None:
    _send(directory_engine)
    office.at_rcpt.append("550 no such desk@pantry.example.net")
    with caplog.at_level(logging.DEBUG, logger="resources_db"):
        _deliver(directory_engine, office)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("resources_db")]
    assert ours
    assert not any(secret in line for line in ours for secret in ("pantry", "Pantry", "555", "@"))


def _send(
    engine: Engine, *, phone: str | None = None, language: str = "en", names: Sequence[str] = ("Pantry",)
) -> requests.Draft:
    """To each of these; returns the last draft."""
    with session_scope(engine) as session:
        builder = DirectoryBuilder(session)
        for name in names:
            service = builder.add(name)
            with_email(session, service, DESK)
            tried = referral(session, family(session, phone=phone, language=language), service)
            draft = requests.compose(session, SEALER, WORDS, tried, language=language, by_email=True, name="José")
            assert draft is not None
            requests.keep(session, SEALER, tried, draft, NOW)
            requests.send(session, SEALER, tried, draft, NOW)
    return draft


def _withdraw(engine: Engine) -> str | None:
    with session_scope(engine) as session:
        return requests.withdraw(session, session.scalars(select(Referral)).one(), NOW + MINUTE)


def _deliver(engine: Engine, office: PostOffice) -> bool:
    server = MailServer("127.0.0.1", office.port, None, None, "homeward@help.example.org", "none")
    return delivery.deliver(engine, server, SEALER, WORDS)


def _row(engine: Engine) -> OutgoingEmail:
    with session_scope(engine, writes=False) as session:
        row = session.scalars(select(OutgoingEmail)).one()
        session.expunge(row)
    return row
