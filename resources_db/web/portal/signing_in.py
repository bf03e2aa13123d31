"""Signing in and out, and choosing a password."""

from __future__ import annotations

import asyncio

from aiohttp import web
from sqlalchemy.orm import Session

from resources_db.models.staff_member import StaffMember
from resources_db.people.staff import (
    LONGEST_PASSWORD,
    SHORTEST_PASSWORD,
    StaffRefused,
    as_member,
    check_new_password,
    find_member,
    is_password,
    set_password,
    sign_in,
    sign_out,
)
from resources_db.web.api.limits import Limits, Rate, client_of
from resources_db.web.portal.visits import Visit, let_in, let_out

#: Tries to sign in: for one account, and from one address, where a whole center may sit.
ACCOUNT, ADDRESS = Rate(8, 1 / 60), Rate(40, 1 / 15)
_WRONG = "E-mail and password do not go together. Please try again."
_MANY = "Too many tries. Please wait {} and try again. Nobody was locked out."
_TWO_AT_ONCE = 2


class Door:
    """Guesses are slow, and few."""

    def __init__(self) -> None:
        self._accounts, self._addresses = Limits(ACCOUNT), Limits(ADDRESS)
        self._guards = asyncio.Semaphore(_TWO_AT_ONCE)

    async def show(self, visit: Visit) -> web.StreamResponse:
        return visit.page("sign_in.html", email="", problem="")

    async def sign_in(self, visit: Visit) -> web.StreamResponse:
        email, password = visit.given("email").lower(), _typed(visit, "password")
        wait = self._addresses.take(_address(visit)) or self._accounts.take(email[:254])
        if wait:
            problem = _MANY.format("a minute" if wait <= 60 else f"{-(-wait // 60)} minutes")
            response = visit.page("sign_in.html", 429, email=email, problem=problem)
            response.headers["Retry-After"] = str(wait)
            return response

        def look(session: Session) -> tuple[str, str | None] | None:
            member = find_member(session, email)
            return (member.id, member.password_hash) if member and member.active else None

        found = await visit.read(look)
        if not await self._is_password(visit, found[1] if found else None, password) or found is None:
            return visit.page("sign_in.html", 401, email=email, problem=_WRONG)
        staff_id, kept = found

        def write(session: Session) -> tuple[str, bool] | None:
            member = session.get(StaffMember, staff_id)
            if member is None or not member.active or member.password_hash != kept:
                return None  # something was changed while we checked
            return sign_in(session, staff_id, visit.now), as_member(member).new_password

        if (opened := await visit.write(write)) is None:
            return visit.page("sign_in.html", 401, email=email, problem=_WRONG)
        token, new_password = opened
        response = visit.go("/password" if new_password else "/")
        let_in(visit.office, response, token)
        return response

    async def sign_out(self, visit: Visit) -> web.StreamResponse:
        await visit.write(lambda session: sign_out(session, visit.token))
        response = visit.go("/sign-in", "out")
        let_out(visit.office, response)
        return response

    async def show_password(self, visit: Visit) -> web.StreamResponse:
        return _password_page(visit)

    async def choose_password(self, visit: Visit) -> web.StreamResponse:
        now, new, again = (_typed(visit, name) for name in ("password", "new", "again"))
        member = visit.member
        kept = await visit.read(lambda session: session.get_one(StaffMember, member.id).password_hash)
        slow_down = not member.new_password and self._accounts.take(member.email)
        if slow_down:
            return _password_page(visit, password=_MANY.format("a minute"))
        if not member.new_password and not await self._is_password(visit, kept, now):
            return _password_page(visit, password="This is not your password of now.")
        try:
            check_new_password(new, member.email, member.name)
        except StaffRefused as error:
            return _password_page(visit, new=str(error)[0].upper() + str(error)[1:] + ".")
        if new != again:
            return _password_page(visit, again="The two are not the same. Please type the new password twice.")

        def write(session: Session) -> str:
            set_password(session, session.get_one(StaffMember, member.id), new)
            return sign_in(session, member.id, visit.now)

        token = await visit.write(write)
        response = visit.go("/", "password")
        let_in(visit.office, response, token)
        return response

    async def _is_password(self, visit: Visit, kept: str | None, password: str) -> bool:
        async with self._guards:
            return await asyncio.to_thread(is_password, kept, password, visit.now)


def _password_page(visit: Visit, **problems: str) -> web.Response:
    lengths = {"shortest": SHORTEST_PASSWORD, "longest": LONGEST_PASSWORD}
    return visit.page("password.html", 400 if problems else 200, problems=problems, **lengths)


def _typed(visit: Visit, name: str) -> str:
    """A password, with its spaces."""
    values = visit.form.get(name, ())
    return values[0] if values else ""


def _address(visit: Visit) -> str:
    request, proxies = visit.request, visit.office.settings.trusted_proxies
    forwarded = ",".join(request.headers.getall("X-Forwarded-For", ())) if proxies else ""
    return client_of(request.remote, forwarded, proxies)
