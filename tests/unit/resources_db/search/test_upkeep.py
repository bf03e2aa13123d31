"""Edits are visible at once, and whatever was edited, the search tables equal those made from scratch."""

from __future__ import annotations

import random
from datetime import date, datetime, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from resources_db.models import (
    Address,
    HolidaySchedule,
    Language,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceNeed,
    Translation,
    Verification,
)
from resources_db.search import SearchRequest, find_matches, nearest, rebuild_search, refresh_search
from tests.factories import NOW, SANTA_ANA, DirectoryBuilder, make_id, north_of

_TABLES = ("search_place", "search_unplaced", "search_listing", "search_text")


def contents(engine: Engine) -> dict[str, set[tuple[Any, ...]]]:
    with engine.connect() as connection:
        tables = {table: set(map(tuple, connection.execute(text(f"SELECT * FROM {table}")))) for table in _TABLES}
        words = {word for (word,) in connection.execute(text("SELECT word FROM search_word"))}
        areas = set(map(tuple, connection.execute(text("SELECT id, areas FROM search_area"))))
    used = {row[-1] for row in tables["search_text"]}
    # Words and areas that nothing uses any more may stay.
    tables["words"] = {(word,) for word in words if any(word in said.split() for said in used)}
    tables["areas"] = {
        row for row in areas if any(row[0] in place for place in tables["search_place"] | tables["search_unplaced"])
    }
    return tables


def test_after_any_edits_the_tables_equal_those_made_from_scratch(directory_engine: Engine) -> None:
    rnd = random.Random(11)
    with Session(directory_engine) as session, session.begin():
        builder = DirectoryBuilder(session)
        for number in range(25):
            builder.add(
                f"Service {number}",
                float(number),
                needs=rnd.sample(("food", "legal", "goods"), 2),
                confidential=number % 9 == 0,
                virtual=number % 7 == 0,
                areas=[("county", "CA/Orange County"), ("postal_code", "92701")][: number % 3],
            )
    for _ in range(12):
        with Session(directory_engine) as session, session.begin():
            for _ in range(4):
                _edit(session, rnd)
        kept = contents(directory_engine)
        rebuild_search(directory_engine)
        made = contents(directory_engine)
        for table, rows in made.items():
            assert kept[table] == rows, table


def _edit(session: Session, rnd: random.Random) -> None:
    def some(table: Any) -> Any:
        return rnd.choice(session.scalars(select(table).order_by(table.id)).all())

    number = rnd.randrange(10**9)
    edits = {
        "rename": lambda: setattr(some(Service), "name", f"Renamed {number}"),
        "close": lambda: setattr(some(Service), "status", rnd.choice(("active", "inactive", "temporarily closed"))),
        "ages": lambda: setattr(some(Service), "maximum_age", rnd.choice((None, 5.0, 0.5))),
        "move": lambda: setattr(some(Location), "latitude", rnd.uniform(30, 40)),
        "hide": lambda: setattr(some(Location), "confidential", rnd.random() < 0.5),
        "state": lambda: setattr(some(Address), "state_province", rnd.choice(("NV", "CA"))),
        "hours": lambda: setattr(some(Schedule), "opens_at", rnd.choice(("07:00", "bad"))),
        "no hours": lambda: session.delete(some(Schedule)),
        "holiday": lambda: session.add(
            HolidaySchedule(
                id=make_id(number), location_id=some(Location).id, start_date=date(2026, 12, 24), end_date=date(2026, 12, 25),
                closed=False, opens_at="10:00", closes_at="12:00",
            )
        ),
        "phone": lambda: setattr(some(Phone), "type", rnd.choice(("fax", "voice"))),
        "phone's language": lambda: session.add(Language(id=make_id(number), phone_id=some(Phone).id, code="vi")),
        "language": lambda: session.delete(some(Language)),
        "area": lambda: setattr(some(ServiceArea), "extent", rnd.choice(("CA/Kern County", "CA/Orange County"))),
        "website": lambda: setattr(some(Organization), "website", rnd.choice((None, "https://x.example.org"))),
        "check": lambda: session.add(
            Verification(
                id=make_id(number), resource_type="service", resource_id=some(Service).id, verified_by="x", method="visit",
                verified_at=datetime(2026, 11, rnd.randint(1, 20), tzinfo=timezone.utc), result="confirmed",
            )
        ),
        "translate": lambda: session.add(
            Translation(
                id=make_id(number), resource_type="service", resource_id=some(Service).id, field_name="description",
                language="es", value=f"Texto {number}", method="person",
            )
        ),
        "need": lambda: session.merge(ServiceNeed(service_id=some(Service).id, code=rnd.choice(("food", "respite")))),
        "another place": lambda: session.add(
            ServiceAtLocation(id=make_id(number), service_id=some(Service).id, location_id=some(Location).id)
        ),
        "leave a place": lambda: session.delete(some(ServiceAtLocation)),
        "end a service": lambda: session.delete(some(Service)) if rnd.random() < 0.3 else None,
        "end an organization": lambda: session.delete(some(Organization)) if rnd.random() < 0.2 else None,
        "end a location": lambda: session.delete(some(Location)) if rnd.random() < 0.2 else None,
    }  # fmt: skip
    edits[rnd.choice(sorted(edits))]()
    session.flush()


@pytest.fixture
def session(directory_engine: Engine) -> Any:
    with Session(directory_engine) as session:
        yield session


def found(session: Session, need: str = "food") -> list[str]:
    return [match.service for match in find_matches(session, SearchRequest((need,), SANTA_ANA, NOW)).matches]


def test_an_edit_shows_in_the_same_session_before_it_is_committed(session: Session) -> None:
    service = DirectoryBuilder(session).add("pantry")
    assert found(session) == ["pantry"]
    session.get_one(Service, service).name = "larder"
    assert found(session) == ["larder"]
    session.delete(session.get_one(Service, service))
    assert found(session) == []


def test_an_edit_that_is_undone_leaves_no_trace(session: Session) -> None:
    service = DirectoryBuilder(session).add("pantry")
    session.commit()
    session.get_one(Service, service).status = "inactive"
    assert found(session) == []
    session.rollback()
    assert found(session) == ["pantry"]


def test_a_committed_edit_shows_to_everybody(session: Session, directory_engine: Engine) -> None:
    service = DirectoryBuilder(session).add("pantry")
    session.commit()
    with Session(directory_engine) as other:
        assert found(other) == ["pantry"]
        other.rollback()
        session.get_one(Service, service).minimum_age = 80.0
        session.commit()
        result = find_matches(other, SearchRequest(("food",), SANTA_ANA, NOW, ages=(30.0,)))
        assert result.total == 0


def test_rows_written_around_the_orm_show_once_they_are_refreshed(session: Session) -> None:
    service = DirectoryBuilder(session).add("pantry")
    session.commit()
    session.execute(text("UPDATE service SET status = 'defunct'"))
    refresh_search(session, [service, "no such service"])
    assert found(session) == []


def test_hundreds_of_services_at_one_point_keep_apart(session: Session) -> None:
    builder = DirectoryBuilder(session)
    service = builder.add("pantry", point=(33.75, -117.85))
    for _ in range(120):
        builder.at(service, (33.75, -117.85))
    near = nearest(session, (33.75, -117.85), limit=500)
    assert len({one.service_at_location_id for one in near}) == 121
    assert {one.miles for one in near} == {0.0}
    assert near == sorted(near, key=lambda one: (one.service_id, one.service_at_location_id))


def test_a_database_whose_search_is_of_another_layout_is_made_anew_when_it_is_opened(
    session: Session, directory_engine: Engine
) -> None:
    from resources_db.migrations import upgrade

    DirectoryBuilder(session).add("pantry", point=north_of(SANTA_ANA, 1.0))
    session.commit()
    session.execute(text("DELETE FROM search_place"))
    session.execute(text("UPDATE search_state SET layout = 0"))
    session.commit()
    assert found(session) == []
    session.rollback()
    upgrade(directory_engine)
    assert found(session) == ["pantry"]
