"""What a search reads: places by where they are, the rest by whom they serve, and their words."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_TABLES = ("search_place", "search_unplaced", "search_listing", "search_area", "search_text", "search_word", "search_state")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def upgrade() -> None:
    op.create_table(
        "search_place",
        sa.Column("need", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("spot", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("base", sa.Float(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in "xyz"),
        *_facts(),
        sqlite_with_rowid=False,
    )
    op.create_index(None, "search_place", ["need", "state", "spot"])
    op.create_table(
        "search_unplaced",
        sa.Column("need", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("area", sa.Text(), primary_key=True),
        sa.Column("base", sa.Float(), primary_key=True),
        sa.Column("spot", sa.BigInteger(), primary_key=True, autoincrement=False),
        *_facts(),
        sqlite_with_rowid=False,
    )
    op.create_index(None, "search_unplaced", ["spot"])
    op.create_table(
        "search_listing",
        sa.Column("spot", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("service_id", sa.String(36), nullable=False, index=True),
        sa.Column("service_at_location_id", sa.String(36)),
        sa.Column("location_id", sa.String(36)),
        sa.Column("timezone", sa.Text()),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_area",
        sa.Column("id", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "search_text",
        sa.Column("spot", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("words", sa.Text(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table("search_word", sa.Column("word", sa.Text(), primary_key=True), sqlite_with_rowid=False)
    op.create_table("search_state", sa.Column("layout", sa.Integer(), primary_key=True, autoincrement=False))
    for statement in _WORDS_OF_SQLITE if op.get_bind().dialect.name == "sqlite" else _WORDS_OF_POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    for table in _TABLES:
        op.drop_table(table)


def _facts() -> list[sa.Column[Any]]:
    return [
        sa.Column("state", sa.String(2), nullable=False),
        sa.Column("service", sa.BigInteger(), nullable=False),
        sa.Column("flags", sa.Integer(), nullable=False),
        sa.Column("languages", sa.BigInteger(), nullable=False),
        sa.Column("needs", sa.Integer(), nullable=False),
        sa.Column("first_age", sa.Float(), nullable=False),
        sa.Column("end_age", sa.Float(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("areas", sa.BigInteger(), nullable=False),
        *(sa.Column(day, sa.BigInteger(), nullable=False) for day in _DAYS),
    ]


# The words are folded before they are stored, so that both databases see the same ones.
_WORDS_OF_SQLITE = (
    "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_text', content_rowid='spot', "
    "detail=none, tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER search_text_added AFTER INSERT ON search_text BEGIN "
    "INSERT INTO search_words(rowid, words) VALUES (new.spot, new.words); END",
    "CREATE TRIGGER search_text_removed AFTER DELETE ON search_text BEGIN "
    "INSERT INTO search_words(search_words, rowid, words) VALUES ('delete', old.spot, old.words); END",
)
_WORDS_OF_POSTGRESQL = (
    "ALTER TABLE search_text ADD COLUMN lexemes tsvector "
    "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(words, ' '))) STORED",
    "CREATE INDEX ix_search_text_lexemes ON search_text USING gin (lexemes)",
)
