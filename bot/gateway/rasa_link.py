"""Speaking to Rasa over loopback."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

from resources_db.messages import Answer, Turn

SECRET_HEADER = "X-Homeward-Secret"
_CRISIS = "utter_crisis_"
#: A turn takes well under a second; a Rasa that needs longer than this is stuck, and the message is sent again.
_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=3)
_READY_TIMEOUT = aiohttp.ClientTimeout(total=2)
#: Less than the 5 s after which Rasa's server closes a quiet connection: never write into one that is being closed.
_KEEP_ALIVE = 3.0
_LOOK_EVERY = 0.5
# asyncio's TimeoutError is another class than Python's own until Python 3.11
_BROKEN = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)


class RasaAway(Exception):
    """Rasa did not take the message: it is not there, or still loading."""


class TurnFailed(Exception):
    """Rasa took the message and gave no usable answer. The text never holds what the family wrote."""


@dataclass(frozen=True)
class Reply:
    """What one turn gave; `language` is the conversation's from now on."""

    answers: tuple[Answer, ...]
    language: str


class RasaLink:
    """Kept connections to Rasa at `url` and the action server at `actions_url`."""

    def __init__(self, url: str, actions_url: str, secret: str) -> None:
        self._url = url
        self._actions_url = actions_url
        self._headers = {SECRET_HEADER: secret}
        self._session: aiohttp.ClientSession | None = None
        self._looking: asyncio.Task[dict[str, bool]] | None = None
        self._coming_back: asyncio.Task[None] | None = None

    async def open(self) -> None:
        connector = aiohttp.TCPConnector(keepalive_timeout=_KEEP_ALIVE)
        self._session = aiohttp.ClientSession(headers=self._headers, timeout=_TIMEOUT, connector=connector)

    async def close(self) -> None:
        if self._coming_back:
            self._coming_back.cancel()
        if self._session:
            await self._session.close()

    async def ready(self) -> dict[str, bool]:
        """Which of the two parts behind the gateway answer. However many ask at once, the parts are asked once."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def back(self) -> None:
        """Wait until both parts answer. However many wait, the parts are asked by one."""
        if self._coming_back is None or self._coming_back.done():
            self._coming_back = asyncio.create_task(self._until_ready())
        await asyncio.shield(self._coming_back)

    async def ask(self, turn: Turn) -> Reply:
        """Hand a family's message to Rasa. Raises RasaAway, and TurnFailed also when there is nothing to tell the family."""
        assert self._session is not None
        body = {
            "conversation": turn.conversation_id, "text": turn.payload or turn.text, "choice": turn.payload is not None,
            "language": turn.language, "message_id": turn.message_id, "channel": turn.channel,
            "asked": turn.asked,
        }  # fmt: skip
        try:
            async with self._session.post(f"{self._url}/webhooks/homeward/message", json=body) as response:
                if response.status != 200:
                    raise TurnFailed(f"Rasa answered {response.status}")
                said = await response.json()
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise RasaAway(type(error).__name__) from None
        except _BROKEN as error:
            raise TurnFailed(type(error).__name__) from None
        return _reply(said, turn)

    async def _look(self) -> dict[str, bool]:
        rasa, actions = await asyncio.gather(
            self._answers(f"{self._url}/webhooks/homeward/ready"), self._answers(f"{self._actions_url}/ready")
        )
        return {"rasa": rasa, "actions": actions}

    async def _until_ready(self) -> None:
        while not all((await self.ready()).values()):
            await asyncio.sleep(_LOOK_EVERY)

    async def _answers(self, url: str) -> bool:
        assert self._session is not None
        try:
            async with self._session.get(url, timeout=_READY_TIMEOUT) as response:
                return response.status == 200
        except _BROKEN:
            return False


def _reply(said: Any, turn: Turn) -> Reply:
    try:
        answers = tuple(_answer(message) for message in said["messages"] if message["text"])
        failed, language = said["failed"], said["language"] or turn.language
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise TurnFailed(f"Rasa's answer is not as agreed: {type(error).__name__}") from None
    if failed:
        raise TurnFailed("an action could not be run")
    if not answers:
        raise TurnFailed("Rasa had nothing to say")
    return Reply(answers, language)


def _answer(message: dict[str, Any]) -> Answer:
    response = message.get("response") or ""
    return Answer(
        text=message["text"],
        choices=[(button["title"], button["payload"]) for button in message["buttons"]],
        matches=message["custom"].get("matches") or [],
        crisis=response.removeprefix(_CRISIS) if response.startswith(_CRISIS) else None,
    )
