"""What must be there before anything serves: the database with its tables, a directory, the gazetteer."""

from __future__ import annotations

import sys

from sqlalchemy import func, select

from bot.project import CHILD_WELFARE, SAMPLE
from resources_db.database import make_engine, session_scope
from resources_db.errors import ResourcesError
from resources_db.exchange import import_directory
from resources_db.geo.gazetteer import open_gazetteer
from resources_db.migrations import upgrade
from resources_db.models import Organization
from resources_db.settings import Settings, load_settings


def prepare(settings: Settings) -> None:
    """Do what is missing; on a prepared installation this takes a moment. Raises ResourcesError."""
    settings.secret_key()
    engine = make_engine(settings.database_url)
    upgrade(engine)
    with session_scope(engine, writes=False) as session:
        empty = not session.scalar(select(func.count()).select_from(Organization))
    if empty:
        print("  loading the sample directory", flush=True)
        report = import_directory(engine, SAMPLE, source="sample")
        print(f"  {sum(report.loaded.values())} rows loaded, all of them fictional", flush=True)
        # Its terms are there for whoever brings a directory of their own.
        import_directory(engine, CHILD_WELFARE, source="homeward-child-welfare")
    open_gazetteer(settings.gazetteer_path)


def main() -> None:
    """`python -m bot.prepare`, run by `homeward up`."""
    try:
        prepare(load_settings())
    except ResourcesError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
