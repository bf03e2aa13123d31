"""Invite codes: made, counted, and put on a card to print. Nobody is named."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.check_ins import invites
from resources_db.models.invite import Invite
from resources_db.sites import find_site, list_sites, number_of
from resources_db.sms.numbers import readable
from resources_db.web.portal.visits import Visit

_LONGEST_LABEL = 80
_MOST_DAYS, _MOST_USES = 730, 10_000
_NEW = {"label": "", "days": "90", "most_uses": "100", "site": ""}


async def show(visit: Visit) -> web.StreamResponse:
    return await _page(visit, _NEW, {})


async def make(visit: Visit) -> web.StreamResponse:
    given = {name: visit.given(name) for name in _NEW}
    site = visit.member.site or given["site"] or None
    known = await visit.read(lambda session: site is None or site == visit.member.site or find_site(session, site) is not None)
    problems = _problems(given, known)
    if problems:
        return await _page(visit, given, problems)

    def work(session: Session) -> str:
        return invites.make(
            session, visit.office.sealer, label=given["label"], site=site, made_by=visit.member.id, days=int(given["days"]),
            most_uses=int(given["most_uses"]), now=visit.now,
        )  # fmt: skip

    return visit.go(f"/invites/{await visit.write(work)}")


async def card(visit: Visit) -> web.StreamResponse:
    """The code, large, in both languages, to print. Whoever has the code can come back to it."""

    def read(session: Session) -> tuple[str, str | None, str] | None:
        invite = invites.find(session, visit.office.sealer, visit.request.match_info["code"], visit.now)
        if invite is None or not visit.member.may_see(invite.site):
            return None
        number = number_of(visit.office.settings, find_site(session, invite.site))
        return invite.label, number, f"{invite.expires_at:%B} {invite.expires_at.day}, {invite.expires_at.year}"

    code = invites.code_in(visit.request.match_info["code"])
    if (found := await visit.read(read)) is None:
        raise web.HTTPNotFound
    label, number, until = found
    url = visit.office.settings.public_url
    parts = urlsplit(url)
    # a messaging service (MG…) has no number of its own to show
    shown = readable(number) if number and number.startswith("+") else ""
    return visit.page(
        "card.html", code=code, label=label, until=until, number=shown, address=parts.netloc + parts.path, link=f"{url}/#i={code}"
    )


async def _page(visit: Visit, given: dict[str, str], problems: dict[str, str]) -> web.Response:
    def read(session: Session) -> tuple[list[Invite], list[str]]:
        query = select(Invite).order_by(Invite.created_at.desc(), Invite.id)
        found = session.scalars(query if visit.member.site is None else query.where(Invite.site == visit.member.site)).all()
        session.expunge_all()
        return list(found), [site.name for site in list_sites(session)]

    found, sites = await visit.read(read)
    return visit.page("invites.html", 400 if problems else 200, invites=found, sites=sites, given=given, problems=problems)


def _problems(given: dict[str, str], site_is_known: bool) -> dict[str, str]:
    problems = {}
    if not given["label"]:
        problems["label"] = "Give it a name that says where it is used, such as “front desk poster”."
    elif len(given["label"]) > _LONGEST_LABEL:
        problems["label"] = f"Use at most {_LONGEST_LABEL} letters."
    for name, most, unit in (("days", _MOST_DAYS, "days"), ("most_uses", _MOST_USES, "families")):
        if not (given[name].isascii() and given[name].isdecimal() and 1 <= int(given[name][:9]) <= most):
            problems[name] = f"Give a whole number of {unit} from 1 to {most:,}."
    if not site_is_known:
        problems["site"] = "Choose one of the sites in the list."
    return problems
