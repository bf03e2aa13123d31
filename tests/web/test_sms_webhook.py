"""The carrier's webhooks at the door: what is taken, what is refused, and what is kept of it. twilio's own package signs."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import text
from twilio.request_validator import RequestValidator
from yarl import URL

from resources_db.models.family_phone import FamilyPhone
from resources_db.models.incoming_text import IncomingText
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OutgoingText
from resources_db.sms.gsm import fold
from tests.web.carrier_stand_in import (
    EMPTY_TWIML,
    INBOUND,
    OLD_TOKEN,
    PUBLIC_URL,
    SERVICE,
    SETTINGS,
    STATUS,
    TOKEN,
    WORDS,
    Phone,
    new_sid,
    on_sqlite,
    phone,
    post,
    post_json,
    rows,
    texting,
)
from tests.web.rasa_stand_in import Gateway, Gateways, RasaStandIn

__all__ = ["phone", "texting"]

# at the door nothing depends on the database; what comes after it is tested on both
pytestmark = on_sqlite

BODIES = json.loads((Path(__file__).parents[1] / "data/sms/webhooks.json").read_text(encoding="utf-8"))["bodies"]


def form(**more: str) -> dict[str, str]:
    return {"MessageSid": new_sid(), "From": "+14055550143", "To": "+19165550100", "Body": "food", "NumMedia": "0"} | more


def kept(gateway: Gateway) -> int:
    return sum(len(rows(gateway.engine, table)) for table in (FamilyPhone, IncomingText, Message, OutgoingText))


async def test_every_shape_of_a_real_webhook_is_taken(phone: Phone, rasa: RasaStandIn) -> None:
    for number, body in enumerate(BODIES):
        fields = dict(body["form"])
        if len(fields["From"]) > 6:
            fields["From"] = f"+1405555{number:04}"
        rasa.heard.clear()
        before = {sent.id for sent in phone.sent}
        assert await post(phone.gateway, INBOUND, fields) == (200, EMPTY_TWIML), body["name"]
        await phone.settled()
        new = [sent for sent in phone.sent if sent.id not in before]
        assert rasa.texts == ([body["heard"]] if body["heard"] else []), body["name"]
        said = [f"you said {body['heard']}"] if body["heard"] else [WORDS.say(body["said"], "en", "sms")] if body["said"] else []
        assert all(text.body.startswith(fold(words)) for text, words in zip(new, said, strict=True)), body["name"]
        ours = fields.get("MessagingServiceSid", fields["To"])
        assert {text.from_number for text in new} <= {ours}, "it comes from where they wrote to"


async def test_a_text_in_json_is_taken_when_its_digest_and_signature_are_right(texting: Gateway, rasa: RasaStandIn) -> None:
    phone = Phone(texting)
    assert (await post_json(texting, INBOUND, form(Body="¡Hola! ¿Hay comida?")))[0] == 200
    assert "¡Hola! ¿Hay comida?" in (await phone.settled())[0]


async def test_a_text_in_json_without_its_own_digest_is_refused_though_the_address_is_signed(texting: Gateway) -> None:
    for query in ("?bodySHA256=", "?bodySHA256=" + "0" * 64, ""):
        path = INBOUND + query
        signed = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + path, {})
        headers = {"X-Twilio-Signature": signed, "Content-Type": "application/json"}
        async with texting.client.post(path, data=json.dumps(form()), headers=headers) as response:
            assert response.status == 403
    assert kept(texting) == 0


async def test_while_tokens_are_changed_both_are_good(texting: Gateway, rasa: RasaStandIn) -> None:
    assert (await post(texting, INBOUND, form(), token=OLD_TOKEN))[0] == 200
    assert (await post_json(texting, INBOUND, form(), token=OLD_TOKEN))[0] == 200
    assert (await post(texting, INBOUND, form()))[0] == 200
    assert (await post(texting, INBOUND, form(), token="a token of last year"))[0] == 403


async def test_behind_proxies_the_public_address_is_what_counts(texting: Gateway, rasa: RasaStandIn) -> None:
    for headers in (
        {"Host": "gateway.internal.example:8080"},
        {"Host": "help.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"},
        {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"},
    ):
        assert (await post(texting, INBOUND, form(), **headers))[0] == 200
        assert (await post(texting, INBOUND, form(), url="https://evil.example", **headers))[0] == 403


async def test_the_standard_port_may_be_signed_or_not(texting: Gateway, rasa: RasaStandIn) -> None:
    for url in (PUBLIC_URL, f"{PUBLIC_URL}:443"):
        assert (await post(texting, INBOUND, form(), url=url))[0] == 200
        assert (await post(texting, f"{INBOUND}?from=a%20b&x=%2F", form(), url=url))[0] == 200
        assert (await post(texting, INBOUND, form(), url=f"{url}0"))[0] == 403


async def test_what_is_not_signed_is_refused_in_a_word_and_not_kept(texting: Gateway) -> None:
    for signature in (None, "", "x", "A" * 27 + "=", "ñ", "a" * 7000):
        headers = {} if signature is None else {"X-Twilio-Signature": signature}
        for path in (INBOUND, f"{STATUS}?text=1"):
            async with texting.client.post(path, data=form(), headers=headers) as response:
                assert (response.status, await response.text()) == (403, "The signature is not right.\n")
    assert kept(texting) == 0


async def test_a_changed_text_is_refused(texting: Gateway) -> None:
    body = form()
    signed = RequestValidator(TOKEN).compute_signature(PUBLIC_URL + INBOUND, body)
    for changed in (body | {"From": "+14055550144"}, body | {"Body": "STOP"}, body | {"More": "1"}):
        assert (await post(texting, INBOUND, changed, signature=signed))[0] == 403
    assert (await post(texting, STATUS, body, signature=signed))[0] == 403, "nor does it do for another address"
    assert kept(texting) == 0
    assert (await post(texting, INBOUND, body, signature=signed))[0] == 200


async def test_a_signed_text_that_lacks_something_is_a_bad_request(texting: Gateway) -> None:
    for missing in ("MessageSid", "From", "To"):
        for value in (None, "", " ", "x" * 65):
            body = {name: given for name, given in form(**{missing: value or ""}).items() if given or value is not None}
            status, said = await post(texting, INBOUND, body)
            assert (status, said.count("\n")) == (400, 1)
    for fields in (b"[]", b'"text"', b"{", b"[" * 20_000, b'{"MessageSid": {}, "From": [], "To": null}'):
        assert (await post_json(texting, INBOUND, fields))[0] == 400
    assert kept(texting) == 0


async def test_nothing_that_is_sent_is_an_error_of_ours(texting: Gateway) -> None:
    for body, kind, status in (
        (b"Body=%FF&From=1", "application/x-www-form-urlencoded", 403),
        (b"Body=\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"&" * 5000, "application/x-www-form-urlencoded", 403),
        (b"a=1&" * 600, "application/x-www-form-urlencoded", 403),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x", 400),
        (b"<a/>", "text/xml", 400),
        (b"Body=1", "application/x-www-form-urlencoded; charset=utf-16", 403),
        (b"", "application/x-www-form-urlencoded", 403),
        (b"\x00" * 100, "application/json", 403),
    ):
        for query in ("", "?x=%zz", "?bodySHA256=%FF", "?text=%00"):
            async with texting.client.post(
                URL(INBOUND + query, encoded=True), data=body, headers={"X-Twilio-Signature": "x", "Content-Type": kind}
            ) as response:
                expected = 403 if kind == "application/json" else status
                assert response.status == expected, (body[:20], kind, query)
    assert kept(texting) == 0


async def test_a_body_that_cannot_be_unpacked_is_no_error_of_ours(texting: Gateway) -> None:
    headers = {"X-Twilio-Signature": "x", "Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip"}
    async with texting.client.post(INBOUND, data=b"no gzip at all", headers=headers) as response:
        assert response.status == 400
    assert kept(texting) == 0


async def test_a_body_that_is_far_too_long_is_not_read(texting: Gateway) -> None:
    assert (await post(texting, INBOUND, form(Body="a" * 100_000)))[0] == 413
    assert kept(texting) == 0


async def test_the_webhooks_take_nothing_but_posts(texting: Gateway) -> None:
    for path in (INBOUND, STATUS):
        async with texting.client.get(path) as response:
            assert response.status == 405


async def test_where_texts_are_not_set_up_there_is_nothing_here(gateway: Gateway) -> None:
    for path in (INBOUND, STATUS):
        assert (await post(gateway, path, form()))[0] == 404


async def test_while_the_database_is_away_the_carrier_is_told_so_and_may_bring_it_again(phone: Phone, rasa: RasaStandIn) -> None:
    sid = new_sid()
    with phone.gateway.engine.begin() as connection:
        connection.execute(text("ALTER TABLE incoming_text RENAME TO hidden"))
    assert await phone.text("food", sid) == 503
    with phone.gateway.engine.begin() as connection:
        connection.execute(text("ALTER TABLE hidden RENAME TO incoming_text"))
    assert await phone.text("food", sid) == 200
    await phone.settled()
    assert rasa.texts == ["food"]


async def test_an_answer_goes_out_from_where_the_family_wrote_to(gateways: Gateways, rasa: RasaStandIn) -> None:
    gateway = await gateways(words=WORDS, **SETTINGS)
    phone = Phone(gateway, to="+19165550188")
    await phone.text("one")
    await phone.settled()
    phone.to = "+19165550199"
    await phone.text("two")
    await phone.settled()
    await phone.text("three", MessagingServiceSid=SERVICE)
    await phone.settled()
    assert [t.from_number for t in phone.sent] == ["+19165550188", "+19165550199", SERVICE]


async def test_what_became_of_a_text_is_written_down_and_never_goes_back(phone: Phone, rasa: RasaStandIn) -> None:
    await phone.text("food")
    await phone.settled()
    [sent] = phone.sent
    with phone.gateway.engine.begin() as connection:
        connection.execute(text("UPDATE outgoing_text SET state = 'unknown', attempts = 1"))
    for said, state in (("sent", "sent"), ("delivered", "delivered"), ("sent", "delivered"), ("queued", "delivered")):
        report = {"MessageSid": "SM" + "b" * 32, "MessageStatus": said, "SmsSid": "SM" + "b" * 32, "To": phone.number}
        assert await post(phone.gateway, f"{STATUS}?text={sent.id}", report) == (204, "")
        [now] = phone.sent
        assert (now.state, now.provider_id) == (state, "SM" + "b" * 32)


async def test_a_report_on_a_text_that_is_not_ours_changes_nothing(phone: Phone, rasa: RasaStandIn) -> None:
    report = {"MessageSid": "SM" + "b" * 32, "MessageStatus": "delivered"}
    for query in ("", "?text=", "?text=none", "?text=" + "x" * 200, "?text=%00", "?text=a&text=b", "?other=1"):
        assert (await post(phone.gateway, STATUS + query, report))[0] == 204
    for fields in (
        {},
        {"MessageSid": ""},
        {"MessageSid": "SM1"},
        {"MessageStatus": "sent"},
        {"MessageSid": "x" * 99, "MessageStatus": "\x00"},
    ):
        assert (await post(phone.gateway, f"{STATUS}?text=none", fields))[0] == 204
