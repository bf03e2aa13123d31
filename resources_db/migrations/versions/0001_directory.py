"""The directory: HSDS 3.1 with the columns and tables of our profile."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


_TABLES = (  # children before parents
    "language",
    "phone",
    "service_area",
    "schedule",
    "contact",
    "service_need",
    "service_at_location",
    "required_document",
    "cost_option",
    "service",
    "attribute",
    "address",
    "accessibility",
    "taxonomy_term",
    "program",
    "location",
    "translation",
    "taxonomy",
    "organization",
    "metadata",
)


def upgrade() -> None:
    _create_table(
        "metadata",
        sa.Column("resource_id", sa.String(36), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("last_action_date", sa.Date(), nullable=False),
        sa.Column("last_action_type", sa.Text(), nullable=False),
        sa.Column("field_name", sa.Text(), nullable=False),
        sa.Column("previous_value", sa.Text(), nullable=False),
        sa.Column("replacement_value", sa.Text(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
    )
    op.create_index(None, "metadata", ["resource_id"])
    _create_table(
        "organization",
        sa.Column("name", sa.Text(), nullable=False),
        *_texts("alternate_name", "description", "email", "website", "tax_status", "tax_id"),
        sa.Column("year_incorporated", sa.Integer()),
        *_texts("legal_status", "logo", "uri"),
        _reference("organization", column="parent_organization_id", on_delete="SET NULL"),
        sa.Column("is_sample", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    _create_table(
        "taxonomy",
        sa.Column("name", sa.Text(), nullable=False),
        *_texts("description", "uri", "version"),
    )
    _create_table(
        "translation",
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("resource_id", sa.String(36), nullable=False),
        sa.Column("field_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.UniqueConstraint("resource_type", "resource_id", "field_name", "language"),
        sa.CheckConstraint("method IN ('person', 'machine')", name="method"),
    )
    _create_table(
        "location",
        sa.Column("location_type", sa.Text(), nullable=False),
        _text("url"),
        _reference("organization", on_delete="SET NULL"),
        *_texts("name", "alternate_name", "description", "transportation"),
        sa.Column("latitude", sa.Float()),
        sa.Column("longitude", sa.Float()),
        *_texts("external_identifier", "external_identifier_type"),
        sa.Column("confidential", sa.Boolean(), server_default=sa.false(), nullable=False),
        *_texts("public_note", "timezone"),
        sa.CheckConstraint("location_type IN ('physical', 'postal', 'virtual')", name="location_type"),
    )
    op.create_index(None, "location", ["latitude", "longitude"])
    _create_table(
        "program",
        _reference("organization", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *_texts("alternate_name", "description"),
    )
    _create_table(
        "taxonomy_term",
        _text("code"),
        sa.Column("name", sa.Text(), nullable=False),
        _text("description"),
        _reference("taxonomy_term", column="parent_id", on_delete="SET NULL"),
        *_texts("taxonomy", "language"),
        _reference("taxonomy"),
        _text("term_uri"),
    )
    op.create_index(None, "taxonomy_term", ["code"])
    _create_table(
        "accessibility",
        _reference("location"),
        *_texts("description", "details", "url"),
    )
    _create_table(
        "address",
        _reference("location"),
        *_texts(
            "attention",
            "address_1",
            "address_2",
            "city",
            "region",
            "state_province",
            "postal_code",
            "country",
        ),
        sa.Column("address_type", sa.Text(), nullable=False),
    )
    _create_table(
        "attribute",
        sa.Column("link_id", sa.String(36), nullable=False),
        _reference("taxonomy_term", nullable=False),
        _text("link_type"),
        sa.Column("link_entity", sa.Text(), nullable=False),
        *_texts("value", "label"),
    )
    op.create_index(None, "attribute", ["link_id"])
    _create_table(
        "service",
        _reference("organization", nullable=False),
        _reference("program", on_delete="SET NULL"),
        sa.Column("name", sa.Text(), nullable=False),
        *_texts("alternate_name", "description", "url", "email"),
        sa.Column("status", sa.Text(), nullable=False),
        *_texts(
            "interpretation_services",
            "application_process",
            "fees_description",
            "wait_time",
            "fees",
            "accreditations",
            "eligibility_description",
        ),
        sa.Column("minimum_age", sa.Float()),
        sa.Column("maximum_age", sa.Float()),
        sa.Column("assured_date", sa.Date()),
        *_texts("assurer_email", "licenses", "alert"),
        sa.Column("last_modified", sa.DateTime(timezone=True)),
        sa.CheckConstraint("status IN ('active', 'inactive', 'defunct', 'temporarily closed')", name="status"),
    )
    _create_table(
        "cost_option",
        _reference("service", nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        *_texts("option", "currency"),
        sa.Column("amount", sa.Float()),
        _text("amount_description"),
    )
    _create_table(
        "required_document",
        _reference("service"),
        *_texts("document", "uri"),
    )
    _create_table(
        "service_at_location",
        _reference("service", nullable=False),
        _reference("location", nullable=False),
        _text("description"),
    )
    op.create_table(
        "service_need",
        _reference("service", primary_key=True, nullable=False),
        sa.Column("code", sa.Text(), primary_key=True),
    )
    op.create_index(None, "service_need", ["code", "service_id"])
    _create_table(
        "contact",
        _reference("organization"),
        _reference("service"),
        _reference("service_at_location"),
        _reference("location"),
        *_texts("name", "title", "department", "email"),
    )
    _create_table(
        "schedule",
        _reference("service"),
        _reference("location"),
        _reference("service_at_location"),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("dtstart", sa.Date()),
        sa.Column("timezone", sa.Float()),
        sa.Column("until", sa.Date()),
        sa.Column("count", sa.Integer()),
        *_texts("wkst", "freq"),
        sa.Column("interval", sa.Integer()),
        *_texts(
            "byday",
            "byweekno",
            "bymonthday",
            "byyearday",
            "description",
            "opens_at",
            "closes_at",
            "schedule_link",
            "attending_type",
            "notes",
        ),
    )
    _create_table(
        "service_area",
        _reference("service"),
        _reference("service_at_location"),
        *_texts("name", "description", "extent", "extent_type", "uri"),
    )
    _create_table(
        "phone",
        _reference("location"),
        _reference("service"),
        _reference("organization"),
        _reference("contact"),
        _reference("service_at_location"),
        sa.Column("number", sa.Text(), nullable=False),
        *_texts("extension", "type", "description"),
    )
    _create_table(
        "language",
        _reference("service"),
        _reference("location"),
        _reference("phone"),
        *_texts("name", "code", "note"),
    )


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)


def _create_table(name: str, *parts: Any) -> None:
    """A table with an id, and an index on each of its foreign keys."""
    op.create_table(name, sa.Column("id", sa.String(36), primary_key=True), *parts)
    for part in parts:
        if isinstance(part, sa.Column) and part.foreign_keys:
            op.create_index(None, name, [part.name])


def _reference(
    table: str,
    column: str | None = None,
    *,
    nullable: bool = True,
    primary_key: bool = False,
    on_delete: Literal["CASCADE", "SET NULL"] = "CASCADE",
) -> sa.Column[str]:
    key = sa.ForeignKey(f"{table}.id", ondelete=on_delete)
    return sa.Column(column or f"{table}_id", sa.String(36), key, nullable=nullable, primary_key=primary_key)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text())


def _texts(*names: str) -> list[sa.Column[str]]:
    return [_text(name) for name in names]
