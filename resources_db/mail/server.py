"""Handing one e-mail to the mail server, and what its answer means."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from resources_db.mail import codes
from resources_db.mail.letter import Letter, wire_form
from resources_db.settings import MailServer

#: For each step of the conversation, in seconds.
_TIMEOUT = 30.0


@dataclass(frozen=True)
class Outcome:
    """`later`: try again; `never`: this address, or these words, will not be taken. `code` tells why and nothing else."""

    kind: Literal["sent", "later", "never"]
    code: str | None = None


def hand_over(server: MailServer, letter: Letter, *, timeout: float = _TIMEOUT) -> Outcome:
    """Blocks until the server took it or did not. Raises nothing that the server or the way to it could cause."""
    try:
        message = wire_form(letter, server.sender).as_bytes()
    except ValueError:
        return Outcome("never", codes.UNFIT)
    said_all = False
    try:
        with _connected(server, timeout) as smtp:
            code, _ = smtp.mail(server.sender)
            if code != 250:
                return Outcome("later", str(code))  # our own address: nothing is wrong with the letter
            code, _ = smtp.rcpt(letter.to)
            if code not in (250, 251):
                return _refused(max(code, 400))
            said_all = True
            code, _ = smtp.data(message)
            return Outcome("sent") if 200 <= code < 300 else _refused(code)
    except smtplib.SMTPDataError as error:  # said no before it had the words
        return _refused(error.smtp_code)
    except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError, smtplib.SMTPHeloError):
        return Outcome("later", codes.NOT_LET_IN)
    except ssl.SSLError:
        return Outcome("later", codes.UNSURE if said_all else codes.NOT_SAFE)
    except (smtplib.SMTPException, OSError):
        return Outcome("later", codes.UNSURE if said_all else codes.UNREACHABLE)


@contextmanager
def _connected(server: MailServer, timeout: float) -> Iterator[smtplib.SMTP]:
    """Past the greeting, encrypted and logged in. What goes wrong with the farewell does not matter any more."""
    domain = server.sender.rpartition("@")[2]
    context = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, domain, timeout=timeout, context=context)
    else:
        smtp = smtplib.SMTP(server.host, server.port, domain, timeout=timeout)
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
        if server.user is not None:
            try:
                smtp.login(server.user, server.password or "")
            except smtplib.SMTPServerDisconnected as error:  # as some do instead of saying no
                raise smtplib.SMTPAuthenticationError(535, b"") from error
        yield smtp
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    finally:
        smtp.close()


def _refused(code: int) -> Outcome:
    if code < 400:  # no answer that can be read
        return Outcome("later", codes.UNSURE)
    return Outcome("never" if code >= 500 else "later", str(code))
