"""The portal as an aiohttp application, for the gateway to mount at PREFIX."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from resources_db.sealing import Sealer
from resources_db.settings import Settings
from resources_db.storage import Storage
from resources_db.web.portal import inbox, invites, people, program
from resources_db.web.portal.signing_in import Door
from resources_db.web.portal.visits import PREFIX, Office, make_errors, open_to_all, signed_in

__all__ = ["PREFIX", "make_portal"]

_PARTNER, _ADMIN, _CENTER = ("partner",), ("admin",), ("admin", "staff")


# Nothing else gets as far as the database.
_ID, _CODE = "{id:[0-9a-f-]{36}}", "{code:[A-Za-z0-9-]{1,16}}"


def make_portal(settings: Settings, storage: Storage, sealer: Sealer) -> web.Application:
    """The application. Nothing is opened before the first request."""
    office, door = Office(settings, storage, sealer), Door()
    app = web.Application(middlewares=[make_errors(office)])
    add = app.router.add_route
    add("GET", "", _to_the_inbox)
    add("GET", f"/assets/{office.version}/portal.css", partial(_sheet, office))
    for method, handler in (("GET", door.show), ("POST", door.sign_in)):
        add(method, "/sign-in", open_to_all(office, handler))
    for method, path, visited, roles in (
        ("POST", "/sign-out", door.sign_out, ()),
        ("GET", "/password", door.show_password, ()),
        ("POST", "/password", door.choose_password, ()),
        ("GET", "/", inbox.show, ()),
        ("GET", f"/tasks/{_ID}", inbox.show_task, _CENTER),
        ("POST", f"/tasks/{_ID}/open", inbox.open_task, _CENTER),
        ("POST", f"/tasks/{_ID}/done", inbox.finish_task, _CENTER),
        ("GET", f"/calls/{_ID}", inbox.show_call, _PARTNER),
        ("POST", f"/calls/{_ID}/open", inbox.open_call, _PARTNER),
        ("POST", f"/calls/{_ID}/done", inbox.finish_call, _PARTNER),
        ("GET", "/people", people.show, _ADMIN),
        ("GET", "/people/new", people.show_new, _ADMIN),
        ("POST", "/people/new", people.add, _ADMIN),
        ("GET", f"/people/{_ID}", people.show_one, _ADMIN),
        ("POST", f"/people/{_ID}", people.change, _ADMIN),
        ("POST", f"/people/{_ID}/password", people.new_password, _ADMIN),
        ("GET", "/invites", invites.show, _CENTER),
        ("POST", "/invites", invites.make, _CENTER),
        ("GET", f"/invites/{_CODE}", invites.card, _CENTER),
        ("GET", "/program", program.show, _CENTER),
        ("GET", "/program.csv", program.download, _CENTER),
    ):
        add(method, path, signed_in(office, visited, roles))
    return app


async def _to_the_inbox(_: web.Request) -> web.Response:
    return web.Response(status=303, headers={"Location": f"{PREFIX}/"})


async def _sheet(office: Office, _: web.Request) -> web.Response:
    """Its address has its version, so it may be kept for ever."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    response = web.Response(body=office.sheet, content_type="text/css", charset="utf-8", headers=headers)
    response.enable_compression()
    return response
