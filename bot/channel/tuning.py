"""Less waste in the way Rasa calls the action server.

Rasa 3.6 builds a JSON-schema validator anew for every answer of an action, and opens a new connection for every
call; together they were three quarters of a turn with one action (docs/decisions/0004-action-seam.md). The answers
come from our own action server: their shape is looked at without a schema, and the connection is kept.
"""

from __future__ import annotations

import gc
from typing import Any

import aiohttp
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.channel.notes import note_failure


def apply() -> None:
    """Patch Rasa's remote actions, once for the process."""
    if getattr(RemoteAction, "homeward_tuned", False):
        return
    RemoteAction.homeward_tuned = True

    RemoteAction._validate_action_result = _has_the_shape_of_an_answer

    run = RemoteAction.run

    async def run_and_note(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        try:
            return await run(self, *args, **kwargs)
        except RasaException:
            note_failure(self.name())  # Rasa itself goes on without a word
            raise

    RemoteAction.run = run_and_note
    EndpointConfig.session = _kept_session


def settle() -> None:
    """Take what start-up made, some million objects that stay, out of the garbage collector's rounds, once."""
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


def _has_the_shape_of_an_answer(self: RemoteAction, result: Any) -> bool:
    """Events and responses are lists of objects, each event with its name; an event's own fields Rasa reads strictly."""
    events, responses = (result.get("events", []), result.get("responses", [])) if isinstance(result, dict) else (None, None)
    if not (
        isinstance(events, list)
        and isinstance(responses, list)
        and all(isinstance(event, dict) and isinstance(event.get("event"), str) for event in events)
        and all(isinstance(response, dict) for response in responses)
    ):
        raise ValidationError(f"the answer of {self.name()} is not one of an action server")
    return True


class _Kept:
    """Hands out a kept session to `async with`, and leaves it open."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self._session

    async def __aexit__(self, *_: object) -> None:
        pass


def _kept_session(self: EndpointConfig) -> _Kept:
    session = getattr(self, "_homeward_session", None)
    if session is None or session.closed:
        session = aiohttp.ClientSession(headers=self.headers, timeout=aiohttp.ClientTimeout(total=20))
        self._homeward_session = session
    return _Kept(session)
