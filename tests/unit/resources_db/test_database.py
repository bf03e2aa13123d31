from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError

from resources_db.database import make_engine, session_scope
from resources_db.errors import DatabaseUnusable
from resources_db.migrations import upgrade
from resources_db.models import Location, Organization, Service, ServiceAtLocation


def test_a_session_keeps_what_was_done_when_it_ends_well(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        session.add(Organization(id="o", name="Open Hands"))
    with session_scope(directory_engine, writes=False) as session:
        assert session.scalars(select(Organization.name)).all() == ["Open Hands"]


def test_a_session_keeps_nothing_when_it_ends_badly(directory_engine: Engine) -> None:
    def fail_halfway() -> None:
        with session_scope(directory_engine) as session:
            session.add(Organization(id="o", name="Open Hands"))
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    with session_scope(directory_engine, writes=False) as session:
        assert session.scalars(select(Organization)).all() == []


def test_rows_added_in_any_order_are_saved_parents_first(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        session.add_all(
            [
                ServiceAtLocation(id="sal", service_id="s", location_id="l"),
                Service(id="s", organization_id="o", name="Pantry"),
                Location(id="l", location_type="physical"),
                Organization(id="o", name="Open Hands"),
            ]
        )


def test_a_row_may_not_refer_to_nothing(directory_engine: Engine) -> None:
    with pytest.raises(IntegrityError), session_scope(directory_engine) as session:
        session.add(Service(id="s", organization_id="nobody", name="Pantry"))


def test_an_unknown_status_is_refused(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        session.add(Organization(id="o", name="Open Hands"))
    with pytest.raises(IntegrityError), session_scope(directory_engine) as session:
        session.add(Service(id="s", organization_id="o", name="Pantry", status="maybe"))


def test_sqlite_lets_readers_read_while_somebody_writes(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/new/folder/homeward.db")
    upgrade(engine)
    with session_scope(engine) as writer:
        writer.add(Organization(id="o", name="Open Hands"))
        writer.flush()
        with session_scope(engine, writes=False) as reader:
            assert reader.scalars(select(Organization)).all() == []


def test_a_file_that_is_no_database_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "homeward.db"
    path.write_bytes(b"Dear family, " * 1000)
    with pytest.raises(DatabaseUnusable, match=r"homeward\.db cannot be used: file is not a database.*backup"):
        upgrade(make_engine(f"sqlite:///{path}"))


def test_a_damaged_database_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "homeward.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with session_scope(engine) as session:
        session.add_all(Organization(id=f"o{n}", name="x" * 2000) for n in range(50))
    engine.dispose()
    good = path.read_bytes()
    path.write_bytes(good[:8192] + b"\xff" * (len(good) - 8192))
    spoiled = make_engine(f"sqlite:///{path}")
    with pytest.raises(DatabaseUnusable, match="malformed"), session_scope(spoiled) as session:
        session.scalars(select(Organization)).all()


def test_a_folder_that_cannot_be_made_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(DatabaseUnusable, match="HOMEWARD_VAR"):
        make_engine(f"sqlite:///{tmp_path}/var/homeward.db")


def test_a_server_that_is_not_there_says_what_to_do_and_keeps_the_password() -> None:
    engine = make_engine("postgresql://family:s3cret@127.0.0.1:1/homeward")
    with pytest.raises(DatabaseUnusable, match="HOMEWARD_DATABASE_URL") as caught:
        upgrade(engine)
    assert "s3cret" not in str(caught.value)
