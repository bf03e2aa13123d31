"""Going on by text: the paths of docs/chat-api.md under /chat/v1/phone.

What a family types here is kept sealed in the database and nowhere else: not in the transcript, not in Rasa, not in a log.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, TypeVar

from aiohttp import web
from sqlalchemy.orm import Session

from bot.gateway.chat import NEWS, STORAGE, answer, conversation_with
from bot.gateway.errors import Problem
from bot.gateway.handover import DESK, make_desk
from bot.gateway.reading import code_of, flag_of, json_of, phone_of, token_of
from bot.gateway.words import WORDS, language_of
from resources_db import phone_codes
from resources_db.conversations import Conversation
from resources_db.phone_codes import AskFirst, Desk, Joined, NothingListed, NotJoined, OptedOut, TooManyCodes
from resources_db.sealing import Sealer
from resources_db.settings import Settings
from resources_db.sms.numbers import BadNumber
from resources_db.words import Words

ASK_FIRST, BAD, OPTED_OUT = "utter_phone_ask_first", "utter_phone_bad", "utter_phone_opted_out"
OUR_NUMBER, TOO_MANY, NO_TEXTS = "utter_phone_our_number", "utter_phone_too_many_codes", "utter_phone_no_texts"
WRONG_CODE, OLD_CODE = "utter_phone_wrong_code", "utter_phone_old_code"
NOT_JOINED, NO_LIST, NO_CODE = "utter_phone_not_joined", "utter_phone_no_list", "utter_phone_no_code"
NEEDED = (
    ASK_FIRST, BAD, OPTED_OUT, OUR_NUMBER, TOO_MANY, NO_TEXTS, WRONG_CODE, OLD_CODE, NOT_JOINED, NO_LIST, NO_CODE,
    phone_codes.CONSENT, phone_codes.CODE, phone_codes.WELCOME, phone_codes.JOINED, phone_codes.LISTED,
)  # fmt: skip

T = TypeVar("T")
Json = dict[str, Any]

#: What the desk may refuse: status, code and the words for the family.
_REFUSALS: dict[type[Exception], tuple[int, str, str]] = {
    BadNumber: (400, "bad_phone", BAD),
    AskFirst: (409, "ask_first", ASK_FIRST),
    NotJoined: (409, "not_joined", NOT_JOINED),
    NothingListed: (409, "no_list", NO_LIST),
    OptedOut: (403, "opted_out", OPTED_OUT),
    TooManyCodes: (429, "too_many_codes", TOO_MANY),
}

routes = web.RouteTableDef()


def add_to(app: web.Application, settings: Settings, sealer: Sealer, words: Words) -> None:
    """Where texts are not set up the paths are there all the same, and say so."""
    if settings.carrier:
        app[DESK] = make_desk(settings, sealer, words)
    app.add_routes(routes)


@routes.get("/chat/v1/phone", allow_head=False)
async def show_terms(request: web.Request) -> web.Response:
    """Whether texts are to be had, whether to ask first if they are safe, and what the family would agree to."""
    token, words = token_of(request), request.app[WORDS]
    desk = request.app.get(DESK)

    def terms(session: Session) -> Json:
        conversation = conversation_with(session, token)
        return {
            "texting": desk is not None,
            "ask_first": desk is not None and phone_codes.touches_violence(session, conversation),
            "joined": desk.ending_of(session, conversation) if desk else None,
            "wording": words.say(phone_codes.CONSENT, conversation.language),
            "no_code": _no_code(desk, session, conversation, words) if desk else None,
        }

    return answer(await request.app[STORAGE].read(terms))


@routes.post("/chat/v1/phone")
async def send_code(request: web.Request) -> web.Response:
    body = await json_of(request)
    number, safe = phone_of(body), flag_of(body, "safe")

    def send(desk: Desk, session: Session, conversation: Conversation) -> datetime:
        return desk.send_code(session, conversation, number, safe=safe, now=_now())

    _, expires_at = await _at_the_desk(request, send)
    return answer({"sent": True, "expires_at": expires_at.isoformat(timespec="seconds")}, status=202)


@routes.post("/chat/v1/phone/confirm")
async def confirm_code(request: web.Request) -> web.Response:
    body = await json_of(request)
    code, listed = code_of(body), flag_of(body, "list")

    def join(desk: Desk, session: Session, conversation: Conversation) -> Joined | phone_codes.Refused:
        if not code:
            return "wrong_code"
        return desk.join(session, conversation, code, listed=listed, now=_now())

    conversation, joined = await _at_the_desk(request, join)
    if not isinstance(joined, Joined):
        sentence = WRONG_CODE if joined == "wrong_code" else OLD_CODE
        raise Problem(400, joined, request.app[WORDS].say(sentence, conversation.language))
    return answer({"joined": joined.ending, "listed": joined.listed})


@routes.post("/chat/v1/phone/list")
async def text_list(request: web.Request) -> web.Response:
    """To the phone that belongs to the conversation already."""
    safe = flag_of(await json_of(request, optional=True), "safe")

    def text(desk: Desk, session: Session, conversation: Conversation) -> Joined:
        return desk.text_list(session, conversation, safe=safe, now=_now())

    _, joined = await _at_the_desk(request, text)
    return answer({"joined": joined.ending, "listed": joined.listed})


def _no_code(desk: Desk, session: Session, conversation: Conversation, words: Words) -> str:
    """What to do when no code comes, the same for every number: the page never says whose phone once said stop."""
    number = desk.number_for(session, conversation)
    given = number if number.startswith("+") else words.say(OUR_NUMBER, conversation.language)
    return words.say(NO_CODE, conversation.language, number=given)


async def _at_the_desk(request: web.Request, work: Callable[[Desk, Session, Conversation], T]) -> tuple[Conversation, T]:
    """The conversation, and what `work` made of it while it was locked. Raises Problem, said in the family's language."""
    token, words = token_of(request), request.app[WORDS]
    desk = request.app.get(DESK)
    if desk is None:
        raise Problem(404, "no_texts", words.say(NO_TEXTS, language_of(request)))

    def run(session: Session) -> tuple[Conversation, T]:
        conversation = conversation_with(session, token, lock=True)
        try:
            return conversation, work(desk, session, conversation)
        except tuple(_REFUSALS) as error:
            raise _problem(error, words, conversation.language) from None

    conversation, done = await request.app[STORAGE].write(run)
    request.app[NEWS].tell(conversation.id, conversation.last_seq)
    return conversation, done


def _problem(error: Exception, words: Words, language: str) -> Problem:
    status, code, sentence = _REFUSALS[type(error)]
    headers = {"Retry-After": "3600"} if status == 429 else {}
    number = error.our_number if isinstance(error, OptedOut) else None
    return Problem(status, code, words.say(sentence, language, number=number or words.say(OUR_NUMBER, language)), **headers)


def _now() -> datetime:
    return datetime.now(timezone.utc)
