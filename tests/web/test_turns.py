"""Turns through a gateway: in order, once, and on Rasa's bad days. In Rasa's place stands rasa_stand_in.py."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from bot.gateway.chat import TURNS
from tests.web.rasa_stand_in import CRISIS, QUICK, Dropped, Gateway, Gateways, Json, RasaStandIn, echo, held, said

IMPATIENT = replace(QUICK, patience=0.05)
KIND_WORD, TROUBLE, CRISIS_ANSWER = "utter_still_starting en", "utter_trouble en", "utter_crisis_self_harm en"
REFUSED = said("I hear you", response="utter_crisis_self_harm")


async def test_rasa_answers_and_knows_the_family_by_an_id_only_we_know(gateway: Gateway, rasa: RasaStandIn) -> None:
    family = await gateway.family("es")
    answers = await family.say("hola")
    assert [(m["from"], m["text"], m["language"]) for m in answers] == [("homeward", "you said hola", "es")]
    [body] = rasa.heard
    assert set(body) == {"conversation", "text", "choice", "language", "message_id", "channel", "asked"}
    assert (body["text"], body["choice"], body["language"], body["channel"]) == ("hola", False, "es", "web")
    assert family.token not in body["conversation"]


async def test_what_rasa_gives_reaches_the_family_whole(gateway: Gateway, rasa: RasaStandIn) -> None:
    async def behave(_: Json) -> Json:
        buttons = [{"title": "Food", "payload": '/request_help{"need": "food"}'}]
        return said("first", "¿second? 🍞", buttons=buttons, custom={"matches": [{"service": "Pantry"}]}, language="es")

    rasa.behave = behave
    family = await gateway.family()
    first, second = await family.say("hi")
    assert (first["choices"], first["matches"], first["crisis"]) == ([], [], None)
    assert second["text"] == "¿second? 🍞"
    assert second["matches"] == [{"service": "Pantry"}]
    assert [choice["label"] for choice in second["choices"]] == ["Food"]
    assert set(second["choices"][0]) == {"label", "choice"}
    assert "request_help" not in str(second), "what a choice stands for stays with us"
    assert [m["language"] for m in await family.read()] == ["es", "es", "es"], "the conversation is in the language Rasa heard"


async def test_a_tapped_choice_is_its_label_to_the_family_and_what_it_stands_for_to_rasa(
    gateway: Gateway, rasa: RasaStandIn
) -> None:
    async def behave(body: Json) -> Json:
        return await echo(body) if body["choice"] else said("which?", buttons=[{"title": "Food", "payload": "/food"}])

    rasa.behave = behave
    family = await gateway.family()
    [question] = await family.say("hi")
    [answer] = await family.tap(question["choices"][0]["choice"])
    assert answer["text"] == "you said /food"
    assert rasa.heard[-1]["choice"] is True
    assert [m["text"] for m in await family.read() if m["from"] == "family"] == ["hi", "Food"]


async def test_the_same_id_is_one_turn_however_often_and_however_close_it_comes(gateway: Gateway, rasa: RasaStandIn) -> None:
    family = await gateway.family()
    body = {"id": str(uuid.uuid4()), "text": "food"}
    answers = await asyncio.gather(*(family.send(body, wait=20) for _ in range(12)))
    assert all(answer == answers[0] for answer in answers)
    assert await family.send(body) == answers[0], "later too, and without waiting"
    assert rasa.texts == ["food"]
    assert [m["from"] for m in await family.read()] == ["family", "homeward"]


async def test_two_families_may_use_the_same_id(gateway: Gateway, rasa: RasaStandIn) -> None:
    for family in (await gateway.family(), await gateway.family()):
        assert await family.say("hi", message_id="1")
    assert len(rasa.heard) == 2


async def test_five_hundred_messages_at_once_are_answered_in_order_one_at_a_time(gateway: Gateway, rasa: RasaStandIn) -> None:
    family = await gateway.family()
    sent = await asyncio.gather(*(family.send({"id": str(n), "text": f"m{n}"}) for n in range(500)))
    assert len({answer["accepted"] for answer in sent}) == 500
    answers = await family.heard(500)
    messages = await family.read()
    assert [m["seq"] for m in messages] == list(range(1, 1001))
    in_order = [m["text"] for m in messages if m["from"] == "family"]
    assert rasa.texts == in_order
    assert answers == [f"you said {text}" for text in in_order]
    assert rasa.busiest == 1


async def test_one_family_does_not_wait_for_another(gateway: Gateway, rasa: RasaStandIn) -> None:
    one, other = await gateway.family(), await gateway.family()
    with held() as (reached, go_on, wait):

        async def behave(body: Json) -> Json:
            return await (wait if body["text"] == "slow" else echo)(body)

        rasa.behave = behave
        slow = asyncio.create_task(one.say("slow"))
        await reached.wait()
        assert await other.say("quick")
        assert not slow.done()
        go_on.set()
        assert await slow


async def test_while_rasa_is_slow_the_family_hears_once_that_its_message_is_here(gateways: Gateways, rasa: RasaStandIn) -> None:
    gateway = await gateways(IMPATIENT)
    family = await gateway.family()
    with held() as (_, go_on, rasa.behave):
        assert [m["text"] for m in await family.say("food")] == [KIND_WORD]
        await family.say("hello?", wait=0.3)
        assert await family.heard(1) == [KIND_WORD]
        rasa.behave = echo
        go_on.set()
        assert await family.heard(3) == [KIND_WORD, "you said food", "you said hello?"]
    assert rasa.texts == ["food", "hello?"]


async def test_with_rasa_dead_messages_wait_and_are_answered_in_order_later(gateways: Gateways, rasa: RasaStandIn) -> None:
    gateway = await gateways(IMPATIENT)
    family = await gateway.family()
    await rasa.stop()
    assert [m["text"] for m in await family.say("one")] == [KIND_WORD]
    await family.say("two", wait=0.2)
    await rasa.start()
    assert await family.heard(3) == [KIND_WORD, "you said one", "you said two"]
    assert rasa.texts == ["one", "two"]


async def test_a_crisis_is_answered_at_once_with_rasa_dead_and_only_once(gateway: Gateway, rasa: RasaStandIn) -> None:
    family = await gateway.family()
    await rasa.stop()
    [answer] = await family.say(f"{CRISIS} and we have no food")
    assert (answer["text"], answer["crisis"]) == (CRISIS_ANSWER, "self_harm")

    async def behave(_: Json) -> Json:
        both = said("call 988", response="utter_crisis_self_harm")
        both["messages"] += said("food nearby", custom={"matches": [{"service": "Pantry"}]})["messages"]
        return both

    rasa.behave = behave
    await rasa.start()
    assert await family.heard(2) == [CRISIS_ANSWER, "food nearby"]


async def test_a_crisis_is_answered_in_its_own_language(gateway: Gateway, rasa: RasaStandIn) -> None:
    await rasa.stop()
    [answer] = await (await gateway.family("en")).say("me quiero matar")
    assert (answer["text"], answer["language"]) == ("utter_crisis_self_harm es", "es")


async def test_a_crisis_behind_waiting_messages_does_not_wait(gateways: Gateways, rasa: RasaStandIn) -> None:
    gateway = await gateways(IMPATIENT)
    family = await gateway.family()
    await rasa.stop()
    assert [m["text"] for m in await family.say("food")] == [KIND_WORD]
    [answer] = await family.say(CRISIS)
    assert answer["crisis"] == "self_harm"

    async def behave(body: Json) -> Json:
        return REFUSED if body["text"] == CRISIS else await echo(body)

    rasa.behave = behave
    await rasa.start()
    await family.heard(3)
    await family.say("thanks")
    assert await family.heard(4) == [KIND_WORD, CRISIS_ANSWER, "you said food", "you said thanks"]


async def test_with_rasa_well_the_crisis_answer_is_rasas(gateway: Gateway, rasa: RasaStandIn) -> None:
    async def behave(_: Json) -> Json:
        return REFUSED

    rasa.behave = behave
    [answer] = await (await gateway.family()).say(CRISIS)
    assert (answer["text"], answer["crisis"]) == ("I hear you", "self_harm")


async def test_a_failing_action_is_tried_again_until_it_works(gateways: Gateways, rasa: RasaStandIn) -> None:
    gateway = await gateways(replace(QUICK, most_failures=100))

    async def behave(body: Json) -> Json:
        failing = len(rasa.heard) < 4
        return said("half an answer", failed=("action_find_services",)) if failing else await echo(body)

    rasa.behave = behave
    assert [m["text"] for m in await (await gateway.family()).say("food")] == ["you said food"]
    assert len({body["message_id"] for body in rasa.heard}) == 1, "Rasa can tell that it is the same message"


async def test_with_the_action_server_dead_a_message_waits_for_it(gateways: Gateways, rasa: RasaStandIn) -> None:
    gateway = await gateways(IMPATIENT)

    async def behave(body: Json) -> Json:
        return await echo(body) if rasa.actions_ready else said(failed=("action_find_services",))

    rasa.behave, rasa.actions_ready = behave, False
    family = await gateway.family()
    assert [m["text"] for m in await family.say("food")] == [KIND_WORD]
    rasa.actions_ready = True
    assert await family.heard(2) == [KIND_WORD, "you said food"]


async def _fails(_: Json) -> Json:
    raise RuntimeError


async def _drops(_: Json) -> Json:
    raise Dropped


async def _is_silent(_: Json) -> Json:
    return said()


async def _says_nothing(_: Json) -> Json:
    return said("")


async def _cannot_act(_: Json) -> Json:
    return said("half", failed=("action_find_services",))


async def _talks_nonsense(_: Json) -> Json:
    return {"messages": [{"text": 5}], "nothing": "else"}


@pytest.mark.parametrize("poisoned", [_fails, _drops, _is_silent, _says_nothing, _cannot_act, _talks_nonsense])
async def test_a_message_that_rasa_can_never_answer_gets_an_apology_and_the_next_is_answered(
    gateway: Gateway, rasa: RasaStandIn, poisoned: Any
) -> None:
    async def behave(body: Json) -> Json:
        return await (poisoned if body["text"] == "poison" else echo)(body)

    rasa.behave = behave
    family = await gateway.family()
    await family.say("poison", wait=0)
    await family.say("food")
    assert await family.heard(2) == [TROUBLE, "you said food"]
    assert rasa.texts.count("poison") == QUICK.most_failures


async def test_a_crisis_in_a_message_that_rasa_can_never_answer_is_answered(gateway: Gateway, rasa: RasaStandIn) -> None:
    rasa.behave = _fails
    family = await gateway.family()
    assert (await family.say(CRISIS))[0]["crisis"] == "self_harm"
    assert await family.heard(2) == [CRISIS_ANSWER, TROUBLE]


async def test_a_gateway_that_stops_lets_the_next_one_go_on_at_once(gateways: Gateways, rasa: RasaStandIn) -> None:
    first = await gateways(replace(QUICK, lease=3600))
    family = await first.family()
    with held() as (reached, _, rasa.behave):
        await family.say("one", wait=0)
        await family.say("two", wait=0)
        await reached.wait()
        await first.stop()
        rasa.behave = echo
        family.client = (await gateways()).client
        assert await family.heard(2) == ["you said one", "you said two"]
    assert len(await family.read()) == 4


async def test_a_gateway_started_again_under_its_name_goes_on_at_once(gateways: Gateways, rasa: RasaStandIn) -> None:
    family = await _abandoned(await gateways(replace(QUICK, round=3600)), "us", lease=3600)
    family.client = (await gateways(owner="us")).client
    assert await family.heard(1) == ["you said food"]


async def test_what_a_dead_gateway_had_accepted_is_answered_by_another(gateways: Gateways, rasa: RasaStandIn) -> None:
    family = await _abandoned(await gateways(), "dead", lease=0.3)
    assert await family.heard(1) == ["you said food"]
    assert rasa.texts == ["food"]


async def test_a_living_gateway_keeps_its_claim_for_as_long_as_rasa_is_away(gateways: Gateways, rasa: RasaStandIn) -> None:
    first, second = await gateways(replace(QUICK, lease=2.0)), await gateways()
    family = await first.family()
    with held() as (reached, go_on, rasa.behave):
        asking = asyncio.create_task(family.say("food"))
        await reached.wait()
        await asyncio.sleep(5)  # the other gateway looks for what waits again and again, and the lease would be over twice
        rasa.behave = echo
        go_on.set()
        assert [m["text"] for m in await asking] == ["you said food"]
    assert rasa.texts == ["food"]
    assert await (await second.family()).say("hi")


async def test_messages_accepted_by_two_gateways_are_answered_in_order_and_once(gateways: Gateways, rasa: RasaStandIn) -> None:
    first, second = await gateways(), await gateways()
    family = await first.family()
    here, there = family.client, second.client
    for number in range(40):
        family.client = (here, there)[number % 2]
        await family.say(f"m{number}", wait=0)
    assert await family.heard(40) == [f"you said m{number}" for number in range(40)]
    assert rasa.texts == [f"m{number}" for number in range(40)]
    assert rasa.busiest == 1


async def test_deleting_while_rasa_thinks_leaves_nothing_behind(gateway: Gateway, rasa: RasaStandIn) -> None:
    family = await gateway.family()
    with held() as (reached, go_on, wait):

        async def behave(body: Json) -> Json:
            answer = await wait(body)
            with gateway.engine.begin() as connection:  # as Rasa does, after the family has left
                remembered = {"id": body["conversation"], "events": "[]", "at": "2026-01-01"}
                connection.execute(text("INSERT INTO tracker VALUES (:id, :events, :at)"), remembered)
            return answer

        rasa.behave = behave
        asking = asyncio.create_task(family.say("food"))
        await reached.wait()
        assert await family.leave() == 200
        assert await asking == [], "who waited for the answer is let go"
        go_on.set()
        rasa.behave = echo
        await gateway.stop()
    with gateway.engine.connect() as connection:
        for table in ("conversation", "message", "tracker"):
            assert connection.execute(text(f"SELECT * FROM {table}")).all() == [], table


async def test_a_deleted_message_is_not_shown_to_rasa_again(gateway: Gateway, rasa: RasaStandIn) -> None:
    family, other = await gateway.family(), await gateway.family()
    await rasa.stop()
    await family.say("secret", wait=0.1)
    assert await family.leave() == 200
    await rasa.start()
    assert await other.say("hi")
    while len(gateway.app[TURNS]):
        await asyncio.sleep(0.01)
    assert rasa.texts == ["hi"]


async def test_a_database_that_fails_after_rasa_answered_does_not_make_rasa_answer_again(
    gateway: Gateway, rasa: RasaStandIn
) -> None:
    family = await gateway.family()
    with held() as (reached, go_on, rasa.behave):
        await family.say("food", wait=0)
        await reached.wait()
        with gateway.engine.begin() as connection:
            connection.execute(text("ALTER TABLE message RENAME TO hidden"))
        go_on.set()
        await asyncio.sleep(0.3)
        with gateway.engine.begin() as connection:
            connection.execute(text("ALTER TABLE hidden RENAME TO message"))
        assert await family.heard(1) == ["you said food"]
    assert rasa.texts == ["food"]


async def _abandoned(gateway: Gateway, owner: str, lease: float) -> Any:
    """A family whose message another gateway claimed before it died."""
    family = await gateway.family()
    with gateway.engine.begin() as connection:
        connection.execute(
            text("UPDATE conversation SET turn_owner = :owner, turn_until = :until"),
            {"owner": owner, "until": _later(lease)},
        )
    await family.say("food", wait=0)
    return family


def _later(seconds: float) -> Any:
    from datetime import datetime, timedelta, timezone

    return datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=seconds)
