"""The input channel the gateway speaks to: one message in, all its answers out, nothing public."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Awaitable, Callable
from json import loads
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import ActiveLoop, SlotSet
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.channel import tuning
from bot.channel.notes import noting

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Homeward-Secret"
#: Put before typed text that starts with "/", which Rasa would otherwise run as a command.
WORD_JOINER = "\u2060"


class HomewardLink(InputChannel):
    """POST /webhooks/homeward/message `{"conversation", "text", "choice": bool, "language", "message_id", "channel", "asked"}` →
    `{"messages": [{"text", "buttons", "custom", "response"}], "language", "failed": [actions that could not be run]}`.
    `asked` is a question that was asked outside a turn and may be answered by this message: the slot of that name.
    GET /webhooks/homeward/ready → 200 once the model answers. Both need the shared secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    @classmethod
    def name(cls) -> str:
        return "homeward"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> HomewardLink:
        secret = (credentials or {}).get("secret") or ""
        if not secret or secret.startswith("$"):
            cls.raise_missing_credentials_exception()
        tuning.apply()
        return cls(secret)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        async def only_ours(request: Request) -> HTTPResponse | None:
            given = request.headers.get(SECRET_HEADER, "")
            if not hmac.compare_digest(given.encode(), self._secret.encode()):
                return json({"error": "unauthorized"}, status=401)
            return None

        async def ready(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready():  # Rasa serves on without a model when it cannot load one
                return json({"status": "no model"}, status=503)
            tuning.settle()
            return json({"status": "ok"})

        async def message(request: Request) -> HTTPResponse:
            if asked := request.json.get("asked"):
                await _take_note_of_question(request.app.ctx.agent, request.json["conversation"], asked)
            return await self._answer(request.json, on_new_message)

        routes = Blueprint("homeward_link")
        routes.middleware("request")(only_ours)
        routes.add_route(ready, "/ready", methods=["GET"])
        routes.add_route(message, "/message", methods=["POST"])
        return routes

    async def _answer(self, body: dict[str, Any], on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> HTTPResponse:
        text = body["text"]
        if not body.get("choice") and text.lstrip().startswith("/"):
            text = WORD_JOINER + text
        answers = SmsAnswers() if body.get("channel") == SmsAnswers.name() else Answers()
        user_message = UserMessage(
            text, answers, body["conversation"], input_channel=answers.name(), message_id=body.get("message_id"),
            metadata={"language": body["language"]} if body.get("language") else None,
        )  # fmt: skip
        with noting() as turn:
            try:
                await on_new_message(user_message)
            except Exception as error:
                # Rasa would log the text; the type of the error is all that may be written down.
                logger.error("a turn failed: %s", type(error).__name__)
                return json({"error": "turn failed"}, status=500)
        return json({"messages": answers.messages, "language": turn.language, "failed": turn.failed})


async def _take_note_of_question(agent: Agent, conversation: str, asked: str) -> None:
    """As if Rasa had asked it itself: it is open now, and what a form was asking is not."""
    async with agent.lock_store.lock(conversation):
        tracker = await agent.tracker_store.get_or_create_tracker(conversation)
        for event in (SlotSet("asked", asked), ActiveLoop(None), SlotSet("requested_slot", None)):
            tracker.update(event, agent.domain)
        await agent.tracker_store.save(tracker)


class Answers(OutputChannel):
    """Collects what the assistant says in one turn, in order."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        return HomewardLink.name()

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        custom = dict(message.get("custom") or {})
        if "matches" in custom:
            custom["matches"] = loads(custom["matches"])  # the actions send them as text
        self.messages.append(
            {
                "text": message.get("text") or "",
                "buttons": message.get("buttons") or [],
                "custom": custom,
                "response": message.get("utter_action"),
            }
        )


class SmsAnswers(Answers):
    """The same for a text: Rasa picks the `channel: sms` variants of responses by this name."""

    @classmethod
    def name(cls) -> str:
        return "sms"
