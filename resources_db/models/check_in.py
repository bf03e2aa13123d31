"""Check-ins: what a family chose, when something is to be said to it, and what it answered."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from resources_db.models.base import Base, Id, reference


class CheckInPlan(Base):
    """One family's own rhythm. It goes when the conversation goes."""

    __tablename__ = "check_in_plan"
    __table_args__ = (
        UniqueConstraint("conversation_id"),
        CheckConstraint("state IN ('active', 'paused', 'ended')", name="state"),
        CheckConstraint("rhythm IN ('steady', 'light', 'own')", name="rhythm"),
    )

    id: Mapped[Id]
    conversation_id: Mapped[str] = reference("conversation")
    # Grows with each change: what was planned under an older version is never said.
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(8), default="active")
    rhythm: Mapped[str] = mapped_column(String(8))
    # Of a rhythm of the family's own.
    every_days: Mapped[int | None]
    # The day the children came home, by the family's calendar; the rhythm counts from it.
    home_on: Mapped[date]
    time_zone: Mapped[str] = mapped_column(String(40))
    # web or sms
    channel: Mapped[str] = mapped_column(String(4))
    # Safe hours, in minutes after midnight on the family's clock; `weekdays` are digits, 0 is Monday.
    window_start: Mapped[int]
    window_end: Mapped[int]
    weekdays: Mapped[str] = mapped_column(String(7), default="0123456")
    # Somebody else reads the phone: the first text is bland, and the question comes after the safe word, if there is one.
    discreet: Mapped[bool] = mapped_column(default=False)
    safe_word_sealed: Mapped[str | None]
    paused_until: Mapped[datetime | None]
    # A check-in could not be said in time: the next one owns up to it.
    missed: Mapped[bool] = mapped_column(default=False)
    # What the family agreed to, exactly as it was shown.
    wording: Mapped[str]
    language: Mapped[str] = mapped_column(String(2))
    agreed_at: Mapped[datetime]
    # None: they asked for it themselves.
    invite_id: Mapped[str | None] = reference("invite", on_delete="SET NULL")
    ended_at: Mapped[datetime | None]
    # family, opt_out, finished
    ended_why: Mapped[str | None] = mapped_column(String(16))


class ScheduledContact(Base):
    """Something to say to a family at a moment of its own. Said in one transaction with the row's end, so never twice."""

    __tablename__ = "scheduled_contact"
    __table_args__ = (
        CheckConstraint("kind IN ('check_in', 'ending', 'follow_up')", name="kind"),
        CheckConstraint("state IN ('due', 'said', 'skipped', 'expired', 'cancelled')", name="state"),
        Index("ix_scheduled_contact_due", "due_at", postgresql_where=text("state = 'due'"), sqlite_where=text("state = 'due'")),
    )

    id: Mapped[Id]
    conversation_id: Mapped[str] = reference("conversation")
    kind: Mapped[str] = mapped_column(String(10))
    # Of a check-in or an ending; both or neither.
    plan_id: Mapped[str | None] = reference("check_in_plan")
    plan_version: Mapped[int | None]
    # Of a follow-up.
    referral_id: Mapped[str | None] = reference("referral")
    # Which one of its plan ("2026-12-01") or of its referral ("48h", "7d").
    step: Mapped[str] = mapped_column(String(16))
    # Planning the same thing twice makes one row.
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    # When it was first meant to be said, and when it is to be said now; of no use after `expires_at`.
    wanted_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="due")
    said_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    # Of a check-in: the question it opened with.
    item: Mapped[str | None] = mapped_column(String(24))
    # The text that carries it, of a contact by text.
    outgoing_text_id: Mapped[str | None] = mapped_column(String(36))


class CheckInAnswer(Base):
    """What was answered to one question of a check-in; never the family's own words, which are in the message alone."""

    __tablename__ = "check_in_answer"
    __table_args__ = (UniqueConstraint("contact_id", "item"),)

    id: Mapped[Id]
    conversation_id: Mapped[str] = reference("conversation")
    contact_id: Mapped[str] = reference("scheduled_contact")
    # A question of resources_db/check_ins/questions.yml, and one of its answers.
    item: Mapped[str] = mapped_column(String(24))
    answer: Mapped[str] = mapped_column(String(16))
    # 0 fine, 1 a bit hard, 2 hard.
    severity: Mapped[int]
    # Need codes it opened.
    needs: Mapped[list[str]] = mapped_column(JSON, default=list)
    at: Mapped[datetime]
