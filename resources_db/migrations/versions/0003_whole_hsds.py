"""The rest of HSDS 3.1, and what our profile adds: holidays, verification, provenance, requests to change."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = (  # children before parents
    "service_capacity",
    "unit",
    "funding",
    "url",
    "organization_identifier",
    "meta_table_description",
    "holiday_schedule",
    "verification",
    "change_request",
    "provenance",
)


def upgrade() -> None:
    _create_table("unit", sa.Column("name", sa.Text(), nullable=False), *_texts("scheme", "identifier", "uri"))
    _create_table(
        "service_capacity",
        _reference("service", nullable=False),
        _reference("unit", nullable=False),
        sa.Column("available", sa.Float(), nullable=False),
        sa.Column("maximum", sa.Float()),
        *_texts("description"),
        sa.Column("updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
    )
    _create_table("funding", _reference("organization"), _reference("service"), *_texts("source"))
    _create_table(
        "url",
        *_texts("label"),
        sa.Column("url", sa.Text(), nullable=False),
        _reference("organization"),
        _reference("service"),
    )
    _create_table(
        "organization_identifier",
        _reference("organization", nullable=False),
        *_texts("identifier_scheme"),
        sa.Column("identifier_type", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
    )
    _create_table("meta_table_description", *_texts("name", "language", "character_set"))
    _create_table(
        "holiday_schedule",
        _reference("service"),
        _reference("location"),
        _reference("service_at_location"),
        sa.Column("closed", sa.Boolean(), nullable=False),
        *_texts("opens_at", "closes_at"),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=False),
        *_texts("description"),
    )
    _create_table(
        "verification",
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.String(36), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_by", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        *_texts("fields"),
        sa.Column("result", sa.Text(), nullable=False),
        *_texts("note"),
        sa.CheckConstraint(
            "method IN ('call', 'visit', 'email', 'site', 'provider', 'import', 'family_report')",
            name="method",
        ),
        sa.CheckConstraint("result IN ('confirmed', 'corrected', 'unreachable', 'closed')", name="result"),
    )
    op.create_index(None, "verification", ["resource_id", "verified_at"])
    _create_table(
        "change_request",
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.String(36), nullable=False),
        sa.Column("field_name", sa.Text(), nullable=False),
        *_texts("current_value", "proposed_value"),
        sa.Column("proposed_by", sa.Text(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        *_texts("decided_by"),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("status IN ('open', 'accepted', 'rejected')", name="status"),
    )
    op.create_index(
        "uq_change_request_open",
        "change_request",
        ["resource_id", "field_name", "proposed_by"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
        sqlite_where=sa.text("status = 'open'"),
    )
    op.create_table(
        "provenance",
        sa.Column("resource_type", sa.Text(), primary_key=True),
        sa.Column("resource_id", sa.String(36), primary_key=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        *_texts("file"),
        sa.Column("line", sa.Integer()),
    )
    op.create_index(None, "provenance", ["source", "resource_type", "resource_id"])
    op.add_column("translation", sa.Column("translated_by", sa.Text()))
    _give_alerts_an_end()
    _turn_terms_into_verifications()


def _turn_terms_into_verifications() -> None:
    """How a listing was verified used to be a term put on it; when, its assured_date."""
    moment = (
        "s.assured_date || ' 12:00:00.000000'"
        if op.get_bind().dialect.name == "sqlite"
        else "s.assured_date + interval '12 hours'"
    )
    op.execute(
        "INSERT INTO verification (id, resource_type, resource_id, verified_at, verified_by, method, result)"
        f" SELECT a.id, 'service', s.id, {moment}, coalesce(s.assurer_email, ''), t.code, 'confirmed'"
        " FROM attribute a JOIN taxonomy_term t ON t.id = a.taxonomy_term_id JOIN service s ON s.id = a.link_id"
        " WHERE a.link_type = 'verified_by' AND s.assured_date IS NOT NULL"
        " AND t.code IN ('call', 'visit', 'email', 'site', 'provider', 'import')"
    )
    op.execute("DELETE FROM attribute WHERE link_type = 'verified_by'")


def _give_alerts_an_end() -> None:
    """Alerts that are there get thirty days from the listing's last change, as an import gives them."""
    op.add_column("service", sa.Column("alert_expires_on", sa.Date()))
    op.execute(
        "UPDATE service SET alert_expires_on = date(coalesce(last_modified, CURRENT_TIMESTAMP), '+30 days')"
        " WHERE alert IS NOT NULL"
        if op.get_bind().dialect.name == "sqlite"
        else "UPDATE service SET alert_expires_on = CAST(coalesce(last_modified, now()) AS date) + 30 WHERE alert IS NOT NULL"
    )
    with op.batch_alter_table("service") as service:
        service.create_check_constraint("alert_expires", "alert IS NULL OR alert_expires_on IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("service") as service:
        service.drop_constraint(op.f("ck_service_alert_expires"), type_="check")
        service.drop_column("alert_expires_on")
    op.drop_column("translation", "translated_by")
    for table in _TABLES:
        op.drop_table(table)


def _create_table(name: str, *parts: Any) -> None:
    """A table with an id, and an index on each of its foreign keys."""
    op.create_table(name, sa.Column("id", sa.String(36), primary_key=True), *parts)
    for part in parts:
        if isinstance(part, sa.Column) and part.foreign_keys:
            op.create_index(None, name, [part.name])


def _reference(table: str, *, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(f"{table}_id", sa.String(36), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=nullable)


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text()) for name in names]
