"""Errors of the HSDS API: one JSON shape, a sentence that says what to do, nothing of how the directory is kept."""

from __future__ import annotations

from aiohttp import web


class Problem(Exception):
    """To be answered with this status, as {"error": {"code", "message"}}."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers

    def response(self) -> web.Response:
        body = {"error": {"code": self.code, "message": self.message}}
        return web.json_response(body, status=self.status, headers=self.headers)
