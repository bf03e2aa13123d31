"""What the database has to do with a chat: it keeps every letter, and it may be away. In Rasa's place stands rasa_stand_in.py."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.web.rasa_stand_in import Gateway, RasaStandIn

LIMIT = 4000


@pytest.mark.parametrize(
    "typed",
    ["🍞👨‍👩‍👧", "مرحبا", "食物", "\u202eolleh\u202c", "' OR 1=1; --", "<b>food</b>", "/restart", "a" * LIMIT, "á\u0301\n\ttab"],
)
async def test_what_is_typed_is_kept_to_the_letter(gateway: Gateway, rasa: RasaStandIn, typed: str) -> None:
    family = await gateway.family()
    assert await family.say(typed)
    assert rasa.texts == [typed]
    assert (await family.read())[0]["text"] == typed


async def test_what_no_database_can_keep_is_left_out(gateway: Gateway, rasa: RasaStandIn) -> None:
    family = await gateway.family()
    assert await family.say("fo\x00o\ud83dd")
    assert rasa.texts == ["food"]


async def test_an_expired_token_is_worth_nothing(gateway: Gateway) -> None:
    family = await gateway.family()
    with gateway.engine.begin() as connection:
        connection.execute(text("UPDATE conversation SET expires_at = '2020-01-01 00:00:00'"))
    for method, path in (("POST", "messages"), ("GET", "messages"), ("GET", "stream"), ("DELETE", "session")):
        body = {"id": "1", "text": "hi"} if method == "POST" else None
        async with gateway.client.request(method, f"/chat/v1/{path}", json=body, headers=family.headers) as response:
            assert response.status == 401


@pytest.mark.parametrize("language", ["en", "es"])
async def test_without_the_database_a_client_is_told_kindly_to_come_again(gateway: Gateway, language: str) -> None:
    family = await gateway.family()
    with gateway.engine.begin() as connection:
        connection.execute(text("ALTER TABLE conversation RENAME TO hidden"))
    headers = {**family.headers, "Accept-Language": f"{language}-US,{language};q=0.9"}
    for method, path in (("POST", "messages"), ("GET", "messages"), ("POST", "sessions"), ("DELETE", "session")):
        body = {"id": "1", "text": "hi"} if method == "POST" and path == "messages" else None
        async with gateway.client.request(method, f"/chat/v1/{path}", json=body, headers=headers) as response:
            assert response.status == 503
            assert int(response.headers["Retry-After"]) > 0
            error = (await response.json())["error"]
            assert error == {"code": "unavailable", "message": f"utter_unavailable {language}"}
    with gateway.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO conversation"))
    assert await family.say("hi")
