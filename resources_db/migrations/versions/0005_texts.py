"""Text messages: phones, the outbox, consent, tickets, sites, and what proves a deletion."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NEW = (
    "erasure", "sms_spending", "site", "ticket", "opt_out", "consent", "incoming_text", "outgoing_text",
)  # fmt: skip
_OPEN = "state IN ('due', 'sending', 'unknown')"


def upgrade() -> None:
    op.create_table(
        "family_phone",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(8), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("our_number", sa.String(40), nullable=False),
        sa.Column("site", sa.String(64)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("welcomed_at", sa.DateTime(timezone=True)),
        sa.Column("last_position", sa.Integer(), nullable=False),
        sa.UniqueConstraint("digest"),
    )
    with op.batch_alter_table("conversation") as change:
        change.alter_column("token_hash", existing_type=sa.String(64), nullable=True)
        change.add_column(sa.Column("family_phone_id", sa.String(36)))
        change.add_column(sa.Column("joined_at", sa.DateTime(timezone=True)))
        change.add_column(sa.Column("token_until", sa.DateTime(timezone=True)))
        change.create_foreign_key(None, "family_phone", ["family_phone_id"], ["id"], ondelete="CASCADE")
        change.create_index("ix_conversation_family_phone_id", ["family_phone_id"])
    with op.batch_alter_table("message") as change:
        change.add_column(sa.Column("channel", sa.String(4), nullable=False, server_default="web"))
    with op.batch_alter_table("message") as change:
        change.alter_column("channel", existing_type=sa.String(4), server_default=None)
    op.create_table(
        "outgoing_text",
        sa.Column("id", sa.String(36), primary_key=True),
        _of("family_phone"),
        _of("conversation", nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("from_number", sa.String(40), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(36)),
        sa.Column("lease_until", sa.DateTime(timezone=True)),
        sa.Column("sending_at", sa.DateTime(timezone=True)),
        sa.Column("provider_id", sa.String(64)),
        sa.Column("error", sa.String(40)),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("family_phone_id", "position"),
        sa.UniqueConstraint("dedupe_key"),
        sa.UniqueConstraint("provider_id"),
    )
    op.create_index(None, "outgoing_text", ["family_phone_id"])
    op.create_index(None, "outgoing_text", ["conversation_id"])
    op.create_index(
        "ix_outgoing_text_open", "outgoing_text", ["due_at"], postgresql_where=sa.text(_OPEN), sqlite_where=sa.text(_OPEN)
    )
    op.create_table(
        "incoming_text",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(None, "incoming_text", ["at"])
    op.create_table(
        "consent",
        sa.Column("id", sa.String(36), primary_key=True),
        _of("family_phone"),
        sa.Column("given", sa.String(8), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("site", sa.String(64)),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(None, "consent", ["family_phone_id"])
    op.create_table(
        "opt_out",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("key_id", sa.String(8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "ticket",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(8), nullable=False),
        _of("conversation"),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(None, "ticket", ["conversation_id"])
    op.create_index(None, "ticket", ["expires_at"])
    op.create_table(
        "site",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("sms_from", sa.String(40)),
        sa.Column("web_hours", sa.Integer()),
        sa.Column("sms_days", sa.Integer()),
        sa.Column("segments_a_day", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("sms_from"),
    )
    op.create_table(
        "sms_spending",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("site", sa.String(64), primary_key=True),
        sa.Column("segments", sa.Integer(), nullable=False),
    )
    op.create_table(
        "erasure",
        sa.Column("receipt", sa.String(16), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    for table in _NEW:
        op.drop_table(table)
    op.execute("DELETE FROM conversation WHERE token_hash IS NULL")
    with op.batch_alter_table("message") as change:
        change.drop_column("channel")
    with op.batch_alter_table("conversation") as change:
        change.drop_index("ix_conversation_family_phone_id")
        change.drop_constraint("fk_conversation_family_phone_id_family_phone", type_="foreignkey")
        change.drop_column("token_until")
        change.drop_column("joined_at")
        change.drop_column("family_phone_id")
        change.alter_column("token_hash", existing_type=sa.String(64), nullable=False)
    op.drop_table("family_phone")


def _of(table: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(f"{table}_id", sa.String(36), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=nullable)
