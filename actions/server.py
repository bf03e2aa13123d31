"""The action server: rasa_sdk's executor behind aiohttp, on loopback, with the shared secret.

rasa_sdk's own server listens on every address, asks for no secret, and returns the whole conversation to the caller
when an action fails (docs/decisions/0004-action-seam.md).
"""

from __future__ import annotations

import gc
import hmac
import logging
import os
from collections.abc import Awaitable, Callable

from aiohttp import web
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from resources_db.taxonomy.needs import load_needs
from resources_db.wording import LANGUAGES, phrases

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SECRET_HEADER = "X-Homeward-Secret"
_MAX_BODY = 4 * 1024 * 1024


def make_app(secret: str) -> web.Application:
    """POST / runs the action Rasa names; GET /ready tells that the server is up."""
    executor = ActionExecutor()
    executor.register_package("actions")

    @web.middleware
    async def only_ours(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), secret.encode()):
            return web.json_response({"error": "unauthorized"}, status=401)
        return await handler(request)

    async def run(request: web.Request) -> web.Response:
        call = await request.json()
        try:
            result = await executor.run(call)
        except ActionExecutionRejection as rejection:
            return web.json_response({"error": str(rejection), "action_name": rejection.action_name}, status=400)
        except ActionNotFoundException as missing:
            return web.json_response({"error": str(missing), "action_name": missing.action_name}, status=404)
        except Exception as error:
            # neither the family's words nor the conversation go into a log or an answer
            logger.error("action %s failed: %s", call.get("next_action"), type(error).__name__)
            return web.json_response({}, status=500)
        return web.json_response(result)

    async def ready(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application(middlewares=[only_ours], client_max_size=_MAX_BODY)
    app.add_routes([web.post("/", run), web.get("/ready", ready)])
    app.on_startup.append(settle)
    return app


async def settle(_: web.Application) -> None:
    """Take what start-up made, and what stays, out of the garbage collector's rounds; and read the word lists once."""
    load_needs()
    for language in LANGUAGES:
        phrases(language)
    gc.collect()
    gc.freeze()


def main() -> None:
    """`python -m actions.server`, started by `homeward up`, which gives the port and the secret."""
    logging.basicConfig(level=logging.WARNING)
    web.run_app(
        make_app(os.environ["LOOPBACK_SECRET"]),
        host="127.0.0.1",
        port=int(os.environ["ACTIONS_PORT"]),
        print=None,
        access_log=None,
    )


if __name__ == "__main__":
    main()
