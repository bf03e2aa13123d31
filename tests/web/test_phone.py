"""Going on by text, and back on the web: a number is proved with a code, and the thread is the same on both."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from bot.gateway.app import make_app
from bot.gateway.rasa_link import RasaLink
from resources_db import consent, conversations, handover, outbox, phone_codes, phones
from resources_db.models.consent import Consent
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.outgoing_text import OutgoingText
from resources_db.models.ticket import Ticket
from resources_db.outbox import Terms
from resources_db.sealing import Sealer
from resources_db.settings import Settings, load_settings
from resources_db.words import Words, load_words
from tests.browser.fake_chat import place
from tests.web.rasa_stand_in import QUICK, SECRET, Family, Json, RasaStandIn, said, screen

NUMBER, ENDING, AS_TYPED = "+19165550142", "42", "(916) 555-0142"
OURS = "+19165550100"
WORDS = load_words()
PANTRY = place(service="Maple Street Pantry", sample=False)
SHELTER = place(service="Safe Nights", needs=["domestic_violence"], address=None, sample=False)
WRONG = "000000"


@dataclass
class Site:
    """A gateway with texts set up, and what it wrote into its database."""

    engine: Engine
    client: TestClient[Any, Any]
    settings: Settings
    sealer: Sealer = field(init=False)

    def __post_init__(self) -> None:
        self.sealer = Sealer.of(self.settings)

    async def family(self, language: str = "en") -> Family:
        status, answer = await self.post("sessions", {"language": language})
        assert status == 201
        return Family(self.client, answer["token"])

    async def post(self, path: str, body: Json, family: Family | None = None) -> tuple[int, Json]:
        async with self.client.post(f"/chat/v1/{path}", json=body, headers=family.headers if family else {}) as response:
            return response.status, await response.json()

    async def terms(self, family: Family) -> Json:
        async with self.client.get("/chat/v1/phone", headers=family.headers) as response:
            assert response.status == 200
            terms: Json = await response.json()
            return terms

    async def refused(self, path: str, body: Json, family: Family | None = None) -> tuple[int, str, str]:
        status, answer = await self.post(path, body, family)
        return status, answer["error"]["code"], answer["error"]["message"]

    async def join(self, family: Family, *, listed: bool = False, number: str = AS_TYPED, safe: bool = False) -> Json:
        status, answer = await self.post("phone", {"phone": number, "safe": safe}, family)
        assert (status, answer["sent"]) == (202, True)
        status, answer = await self.post("phone/confirm", {"code": self.code(), "list": listed}, family)
        assert status == 200, answer
        return answer

    def texts(self) -> list[tuple[str, str]]:
        """(kind, body) of every text in the outbox, in order."""
        with Session(self.engine) as session:
            rows = session.execute(
                select(OutgoingText.kind, OutgoingText.body).order_by(OutgoingText.created_at, OutgoingText.position)
            )
            return [(row.kind, row.body) for row in rows]

    def code(self) -> str:
        """The newest code that was texted."""
        return [body for kind, body in self.texts() if kind == "code"][-1][:6]

    def later(self, by: timedelta) -> None:
        """What was handed out and sent was so much earlier."""
        with Session(self.engine) as session, session.begin():
            for model, columns in ((Ticket, ("created_at", "expires_at")), (OutgoingText, ("created_at",))):
                for row in session.scalars(select(model)):
                    for column in columns:
                        setattr(row, column, getattr(row, column) - by)

    def web_link(self) -> str:
        """The code of a link, texted because the family's phone said WEB."""
        now = datetime.now(timezone.utc)
        with Session(self.engine) as session, session.begin():
            phone = phones.find_phone(session, self.sealer, NUMBER)
            assert phone is not None
            thread = conversations.newest_of_phone(session, phone.id, now)
            assert thread is not None
            conversations.lock_conversation(session, thread)
            key = f"web:{now.timestamp()}"
            handover.send_web_link(
                session, self.sealer, WORDS, phone, thread, public_url="https://h.example", language="en", now=now, dedupe_key=key
            )
        [code] = re.findall(r"https://h\.example/#t=(\w+)", self.texts()[-1][1])
        return str(code)


Sites = Callable[..., Awaitable[Site]]


async def test_a_number_proved_with_a_code_gets_the_list_in_one_text_and_goes_on_in_the_same_thread(
    site: Site, rasa: RasaStandIn
) -> None:
    family = await site.family()
    rasa.behave = lists(PANTRY, place(service="Oak Park Pantry", sample=False))
    await family.say("food 95814")
    terms = await site.terms(family)
    assert (terms["texting"], terms["ask_first"], terms["joined"]) == (True, False, None)
    assert (await site.join(family, listed=True)) == {"joined": ENDING, "listed": True}
    [code, welcome, listing] = site.texts()
    assert [kind for kind, _ in (code, welcome, listing)] == ["code", "reply", "list"]
    assert "Maple Street Pantry" in listing[1]
    assert "Oak Park Pantry" in listing[1]
    last = (await family.read())[-1]
    assert (last["from"], last["text"]) == ("homeward", WORDS.say(phone_codes.LISTED, "en", ending=ENDING))
    assert (await site.terms(family))["joined"] == ENDING
    with Session(site.engine) as session:
        phone = phones.find_phone(session, site.sealer, NUMBER)
        assert phone is not None
        thread = conversations.newest_of_phone(session, phone.id, datetime.now(timezone.utc))
        assert conversations.conversation_of(session, family.token, datetime.now(timezone.utc)).id == thread


async def test_what_is_asked_for_on_the_page_may_be_sent_at_once_at_any_hour_and_in_order(site: Site, rasa: RasaStandIn) -> None:
    family = await site.family()
    rasa.behave = lists(PANTRY)
    await family.say("food 95814")
    await site.join(family, listed=True)
    night = datetime.now(timezone.utc).replace(hour=10)  # three in the morning in California
    with Session(site.engine) as session, session.begin():
        for text_row in session.scalars(select(OutgoingText)):
            text_row.due_at = text_row.asked_at = night
    terms = outbox.Terms(site.sealer, WORDS, site.settings.public_url, 5000)
    sent = []
    for number in range(3):
        with Session(site.engine) as session, session.begin():
            [one] = outbox.claim(session, terms, owner="w", now=night, lease=timedelta(seconds=15), limit=5)
            outbox.sent(session, one.id, "w", f"SM{number}", night)
            sent.append((one.to, one.from_number, one.body[:6]))
    assert [to_and_from[:2] for to_and_from in sent] == [(NUMBER, OURS)] * 3
    assert sent[0][2].isdecimal()


async def test_what_the_family_agreed_to_is_kept_word_for_word(site: Site) -> None:
    family = await site.family("es")
    wording = (await site.terms(family))["wording"]
    for needed in ("tarifas de mensajes y datos", "AYUDA", "STOP", "¿Quién puede ver esto?"):
        assert needed in wording
    await site.join(family)
    with Session(site.engine) as session:
        line = session.scalars(select(Consent)).one()
        assert (line.given, line.source, line.language, line.wording) == ("opt_in", "web", "es", wording)


async def test_the_number_is_in_no_message_and_reaches_neither_rasa_nor_the_database_in_clear(
    site: Site, rasa: RasaStandIn
) -> None:
    family = await site.family()
    await family.say("hello")
    await site.join(family)
    await family.say("thank you")
    with site.engine.connect() as connection:
        tables = connection.execute(text(_TABLES[site.engine.dialect.name])).scalars().all()
        rows = [str(row) for table in tables for row in connection.execute(text(f'SELECT * FROM "{table}"'))]
    assert len(rows) > 8
    assert [row for row in rows if "5550142" in row or "555-0142" in row] == []
    assert "0142" not in str(rasa.heard)


async def test_before_the_code_comes_back_the_phone_is_no_part_of_the_chat(site: Site) -> None:
    family = await site.family()
    await site.post("phone", {"phone": AS_TYPED}, family)
    assert (await site.terms(family))["joined"] is None
    assert (await site.refused("phone/list", {}, family))[:2] == (409, "not_joined")
    with Session(site.engine) as session:
        assert session.scalars(select(Consent)).all() == []


async def test_a_number_that_cannot_be_texted_is_said_so_with_what_to_do(site: Site) -> None:
    family = await site.family()
    for number in ("", "hello", "555-0142", "12345", "+44 20 7946 0958", "+52 55 1234 5678", "9" * 39, "0" * 50, "\x00", None, 5):
        status, code, message = await site.refused("phone", {"phone": number}, family)
        assert (status, code) == (400, "bad_phone"), number
        assert "916-555-0142" in message  # an example of how to write it
    assert site.texts() == []


async def test_a_family_that_spoke_of_violence_is_asked_first_whether_texts_are_safe(site: Site, rasa: RasaStandIn) -> None:
    family = await site.family("es")
    rasa.behave = lists(SHELTER, language="es")
    await family.say("necesito un lugar seguro")
    assert (await site.terms(family))["ask_first"] is True
    status, code, message = await site.refused("phone", {"phone": AS_TYPED}, family)
    assert (status, code) == (409, "ask_first")
    assert "Alguien que lo mire podría leerlos" in message
    assert site.texts() == []
    await site.join(family, listed=True, safe=True)
    # and again before each list, since a phone that was safe may be so no more
    assert (await site.refused("phone/list", {}, family))[:2] == (409, "ask_first")


async def test_a_crisis_of_violence_or_a_need_that_was_tapped_or_remembered_asks_first_too(site: Site, rasa: RasaStandIn) -> None:
    hit, child, tapped, remembered, hungry = [await site.family() for _ in range(5)]
    for family, crisis in ((hit, "violence"), (child, "child_safety")):
        rasa.behave = answers("Call 911.", response=f"utter_crisis_{crisis}")
        await family.say("we are being hit")
    payload = '/choose_need{"need": "domestic_violence"}'
    rasa.behave = answers("Which?", buttons=[{"title": "Safety at home", "payload": payload}])
    [asked] = await tapped.say("help")
    await tapped.tap(asked["choices"][0]["choice"])
    rasa.behave = answers("Where are you?")
    await remembered.say("a shelter for women")
    await hungry.say("food")
    with Session(site.engine) as session, session.begin():
        thread = conversations.conversation_of(session, remembered.token, datetime.now(timezone.utc)).id
        events = '[{"event": "slot", "name": "needs", "value": ["domestic_violence"]}]'
        session.execute(
            text("INSERT INTO tracker (conversation_id, events, saved_at) VALUES (:id, :events, :at)"),
            {"id": thread, "events": events, "at": datetime.now(timezone.utc).isoformat(sep=" ")},
        )
    asks = [(await site.terms(each))["ask_first"] for each in (hit, child, tapped, remembered, hungry)]
    assert asks == [True, True, True, True, False]


async def test_a_number_that_said_stop_gets_no_code_and_nobody_is_told_that_it_did(site: Site) -> None:
    with Session(site.engine) as session, session.begin():
        consent.opt_out(session, site.sealer, NUMBER, "keyword", "en", datetime.now(timezone.utc))
    answers = []
    for number in (AS_TYPED, "916-555-0143"):
        family = await site.family()
        status, answer = await site.post("phone", {"phone": number}, family)
        wrong = (await site.refused("phone/confirm", {"code": "abc"}, family))[:2]
        answers.append((status, sorted(answer), wrong, (await site.terms(family))["joined"]))
    assert answers == [(202, ["expires_at", "sent"], (400, "wrong_code"), None)] * 2
    terms = Terms(site.sealer, WORDS, site.settings.public_url, 1000)
    with Session(site.engine) as session, session.begin():
        claimed = outbox.claim(
            session, terms, owner="one", now=datetime.now(timezone.utc), lease=timedelta(minutes=1), limit=9
        )  # fmt: skip
        assert [text.to for text in claimed] == ["+19165550143"]


async def test_what_to_do_when_no_code_comes_is_said_for_every_number(site: Site) -> None:
    for language, advice in (("en", f"text START from it to {OURS}"), ("es", f"la palabra START al {OURS}")):
        assert advice in (await site.terms(await site.family(language)))["no_code"]


async def test_a_stop_between_code_and_confirmation_holds(site: Site) -> None:
    family = await site.family()
    await site.post("phone", {"phone": AS_TYPED}, family)
    code = site.code()
    with Session(site.engine) as session, session.begin():
        consent.opt_out(session, site.sealer, NUMBER, "keyword", "en", datetime.now(timezone.utc))
    assert (await site.refused("phone/confirm", {"code": code}, family))[:2] == (403, "opted_out")
    with Session(site.engine) as session:
        assert consent.is_opted_out(session, site.sealer, NUMBER)


async def test_stop_texting_me_holds_on_the_page_too_and_a_bare_stop_is_about_something_else(
    site: Site, rasa: RasaStandIn
) -> None:
    family = await site.family()
    await site.join(family)
    await family.say("stop")
    with Session(site.engine) as session:
        assert not consent.is_opted_out(session, site.sealer, NUMBER)
    await family.say("please stop texting me")
    with Session(site.engine) as session:
        assert consent.is_opted_out(session, site.sealer, NUMBER)
        assert {row.state for row in session.scalars(select(OutgoingText)).all()} == {"suppressed"}
    told = [message["text"] for message in await family.read() if message["from"] == "homeward"]
    assert WORDS.say("utter_sms_stop", "en", "sms") in told
    assert rasa.texts == ["stop", "please stop texting me"]


async def test_delete_and_stop_on_the_page_is_remembered_as_a_stop(site: Site) -> None:
    family = await site.family()
    await site.join(family)
    await family.say("delete my data and stop texting me")
    with Session(site.engine) as session:
        assert consent.is_opted_out(session, site.sealer, NUMBER)
        assert session.scalars(select(FamilyPhone)).all() == []


async def test_a_code_is_good_for_five_tries(site: Site) -> None:
    family = await site.family()
    await site.post("phone", {"phone": AS_TYPED}, family)
    wrong = WRONG if site.code() != WRONG else "111111"
    tries = [(await site.refused("phone/confirm", {"code": wrong}, family))[:2] for _ in range(5)]
    assert tries == [(400, "wrong_code")] * 4 + [(400, "old_code")]
    assert (await site.refused("phone/confirm", {"code": site.code()}, family))[:2] == (400, "old_code")


async def test_guesses_at_the_same_moment_are_counted_one_by_one(site: Site) -> None:
    family = await site.family()
    await site.post("phone", {"phone": AS_TYPED}, family)
    wrong = WRONG if site.code() != WRONG else "111111"
    tries = await asyncio.gather(*(site.refused("phone/confirm", {"code": wrong}, family) for _ in range(12)))
    assert sorted(code for _, code, _ in tries) == ["old_code"] * 8 + ["wrong_code"] * 4
    assert (await site.refused("phone/confirm", {"code": site.code()}, family))[:2] == (400, "old_code")


async def test_what_is_no_code_at_all_costs_no_try_and_spaces_do_not_matter(site: Site) -> None:
    family = await site.family()
    await site.post("phone", {"phone": AS_TYPED}, family)
    for typed in ("", "12345", "abcdef", "1234567", None, "１２３４５６", "5" * 5000):
        assert (await site.refused("phone/confirm", {"code": typed}, family))[:2] == (400, "wrong_code")
    code = site.code()
    status, _ = await site.post("phone/confirm", {"code": f" {code[:3]} {code[3:]} "}, family)
    assert status == 200


async def test_a_code_is_good_for_ten_minutes_once_and_only_the_newest(site: Site) -> None:
    family = await site.family()
    await site.post("phone", {"phone": AS_TYPED}, family)
    first = site.code()
    await site.post("phone", {"phone": AS_TYPED}, family)
    if first != site.code():
        assert (await site.refused("phone/confirm", {"code": first}, family))[:2] == (400, "wrong_code")
    site.later(timedelta(minutes=10))
    assert (await site.refused("phone/confirm", {"code": site.code()}, family))[:2] == (400, "old_code")
    await site.join(family)
    assert (await site.refused("phone/confirm", {"code": site.code()}, family))[:2] == (400, "old_code")


async def test_a_code_of_one_chat_opens_nothing_in_another(site: Site) -> None:
    family, other = await site.family(), await site.family()
    await site.post("phone", {"phone": AS_TYPED}, family)
    assert (await site.refused("phone/confirm", {"code": site.code()}, other))[:2] == (400, "old_code")
    await site.post("phone", {"phone": "916-555-0143"}, other)
    with Session(site.engine) as session:
        codes = [body[:6] for kind, body in site.texts() if kind == "code"]
        assert len(session.scalars(select(FamilyPhone)).all()) == 2
    if codes[0] != codes[1]:
        assert (await site.refused("phone/confirm", {"code": codes[0]}, other))[:2] == (400, "wrong_code")


async def test_three_codes_an_hour_for_a_chat_and_for_a_number(site: Site) -> None:
    family = await site.family()
    for number in ("916-555-0142", "916-555-0143", "916-555-0144"):
        assert (await site.post("phone", {"phone": number}, family))[0] == 202
    status, code, message = await site.refused("phone", {"phone": "916-555-0145"}, family)
    assert (status, code) == (429, "too_many_codes")
    assert "wait an hour" in message
    sent = len(site.texts())
    for _ in range(3):  # that others asked for the same number is nothing that the page tells
        stranger = await site.family()
        assert (await site.post("phone", {"phone": AS_TYPED}, stranger))[0] == 202
    assert len(site.texts()) == sent + 2
    assert (await site.refused("phone/confirm", {"code": WRONG}, stranger))[:2] == (400, "wrong_code")
    site.later(timedelta(hours=1))
    assert (await site.post("phone", {"phone": AS_TYPED}, family))[0] == 202


async def test_deleting_the_chat_gives_no_new_codes_for_the_same_number(site: Site) -> None:
    for _ in range(3):
        family = await site.family()
        assert (await site.post("phone", {"phone": AS_TYPED}, family))[0] == 202
        assert await family.leave() == 200
    sent = len(site.texts())
    assert (await site.post("phone", {"phone": AS_TYPED}, await site.family()))[0] == 202
    assert len(site.texts()) == sent


async def test_the_text_with_the_code_names_no_need(site: Site, rasa: RasaStandIn) -> None:
    family = await site.family()
    rasa.behave = lists(SHELTER)
    await family.say("a safe place")
    await site.post("phone", {"phone": AS_TYPED, "safe": True}, family)
    [(_, body)] = site.texts()
    assert body == WORDS.say(phone_codes.CODE, "en", "sms", code=site.code())


async def test_the_same_list_is_texted_once_and_a_newer_one_anew(site: Site, rasa: RasaStandIn) -> None:
    family = await site.family()
    assert (await site.join(family, listed=True))["listed"] is False  # nothing was shown yet
    assert (await site.refused("phone/list", {}, family))[:2] == (409, "no_list")
    for service in ("First Pantry", "Second Pantry"):
        rasa.behave = lists(place(service=service, sample=False))
        await family.say("food 95814")
        for _ in range(2):
            assert await site.post("phone/list", {}, family) == (200, {"joined": ENDING, "listed": True})
    assert [body.count("Pantry") for kind, body in site.texts() if kind == "list"] == [1, 1]
    told = [m["text"] for m in await family.read() if m["text"] == WORDS.say(phone_codes.LISTED, "en", ending=ENDING)]
    assert len(told) == 2


async def test_joining_again_with_another_phone_moves_the_thread_there(site: Site) -> None:
    family = await site.family()
    await site.join(family)
    assert (await site.join(family, number="916-555-0199"))["joined"] == "99"
    assert (await site.terms(family))["joined"] == "99"


async def test_the_thread_lives_on_by_text_when_the_web_has_ended(site: Site) -> None:
    family = await site.family()
    await site.join(family)
    now = datetime.now(timezone.utc)
    with Session(site.engine) as session, session.begin():
        row = session.scalars(select(Conversation)).one()
        assert row.token_until is not None
        assert row.token_until < now + timedelta(hours=24, minutes=1)
        assert row.expires_at > now + timedelta(days=29)
        session.execute(update(Conversation).values(token_until=now))
    assert (await site.refused("phone", {"phone": AS_TYPED}, family))[:2] == (401, "unknown_token")


async def test_a_link_out_of_a_text_opens_the_same_thread_once_and_ends_the_page_before(site: Site) -> None:
    before = await site.family()
    await before.say("food 95814")
    await site.join(before)
    link = site.web_link()
    status, opened = await site.post("sessions", {"link": link})
    assert status == 201
    assert datetime.fromisoformat(opened["expires_at"]) < datetime.now(timezone.utc) + timedelta(hours=24, minutes=1)
    after = Family(site.client, opened["token"])
    assert (await after.read())[0]["text"] == "food 95814"
    async with site.client.get("/chat/v1/messages", headers=before.headers) as response:
        assert response.status == 401
    status, code, message = await site.refused("sessions?lang=es", {"link": link, "language": "es"})
    assert (status, code) == (410, "old_link")
    assert "Puedes empezar un chat nuevo" in message
    assert (await after.say("thank you"))[0]["text"] == "you said thank you"


async def test_a_lost_answer_to_a_link_can_be_asked_for_again_by_the_same_page_alone(site: Site) -> None:
    await site.join(await site.family())
    link = site.web_link()
    first, second = [await site.post("sessions", {"link": link, "id": "page-1"}) for _ in range(2)]
    assert (first[0], second[0]) == (201, 201)
    assert (await site.refused("sessions", {"link": link, "id": "page-2"}))[:2] == (410, "old_link")
    assert (await site.refused("sessions", {"link": link}))[:2] == (410, "old_link")
    await Family(site.client, second[1]["token"]).read()


async def test_a_link_is_good_for_thirty_minutes_and_until_the_next(site: Site) -> None:
    await site.join(await site.family())
    older, link = site.web_link(), site.web_link()
    assert (await site.refused("sessions", {"link": older}))[:2] == (410, "old_link")
    site.later(timedelta(minutes=30))
    for gone in (link, "0" * 24, "x"):
        assert (await site.refused("sessions", {"link": gone}))[:2] == (410, "old_link")
    for bad in (5, "a" * 65, ["x"]):
        assert (await site.refused("sessions", {"link": bad}))[:2] == (400, "bad_link")


async def test_where_no_texts_are_set_up_nothing_is_offered(sites: Sites) -> None:
    site = await sites(texting=False)
    family = await site.family()
    assert (await site.terms(family))["texting"] is False
    for path in ("phone", "phone/confirm", "phone/list"):
        assert (await site.refused(path, {"phone": AS_TYPED, "code": "123456"}, family))[:2] == (404, "no_texts")
    assert (await site.refused("sessions", {"link": "0" * 24}))[:2] == (410, "old_link")


async def test_nobody_without_a_token_gets_anywhere(site: Site) -> None:
    for path in ("phone", "phone/confirm", "phone/list"):
        assert (await site.refused(path, {"phone": AS_TYPED}))[:2] == (401, "no_token")
        assert (await site.refused(path, {"phone": AS_TYPED}, Family(site.client, "guessed")))[:2] == (401, "unknown_token")


ASK_FOR_THE_WEB = (
    "WEB", "web.", "Web please", "on the web", "continue on the web", "can i go on on the web page", "switch to the website",
    "keep going online", "en la página", "En la web", "seguir en la página", "quiero continuar por internet",
    "¿Puedo seguir en la computadora?",
)  # fmt: skip
ASK_FOR_SOMETHING_ELSE = (
    "", "website", "internet", "i need internet", "food web 95814", "what is their website", "página", "webinar", "continue",
    "the web is down and i am hungry",
)  # fmt: skip


@pytest.mark.parametrize("typed", ASK_FOR_THE_WEB)
def test_a_text_that_asks_for_the_web_is_understood(typed: str) -> None:
    assert handover.asks_for_web(typed)


@pytest.mark.parametrize("typed", ASK_FOR_SOMETHING_ELSE)
def test_a_text_about_something_else_is_left_alone(typed: str) -> None:
    assert not handover.asks_for_web(typed)


# ---- fixtures ----------------------------------------------------------------------------------------------

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%fts%'",
    "postgresql": "SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
}


def lists(*places: Json, language: str = "en") -> Callable[[Json], Awaitable[Json]]:
    return answers("Here are some.", custom={"matches": list(places)}, language=language)


def answers(*texts: str, **more: Any) -> Callable[[Json], Awaitable[Json]]:
    async def behave(_: Json) -> Json:
        return said(*texts, **more)

    return behave


@pytest.fixture
async def sites(rasa: RasaStandIn, directory_engine: Engine, tmp_path: Any) -> AsyncIterator[Sites]:
    """Starts gateways that say the product's own words, with texts set up or not."""
    given = {"HOMEWARD_VAR": str(tmp_path), "HOMEWARD_DATABASE_URL": directory_engine.url.render_as_string(hide_password=False)}
    carrier = {"HOMEWARD_SMS_ACCOUNT_SID": "AC" + "0" * 32, "HOMEWARD_SMS_AUTH_TOKEN": "secret", "HOMEWARD_SMS_FROM": OURS}
    async with contextlib.AsyncExitStack() as running:

        async def start(*, texting: bool = True, words: Words = WORDS) -> Site:
            settings = load_settings(given | (carrier if texting else {}))
            link = RasaLink(rasa.url, f"{rasa.url}/actions", SECRET)
            client = TestClient(
                TestServer(make_app(settings, link, words, screen(), pace=QUICK)), timeout=aiohttp.ClientTimeout(total=60)
            )
            await client.start_server()
            running.push_async_callback(client.close)
            return Site(directory_engine, client, settings)

        yield start


@pytest.fixture
async def site(sites: Sites) -> Site:
    return await sites()
