"""An e-mail as it goes over the wire: the words as they were approved, and nothing that tracks, answers or gives away more."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

_NAME = "Homeward"


@dataclass(frozen=True)
class Letter:
    """`id` is the row's, and names the letter for good; `written_at` is aware."""

    id: str
    to: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    written_at: datetime


def wire_form(letter: Letter, sender: str) -> EmailMessage:
    """The same bytes whenever it is sent again, with the same Message-ID. Raises ValueError where a header would hold a line
    break, before anything is sent."""
    message = EmailMessage(policy=SMTP)
    user, _, domain = sender.rpartition("@")
    message["From"] = Address(_NAME, user, domain)
    to_user, _, to_domain = letter.to.rpartition("@")
    message["To"] = Address("", to_user, to_domain)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.written_at)
    message["Message-ID"] = f"<{letter.id}@{domain}>"
    # No machine shall answer it: nobody reads that address.
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(letter.body, charset="utf-8", cte="quoted-printable")
    return message
