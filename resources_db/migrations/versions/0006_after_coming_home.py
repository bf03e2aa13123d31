"""After the kids come home: check-ins, referrals, the people who help, and what a family keeps for itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_NEW = (
    "listing_report",
    "staff_task",
    "check_in_answer",
    "share_look",
    "scheduled_contact",
    "referral_event",
    "outgoing_email",
    "call_request",
    "what_if_part",
    "share",
    "referral",
    "record_entry",
    "check_in_plan",
    "staff_session",
    "invite",
    "staff_member",
    "program_count",
)

_CALLS = "state IN ('waiting', 'promised', 'missed')"
_EMAILS = "state IN ('due', 'sending')"
_SEARCHED, _DAYS = ("search_place", "search_unplaced"), ("doubted_until", "helped_until")
_DUE, _TASKS = "state = 'due'", "done_at IS NULL"


def upgrade() -> None:
    op.create_table(
        "program_count",
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("measure", sa.String(24), nullable=False),
        sa.Column("need", sa.String(32), nullable=False),
        sa.Column("zip", sa.String(5), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("span", sa.String(8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("week", "site", "measure", "need", "zip", "language", "span"),
    )
    op.create_table(
        "staff_member",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("site", sa.String(64)),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("time_zone", sa.String(40), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("caseload_cap", sa.Integer(), nullable=False),
        sa.Column("introduction", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "invite",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("key_id", sa.String(8), nullable=False),
        sa.Column("site", sa.String(64)),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("made_by", sa.String(36)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("most_uses", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["staff_member.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("digest"),
    )
    op.create_index("ix_invite_made_by", "invite", ["made_by"])

    op.create_table(
        "staff_session",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("staff_id", sa.String(36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_staff_session_expires_at", "staff_session", ["expires_at"])
    op.create_index("ix_staff_session_staff_id", "staff_session", ["staff_id"])

    op.create_table(
        "check_in_plan",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("rhythm", sa.String(8), nullable=False),
        sa.Column("every_days", sa.Integer()),
        sa.Column("home_on", sa.Date(), nullable=False),
        sa.Column("time_zone", sa.String(40), nullable=False),
        sa.Column("channel", sa.String(4), nullable=False),
        sa.Column("window_start", sa.Integer(), nullable=False),
        sa.Column("window_end", sa.Integer(), nullable=False),
        sa.Column("weekdays", sa.String(7), nullable=False),
        sa.Column("discreet", sa.Boolean(), nullable=False),
        sa.Column("safe_word_sealed", sa.Text()),
        sa.Column("paused_until", sa.DateTime(timezone=True)),
        sa.Column("missed", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invite_id", sa.String(36)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_why", sa.String(16)),
        sa.CheckConstraint("rhythm IN ('steady', 'light', 'own')", name="ck_check_in_plan_rhythm"),
        sa.CheckConstraint("state IN ('active', 'paused', 'ended')", name="ck_check_in_plan_state"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["invite_id"], ["invite.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id"),
    )
    op.create_index("ix_check_in_plan_conversation_id", "check_in_plan", ["conversation_id"])
    op.create_index("ix_check_in_plan_invite_id", "check_in_plan", ["invite_id"])

    op.create_table(
        "record_entry",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("note_sealed", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('class', 'visit', 'meeting', 'appointment')", name="ck_record_entry_kind"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_record_entry_conversation_id", "record_entry", ["conversation_id"])

    op.create_table(
        "referral",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("service_at_location_id", sa.String(36)),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("need", sa.String(32), nullable=False),
        sa.Column("zip", sa.String(5)),
        sa.Column("way", sa.String(8)),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("barrier", sa.String(24)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("follow_up_wording", sa.Text()),
        sa.Column("draft", sa.Text()),
        sa.Column("draft_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("way IN ('call', 'request', 'partner')", name="ck_referral_way"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_referral_conversation_id", "referral", ["conversation_id"])
    op.create_index("ix_referral_service_id", "referral", ["service_id"])

    op.create_table(
        "share",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("staff_id", sa.String(36)),
        sa.Column("with_whom", sa.Text(), nullable=False),
        sa.Column("what", sa.String(10), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_share_conversation_id", "share", ["conversation_id"])
    op.create_index("ix_share_staff_id", "share", ["staff_id"])

    op.create_table(
        "what_if_part",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("part", sa.String(10), nullable=False),
        sa.Column("text_sealed", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("part IN ('relapse', 'childcare', 'crisis')", name="ck_what_if_part_part"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id", "part"),
    )
    op.create_index("ix_what_if_part_conversation_id", "what_if_part", ["conversation_id"])

    op.create_table(
        "call_request",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("staff_id", sa.String(36)),
        sa.Column("referral_id", sa.String(36)),
        sa.Column("share_id", sa.String(36)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("promised_by", sa.DateTime(timezone=True)),
        sa.Column("escalated_at", sa.DateTime(timezone=True)),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.String(24)),
        sa.CheckConstraint("state IN ('waiting', 'promised', 'missed', 'called', 'closed')", name="ck_call_request_state"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_call_request_conversation_id", "call_request", ["conversation_id"])
    op.create_index(
        "ix_call_request_open", "call_request", ["promised_by"], postgresql_where=sa.text(_CALLS), sqlite_where=sa.text(_CALLS)
    )
    op.create_index("ix_call_request_referral_id", "call_request", ["referral_id"])
    op.create_index("ix_call_request_share_id", "call_request", ["share_id"])
    op.create_index("ix_call_request_staff_id", "call_request", ["staff_id"])

    op.create_table(
        "outgoing_email",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("referral_id", sa.String(36), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(36)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("error", sa.String(80)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('due', 'sending', 'sent', 'failed', 'withdrawn')", name="ck_outgoing_email_state"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "ix_outgoing_email_open", "outgoing_email", ["due_at"], postgresql_where=sa.text(_EMAILS), sqlite_where=sa.text(_EMAILS)
    )
    op.create_index("ix_outgoing_email_referral_id", "outgoing_email", ["referral_id"])

    op.create_table(
        "referral_event",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("referral_id", sa.String(36), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(24), nullable=False),
        sa.Column("said_by", sa.String(10), nullable=False),
        sa.Column("barrier", sa.String(24)),
        sa.Column("staff_id", sa.String(36)),
        sa.CheckConstraint("said_by IN ('family', 'provider', 'staff', 'homeward')", name="ck_referral_event_said_by"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_referral_event_referral_id", "referral_event", ["referral_id"])

    op.create_table(
        "scheduled_contact",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("plan_id", sa.String(36)),
        sa.Column("plan_version", sa.Integer()),
        sa.Column("referral_id", sa.String(36)),
        sa.Column("step", sa.String(16), nullable=False),
        sa.Column("dedupe_key", sa.String(120), nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True)),
        sa.Column("answered_at", sa.DateTime(timezone=True)),
        sa.Column("item", sa.String(24)),
        sa.Column("outgoing_text_id", sa.String(36)),
        sa.CheckConstraint("kind IN ('check_in', 'ending', 'follow_up')", name="ck_scheduled_contact_kind"),
        sa.CheckConstraint("state IN ('due', 'said', 'skipped', 'expired', 'cancelled')", name="ck_scheduled_contact_state"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["plan_id"], ["check_in_plan.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key"),
    )
    op.create_index("ix_scheduled_contact_conversation_id", "scheduled_contact", ["conversation_id"])
    op.create_index(
        "ix_scheduled_contact_due", "scheduled_contact", ["due_at"], postgresql_where=sa.text(_DUE), sqlite_where=sa.text(_DUE)
    )
    op.create_index("ix_scheduled_contact_plan_id", "scheduled_contact", ["plan_id"])
    op.create_index("ix_scheduled_contact_referral_id", "scheduled_contact", ["referral_id"])

    op.create_table(
        "share_look",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("share_id", sa.String(36), nullable=False),
        sa.Column("staff_id", sa.String(36)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff_member.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_share_look_share_id", "share_look", ["share_id"])
    op.create_index("ix_share_look_staff_id", "share_look", ["staff_id"])

    op.create_table(
        "check_in_answer",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("conversation_id", sa.String(36), nullable=False),
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("item", sa.String(24), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["scheduled_contact.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversation.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("contact_id", "item"),
    )
    op.create_index("ix_check_in_answer_contact_id", "check_in_answer", ["contact_id"])
    op.create_index("ix_check_in_answer_conversation_id", "check_in_answer", ["conversation_id"])

    op.create_table(
        "staff_task",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("site", sa.String(64)),
        sa.Column("dedupe_key", sa.String(120), nullable=False),
        sa.Column("referral_id", sa.String(36)),
        sa.Column("call_request_id", sa.String(36)),
        sa.Column("share_id", sa.String(36)),
        sa.Column("service_id", sa.String(36)),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("done_by", sa.String(36)),
        sa.Column("outcome", sa.String(24)),
        sa.CheckConstraint("kind IN ('request', 'call', 'listing')", name="ck_staff_task_kind"),
        sa.ForeignKeyConstraint(["call_request_id"], ["call_request.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["done_by"], ["staff_member.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key"),
    )
    op.create_index("ix_staff_task_call_request_id", "staff_task", ["call_request_id"])
    op.create_index("ix_staff_task_done_by", "staff_task", ["done_by"])
    op.create_index(
        "ix_staff_task_open", "staff_task", ["site", "due_at"], postgresql_where=sa.text(_TASKS), sqlite_where=sa.text(_TASKS)
    )
    op.create_index("ix_staff_task_referral_id", "staff_task", ["referral_id"])
    op.create_index("ix_staff_task_share_id", "staff_task", ["share_id"])

    op.create_table(
        "listing_report",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("service_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("family", sa.String(32), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.CheckConstraint("kind IN ('wrong_phone', 'unreached', 'helped')", name="ck_listing_report_kind"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_listing_report_service_id_kind_family", "listing_report", ["service_id", "kind", "family"], unique=True)
    op.create_index("ix_listing_report_reported_on", "listing_report", ["reported_on"])
    # What is in them is made anew at the next start, in the layout with two columns more.
    op.execute("DELETE FROM search_state")
    for table in _SEARCHED:
        op.execute(f"DELETE FROM {table}")
        with op.batch_alter_table(table) as change:
            for column in _DAYS:
                change.add_column(sa.Column(column, sa.Integer(), nullable=False))

    with op.batch_alter_table("conversation") as change:
        change.add_column(sa.Column("open_question", sa.String(120)))

    with op.batch_alter_table("outgoing_text") as change:
        change.add_column(sa.Column("not_after", sa.DateTime(timezone=True)))


def downgrade() -> None:
    with op.batch_alter_table("outgoing_text") as change:
        change.drop_column("not_after")
    with op.batch_alter_table("conversation") as change:
        change.drop_column("open_question")
    for table in _SEARCHED:
        with op.batch_alter_table(table) as change:
            for column in _DAYS:
                change.drop_column(column)
    for table in _NEW:
        op.drop_table(table)
