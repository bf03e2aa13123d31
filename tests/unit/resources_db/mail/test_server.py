"""One e-mail and a real mail server: what goes over the wire, and what the server's answers mean."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timezone
from email.message import EmailMessage
from pathlib import Path

import pytest

from resources_db.mail import codes
from resources_db.mail.letter import Letter
from resources_db.mail.server import Outcome, hand_over
from resources_db.settings import MailServer
from tests.unit.resources_db.mail.post_office import PASSWORD, USER, PostOffice, open_office

SENDER = "homeward@help.example.org"
LETTER = Letter(
    "6c1f", "desk@pantry.example.net", "A family asks about Despensa Niñez ½",
    "Hello. A family asked us to send you this.\nAsk for: José Muñoz-Ñ.\n.A line that begins with a dot.\nFrom here on: ¿sí?",
    datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc),
)  # fmt: skip

Open = Callable[..., tuple[PostOffice, MailServer]]


@pytest.fixture
def open_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """A post office, and how to reach it; its certificate is trusted unless the test says otherwise."""
    with ExitStack() as stack:

        def make(security: str = "starttls", *, login: bool = True, trusted: bool = True) -> tuple[PostOffice, MailServer]:
            office = stack.enter_context(open_office(security, tmp_path, login=login))
            if trusted and security != "none":
                monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
            user, password = (USER, PASSWORD) if login else (None, None)
            return office, MailServer("127.0.0.1", office.port, user, password, SENDER, security)

        yield make


@pytest.mark.parametrize(("security", "login"), [("starttls", True), ("tls", True), ("none", False)])
def test_what_was_approved_arrives_byte_for_byte(open_: Open, security: str, login: bool) -> None:
    office, server = open_(security, login=login)
    assert hand_over(server, LETTER) == Outcome("sent")
    (got,) = office.received
    assert (got.sender, got.to) == (SENDER, [LETTER.to])
    # every line of a letter ends with these two signs, the last one too
    assert _read(got.raw).get_content() == LETTER.body.replace("\n", "\r\n") + "\r\n"
    assert office.logins == login


def test_its_headers_say_who_and_what_and_ask_for_no_answer(open_: Open) -> None:
    office, server = open_()
    hand_over(server, LETTER)
    message = _read(office.received[0].raw)
    assert {name: str(value) for name, value in message.items()} == {
        "From": f"Homeward <{SENDER}>",
        "To": LETTER.to,
        "Subject": LETTER.subject,
        "Date": "Mon, 23 Nov 2026 18:30:00 +0000",
        "Message-ID": "<6c1f@help.example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "quoted-printable",
        "MIME-Version": "1.0",
    }
    assert office.received[0].raw.isascii()


def test_it_is_the_same_whenever_it_is_sent_again(open_: Open) -> None:
    office, server = open_()
    hand_over(server, LETTER)
    hand_over(server, LETTER)
    first, second = office.received
    assert first.raw == second.raw


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_that_cannot_prove_who_it_is_gets_nothing(open_: Open, security: str) -> None:
    office, server = open_(security, trusted=False)
    assert hand_over(server, LETTER) == Outcome("later", codes.NOT_SAFE)
    assert (office.received, office.logins) == ([], 0)


def test_a_server_without_starttls_gets_nothing(open_: Open) -> None:
    office, _ = open_("none", login=False)
    server = MailServer("127.0.0.1", office.port, None, None, SENDER, "starttls")
    assert hand_over(server, LETTER) == Outcome("later", codes.NOT_LET_IN)
    assert office.received == []


def test_a_wrong_password_is_no_fault_of_the_letter(open_: Open) -> None:
    office, server = open_()
    wrong = MailServer(server.host, server.port, USER, "another", SENDER, "starttls")
    assert hand_over(wrong, LETTER, timeout=1.0) == Outcome("later", codes.NOT_LET_IN)
    assert office.received == []


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("450 4.2.0 greylisted", Outcome("later", "450")),
        ("421 too busy", Outcome("later", "421")),
        ("550 5.1.1 no desk@pantry.example.net here", Outcome("never", "550")),
    ],
)
def test_what_the_server_says_of_the_address_decides(open_: Open, answer: str, outcome: Outcome) -> None:
    office, server = open_()
    office.at_rcpt.append(answer)
    assert hand_over(server, LETTER) == outcome
    assert office.received == []


@pytest.mark.parametrize(
    ("answer", "outcome"), [("451 try again", Outcome("later", "451")), ("554 5.7.1 refused", Outcome("never", "554"))]
)
def test_what_the_server_says_of_the_words_decides(open_: Open, answer: str, outcome: Outcome) -> None:
    office, server = open_()
    office.at_data.append(answer)
    assert hand_over(server, LETTER) == outcome
    assert office.received == []


def test_a_server_that_hangs_up_after_the_words_may_have_taken_them(open_: Open) -> None:
    office, server = open_()
    office.at_data.append("hang up")
    assert hand_over(server, LETTER) == Outcome("later", codes.UNSURE)
    assert len(office.received) == 1


def test_no_server_at_all_is_tried_again_later() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        server = MailServer("127.0.0.1", unused.getsockname()[1], None, None, SENDER, "none")
        assert hand_over(server, LETTER) == Outcome("later", codes.UNREACHABLE)


def test_a_server_that_says_nothing_is_not_waited_for_forever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer("127.0.0.1", silent.getsockname()[1], None, None, SENDER, "none")
        assert hand_over(server, LETTER, timeout=0.2) == Outcome("later", codes.UNREACHABLE)


def test_a_server_that_talks_nonsense_is_tried_again_later() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nonsense:
        thread = threading.Thread(target=_talk_nonsense, args=(nonsense,))
        thread.start()
        server = MailServer("127.0.0.1", nonsense.getsockname()[1], None, None, SENDER, "none")
        assert hand_over(server, LETTER, timeout=2.0).kind == "later"
        thread.join()


@pytest.mark.parametrize("field", ["to", "subject"])
def test_nothing_can_be_smuggled_into_the_headers(open_: Open, field: str) -> None:
    office, server = open_()
    smuggling = {"to": LETTER.to, "subject": LETTER.subject, field: "x@example.net\r\nBcc: spy@example.net"}
    letter = Letter("1", smuggling["to"], smuggling["subject"], "words", LETTER.written_at)
    assert hand_over(server, letter) == Outcome("never", codes.UNFIT)
    assert office.received == []


def test_no_address_and_no_word_is_in_what_a_log_would_show() -> None:
    shown = repr(LETTER)
    assert not any(secret in shown for secret in (LETTER.to, LETTER.subject, "José"))


def _talk_nonsense(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.sendall(b"hello there\r\n")
        connection.recv(1000)


def _read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message
