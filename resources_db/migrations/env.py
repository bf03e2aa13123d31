"""Alembic's entry: on the connection ``upgrade()`` hands over, else, for a developer, on the set database."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from resources_db.database import make_engine
from resources_db.models import Base
from resources_db.settings import load_settings


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with make_engine(load_settings().database_url).begin() as connection:
        migrate(connection)
