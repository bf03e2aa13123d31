"""Errors of the gateway: one JSON shape for the Chat API, a sentence that says what to do, never a stack trace."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from bot.gateway.words import WORDS, language_of
from resources_db.storage import Unavailable

logger = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

UNAVAILABLE = "utter_unavailable"

_BY_STATUS = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_long", "This is too long. Please send at most 4,000 characters."),
}


class Problem(Exception):
    """An error to raise in a handler of the Chat API."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


@web.middleware
async def errors_answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every error under /chat/ in the one shape; elsewhere as a short plain sentence."""
    try:
        return await handler(request)
    except Problem as problem:
        return _response(request, problem.status, problem.code, problem.message, problem.headers)
    except web.HTTPException as error:
        code, message = _BY_STATUS.get(error.status, ("error", error.reason))
        allowed = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
        return _response(request, error.status, code, message, allowed)
    except web.RequestPayloadError:
        return _response(request, 400, "bad_body", "The message did not arrive whole. Please send it again.", {})
    except Unavailable as error:
        logger.error("%s could not be answered: %s", _route_of(request), error)
        words = request.app[WORDS].say(UNAVAILABLE, language_of(request))
        return _response(request, 503, "unavailable", words, {"Retry-After": "5"})
    except Exception:
        logger.exception("%s failed", _route_of(request))
        return _response(request, 500, "internal", "Something went wrong on our side. Please try again in a minute.", {})


def _route_of(request: web.Request) -> str:
    """What was asked for, without the words of who asked: a path may hold a secret, or lines like those of a log."""
    resource = request.match_info.route.resource
    return f"{request.match_info.route.method} {resource.canonical}" if resource else "a request"


def _response(request: web.Request, status: int, code: str, message: str, headers: dict[str, str]) -> web.Response:
    if request.path.startswith("/chat/"):
        return web.json_response({"error": {"code": code, "message": message}}, status=status, headers=headers, dumps=_as_text)
    return web.Response(text=f"{message}\n", status=status, headers=headers)


def _as_text(data: object) -> str:
    return json.dumps(data, ensure_ascii=False)
