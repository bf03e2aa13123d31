"""Texts through a gateway: taken in once, answered in order, in the outbox in the transaction that answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from sqlalchemy import text, update

from bot.gateway.chat import TURNS
from resources_db import conversations, phones
from resources_db.database import session_scope
from resources_db.models.consent import Consent
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.incoming_text import IncomingText
from resources_db.models.message import Message
from tests.web.carrier_stand_in import FAMILYS, OURS, SEALER, SETTINGS, WORDS, Phone, new_sid, on_sqlite, phone, rows, texting
from tests.web.rasa_stand_in import CRISIS, QUICK, Family, Gateway, Gateways, Json, RasaStandIn, echo, held, said

__all__ = ["phone", "texting"]

FIRST = WORDS.say("utter_sms_first", "en", "sms")
KIND_WORD = WORDS.say("utter_still_starting", "en", "sms")
FOOD_OR_RENT = [{"title": "Food", "payload": "/food"}, {"title": "Rent", "payload": "/rent"}]


@on_sqlite
async def test_a_text_in_spanish_reaches_rasa_byte_for_byte(phone: Phone, rasa: RasaStandIn) -> None:
    assert await phone.text("¡Hola! ¿Hay comida?") == 200
    assert "¡Hola! ¿Hay comida?" in (await phone.settled())[0]
    [body] = rasa.heard
    assert (body["text"], body["choice"], body["channel"]) == ("¡Hola! ¿Hay comida?", False, "sms")
    assert phone.number not in str(body)


async def test_the_same_text_is_one_turn_however_often_and_however_close_it_comes(gateways: Gateways, rasa: RasaStandIn) -> None:
    one, other = [Phone(await gateways(words=WORDS, **SETTINGS)) for _ in range(2)]
    sid = new_sid()
    assert await asyncio.gather(*(phone.text("food", sid) for phone in (one, other) for _ in range(10))) == [200] * 20
    await one.settled()
    await other.settled()
    assert await one.text("food", sid) == 200
    assert (rasa.texts, len(await one.settled())) == (["food"], 1)


@on_sqlite
async def test_the_carriers_id_of_a_text_is_not_kept(phone: Phone, rasa: RasaStandIn) -> None:
    sid = new_sid()
    await phone.text("food", sid)
    await phone.settled()
    assert [row.digest for row in rows(phone.gateway.engine, IncomingText)] == [SEALER.digest(sid, "incoming")]
    assert sid not in str([vars(row) for row in rows(phone.gateway.engine, Message)])


async def test_many_texts_at_once_are_answered_one_by_one_in_the_order_they_were_taken(phone: Phone, rasa: RasaStandIn) -> None:
    assert await asyncio.gather(*(phone.text(f"m{n}") for n in range(25))) == [200] * 25
    answers = await phone.settled()
    assert sorted(rasa.texts) == sorted(f"m{n}" for n in range(25))
    assert [answer.split("\n")[0] for answer in answers] == [f"you said {text}" for text in rasa.texts]
    assert [sent.position for sent in phone.sent] == list(range(1, 26))
    assert rasa.busiest == 1


async def test_two_gateways_answer_one_phone_in_order(gateways: Gateways, rasa: RasaStandIn) -> None:
    one, other = [Phone(await gateways(words=WORDS, **SETTINGS)) for _ in range(2)]
    for n in range(10):
        assert await (one if n % 2 else other).text(f"m{n}") == 200
    while len(one.sent) < 10:
        await asyncio.sleep(0.01)
    assert rasa.texts == [f"m{n}" for n in range(10)]
    assert [body.split("\n")[0] for body in one.bodies] == [f"you said m{n}" for n in range(10)]
    assert len(rows(one.gateway.engine, Conversation)) == 1


async def test_new_phones_that_text_at_once_are_each_remembered_once(gateways: Gateways, rasa: RasaStandIn) -> None:
    one, other = [await gateways(words=WORDS, **SETTINGS) for _ in range(2)]
    numbers = [f"+1405555{n:04}" for n in range(100, 106)]
    texts = [Phone(gateway, number).text("hi") for number in numbers for gateway in (one, other) for _ in range(2)]
    assert await asyncio.gather(*texts) == [200] * 24
    assert len(rows(one.engine, FamilyPhone)) == len(rows(one.engine, Conversation)) == 6


@on_sqlite
async def test_a_text_is_acknowledged_while_rasa_is_away_and_answered_when_it_is_back(phone: Phone, rasa: RasaStandIn) -> None:
    await rasa.stop()
    assert await phone.text("food") == 200
    assert phone.bodies == []
    await rasa.start()
    assert "you said food" in (await phone.settled())[0]


async def test_a_text_that_waits_from_before_a_restart_is_answered_after_it(gateways: Gateways, rasa: RasaStandIn) -> None:
    await rasa.stop()
    before = Phone(await gateways(words=WORDS, owner="gateway 1", **SETTINGS))
    assert await before.text("food") == 200
    await before.gateway.stop()
    await rasa.start()
    after = Phone(await gateways(words=WORDS, owner="gateway 1", **SETTINGS))
    while not after.bodies:
        await asyncio.sleep(0.01)
    assert rasa.texts == ["food"]


async def test_an_answer_and_its_text_are_written_together_or_not_at_all(phone: Phone, rasa: RasaStandIn) -> None:
    with held() as (reached, go_on, wait):
        rasa.behave = wait
        assert await phone.text("food") == 200
        await reached.wait()
        with phone.gateway.engine.begin() as connection:
            connection.execute(text("ALTER TABLE outgoing_text RENAME TO hidden"))
        go_on.set()
        await asyncio.sleep(0.1)
        [message] = rows(phone.gateway.engine, Message)
        assert message.waiting
        with phone.gateway.engine.begin() as connection:
            connection.execute(text("ALTER TABLE hidden RENAME TO outgoing_text"))
        [answer] = await phone.settled()
    assert "you said food" in answer
    assert rasa.texts == ["food"], "Rasa is not asked again"


@on_sqlite
async def test_an_answer_that_no_text_can_be_made_of_is_not_met_with_silence(phone: Phone, rasa: RasaStandIn) -> None:
    async def behave(_: Json) -> Json:
        return said("Here:", custom={"matches": [{"service": "A listing without anything else"}]})

    rasa.behave = behave
    await phone.text("food")
    assert await phone.settled() == [WORDS.say("utter_trouble", "en", "sms")]
    assert rasa.texts == ["food"]


async def test_the_first_answer_says_once_who_we_are_and_that_is_on_record(phone: Phone, rasa: RasaStandIn) -> None:
    for words in ("one", "two"):
        await phone.text(words)
        await phone.settled()
    assert [FIRST in body for body in phone.bodies] == [True, False]
    [line] = rows(phone.gateway.engine, Consent)
    assert (line.given, line.source, line.language, line.wording) == ("opt_in", "text", "en", FIRST)


@on_sqlite
async def test_the_first_answer_is_in_the_language_rasa_heard(phone: Phone, rasa: RasaStandIn) -> None:
    async def behave(_: Json) -> Json:
        return said("claro que sí", language="es")

    rasa.behave = behave
    await phone.text("necesito comida")
    [answer] = await phone.settled()
    assert WORDS.say("utter_sms_first", "es", "sms") in answer
    assert [row.language for row in rows(phone.gateway.engine, FamilyPhone)] == ["es"]
    await phone.text("HELP")
    assert (await phone.settled())[1] == WORDS.say("utter_sms_help", "es", "sms")


async def test_a_number_picks_the_choice_that_was_offered_last(phone: Phone, rasa: RasaStandIn) -> None:
    async def behave(body: Json) -> Json:
        return await echo(body) if body["choice"] else said("which?", buttons=FOOD_OR_RENT)

    rasa.behave = behave
    for words in ("hi", "2", "hello", "no. 2", "hey", "food", "7"):
        await phone.text(words)
        await phone.settled()
    heard = [(body["text"], body["choice"]) for body in rasa.heard]
    assert heard[:2] == [("hi", False), ("/rent", True)]
    assert heard[-1] == ("7", False), "what is not offered goes to Rasa as it is"
    assert ("/food", True) in heard
    assert "1 Food\n2 Rent" in phone.bodies[0]
    assert "/food" not in phone.bodies[0], "what a choice stands for stays with us"


@on_sqlite
async def test_a_number_under_listings_goes_to_rasa_as_text(phone: Phone, rasa: RasaStandIn) -> None:
    async def behave(body: Json) -> Json:
        buttons = [{"title": "More", "payload": "/more"}]
        found = {"service_at_location_id": "1", "service_id": "2", "service": "Pantry", "sample": True}
        return said("Here:", buttons=buttons, custom={"matches": [found]}) if body["text"] == "food" else await echo(body)

    rasa.behave = behave
    for words in ("food", "1"):
        await phone.text(words)
        await phone.settled()
    assert [(body["text"], body["choice"]) for body in rasa.heard] == [("food", False), ("1", False)]


@on_sqlite
async def test_a_command_of_rasas_is_never_a_choice(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("/restart")
    await phone.settled()
    assert [(body["text"], body["choice"]) for body in rasa.heard] == [("/restart", False)]


@on_sqlite
async def test_a_crisis_is_answered_at_once_while_rasa_is_away_and_not_again_when_it_is_back(
    phone: Phone, rasa: RasaStandIn
) -> None:
    await rasa.stop()
    await phone.text(CRISIS)
    while not phone.sent:
        await asyncio.sleep(0.01)
    told = len(phone.sent)
    assert {sent.kind for sent in phone.sent} == {"crisis"}
    assert "988" in phone.bodies[0]

    async def behave(_: Json) -> Json:
        return said("I'm glad you told me. Call 988.", response="utter_crisis_self_harm")

    rasa.behave = behave
    await rasa.start()
    await phone.settled()
    assert len(phone.sent) == told
    assert [message.waiting for message in rows(phone.gateway.engine, Message)] == [False, False]


@on_sqlite
async def test_that_we_are_still_starting_is_texted_once_and_only_when_it_takes_really_long(
    gateways: Gateways, rasa: RasaStandIn
) -> None:
    phone = Phone(await gateways(replace(QUICK, patience=0.01, patience_sms=0.3), words=WORDS, **SETTINGS))
    with held() as (reached, go_on, wait):
        rasa.behave = wait
        await phone.text("one")
        await phone.text("two")
        await reached.wait()
        await asyncio.sleep(0.1)
        assert phone.bodies == []
        while not phone.bodies:
            await asyncio.sleep(0.01)
        go_on.set()
        answers = await phone.settled()
    assert [answer.split("\n")[0] for answer in answers] == [KIND_WORD, "you said one", "you said two"]


async def test_a_thread_on_both_answers_each_message_where_it_came_from(phone: Phone, rasa: RasaStandIn) -> None:
    family = await joined(phone)
    assert [m["text"] for m in await family.say("on the web")] == ["you said on the web"]
    assert phone.bodies == []
    await phone.text("by text")
    assert "you said by text" in (await phone.settled())[0]
    thread = [(m["from"], m["text"]) for m in await family.read()]
    assert thread == [
        ("family", "on the web"), ("homeward", "you said on the web"), ("family", "by text"), ("homeward", "you said by text"),
    ]  # fmt: skip
    assert {body["conversation"] for body in rasa.heard} == {rasa.heard[0]["conversation"]}
    assert [message.channel for message in rows(phone.gateway.engine, Message)].count("sms") == 2


async def test_a_thread_lives_on_from_the_last_text_and_a_new_one_begins_after_its_end(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("one")
    await phone.settled()
    [thread] = rows(phone.gateway.engine, Conversation)
    assert thread.token_hash is None
    assert timedelta(days=29) < thread.expires_at - datetime.now(timezone.utc) <= timedelta(days=30)
    for hours in (1, -1):
        soon = datetime.now(timezone.utc) + timedelta(hours=hours)
        with session_scope(phone.gateway.engine) as session:
            session.execute(update(Conversation).values(expires_at=soon))
        await phone.text("more")
        await phone.settled()
        threads = rows(phone.gateway.engine, Conversation)
        assert len(threads) == (1 if hours > 0 else 2)
        assert max(row.expires_at for row in threads) - datetime.now(timezone.utc) > timedelta(days=29)
    assert len({body["conversation"] for body in rasa.heard}) == 2


async def test_a_conversation_that_is_deleted_while_rasa_answers_sends_no_text(phone: Phone, rasa: RasaStandIn) -> None:
    with held() as (reached, go_on, wait):
        rasa.behave = wait
        await phone.text("food")
        await reached.wait()
        await phone.text("delete my data")
        go_on.set()
        await phone.settled()
    assert [sent.kind for sent in phone.sent] == ["notice"], "nothing but the receipt"


async def joined(phone: Phone) -> Family:
    """A family on the web whose thread this phone has joined."""
    family = await phone.gateway.family()
    now = datetime.now(timezone.utc)
    with session_scope(phone.gateway.engine) as session:
        row = phones.remember_phone(session, SEALER, FAMILYS, our_number=OURS, language="en", site=None, now=now)
        conversation = conversations.conversation_of(session, family.token, now, lock=True)
        session.execute(
            update(Conversation).where(Conversation.id == conversation.id).values(family_phone_id=row.id, joined_at=now)
        )
    return family


@on_sqlite
async def test_no_turn_is_left_over_in_the_gateway(texting: Gateway, rasa: RasaStandIn) -> None:
    crowd = [Phone(texting, f"+1405555{n:04}") for n in range(110, 130)]
    await asyncio.gather(*(phone.text("hi") for phone in crowd))
    await crowd[0].settled()
    assert len(texting.app[TURNS]) == 0
    assert len(crowd[0].bodies) == 20
