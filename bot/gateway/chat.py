"""The Chat API of docs/chat-api.md: sessions, messages, replies by cursor or as server-sent events, deletion."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from bot.gateway.errors import Problem
from bot.gateway.news import News
from bot.gateway.reading import after_of, message_of, session_of, token_of, unknown_token, wait_of
from bot.gateway.turns import Turns
from bot.gateway.words import WORDS
from resources_db import conversations, messages
from resources_db.conversations import Conversation
from resources_db.messages import Accepted
from resources_db.storage import Storage, Unavailable

STORAGE = web.AppKey("storage", Storage)
TURNS = web.AppKey("turns", Turns)
NEWS = web.AppKey("news", News)

DELETED = "utter_deleted"
_SESSION_LIFETIME = timedelta(hours=24)
_KEEP_ALIVE = 15.0
#: A reader that takes nothing for so long is gone.
_WRITE_TIMEOUT = 30.0
#: In bytes; shorter answers gain nothing by being packed.
_WORTH_PACKING = 1400

Json = dict[str, Any]

routes = web.RouteTableDef()


@routes.post("/chat/v1/sessions")
async def start_session(request: web.Request) -> web.Response:
    language, site = await session_of(request)

    def start(session: Session) -> Json:
        conversation, token = conversations.start_conversation(
            session, language=language, site=site, now=_now(), lifetime=_SESSION_LIFETIME
        )
        return {"token": token, "expires_at": conversation.expires_at.isoformat(timespec="seconds"), "messages": []}

    return _answer(await request.app[STORAGE].write(start), status=201)


@routes.post("/chat/v1/messages")
async def send_message(request: web.Request) -> web.Response:
    wait, token = wait_of(request), token_of(request)
    given = await message_of(request)
    storage, turns, news = request.app[STORAGE], request.app[TURNS], request.app[NEWS]

    def accept(session: Session) -> Accepted:
        conversation = _conversation(session, token, lock=True)
        return messages.accept(
            session, conversation, client_id=given.client_id, text=given.text, choice=given.choice, claim=turns.claim
        )

    try:
        accepted = await storage.write(accept)
    except messages.UnknownChoice as error:
        raise Problem(400, "unknown_choice", str(error)) from None
    except messages.TooManyWaiting as error:
        raise Problem(429, "too_many", str(error), **{"Retry-After": "10"}) from None
    conversation_id, seq = accepted.conversation_id, accepted.seq
    with news.watch(conversation_id, seq) as watch:
        news.tell(conversation_id, seq)
        if not accepted.answered:
            turns.begin(conversation_id, accepted.turn)
            await watch.until(lambda watch: watch.answered >= seq, wait)
        said = watch.since(seq)
    said = await storage.read(_after(conversation_id, seq)) if said is None else said
    return _answer({"accepted": seq, "messages": [message for message in said if message["from"] != messages.FAMILY]})


@routes.get("/chat/v1/messages", allow_head=False)
async def read_messages(request: web.Request) -> web.Response:
    wait, after, token = wait_of(request), after_of(request), token_of(request)
    conversation_id, _, said = await _read(request, token, after)
    if wait and not said:
        with request.app[NEWS].watch(conversation_id, after) as watch:
            _, _, said = await _read(request, token, after)  # what came before we were listening
            if not said:
                await watch.until(lambda watch: watch.last_seq > after, wait)
                _, _, said = await _read(request, token, after)
    return _answer({"messages": said})


@routes.get("/chat/v1/stream", allow_head=False)
async def stream_messages(request: web.Request) -> web.StreamResponse:
    after, token = after_of(request), token_of(request)
    conversation_id, expires_at, _ = await _read(request, token, after)
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(request)
    try:
        with request.app[NEWS].watch(conversation_id, after) as watch:
            while not watch.over and _now() < expires_at:
                said = await request.app[STORAGE].read(_after(conversation_id, after))
                data = b"".join(_event(message) for message in said) or b": still here\n\n"
                await asyncio.wait_for(response.write(data), _WRITE_TIMEOUT)
                after = said[-1]["seq"] if said else after
                left = (expires_at - _now()).total_seconds()
                await watch.until(lambda watch: watch.last_seq > after, min(_KEEP_ALIVE, left))  # noqa: B023 - awaited here
    except (ConnectionError, asyncio.TimeoutError, Unavailable):
        request.protocol.force_close()  # nobody there, or nothing to send: a client that wants more comes again
    return response


@routes.delete("/chat/v1/session")
async def delete_session(request: web.Request) -> web.Response:
    token = token_of(request)

    def delete(session: Session) -> tuple[str, str]:
        conversation = _conversation(session, token, lock=True)
        conversations.delete_conversation(session, conversation.id)
        return conversation.id, conversation.language

    conversation_id, language = await request.app[STORAGE].write(delete)
    request.app[NEWS].tell_gone(conversation_id)
    return _answer({"deleted": True, "message": request.app[WORDS].say(DELETED, language)})


async def _read(request: web.Request, token: str, after: int) -> tuple[str, datetime, list[Json]]:
    """Id and end of the conversation with this token, and what was said in it."""

    def read(session: Session) -> tuple[str, datetime, list[Json]]:
        conversation = _conversation(session, token)
        return conversation.id, conversation.expires_at, _after(conversation.id, after)(session)

    return await request.app[STORAGE].read(read)


def _after(conversation_id: str, seq: int) -> Callable[[Session], list[Json]]:
    def read(session: Session) -> list[Json]:
        return [messages.message_as_json(message) for message in messages.messages_after(session, conversation_id, seq)]

    return read


def _conversation(session: Session, token: str, *, lock: bool = False) -> Conversation:
    try:
        return conversations.conversation_of(session, token, _now(), lock=lock)
    except conversations.UnknownToken:
        raise unknown_token() from None


def _answer(data: Json, status: int = 200) -> web.Response:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    response = web.Response(body=body, status=status, content_type="application/json", charset="utf-8")
    if len(body) > _WORTH_PACKING:
        response.enable_compression()
    return response


def _event(message: Json) -> bytes:
    return f"id: {message['seq']}\nevent: message\ndata: {json.dumps(message, ensure_ascii=False)}\n\n".encode()


def _now() -> datetime:
    return datetime.now(timezone.utc)
