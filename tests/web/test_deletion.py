"""A family has everything deleted, by a button or in words; in Rasa's place stands rasa_stand_in.py."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine, text

from tests.web.rasa_stand_in import Family, Gateway, RasaStandIn, held

RECEIPT = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{4}")
TABLES = ("conversation", "message", "tracker", "ticket", "outgoing_text", "consent", "family_phone")


def rows_left(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        counts = {table: connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0 for table in TABLES}
    return {table: count for table, count in counts.items() if count}


def receipts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(text("SELECT receipt FROM erasure")))


async def status_of(family: Family, method: str, path: str) -> int:
    body = {"id": "again", "text": "hi"} if method == "POST" else None
    async with family.client.request(method, f"/chat/v1/{path}", json=body, headers=family.headers) as response:
        return response.status


@pytest.mark.parametrize(
    ("words", "language"),
    [("delete my data", "en"), ("Delete my data.", "en"), ("borrar mis datos", "es"), ("BORRA MIS DATOS", "es")],
)
async def test_asking_in_words_deletes_everything_and_answers_with_a_receipt(
    gateway: Gateway, rasa: RasaStandIn, words: str, language: str
) -> None:
    family = await gateway.family(language)
    await family.say("we need food")
    answer = await family.send({"id": "bye", "text": words})
    assert answer["deleted"] is True
    assert [message["from"] for message in answer["messages"]] == ["homeward"]
    assert answer["messages"][0]["text"] == f"utter_deleted {language}"
    assert answer["messages"][0]["language"] == language
    assert answer["messages"][0]["seq"] > answer["accepted"] > 2
    assert receipts(gateway.engine) == [answer["receipt"]]
    assert RECEIPT.fullmatch(answer["receipt"])
    assert rows_left(gateway.engine) == {}
    assert rasa.texts == ["we need food"]
    for method, path in (("POST", "messages"), ("GET", "messages"), ("GET", "stream"), ("DELETE", "session")):
        assert await status_of(family, method, path) == 401


async def test_the_button_deletes_everything_and_answers_with_a_receipt(gateway: Gateway) -> None:
    family, other = await gateway.family(), await gateway.family()
    await family.say("we need food")
    async with family.client.delete("/chat/v1/session", headers=family.headers) as response:
        answer = await response.json()
    assert answer == {"deleted": True, "message": "utter_deleted en", "receipt": receipts(gateway.engine)[0]}
    assert rows_left(gateway.engine) == {"conversation": 1}
    assert await other.say("hi")


async def test_a_message_that_only_speaks_of_deleting_is_a_message(gateway: Gateway, rasa: RasaStandIn) -> None:
    family = await gateway.family()
    said = await family.say("who can delete my data from the county, do you know a lawyer for that")
    assert said[0]["text"].startswith("you said who can delete")


async def test_a_turn_under_way_brings_nothing_back(gateway: Gateway, rasa: RasaStandIn) -> None:
    with held() as (reached, go_on, behave):
        rasa.behave = behave
        family = await gateway.family()
        await family.send({"id": "1", "text": "we need food"})
        await reached.wait()
        await family.send({"id": "2", "text": "and diapers"})
        assert (await family.send({"id": "3", "text": "delete my data"}))["deleted"]
        go_on.set()
    other = await gateway.family()
    assert await other.say("hi")  # a whole turn later
    assert rows_left(gateway.engine) == {"conversation": 1, "message": 2}


async def test_who_waits_in_another_tab_is_sent_home(gateway: Gateway) -> None:
    family = await gateway.family()
    async with family.client.get("/chat/v1/stream", headers=family.headers) as stream:
        await family.send({"id": "1", "text": "delete my data"})
        content = await stream.content.read()
    assert b"event: message" not in content


async def test_what_identifies_somebody_is_masked_before_it_is_kept_and_before_rasa_reads_it(
    gateway: Gateway, rasa: RasaStandIn
) -> None:
    family = await gateway.family()
    await family.say("my son Mateo is 4, call 916-555-0142, diapers in 95814")
    kept = "my son ••• is 4, call •••, diapers in 95814"
    assert rasa.texts == [kept]
    assert (await family.read())[0]["text"] == kept


async def test_a_site_with_a_time_of_its_own_keeps_a_chat_so_long(gateway: Gateway) -> None:
    with gateway.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO site (name, web_hours, created_at) VALUES ('north', 2, '2026-11-22 10:00:00+00:00')")
        )
    async with gateway.client.post("/chat/v1/sessions", json={"site": "north"}) as response:
        assert response.status == 201
    with gateway.engine.connect() as connection:
        hours = "EXTRACT(EPOCH FROM (expires_at - created_at)) / 3600"
        if connection.dialect.name == "sqlite":
            hours = "(julianday(expires_at) - julianday(created_at)) * 24"
        assert connection.scalar(text(f"SELECT {hours} FROM conversation")) == pytest.approx(2)
