"""Partners, navigators and staff: who they are, when they work, how families read of them. For admins."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from resources_db.models.staff_member import StaffMember
from resources_db.people.staff import (
    ROLES,
    StaffRefused,
    add_member,
    check_email,
    end_sessions,
    give_one_time_password,
    list_members,
)
from resources_db.people.tags import load_tags
from resources_db.sites import list_sites
from resources_db.web.portal.visits import Visit

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LANGUAGES = {"en": "English", "es": "Spanish"}
ZONES = {
    "America/New_York": "Eastern", "America/Chicago": "Central", "America/Denver": "Mountain",
    "America/Phoenix": "Arizona", "America/Los_Angeles": "Pacific", "America/Anchorage": "Alaska", "Pacific/Honolulu": "Hawaii",
    "America/Puerto_Rico": "Puerto Rico",
}  # fmt: skip
ROLE_NAMES = {
    "admin": "Admin: people, invites, program, inbox", "staff": "Center staff: inbox, invites, program",
    "partner": "Parent partner or navigator: calls families",
}  # fmt: skip
_LONGEST_NAME, _LONGEST_INTRODUCTION, _MOST_FAMILIES = 80, 300, 200
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])|24:00")


@dataclass
class Draft:
    """A person as the form shows and sends it; `hours` is (from, until) of each weekday, as typed."""

    name: str = ""
    email: str = ""
    site: str = ""
    active: bool = True
    roles: tuple[str, ...] = ("partner",)
    languages: tuple[str, ...] = ("en",)
    tags: tuple[str, ...] = ()
    time_zone: str = "America/Los_Angeles"
    cap: str = "5"
    hours: list[tuple[str, str]] = field(default_factory=lambda: [("09:00", "17:00")] * 5 + [("", "")] * 2)
    introduction: dict[str, str] = field(default_factory=lambda: dict.fromkeys(LANGUAGES, ""))
    #: By field, what is wrong and what to do.
    problems: dict[str, str] = field(default_factory=dict)


async def show(visit: Visit) -> web.StreamResponse:
    def read(session: Session) -> list[Mapping[str, Any]]:
        return [
            {"id": one.id, "name": one.name, "email": one.email, "roles": one.roles, "site": one.site, "active": one.active,
             "languages": [LANGUAGES.get(code, code) for code in one.languages], "cap": one.caseload_cap}
            for one in list_members(session, visit.member.site)
        ]  # fmt: skip

    return visit.page("people.html", people=await visit.read(read))


async def show_new(visit: Visit) -> web.StreamResponse:
    return await _form(visit, Draft(site=visit.member.site or ""), None)


async def add(visit: Visit) -> web.StreamResponse:
    draft = _given(visit)

    def work(session: Session) -> tuple[str, str] | None:
        _check(session, visit, draft, None)
        if draft.problems:
            return None
        member = add_member(
            session, email=draft.email, name=draft.name, roles=draft.roles, site=draft.site or None, now=visit.now
        )
        _write(draft, member)
        return member.email, give_one_time_password(session, member, visit.now)

    if (made := await visit.write(work)) is None:
        return await _form(visit, draft, None, 400)
    return visit.page("one_time.html", name=draft.name, email=made[0], password=made[1])


async def show_one(visit: Visit) -> web.StreamResponse:
    draft = await visit.read(lambda session: _draft_of(_theirs(session, visit)))
    return await _form(visit, draft, visit.request.match_info["id"])


async def change(visit: Visit) -> web.StreamResponse:
    draft, own_id = _given(visit), visit.request.match_info["id"]

    def work(session: Session) -> None:
        member = _theirs(session, visit)
        _check(session, visit, draft, member)
        if draft.problems:
            return
        member.name, member.email, member.site, member.active = draft.name, draft.email, draft.site or None, draft.active
        member.roles = [role for role in ROLES if role in draft.roles]
        _write(draft, member)
        if not member.active:
            end_sessions(session, member.id)

    await visit.write(work)
    if draft.problems:
        return await _form(visit, draft, own_id, 400)
    return visit.go("/people", "saved")


async def new_password(visit: Visit) -> web.StreamResponse:
    def work(session: Session) -> tuple[str, str, str]:
        member = _theirs(session, visit)
        return member.name, member.email, give_one_time_password(session, member, visit.now)

    name, email, password = await visit.write(work)
    return visit.page("one_time.html", name=name, email=email, password=password)


async def _form(visit: Visit, draft: Draft, own_id: str | None, status: int = 200) -> web.Response:
    sites = await visit.read(lambda session: [site.name for site in list_sites(session)])
    return visit.page(
        "person.html", status, draft=draft, own_id=own_id, sites=sites, days=DAYS, languages=LANGUAGES, zones=ZONES,
        role_names=ROLE_NAMES, tags={code: tag.name["en"] for code, tag in load_tags().items()}, longest=_LONGEST_INTRODUCTION,
    )  # fmt: skip


def _theirs(session: Session, visit: Visit) -> StaffMember:
    """Raises HTTPNotFound for somebody of another site."""
    member = session.get(StaffMember, visit.request.match_info["id"])
    if member is None or not visit.member.may_see(member.site):
        raise web.HTTPNotFound
    return member


def _given(visit: Visit) -> Draft:
    return Draft(
        name=visit.given("name"), email=visit.given("email").lower(), site=visit.member.site or visit.given("site"),
        active=visit.given("active") == "yes", roles=visit.several("roles"), languages=visit.several("languages"),
        tags=visit.several("tags"), time_zone=visit.given("time_zone"), cap=visit.given("cap"),
        hours=[(visit.given(f"from{day}"), visit.given(f"until{day}")) for day in range(7)],
        introduction={code: visit.given(f"introduction_{code}") for code in LANGUAGES},
    )  # fmt: skip


def _draft_of(member: StaffMember) -> Draft:
    hours = [("", "")] * 7
    for row in member.hours:
        for day in row["days"]:
            hours[int(day)] = row["from"], row["until"]
    return Draft(
        name=member.name, email=member.email, site=member.site or "", active=member.active, roles=tuple(member.roles),
        languages=tuple(member.languages), tags=tuple(member.tags), time_zone=member.time_zone, cap=str(member.caseload_cap),
        hours=hours, introduction={code: member.introduction.get(code, "") for code in LANGUAGES},
    )  # fmt: skip


def _check(session: Session, visit: Visit, draft: Draft, member: StaffMember | None) -> None:
    """Fill in draft.problems."""
    problems = draft.problems
    if not draft.name or len(draft.name) > _LONGEST_NAME:
        problems["name"] = f"Write the name as families read it, in at most {_LONGEST_NAME} letters."
    try:
        check_email(session, draft.email, member.id if member else None)
    except StaffRefused as error:
        problems["email"] = _sentence(str(error))
    if not draft.roles or set(draft.roles) - set(ROLES):
        problems["roles"] = "Choose what they do here."
    if draft.site and draft.site != visit.member.site and draft.site not in {site.name for site in list_sites(session)}:
        problems["site"] = "Choose one of the sites in the list."
    if set(draft.languages) - set(LANGUAGES):
        problems["languages"] = "Choose from the list."
    if set(draft.tags) - set(load_tags()):
        problems["tags"] = "Choose from the list."
    if draft.time_zone not in ZONES and not (member and draft.time_zone == member.time_zone):
        problems["time_zone"] = "Choose the clock they work by."
    if not (draft.cap.isascii() and draft.cap.isdecimal() and int(draft.cap[:6]) <= _MOST_FAMILIES):
        problems["cap"] = f"Give a whole number from 0 to {_MOST_FAMILIES}."
    for code in LANGUAGES:
        if len(draft.introduction[code]) > _LONGEST_INTRODUCTION:
            problems[f"introduction_{code}"] = f"Use at most {_LONGEST_INTRODUCTION} letters."
    if wrong := [DAYS[day] for day, (start, end) in enumerate(draft.hours) if not _is_span(start, end)]:
        problems["hours"] = f"{' and '.join(wrong)}: give both times, the later one second, or leave both empty."
    if "partner" in draft.roles and draft.active:
        _check_partner(draft)
    if member is not None and member.id == visit.member.id and not (draft.active and "admin" in draft.roles):
        problems["roles"] = "You cannot take this page away from yourself. Ask another admin."


def _check_partner(draft: Draft) -> None:
    """What a family must be told before somebody calls it."""
    problems = draft.problems
    if not draft.languages:
        problems.setdefault("languages", "Choose the languages they call families in.")
    if not any(start for start, _ in draft.hours):
        problems.setdefault("hours", "Give the hours in which they call families, on one day at least.")
    if draft.cap == "0":
        problems.setdefault("cap", "Give how many families they can have at once. To stop for a while, untick “Active”.")
    for code in draft.languages:
        if code in LANGUAGES and not draft.introduction[code]:
            problems.setdefault(f"introduction_{code}", f"Write how they introduce themselves in {LANGUAGES[code]}.")


def _is_span(start: str, end: str) -> bool:
    if not start and not end:
        return True
    return bool(_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end)) and start.zfill(5) < end.zfill(5)


def _write(draft: Draft, member: StaffMember) -> None:
    member.languages = [code for code in LANGUAGES if code in draft.languages]
    member.tags = [code for code in load_tags() if code in draft.tags]
    member.time_zone, member.caseload_cap, member.hours = draft.time_zone, int(draft.cap), _rows(draft)
    member.introduction = {code: text for code, text in draft.introduction.items() if text}


def _rows(draft: Draft) -> list[dict[str, Any]]:
    """Days with the same hours as one row."""
    days: dict[tuple[str, str], str] = defaultdict(str)
    for day, (start, end) in enumerate(draft.hours):
        if start:
            days[start.zfill(5), end.zfill(5)] += str(day)
    return [{"days": which, "from": start, "until": end} for (start, end), which in days.items()]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
