from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from sqlalchemy import Engine, update

from bot.sms_sandbox.carrier import Carrier
from bot.sms_sandbox.faults import Faults
from resources_db import worker
from resources_db.database import session_scope
from resources_db.models.check_in import ScheduledContact
from resources_db.settings import Settings
from tests.databases import SqliteDatabases
from tests.unit.resources_db.contacts.families import Families
from tests.unit.resources_db.sms.world import ACCOUNT, FAMILY, OURS, TOKEN, World, settings


async def work_until(given: Settings, done: Callable[[], bool]) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(worker.work(given, stop))
    while not done():
        assert not working.done(), working.exception()
        await asyncio.sleep(0.01)
    stop.set()
    await asyncio.wait_for(working, 10)


@pytest.mark.parametrize("texts", [True, False])
async def test_the_worker_keeps_nothing_too_long_and_sends_where_a_carrier_is_set_up_until_it_is_asked_to_stop(
    sqlite_databases: SqliteDatabases, texts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrier = Carrier(ACCOUNT, TOKEN, {OURS: ""}, pace=0.0, faults=Faults(dropped=1.0))
    kept: list[Engine] = []
    monkeypatch.setattr(worker.retention, "do_what_is_due", lambda engine, settings, now: kept.append(engine))
    with sqlite_databases.new() as engine:
        async with carrier.serving() as url:
            world = World(engine, datetime.now(timezone.utc))
            text_id = world.put("Hello")
            given = settings(SMS_API_BASE=url, DATABASE_URL=engine.url.render_as_string())
            given = given if texts else replace(given, carrier=None)
            await work_until(given, lambda: bool(kept) and (not texts or world.state(text_id) == "sent"))
    assert [message.body for message in carrier.texts_to(FAMILY)] == ["Hello"] * texts


async def test_a_check_in_on_the_web_is_said_where_no_texts_are_sent_at_all(sqlite_databases: SqliteDatabases) -> None:
    with sqlite_databases.new() as engine:
        families = Families(engine, datetime.now(timezone.utc))
        where_it_is_noon = f"Etc/GMT{families.now.hour - 12:+d}"
        conversation_id = families.enrolled(None, time_zone=where_it_is_noon)
        with session_scope(engine) as session:
            session.execute(update(ScheduledContact).values(due_at=families.now))
        given = replace(settings(DATABASE_URL=engine.url.render_as_string()), carrier=None)
        await work_until(given, lambda: bool(families.contacts("said")))
        assert len(families.said(conversation_id)) == 1


async def test_a_round_of_deleting_that_fails_is_not_the_last(
    sqlite_databases: SqliteDatabases, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds: list[int] = []

    def fail(*_: object) -> None:
        rounds.append(1)
        raise ValueError

    monkeypatch.setattr(worker, "_RETENTION_EVERY", 0.02)
    monkeypatch.setattr(worker, "_DISK_EVERY", 0.01)
    monkeypatch.setattr(worker.retention, "do_what_is_due", fail)
    with sqlite_databases.new() as engine:
        given = replace(settings(DATABASE_URL=engine.url.render_as_string()), carrier=None)
        await work_until(given, lambda: len(rounds) > 2)


def test_the_worker_is_small() -> None:
    heavy = "{'rasa', 'numpy', 'scipy', 'sklearn', 'spacy', 'tensorflow', 'sanic', 'phonenumbers.geocoder'}"
    code = f"import sys, resources_db.worker, resources_db.search.upkeep; print(*{heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout.strip() == ""
