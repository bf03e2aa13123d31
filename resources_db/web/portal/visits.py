"""One request of somebody at the portal: who it is, what they sent, and the pages they get.

The cookie of a signed-in browser is opened by nobody else, is never sent along by another site's page, and cannot be read by
scripts. Every form carries a proof made from it, without which nothing is changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import jinja2
from aiohttp import web
from sqlalchemy.orm import Session

from resources_db.database import UNKEEPABLE
from resources_db.people.staff import SIGNED_IN_FOR, Member, member_of
from resources_db.sealing import Sealer
from resources_db.settings import Settings
from resources_db.sms.numbers import readable
from resources_db.storage import Storage, Unavailable

#: Where the gateway mounts it.
PREFIX = "/staff"
SIGN_IN, PASSWORD = f"{PREFIX}/sign-in", f"{PREFIX}/password"

_COOKIE, _FORM_COOKIE = "homeward_staff", "homeward_staff_form"
_PROOF = "proof"
_LONGEST_TOKEN = 100
_BODY_TIMEOUT = 15.0
_HERE = Path(__file__).parent
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}

T = TypeVar("T")
Form = Mapping[str, tuple[str, ...]]


class Office:
    """What all requests share."""

    def __init__(self, settings: Settings, storage: Storage, sealer: Sealer) -> None:
        self.settings, self.storage, self.sealer = settings, storage, sealer
        self.sheet = (_HERE / "portal.css").read_bytes()
        self.version = hashlib.sha256(self.sheet).hexdigest()[:12]
        self._secure = settings.public_url.startswith("https:")
        loader = jinja2.FileSystemLoader(_HERE / "templates")
        self._pages = jinja2.Environment(
            loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._pages.globals.update(prefix=PREFIX, version=self.version)
        self._pages.filters["readable"] = readable

    async def member_of(self, token: str, now: datetime) -> Member | None:
        return await self.storage.read(partial(member_of, token=token, now=now)) if token else None

    def page(self, template: str, status: int, context: Mapping[str, Any]) -> web.Response:
        text = self._pages.get_template(template).render(context)
        response = web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS)
        response.enable_compression()
        return response

    def set_cookie(self, response: web.StreamResponse, name: str, token: str) -> None:
        seconds = int(SIGNED_IN_FOR.total_seconds())
        response.set_cookie(name, token, max_age=seconds, path=PREFIX, httponly=True, samesite="Strict", secure=self._secure)

    def drop_cookie(self, response: web.StreamResponse, name: str) -> None:
        response.del_cookie(name, path=PREFIX, httponly=True, samesite="Strict", secure=self._secure)


@dataclass(frozen=True)
class Visit:
    """`member` is None only where nobody has to be signed in. `form` is empty of a GET."""

    office: Office
    request: web.Request
    token: str
    someone: Member | None
    form: Form
    now: datetime

    @property
    def member(self) -> Member:
        if self.someone is None:
            raise web.HTTPForbidden
        return self.someone

    def given(self, name: str) -> str:
        """What was typed into a field, "" when it was left out."""
        values = self.form.get(name, ())
        return values[0].strip() if values else ""

    def several(self, name: str) -> tuple[str, ...]:
        """The boxes that were ticked."""
        return self.form.get(name, ())

    async def read(self, work: Callable[[Session], T]) -> T:
        return await self.office.storage.read(work)

    async def write(self, work: Callable[[Session], T]) -> T:
        return await self.office.storage.write(work)

    def page(self, template: str, status: int = 200, **context: Any) -> web.Response:
        """A page, with who is there and the proof for its forms. `note` is a word on what was just done."""
        note = _NOTES.get(self.request.query.get("done", ""), "")
        return self.office.page(
            template, status, {"member": self.someone, "proof": proof_of(self.token), "note": note, "now": self.now, **context}
        )

    def go(self, path: str, done: str = "") -> web.Response:
        """On to another page, which says what was done: a key of _NOTES."""
        location = PREFIX + path + (f"?done={done}" if done else "")
        return web.Response(status=303, headers={**_HEADERS, "Location": location})


_NOTES = {
    "saved": "Saved.",
    "noted": "Noted. Thank you.",
    "password": "Your password is changed.",
    "out": "You are signed out.",
}

Handler = Callable[[Visit], Awaitable[web.StreamResponse]]


def proof_of(token: str) -> str:
    """What a form of this browser carries; of no use to make the token from."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def signed_in(
    office: Office, handler: Handler, roles: Collection[str] = ()
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A route for whoever is signed in and has one of these roles; for all roles where none is given."""

    async def answer(request: web.Request) -> web.StreamResponse:
        now, token = datetime.now(timezone.utc), _token(request, _COOKIE)
        member = await office.member_of(token, now)
        if member is None:
            return _away(office, SIGN_IN)
        form = await _form(request, token)
        if member.new_password and request.path not in (PASSWORD, f"{PREFIX}/sign-out"):
            return _away(None, PASSWORD)
        if roles and not member.roles.intersection(roles):
            raise web.HTTPNotFound
        return await handler(Visit(office, request, token, member, form, now))

    return answer


def open_to_all(office: Office, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A route for somebody who is not signed in yet. Its form is tied to the browser by a cookie as well."""

    async def answer(request: web.Request) -> web.StreamResponse:
        now, token = datetime.now(timezone.utc), _token(request, _COOKIE)
        if await office.member_of(token, now):
            return _away(None, f"{PREFIX}/")
        of_form = _token(request, _FORM_COOKIE)
        form = await _form(request, of_form)
        of_form = of_form or secrets.token_urlsafe(32)
        response = await handler(Visit(office, request, of_form, None, form, now))
        if response.status != 303:
            office.set_cookie(response, _FORM_COOKIE, of_form)
        return response

    return answer


def let_in(office: Office, response: web.StreamResponse, token: str) -> None:
    """Sign this browser in."""
    office.set_cookie(response, _COOKIE, token)
    office.drop_cookie(response, _FORM_COOKIE)


def let_out(office: Office, response: web.StreamResponse) -> None:
    office.drop_cookie(response, _COOKIE)


_ERRORS = {
    403: ("This page is too old", "Nothing was changed. Go back, load the page again, and then do it once more."),
    404: ("Nothing here", "There is nothing at this address, or it is not yours to see."),
    413: ("Too long", "What you wrote is longer than we can take. Nothing was changed."),
}


def make_errors(office: Office) -> Any:
    """A middleware: what goes wrong is a page with a way back."""

    @web.middleware
    async def answered(request: web.Request, handler: Any) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)
            return response
        except web.HTTPException as error:
            if error.status not in _ERRORS:
                raise
            title, text = _ERRORS[error.status]
            return office.page("message.html", error.status, {"title": title, "text": text, "member": None})
        except Unavailable:
            text = "The database cannot be reached right now. Nothing was changed. Please try again in a minute."
            return office.page("message.html", 503, {"title": "One minute, please", "text": text, "member": None})

    return answered


def _away(office: Office | None, location: str) -> web.Response:
    """Somewhere else; with an office, an old cookie is dropped on the way."""
    response = web.Response(status=303, headers={**_HEADERS, "Location": location})
    if office:
        let_out(office, response)
    return response


def _token(request: web.Request, name: str) -> str:
    token = request.cookies.get(name, "")
    return token if token.isascii() and len(token) <= _LONGEST_TOKEN else ""


async def _form(request: web.Request, token: str) -> Form:
    """The fields of a POST. Raises HTTPForbidden without the proof that one of our own pages sent it."""
    if request.method != "POST":
        return {}
    if request.content_type != "application/x-www-form-urlencoded":
        raise web.HTTPForbidden
    try:
        posted = await asyncio.wait_for(request.post(), _BODY_TIMEOUT)
    except (asyncio.TimeoutError, ValueError):  # too slow, too many fields, or not text
        raise web.HTTPForbidden from None
    form = {name: tuple(UNKEEPABLE.sub("", str(value)) for value in posted.getall(name)) for name in posted}
    if not token or not hmac.compare_digest(form.get(_PROOF, ("",))[0].encode(), proof_of(token).encode()):
        raise web.HTTPForbidden
    return form
