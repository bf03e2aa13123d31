"""What is kept of families, and whether something that should be gone is anywhere: in a file, or in a table.

Nothing here prints what it found, or what stands beside it: only where and how often.
"""

from __future__ import annotations

import json
import mmap
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, column, func, inspect, select, table
from sqlalchemy.orm import Session

from resources_db.models import (
    Base,
    CallRequest,
    CheckInAnswer,
    CheckInPlan,
    Consent,
    Conversation,
    Erasure,
    FamilyPhone,
    IncomingText,
    Invite,
    ListingReport,
    Message,
    OptOut,
    OutgoingEmail,
    OutgoingText,
    ProgramCount,
    RecordEntry,
    Referral,
    ReferralEvent,
    ScheduledContact,
    Share,
    ShareLook,
    SmsSpending,
    StaffSession,
    StaffTask,
    Ticket,
    Tracker,
    WhatIfPart,
)
from resources_db.privacy import retention
from resources_db.privacy.redaction import kinds_of_identifiers
from resources_db.sealing import Sealer, under_older_keys
from resources_db.settings import Settings
from resources_db.sites import Retention, list_sites, retention_of

_ROWS_AT_ONCE = 1000
#: What families are told in data/responses/privacy.yml.
TOLD_WEB_HOURS, TOLD_SMS_DAYS = 24, 30


@dataclass(frozen=True)
class Hit:
    """The identifier on line `line` (from 1) of the list was found `count` times; `where` is a file or table.column."""

    line: int
    where: str
    count: int


@dataclass(frozen=True)
class Kept:
    """How much of a table there is, since when, and until when, in words."""

    table: str
    rows: int
    oldest: str | None
    until: str


# --- looking for what should be gone --------------------------------------------------------------------------------


def search(engine: Engine, folder: Path, identifiers: Sequence[str]) -> list[Hit]:
    """Look for each identifier, whatever its case and however JSON spells it, in every file under `folder`, in the
    database's own files, and in every value of every table. A number of 7 digits or more is looked for without its
    signs too."""
    wanted = [(line, form) for line, identifier in enumerate(identifiers, 1) for form in _forms(identifier) if form]
    found: Counter[tuple[int, str]] = Counter()
    for path in _files(engine, folder):
        for line, form in wanted:
            found[line, str(path)] += _in_file(path, form)
    for where, value in _values(engine):
        for line, form in wanted:
            found[line, where] += value.count(form)
    return [Hit(line, where, count) for (line, where), count in sorted(found.items()) if count]


def _forms(identifier: str) -> set[str]:
    plain = identifier.strip().lower()
    digits = re.sub(r"\D", "", plain)
    return {plain} | ({digits} if len(digits) >= 7 else set())


def _files(engine: Engine, folder: Path) -> list[Path]:
    paths = {path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()}
    if engine.dialect.name == "sqlite" and engine.url.database:
        database = Path(engine.url.database).absolute()
        paths |= {path for path in database.parent.glob(f"{database.name}*") if path.is_file()}
    return sorted(paths)


def _in_file(path: Path, form: str) -> int:
    """How often, as UTF-8 and as JSON with only ASCII in it. Capital and small letters of ASCII are the same."""
    spellings = {form.encode(), json.dumps(form)[1:-1].encode(), form.upper().encode()}
    expression = re.compile(b"|".join(re.escape(spelling) for spelling in spellings), re.IGNORECASE)
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return sum(1 for _ in expression.finditer(content))
    except (ValueError, FileNotFoundError):  # empty, or gone by now
        return 0


def _values(engine: Engine) -> Iterator[tuple[str, str]]:
    """(table.column, value in small letters) of everything in the database, tables that are not ours too."""
    inspector = inspect(engine)
    with engine.connect() as connection:
        for name in inspector.get_table_names():
            columns = [column["name"] for column in inspector.get_columns(name)]
            rows = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table(name, *map(column, columns))))
            for row in rows:
                for column_name, value in zip(columns, row, strict=True):
                    if value is not None and not isinstance(value, (bool, int, float)):
                        yield f"{name}.{column_name}", "\n".join(_texts(value)).lower()


def _texts(value: Any) -> Iterator[str]:
    """All text in a value; what is JSON, or text that is JSON, is decoded."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from (*_texts(key), *_texts(inner))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, (bytes, memoryview)):
        yield bytes(value).decode("utf-8", "replace")
    elif isinstance(value, str) and value[:1] in ("{", "["):
        try:
            yield from _texts(json.loads(value))
        except ValueError:
            yield value
    else:
        yield str(value)


# --- what is kept ---------------------------------------------------------------------------------------------------


def kept(session: Session, settings: Settings) -> list[Kept]:
    """All that has to do with families, a table each."""
    default = retention_of(settings, None)
    thread = _for_how_long(default)
    thread += "".join(
        f"; site {site.name}: {_for_how_long(own)}"
        for site in list_sites(session)
        if (own := retention_of(settings, site)) != default
    )
    soon = f"{default.sms.days} days"
    tables: tuple[tuple[type[Base], Any, str], ...] = (
        (Conversation, Conversation.created_at, thread),
        (Message, Message.at, "goes with its conversation; in a long thread each goes when it is that old"),
        (Tracker, Tracker.saved_at, "goes with its conversation"),
        (FamilyPhone, FamilyPhone.seen_at, "goes a day after its last conversation"),
        (OutgoingText, OutgoingText.created_at, "goes with its phone, at the latest that long after it was sent"),
        (Consent, Consent.at, "goes with its phone"),
        (Ticket, Ticket.expires_at, f"goes when it opens nothing any more; a link to listings after {soon}"),
        (CheckInPlan, CheckInPlan.agreed_at, f"goes with its conversation, at the latest {soon} after it ended"),
        (ScheduledContact, ScheduledContact.wanted_at, "goes with its plan or its referral"),
        (
            CheckInAnswer,
            CheckInAnswer.at,
            f"goes with its plan, at the latest after {retention.ANSWERS.days} days; codes, no words",
        ),
        (
            Referral,
            Referral.created_at,
            f"goes with its conversation, or {retention.REFERRALS.days} days after its last news",
        ),
        (ReferralEvent, ReferralEvent.at, "goes with its referral"),
        (OutgoingEmail, OutgoingEmail.created_at, f"its words go when it is sent, the row {soon} later"),
        (CallRequest, CallRequest.asked_at, "goes with its conversation"),
        (
            Share,
            Share.created_at,
            f"its words go when it is taken back, at the latest after {soon}; the row with its conversation",
        ),
        (ShareLook, ShareLook.at, "goes with its share"),
        (StaffTask, StaffTask.created_at, f"goes with what it is about, at the latest {soon} after it was done"),
        (RecordEntry, RecordEntry.created_at, "goes with its conversation; sealed"),
        (WhatIfPart, WhatIfPart.updated_at, "goes with its conversation; sealed"),
        (
            IncomingText,
            IncomingText.at,
            f"{retention.INCOMING_TEXTS.days} days; a keyed digest and a moment, no words, no number",
        ),
        (OptOut, OptOut.at, "stays, so that nobody who said stop is texted again; a keyed digest, no number"),
        (Erasure, Erasure.at, f"{retention.ERASURES.days} days; a receipt number and counts"),
        (Invite, Invite.created_at, f"goes {soon} after it can be used no more; nothing of families is in it"),
        (StaffSession, StaffSession.created_at, "goes when it ends; of staff"),
        (SmsSpending, SmsSpending.day, "stays; how many segments a day, nothing of families"),
        (ProgramCount, ProgramCount.week, "stays; counts of a week, nothing of families"),
        (ListingReport, ListingReport.reported_on, "what was learnt of a listing, and on which day; nothing leads to the family"),
    )
    rows = []
    for kind, when, until in tables:
        count, oldest = session.execute(select(func.count(), func.min(when)).select_from(kind)).one()
        rows.append(Kept(kind.__tablename__, count, oldest.isoformat() if oldest else None, until))
    return rows


def _for_how_long(time: Retention) -> str:
    hours = time.web.total_seconds() / 3600
    return f"{hours:.0f} hours after its start, with a phone or check-ins {time.sms.days} days after the last text or their end"


def identifiers_in_stored_text(session: Session) -> dict[str, int]:
    """How many of each kind were not masked, in what families wrote: kind → count. None is what to expect."""
    counts: Counter[str] = Counter()
    for text in session.scalars(
        select(Message.text).where(Message.sender == "family").execution_options(yield_per=_ROWS_AT_ONCE)
    ):
        counts.update(kinds_of_identifiers(text))
    for events in session.scalars(select(Tracker.events).execution_options(yield_per=_ROWS_AT_ONCE)):
        for event in json.loads(events):
            if event.get("event") == "user":
                counts.update(kinds_of_identifiers(event.get("text") or ""))
    return dict(counts)


def needing_older_keys(session: Session, settings: Settings) -> dict[str, int]:
    """{table: rows} that still need a key in HOMEWARD_OLD_SECRET_KEYS."""
    return under_older_keys(session, Sealer.of(settings))


def untrue_promises(session: Session, settings: Settings) -> list[str]:
    """Where families are told another time (data/responses/privacy.yml) than what holds; one line each."""
    lines = []
    for name, how_long in [("this installation", retention_of(settings, None))] + [
        (f"site {row.name}", retention_of(settings, row)) for row in list_sites(session)
    ]:
        hours, days = how_long.web.total_seconds() / 3600, how_long.sms.days
        if hours > TOLD_WEB_HOURS:
            lines.append(f"{name} keeps web chats {hours:.0f} hours, and families are told {TOLD_WEB_HOURS}")
        if days > TOLD_SMS_DAYS:
            lines.append(f"{name} keeps texts {days} days, and families are told {TOLD_SMS_DAYS}")
    return lines
