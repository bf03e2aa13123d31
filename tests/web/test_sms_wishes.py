"""What a family wants of the texts themselves: no more of them, some again, help with them, all of it deleted."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

from sqlalchemy import select, update

from resources_db.claims import Claim
from resources_db.database import session_scope
from resources_db.models.consent import Consent, OptOut
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.tracker import Tracker
from resources_db.settings import load_settings
from resources_db.sites import add_site
from resources_db.sms.gsm import fold
from resources_db.sms.inbound import Incoming, Taken, take_in
from tests.web.carrier_stand_in import FAMILYS, OURS, SEALER, SETTINGS, WORDS, Phone, new_sid, on_sqlite, phone, rows, texting
from tests.web.rasa_stand_in import CRISIS, Gateway, Gateways, Json, RasaStandIn, echo, said

__all__ = ["phone", "texting"]


def words(name: str, language: str = "en") -> str:
    return WORDS.say(f"utter_sms_{name}", language, "sms")


async def crisis_and_more(body: Json) -> Json:
    """Rasa hears a crisis in what the screen hears as one, and answers the need in the same turn."""
    if CRISIS not in body["text"]:
        return await echo(body)
    answer = said("Call 988 now.", "Here is food.")
    answer["messages"][0]["response"] = "utter_crisis_self_harm"
    return answer


async def test_stop_is_confirmed_once_and_nothing_that_waited_is_sent(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("food")
    await phone.settled()
    for word in ("STOP", "stop", "Cancel please", "BASTA", "no más mensajes"):
        assert await phone.text(word) == 200
    answer, confirmation = phone.sent
    assert (answer.state, answer.error, answer.body) == ("suppressed", "opted_out", "")
    assert (confirmation.state, confirmation.kind, confirmation.body) == ("due", "stop", words("stop"))
    assert [line.given for line in rows(phone.gateway.engine, Consent)] == ["opt_in", "opt_out"]
    assert rasa.texts == ["food"], "no wish is a turn"


@on_sqlite
async def test_every_word_for_stop_stops_in_its_language(texting: Gateway, rasa: RasaStandIn) -> None:
    english = ("STOP", "Stopall", "UNSUBSCRIBE", "cancel", "End", "QUIT", "revoke", "OPTOUT", "stop texting me please")
    spanish = ("ALTO", "parar", "Basta", "no más mensajes", "ya no me manden mensajes")
    for number, (word, language) in enumerate([(word, "en") for word in english] + [(word, "es") for word in spanish]):
        phone = Phone(texting, f"+1405555{number:04}")
        before = {sent.id for sent in phone.sent}
        await phone.text(word)
        await phone.settled()
        [sent] = [sent for sent in phone.sent if sent.id not in before]
        assert sent.body == words("stop", language), word
    assert len(rows(texting.engine, OptOut)) == len(english) + len(spanish)


async def test_a_number_that_said_stop_gets_nothing_but_the_answer_to_a_crisis(phone: Phone, rasa: RasaStandIn) -> None:
    rasa.behave = crisis_and_more
    await phone.text("STOP")
    for said_later in ("food", "HELP", "", "web", "what?"):
        await phone.text(said_later)
        await phone.settled()
    assert phone.bodies == [words("stop")]
    await phone.text(f"ok but {CRISIS}")
    await phone.settled()
    assert phone.bodies == [words("stop"), "Call 988 now."]
    assert phone.sent[-1].kind == "crisis", "which is sent though they said stop"
    assert await phone.text("food") == 200
    assert len(await phone.settled()) == 2, "and they have not come back by that"


@on_sqlite
async def test_a_crisis_in_the_sentence_that_says_stop_is_answered(phone: Phone, rasa: RasaStandIn) -> None:
    rasa.behave = crisis_and_more
    await phone.text(f"stop texting me. {CRISIS}")
    assert await phone.settled() == [words("stop"), "Call 988 now."]


async def test_start_brings_texts_back_and_is_on_record_with_its_words(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("ALTO")
    await phone.text("START")
    assert await phone.settled() == [words("stop", "es"), words("start", "es")]
    assert rows(phone.gateway.engine, OptOut) == []
    assert words("start", "es") in {line.wording for line in rows(phone.gateway.engine, Consent)}
    await phone.text("food")
    assert (await phone.settled())[-1] == "you said food", "they were just told who we are"
    for _ in range(4):
        await phone.text("START")
    await phone.settled()
    assert len(phone.sent) == 4, "said over and over it costs one text more"


@on_sqlite
async def test_yes_is_start_for_a_number_that_said_stop_and_an_answer_for_all_others(phone: Phone, rasa: RasaStandIn) -> None:
    for word in ("yes", "STOP", "YES", "Sí"):
        await phone.text(word)
        await phone.settled()
    assert rasa.texts == ["yes", "Sí"]
    assert words("start") in phone.bodies


@on_sqlite
async def test_help_says_who_we_are_and_how_to_stop_once_in_a_while_and_in_the_language_asked(
    phone: Phone, rasa: RasaStandIn
) -> None:
    for word in ("HELP", "help", "AYUDA"):
        await phone.text(word)
    assert await phone.settled() == [words("help"), words("help", "es")]
    await phone.text("food")
    assert (await phone.settled())[-1] == "you said food", "who we are was said"
    assert [line.wording for line in rows(phone.gateway.engine, Consent)] == [words("help")]


@on_sqlite
async def test_help_with_something_is_a_need(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("help with rent")
    await phone.settled()
    assert rasa.texts == ["help with rent"]


async def test_delete_my_data_leaves_a_receipt_and_nothing_else(phone: Phone, rasa: RasaStandIn) -> None:
    for language, wish in (("en", "delete my data"), ("es", "borrar mis datos")):
        await phone.text("food for my kids")
        await phone.settled()
        assert await phone.text(wish) == 200
        for table in (Conversation, Message, Tracker, Consent):
            assert rows(phone.gateway.engine, table) == [], table
        [receipt] = phone.sent
        assert receipt.kind == "notice"
        assert fold(WORDS.say("utter_deleted", language, "sms").split("{")[0]) in fold(receipt.body)
        with session_scope(phone.gateway.engine) as session:
            session.execute(update(OutgoingText).values(dedupe_key=OutgoingText.dedupe_key + " before", body=""))
            session.query(OutgoingText).delete()
    await phone.text("food")
    assert words("first", "es") in (await phone.settled())[0], "whoever comes back is told again who we are"


async def test_deleting_keeps_that_the_number_wants_no_texts(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("STOP")
    await phone.text("borrar mis datos")
    await phone.text("food")
    await phone.settled()
    assert len(rows(phone.gateway.engine, OptOut)) == 1
    assert phone.sent == [], "nor is the receipt one that they get"


@on_sqlite
async def test_pictures_without_words_are_answered_once_in_a_while(phone: Phone, rasa: RasaStandIn) -> None:
    for _ in range(3):
        await phone.text("", NumMedia="1")
    await phone.text("")
    assert phone.bodies == [words("picture"), words("empty")]
    await phone.text("this is my bill", NumMedia="1")
    await phone.settled()
    assert rasa.texts == ["this is my bill"]


@on_sqlite
async def test_what_no_database_can_keep_is_left_out(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("fo\x00od")
    await phone.text("\x00")
    await phone.settled()
    assert rasa.texts == ["food"]
    assert words("empty") in phone.bodies


async def test_more_texts_than_anybody_means_are_kept_and_not_answered_one_by_one_but_a_crisis_is(
    phone: Phone, rasa: RasaStandIn
) -> None:
    rasa.behave = crisis_and_more
    await phone.text("m0")
    await phone.settled()
    with session_scope(phone.gateway.engine) as session:
        first = session.scalars(select(Message).where(Message.sender == "family")).one()
        copied = {column.key: getattr(first, column.key) for column in Message.__table__.columns}
        for number in range(1, 60):
            session.add(Message(**copied | {"id": f"m{number}", "seq": 2 + number, "client_id": f"m{number}"}))
        session.execute(update(Conversation).values(last_seq=61))
    for number in range(60, 64):
        await phone.text(f"m{number}")
    await phone.settled()
    assert rasa.texts == ["m0"]
    await phone.text(CRISIS)
    await phone.settled()
    assert phone.bodies.count(words("too_many")) == 1
    assert "Call 988 now." in phone.bodies[-1]
    assert len([row for row in rows(phone.gateway.engine, Message) if row.sender == "family"]) == 65


async def test_a_site_has_its_own_number_and_its_own_time(phone: Phone, rasa: RasaStandIn) -> None:
    now = datetime.now(timezone.utc)
    with session_scope(phone.gateway.engine) as session:
        add_site(session, "norman", {"sms_from": "+14055550199", "sms_days": 7}, now)
    phone.to = "+14055550199"
    await phone.text("food")
    await phone.settled()
    [thread], [row] = rows(phone.gateway.engine, Conversation), rows(phone.gateway.engine, FamilyPhone)
    assert (thread.site, row.site, row.our_number) == ("norman", "norman", "+14055550199")
    assert timedelta(days=6) < thread.expires_at - now < timedelta(days=8)
    await phone.text("STOP")
    phone.to = OURS
    await phone.text("food")
    await phone.settled()
    assert [sent.state for sent in phone.sent] == ["suppressed", "due"], "stop is stop at every site"


@on_sqlite
async def test_a_number_is_kept_sealed_and_found_again_by_its_digest(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("food")
    await phone.text("more")
    await phone.settled()
    [row] = rows(phone.gateway.engine, FamilyPhone)
    assert SEALER.open(row.sealed) == FAMILYS
    assert FAMILYS[1:] not in str(vars(row))


@on_sqlite
async def test_the_web_is_a_link_away(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("continue on the web")
    await phone.settled()
    assert rasa.texts == []
    assert "https://help.example.org/" in phone.bodies[0]


async def test_what_no_webhook_brought_is_taken_in_later_and_only_once(phone: Phone, rasa: RasaStandIn) -> None:
    sid, now = new_sid(), datetime.now(timezone.utc)
    missed = Incoming(sid, FAMILYS, OURS, "food", 0, now - timedelta(hours=3))

    def recover() -> Taken:
        with session_scope(phone.gateway.engine) as session:
            claim = Claim("a worker", now - timedelta(seconds=1), timedelta(0))
            return take_in(session, SEALER, WORDS, missed, settings=load_settings(SETTINGS), claim=claim, now=now)

    assert recover().new
    assert not recover().new
    assert await phone.text("food", sid) == 200
    while not phone.sent:
        await asyncio.sleep(0.01)
    assert rasa.texts == ["food"]
    [sent] = phone.sent
    assert sent.asked_at == missed.at, "so that a late answer keeps the quiet hours"


@on_sqlite
async def test_a_text_from_a_number_of_our_own_is_not_answered(phone: Phone, rasa: RasaStandIn) -> None:
    with session_scope(phone.gateway.engine) as session:
        add_site(session, "norman", {"sms_from": "+14055550199"}, datetime.now(timezone.utc))
    for ours in (OURS, "+14055550199"):
        assert await Phone(phone.gateway, ours).text("Reply with a number, or in your own words.") == 200
    assert await phone.settled() == []
    assert rasa.texts == []


async def test_whatever_is_texted_at_once_through_two_gateways_nobody_waits_in_a_circle(
    gateways: Gateways, rasa: RasaStandIn
) -> None:
    crowd = [
        Phone(gateway, f"+1405555{number:04}")
        for gateway in [await gateways(words=WORDS, **SETTINGS) for _ in range(2)]
        for number in range(200, 203)
    ]
    said_by_all = (
        "food",
        "STOP",
        "2",
        "START",
        "HELP",
        "web",
        "",
        "delete my data",
        "stop texting me",
        "no",
        "borrar mis datos",
        "rent",
    )
    assert await asyncio.gather(*(one.text(said) for said in said_by_all for one in crowd)) == [200] * 72
    for one in crowd:
        await one.text("START")
        await one.text("and now?")
    while [row for row in rows(crowd[0].gateway.engine, Message) if row.waiting]:
        await asyncio.sleep(0.01)
    assert rasa.busiest == 1
    for one in crowd:
        assert await one.text("still there?") == 200
    await crowd[0].settled()


@on_sqlite
async def test_what_the_carrier_has_answered_is_done_and_not_answered_again(phone: Phone, rasa: RasaStandIn) -> None:
    for word, said_to_be in (("enough", "STOP"), ("come back", "START"), ("who is this", "HELP")):
        await phone.text(word, OptOutType=said_to_be)
        assert bool(rows(phone.gateway.engine, OptOut)) == (said_to_be == "STOP")
    assert await phone.settled() == []
    lines = {(line.given, line.source, line.wording) for line in rows(phone.gateway.engine, Consent)}
    assert lines == {("opt_out", "carrier", "carrier"), ("opt_in", "carrier", "come back")}
    await phone.text("food")
    assert words("first") in (await phone.settled())[0], "who we are is still ours to say"
