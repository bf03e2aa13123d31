"""Less waste in the way Rasa calls the action server.

Rasa 3.6 builds a JSON-schema validator anew for every answer of an action, and opens a new connection for every
call; together they were three quarters of a turn with one action (docs/decisions/0004-action-seam.md). The checks
stay the same, made once; the connection is kept.
"""

from __future__ import annotations

from typing import Any

import aiohttp
from jsonschema import validators
from rasa.core.actions.action import RemoteAction
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.channel.notes import note_failure

def apply() -> None:
    """Patch Rasa's remote actions, once for the process."""
    if getattr(RemoteAction, "homeward_tuned", False):
        return
    RemoteAction.homeward_tuned = True

    schema = RemoteAction.action_response_format_spec()
    validator = validators.validator_for(schema)(schema)

    def validate_once_built(self: RemoteAction, result: dict[str, Any]) -> bool:
        for problem in validator.iter_errors(result):
            raise problem
        return True

    RemoteAction._validate_action_result = validate_once_built

    run = RemoteAction.run

    async def run_and_note(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        try:
            return await run(self, *args, **kwargs)
        except RasaException:
            note_failure(self.name())  # Rasa itself goes on without a word
            raise

    RemoteAction.run = run_and_note
    EndpointConfig.session = _kept_session


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
