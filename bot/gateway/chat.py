"""The Chat API of docs/chat-api.md: sessions, messages, replies by cursor or as server-sent events, deletion."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot.gateway import handover
from bot.gateway.errors import Problem
from bot.gateway.limits import Limits, too_many
from bot.gateway.news import News, Watch
from bot.gateway.reading import after_of, link_of, message_of, session_of, token_of, unknown_token, wait_of
from bot.gateway.turns import Turns
from bot.gateway.words import WORDS
from resources_db import conversations, messages
from resources_db.consent import Wish, opt_out, wish_of
from resources_db.conversations import Conversation
from resources_db.messages import Accepted
from resources_db.phones import phone_of
from resources_db.privacy import erasure
from resources_db.settings import Settings
from resources_db.sites import find_site, retention_of
from resources_db.sms.inbound import STOP
from resources_db.storage import Storage, Unavailable

STORAGE = web.AppKey("storage", Storage)
TURNS = web.AppKey("turns", Turns)
NEWS = web.AppKey("news", News)
LIMITS = web.AppKey("limits", Limits)
SETTINGS = web.AppKey("settings", Settings)

_KEEP_ALIVE = 15.0
#: Polls and streams of one conversation; a person has a few tabs.
_MOST_WAITING = 50
#: In bytes; shorter answers gain nothing by being packed.
_WORTH_PACKING = 1400

Json = dict[str, Any]

routes = web.RouteTableDef()


@routes.post("/chat/v1/sessions")
async def start_session(request: web.Request) -> web.Response:
    language, site = await session_of(request)
    link = await link_of(request)
    request.app[LIMITS].start_at(request, site)
    settings = request.app[SETTINGS]

    def start(session: Session) -> Json:
        if link:
            conversation, token = handover.open_link(request.app, session, link, language, _now())
        else:
            conversation, token = conversations.start_conversation(
                session, language=language, site=site, now=_now(), lifetime=retention_of(settings, find_site(session, site)).web
            )
        return {"token": token, "expires_at": conversation.web_until.isoformat(timespec="seconds"), "messages": []}

    return answer(await request.app[STORAGE].write(start), status=201)


@routes.post("/chat/v1/messages")
async def send_message(request: web.Request) -> web.Response:
    wait, token = wait_of(request), token_of(request)
    given = await message_of(request)
    storage, turns, news, settings = request.app[STORAGE], request.app[TURNS], request.app[NEWS], request.app[SETTINGS]

    def accept(session: Session) -> Accepted | Erased:
        conversation = conversation_with(session, token, lock=True)
        wish = wish_of(given.text)
        stopped = _stop_texts(request, session, conversation, wish) if wish else None
        if wish and wish.kind == "delete":
            return _erase(request, session, conversation, wish.language)
        accepted = messages.accept(
            session, conversation, client_id=given.client_id, text=given.text, choice=given.choice, claim=turns.claim,
            keep_street=settings.geocoder != "offline",
        )  # fmt: skip
        if stopped:
            messages.tell(session, conversation, stopped, now=_now())
        return accepted

    try:
        accepted = await storage.write(accept)
    except messages.UnknownChoice as error:
        raise Problem(400, "unknown_choice", str(error)) from None
    except messages.TooManyWaiting as error:
        raise too_many(request, 10) from error
    if isinstance(accepted, Erased):
        news.tell_gone(accepted.conversation_id)
        return answer({"accepted": accepted.seq, "deleted": True, "receipt": accepted.receipt, "messages": [accepted.said]})
    conversation_id, seq = accepted.conversation_id, accepted.seq
    with news.watch(conversation_id, seq) as watch:
        news.tell(conversation_id, seq)
        if not accepted.answered:
            turns.begin(conversation_id, accepted.turn)
            await watch.until(lambda watch: watch.answered >= seq, wait)
        said = watch.since(seq)
    said = await storage.read(_after(conversation_id, seq)) if said is None else said
    return answer({"accepted": seq, "messages": [message for message in said if message["from"] != messages.FAMILY]})


@routes.get("/chat/v1/messages", allow_head=False)
async def read_messages(request: web.Request) -> web.Response:
    wait, after, token = wait_of(request), after_of(request), token_of(request)
    conversation, said = await _read(request, token, after)
    if wait and not said:
        with _listening(request, conversation) as watch:
            _, said = await _read(request, token, after)  # what came before we were listening
            if not said:
                await watch.until(lambda watch: watch.last_seq > after, wait)
                _, said = await _read(request, token, after)
    return answer({"messages": said})


@routes.get("/chat/v1/stream", allow_head=False)
async def stream_messages(request: web.Request) -> web.StreamResponse:
    after, token = after_of(request), token_of(request)
    conversation, _ = await _read(request, token, after)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    with _listening(request, conversation) as watch, suppress(Problem):  # the token opens nothing any more: the end
        await response.prepare(request)
        try:
            while not watch.over:
                conversation, said = await _read(request, token, after)
                await response.write(b"".join(_event(message) for message in said) or b": still here\n\n")
                after = said[-1]["seq"] if said else after
                left = (conversation.web_until - _now()).total_seconds()
                await watch.until(lambda watch: watch.last_seq > after, min(_KEEP_ALIVE, left))  # noqa: B023 - awaited here
        except (ConnectionError, Unavailable):
            request.protocol.force_close()  # nobody there, or nothing to send: a client that wants more comes again
    return response


@routes.delete("/chat/v1/session")
async def delete_session(request: web.Request) -> web.Response:
    token = token_of(request)

    def delete(session: Session) -> Erased:
        return _erase(request, session, conversation_with(session, token, lock=True))

    erased = await request.app[STORAGE].write(delete)
    request.app[NEWS].tell_gone(erased.conversation_id)
    return answer({"deleted": True, "receipt": erased.receipt, "message": erased.said["text"]})


@dataclass(frozen=True)
class Erased:
    """A family's data, gone. `seq` is the number their wish would have had; `said` is the message with the receipt."""

    conversation_id: str
    seq: int
    receipt: str
    said: Json


def _erase(request: web.Request, session: Session, conversation: Conversation, language: str | None = None) -> Erased:
    now, language = _now(), language or conversation.language
    receipt = erasure.erase(session, conversation.id, now=now)
    text = erasure.receipt_text(request.app[WORDS], receipt, language)
    seq = conversation.last_seq + 1
    said = messages.message_as_json(
        {
            "seq": seq + 1, "sender": messages.HOMEWARD, "text": text, "language": language, "choices": [], "matches": [],
            "crisis": None, "channel": messages.WEB, "at": now,
        }
    )  # fmt: skip
    return Erased(conversation.id, seq, receipt.number, said)


def _stop_texts(request: web.Request, session: Session, conversation: Conversation, wish: Wish) -> str | None:
    """A family may take back what it agreed to wherever it talks with us: no more texts to the phone of this conversation, if
    one belongs to it. The words that say so, when that is new. A bare "stop" may be about anything here."""
    desk = request.app.get(handover.DESK)
    phone = phone_of(session, conversation.id) if desk and wish.stops and wish.how == "phrase" else None
    if desk is None or phone is None:
        return None
    number = desk.sealer.open(phone.sealed)
    newly = opt_out(session, desk.sealer, number, wish.how, wish.language, _now(), family_phone=phone)
    return request.app[WORDS].say(STOP, wish.language or conversation.language, messages.SMS) if newly else None


async def _read(request: web.Request, token: str, after: int) -> tuple[Conversation, list[Json]]:
    """The conversation with this token, and what was said in it."""

    def read(session: Session) -> tuple[Conversation, list[Json]]:
        conversation = conversation_with(session, token)
        return conversation, _after(conversation.id, after)(session)

    return await request.app[STORAGE].read(read)


@contextmanager
def _listening(request: web.Request, conversation: Conversation) -> Iterator[Watch]:
    """Hear of what is said in a conversation that was just read."""
    with request.app[NEWS].watch(conversation.id, conversation.last_seq) as watch:
        if watch.watchers > _MOST_WAITING:
            raise too_many(request, 10)
        yield watch


def _after(conversation_id: str, seq: int) -> Callable[[Session], list[Json]]:
    def read(session: Session) -> list[Json]:
        return [messages.message_as_json(message) for message in messages.messages_after(session, conversation_id, seq)]

    return read


def conversation_with(session: Session, token: str, *, lock: bool = False) -> Conversation:
    try:
        return conversations.conversation_of(session, token, _now(), lock=lock)
    except conversations.UnknownToken:
        raise unknown_token() from None


def answer(data: Json, status: int = 200) -> web.Response:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    response = web.Response(body=body, status=status, content_type="application/json", charset="utf-8")
    if len(body) > _WORTH_PACKING:
        response.enable_compression()
    return response


def _event(message: Json) -> bytes:
    return f"id: {message['seq']}\nevent: message\ndata: {json.dumps(message, ensure_ascii=False)}\n\n".encode()


def _now() -> datetime:
    return datetime.now(timezone.utc)
