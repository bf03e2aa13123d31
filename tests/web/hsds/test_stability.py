"""Somebody reads a list page by page while others edit it."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from resources_db.models import Location, Service
from resources_db.web.api.listing import ids_after, ids_from, page_of
from resources_db.web.api.wanted import Point, Wanted
from tests.factories import SANTA_ANA, DirectoryBuilder
from tests.web.hsds.conftest import Opened

ORIGIN = Point(SANTA_ANA.latitude, SANTA_ANA.longitude)
BY_ID = Wanted("service")
BY_DISTANCE = Wanted("service", origins=(ORIGIN,), radius=100_000.0)

# What happens between two pages: listings are added, removed and renamed. Numbers say which.
EDITS = st.lists(
    st.lists(st.tuples(st.sampled_from(["add", "remove", "rename"]), st.integers(0, 30)), max_size=4), min_size=1, max_size=8
)


@given(edits=EDITS, size=st.integers(1, 5), wanted=st.sampled_from([BY_ID, BY_DISTANCE]))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_reader_who_goes_on_misses_nothing_and_reads_nothing_twice(
    empty_engine: Engine, edits: Any, size: int, wanted: Wanted
) -> None:
    with Session(empty_engine) as session:
        directory = DirectoryBuilder(session)
        there_all_along = {directory.add(f"Listing {number}", miles=number % 7) for number in range(9)}
        read: list[str] = []
        after: str | None = None
        for number, changes in enumerate([*edits, *[[]] * 50]):
            page = page_of(session.connection(), wanted, size, after=after)
            assert page.total == session.scalar(select(func.count()).select_from(Service))
            read += page.ids
            if page.next is None:
                break
            after = page.next
            for which, (edit, listing) in enumerate(changes):
                there_all_along -= apply(directory, edit, listing, f"New {number} {which}")
        assert len(read) == len(set(read))
        assert there_all_along <= set(read)
        session.rollback()


def apply(directory: DirectoryBuilder, edit: str, number: int, name: str) -> set[str]:
    """Make the edit; returns what is not there any more."""
    session = directory.session
    ids = session.scalars(select(Service.id).order_by(Service.id)).all()
    one = ids[number % len(ids)]
    if edit == "add":
        directory.add(name, miles=number % 9)
    elif edit == "rename":
        session.get_one(Service, one).name = name
        session.flush()
    elif len(ids) > 1:
        session.execute(delete(Service).where(Service.id == one))
        return {one}
    return set()


def test_streams_hold_what_the_pages_hold(empty_engine: Engine) -> None:
    with Session(empty_engine) as session:
        directory = DirectoryBuilder(session)
        for number in range(9):
            directory.add(f"Listing {number}", miles=number % 4)
        connection = session.connection()
        first = page_of(connection, BY_DISTANCE, 4)
        rest = page_of(connection, BY_DISTANCE, 20, after=first.next)
        assert ids_from(connection, BY_DISTANCE, None) == [*first.ids, *rest.ids]
        assert ids_from(connection, BY_DISTANCE, first.next) == list(rest.ids)
        by_id = page_of(connection, BY_ID, 20).ids
        assert ids_after(connection, BY_ID, by_id[2], 3) == list(by_id[3:6])
        assert (rest.before, rest.total) == (4, 9)


def test_places_equally_far_come_in_the_order_of_their_ids(empty_engine: Engine) -> None:
    with Session(empty_engine) as session:
        directory = DirectoryBuilder(session)
        ids = sorted(directory.add(f"Listing {number}", 2.0) for number in range(6))
        assert session.scalars(select(func.count()).select_from(Location)).one() == 6
        found: list[str] = []
        after: str | None = None
        while True:
            page = page_of(session.connection(), BY_DISTANCE, 2, after=after)
            found += page.ids
            if (after := page.next) is None:
                break
        assert found == ids


async def test_page_numbers_go_with_the_cursor(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        directory = DirectoryBuilder(session)
        for number in range(5):
            directory.add(f"Listing {number}")
    api = await opened(empty_engine)
    first = await api.get("/services", per_page=2)
    second = await api.get("/services", per_page=2, after=first["next"])
    third = await api.get("/services", per_page=2, after=second["next"])
    numbers = [(page["page_number"], page["first_page"], page["last_page"], page["size"]) for page in (first, second, third)]
    assert numbers == [(1, True, False, 2), (2, False, False, 2), (3, False, True, 1)]
    assert second == await api.get("/services", per_page=2, page=2)
