"""Whoever said stop gets nothing more, whatever was on its way or is found later; in Rasa's place stands rasa_stand_in.py."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

from resources_db.claims import Claim
from resources_db.database import session_scope
from resources_db.models.consent import OptOut
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.message import Message
from resources_db.settings import load_settings
from resources_db.sms.inbound import Incoming, take_in
from tests.web.carrier_stand_in import (
    FAMILYS,
    INBOUND,
    OURS,
    SEALER,
    SETTINGS,
    WORDS,
    Phone,
    new_sid,
    on_sqlite,
    phone,
    post_json,
    rows,
    texting,
)
from tests.web.rasa_stand_in import CRISIS, Gateway, Json, RasaStandIn, said

__all__ = ["phone", "texting"]


def words(name: str, language: str = "en") -> str:
    return WORDS.say(f"utter_sms_{name}", language, "sms")


def find_late(phone: Phone, body: str, **ago: float) -> None:
    """The worker finds a text at the carrier that no webhook brought."""
    now = datetime.now(timezone.utc)
    missed = Incoming(new_sid(), FAMILYS, OURS, body, 0, now - timedelta(**ago))
    with session_scope(phone.gateway.engine) as session:
        take_in(
            session, SEALER, WORDS, missed, settings=load_settings(SETTINGS), claim=Claim("a worker", now, timedelta(0)), now=now
        )


async def test_no_notice_follows_a_stop_but_its_confirmation(phone: Phone, rasa: RasaStandIn) -> None:
    for word in ("HELP", "START", ""):
        await phone.text(word)
    await phone.text("", NumMedia="1")
    await phone.text("STOP")
    *before, confirmation = phone.sent
    assert {(text.state, text.body) for text in before} == {("suppressed", "")}
    assert (confirmation.state, confirmation.kind, confirmation.body) == ("due", "stop", words("stop"))


async def test_a_start_that_is_found_late_does_not_undo_the_stop_that_was_said_after_it(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("STOP")
    find_late(phone, "START", minutes=1)
    assert len(rows(phone.gateway.engine, OptOut)) == 1
    assert phone.bodies == [words("stop")]
    await phone.text("START")
    assert rows(phone.gateway.engine, OptOut) == []


async def test_who_said_stop_before_is_erased_without_a_word(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("food")
    await phone.settled()
    await phone.text("STOP")
    await phone.text("delete my data")
    for table in (FamilyPhone, Message):
        assert rows(phone.gateway.engine, table) == [], table
    assert phone.sent == []
    assert len(rows(phone.gateway.engine, OptOut)) == 1


async def test_who_says_both_at_once_is_told_once_that_everything_is_erased(phone: Phone, rasa: RasaStandIn) -> None:
    for _ in range(2):
        await phone.text("delete my data and stop texting me")
    assert [text.kind for text in phone.sent] in ([], ["stop"])
    assert len(rows(phone.gateway.engine, OptOut)) == 1


@on_sqlite
async def test_everything_at_once_means_start_over_unless_a_stop_stands_beside_it(phone: Phone, rasa: RasaStandIn) -> None:
    for wish in ("erase everything", "borra todo"):
        await phone.text(wish)
        await phone.settled()
    assert rasa.texts == ["erase everything", "borra todo"]


@on_sqlite
async def test_a_crisis_is_answered_in_whatever_the_carrier_takes_for_a_stop(phone: Phone, rasa: RasaStandIn) -> None:
    async def behave(_: Json) -> Json:
        return said("Call 988 now.", response="utter_crisis_self_harm")

    rasa.behave = behave
    await phone.text(f"alto {CRISIS}", OptOutType="STOP")
    assert len(rows(phone.gateway.engine, OptOut)) == 1
    assert await phone.settled() == ["Call 988 now."]


@on_sqlite
async def test_a_phone_that_is_said_to_text_itself_is_not_answered(phone: Phone, rasa: RasaStandIn) -> None:
    assert await Phone(phone.gateway, "+14055550177", "+14055550177").text("food") == 200
    assert await phone.settled() == []
    assert rasa.texts == []


async def test_names_that_no_database_keeps_are_a_bad_request(texting: Gateway) -> None:
    good = {"MessageSid": "SM1", "From": FAMILYS, "To": OURS, "Body": "food"}
    for name in ("MessageSid", "From", "To", "MessagingServiceSid"):
        for value in ("\ud83d", "\x00", "1" * 41):
            body = json.dumps(good | {name: value}).encode()
            assert (await post_json(texting, INBOUND, body))[0] == 400, (name, value)
