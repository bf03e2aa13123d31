"""A small size of the simulated year (benchmarks/year.py), and that its checks can fail."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from benchmarks.year import END, START, Year, judge, live
from resources_db.database import session_scope
from resources_db.models.check_in import ScheduledContact
from tests.databases import SqliteDatabases


@pytest.fixture(scope="module")
def year(sqlite_databases: SqliteDatabases) -> Iterator[Year]:
    with sqlite_databases.new() as engine:
        yield live(engine, families=12, kills=2)


def test_in_a_year_nothing_is_lost_doubled_or_said_outside_its_hours_or_after_stop(year: Year) -> None:
    found = judge(year)
    assert found["wrong"] == {}
    assert found["kills"] == 2
    assert found["of them check-ins and follow-ups"] > 30


def wrong(year: Year) -> set[str]:
    return set(judge(year)["wrong"])


def test_the_checks_see_what_is_planted(year: Year) -> None:
    planted = copy.copy(year)
    check_in = next(one for one in year.handed if not year.by_phone[one.to].stops)
    others = [one for one in year.handed if one is not check_in]

    planted.handed = [*year.handed, check_in]
    assert wrong(planted) == {"double"}
    planted.handed = others
    assert wrong(planted) == {"lost"}
    planted.handed = [*others, replace(check_in, at=check_in.at + timedelta(hours=12))]
    assert wrong(planted) == {"outside its window or in quiet hours"}

    planted.handed = year.handed
    family = year.by_phone[check_in.to]
    family.stops.append([START, END])
    assert wrong(planted) == {"after STOP"}
    family.stops.clear()

    plain = next(family for family in year.families if family.plain)
    with session_scope(year.engine) as session:
        ours = ScheduledContact.conversation_id == plain.conversation_id, ScheduledContact.state == "said"
        contact_id = session.scalars(select(ScheduledContact.id).where(*ours).limit(1)).one()
        session.execute(update(ScheduledContact).where(ScheduledContact.id == contact_id).values(state="cancelled"))
    assert "lost" in wrong(planted)
