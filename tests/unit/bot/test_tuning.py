"""The patched seam between Rasa and the action server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import EndpointConfig

from bot.channel import tuning
from bot.channel.notes import noting


@pytest.fixture(autouse=True)
def tuned() -> None:
    tuning.apply()


async def run_action(answer: Any, times: int = 1) -> tuple[list[Any], int]:
    """What an action server's answer becomes, and how many connections were opened for it."""
    connections = set()

    async def serve(request: web.Request) -> web.Response:
        connections.add(request.transport.get_extra_info("peername") if request.transport else None)
        return web.json_response(answer)

    app = web.Application()
    app.router.add_post("/", serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
    endpoint = EndpointConfig(f"http://127.0.0.1:{port}/")
    domain = Domain.empty()
    try:
        for _ in range(times):
            events = await RemoteAction("action_find_services", endpoint).run(
                CollectingOutputChannel(), TemplatedNaturalLanguageGenerator({}), DialogueStateTracker("c", []), domain
            )
    finally:
        await endpoint._homeward_session.close()
        await runner.cleanup()
    return events, len(connections)


def test_rasa_still_has_the_methods_we_replace() -> None:
    assert RemoteAction._validate_action_result.__name__ == "_has_the_shape_of_an_answer"
    assert EndpointConfig.session.__name__ == "_kept_session"


def test_a_good_answer_becomes_events_over_one_kept_connection() -> None:
    events, connections = asyncio.run(
        run_action({"events": [{"event": "slot", "name": "a", "value": 1}], "responses": []}, times=3)
    )
    assert [event.type_name for event in events] == ["slot"]
    assert connections == 1


@pytest.mark.parametrize(
    "answer", [[], {"events": "none"}, {"events": [{"name": "a"}]}, {"responses": ["hello"]}, {"events": [1]}]
)
def test_a_bad_answer_is_still_refused(answer: Any) -> None:
    with pytest.raises(ValidationError):
        asyncio.run(run_action(answer))


def test_an_action_that_cannot_be_run_is_noted() -> None:
    async def run() -> list[str]:
        action = RemoteAction("action_find_services", EndpointConfig("http://127.0.0.1:9/"))
        with noting() as turn, pytest.raises(RasaException):
            await action.run(
                CollectingOutputChannel(), TemplatedNaturalLanguageGenerator({}), DialogueStateTracker("c", []), Domain.empty()
            )
        return turn.failed

    assert asyncio.run(run()) == ["action_find_services"]
