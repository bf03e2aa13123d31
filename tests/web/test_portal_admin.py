"""People, invites and the program page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.check_ins import invites
from resources_db.database import session_scope
from resources_db.models.invite import Invite
from resources_db.models.program_count import ProgramCount
from resources_db.models.staff_member import StaffMember
from tests.databases import SqliteDatabases
from tests.web.center import SEALER, Center, Desk, address, center, desk, gateway, now
from tests.web.rasa_stand_in import Gateway, Gateways

__all__ = ["center", "desk", "gateway"]

PERSON: dict[str, Any] = {
    "name": "Bea Ramos", "email": "Bea@Center.Example.org", "roles": ["partner"], "active": "yes", "languages": ["en", "es"],
    "tags": ["recovery"], "time_zone": "America/Chicago", "cap": "4", "from0": "09:00", "until0": "17:00", "from2": "09:00",
    "until2": "17:00", "from5": "10:00", "until5": "12:30", "introduction_en": "I am a mom of two.",
    "introduction_es": "Soy mamá de dos.",
}  # fmt: skip


@pytest.fixture
def directory_engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """What is tested here is the same on every database."""
    with sqlite_databases.new() as engine:
        yield engine


# ---- people ------------------------------------------------------------------------------------------------------


async def test_an_admin_adds_a_partner_who_can_sign_in_at_once(desk: Desk, center: Center, gateway: Gateway) -> None:
    center.person("Ana", ["admin"])
    await desk.sign_in("Ana")
    await desk.get("/staff/people/new")
    page = await desk.post("/staff/people/new", **PERSON)
    assert desk.status == 200, page
    once = re.findall(r'class="code">([a-z0-9-]+)<', page)[0]
    with Session(center.engine) as session:
        bea = session.scalars(select(StaffMember).where(StaffMember.name == "Bea Ramos")).one()
    assert bea.email == "bea@center.example.org"
    assert bea.hours == [{"days": "02", "from": "09:00", "until": "17:00"}, {"days": "5", "from": "10:00", "until": "12:30"}]
    assert (bea.languages, bea.tags, bea.caseload_cap, bea.time_zone) == (["en", "es"], ["recovery"], 4, "America/Chicago")
    assert bea.introduction == {"en": "I am a mom of two.", "es": "Soy mamá de dos."}
    other = Desk(gateway)
    await other.get("/staff/sign-in")
    await other.post("/staff/sign-in", email="bea@center.example.org", password=once)
    assert other.response.headers["Location"] == "/staff/password"
    page = await desk.get(f"/staff/people/{bea.id}")
    for kept in ('value="10:00"', "Soy mamá de dos.", 'value="recovery" checked', 'value="America/Chicago" selected'):
        assert kept in page


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "Write the name as families read it"),
        ({"email": "bea"}, "Give an e-mail address such as"),
        ({"email": "ANA@center.example.org"}, "has an account already"),
        ({"roles": []}, "Choose what they do here"),
        ({"roles": ["root"]}, "Choose what they do here"),
        ({"languages": []}, "Choose the languages they call families in"),
        ({"cap": "many"}, "Give a whole number from 0 to 200"),
        ({"cap": "0"}, "Give how many families they can have at once"),
        ({"until0": ""}, "Monday: give both times"),
        ({"from5": "13:00"}, "Saturday: give both times, the later one second"),
        ({"from0": "", "until0": "", "from2": "", "until2": "", "from5": "", "until5": ""}, "on one day at least"),
        ({"time_zone": "Mars/Olympus"}, "Choose the clock they work by"),
        ({"introduction_es": ""}, "Write how they introduce themselves in Spanish"),
        ({"introduction_en": "x" * 301}, "Use at most 300 letters"),
        ({"site": "nowhere"}, "Choose one of the sites"),
    ],
)
async def test_what_cannot_be_is_said_with_what_to_do_and_nothing_typed_is_lost(
    desk: Desk, center: Center, given: dict[str, Any], said: str
) -> None:
    center.person("Ana", ["admin"])
    await desk.sign_in("Ana")
    await desk.get("/staff/people/new")
    page = await desk.post("/staff/people/new", **{**PERSON, **given})
    assert (desk.status, said in page) == (400, True), page
    assert "Nothing you typed is lost" in page
    for field, value in {**PERSON, **given}.items():
        if field in ("name", "cap", "from2", "introduction_es") and value:
            assert value in page, field
    with Session(center.engine) as session:
        assert len(session.scalars(select(StaffMember)).all()) == 1


async def test_a_name_is_words_and_never_markup(desk: Desk, center: Center) -> None:
    center.person("Ana", ["admin"])
    await desk.sign_in("Ana")
    await desk.get("/staff/people/new")
    await desk.post("/staff/people/new", **{**PERSON, "name": '<img src=x onerror="1">', "introduction_en": "</textarea><b>hi"})
    page = await desk.get("/staff/people")
    assert "<img" not in page
    assert "&lt;img" in page


async def test_deactivating_somebody_ends_their_session_and_an_admin_cannot_shut_the_door_on_themselves(
    desk: Desk, center: Center, gateway: Gateway
) -> None:
    ana, bea = center.person("Ana", ["admin"]), center.person("Bea", ["staff"])
    await desk.sign_in("Ana")
    other = Desk(gateway)
    await other.sign_in("Bea")
    await desk.get(f"/staff/people/{bea}")
    inactive = {**PERSON, "active": "", "roles": ["staff"], "name": "Bea", "email": address("Bea")}
    await desk.post(f"/staff/people/{bea}", **inactive)
    assert desk.response.headers["Location"] == "/staff/people?done=saved"
    await other.get("/staff/")
    assert other.status == 303
    await desk.get(f"/staff/people/{ana}")
    for change in ({"active": ""}, {"roles": ["staff"]}):
        page = await desk.post(
            f"/staff/people/{ana}", **{**PERSON, "name": "Ana", "email": address("Ana"), "roles": ["admin"], **change}
        )
        assert "You cannot take this page away from yourself" in page


async def test_a_new_one_time_password_signs_out(desk: Desk, center: Center, gateway: Gateway) -> None:
    center.person("Ana", ["admin"])
    bea = center.person("Bea", ["staff"])
    other = Desk(gateway)
    await other.sign_in("Bea")
    await desk.sign_in("Ana")
    await desk.get(f"/staff/people/{bea}")
    page = await desk.post(f"/staff/people/{bea}/password")
    once = re.findall(r'class="code">([a-z0-9-]+)<', page)[0]
    await other.get("/staff/")
    assert other.status == 303
    assert await other.sign_in("Bea", once) == 303


async def test_an_admin_of_a_site_manages_its_people_only(desk: Desk, center: Center) -> None:
    oak, elm = center.site("oak"), center.site("elm")
    center.person("Ana", ["admin"], oak)
    others = center.person("Cleo", ["staff"], elm), center.person("Root", ["admin"])
    await desk.sign_in("Ana")
    page = await desk.get("/staff/people")
    assert "Cleo" not in page
    assert "Root" not in page
    for other in others:
        await desk.get(f"/staff/people/{other}")
        assert desk.status == 404
        for path in (f"/staff/people/{other}", f"/staff/people/{other}/password"):
            await desk.get("/staff/people/new")
            await desk.post(path, **PERSON)
            assert desk.status == 404
    await desk.get("/staff/people/new")
    await desk.post("/staff/people/new", **{**PERSON, "site": elm})
    with Session(center.engine) as session:
        assert session.scalars(select(StaffMember.site).where(StaffMember.name == "Bea Ramos")).one() == oak


# ---- invites -----------------------------------------------------------------------------------------------------


async def test_a_code_is_made_and_printed_on_a_card_in_both_languages(center: Center, gateways: Gateways) -> None:
    texting = {
        "HOMEWARD_SMS_ACCOUNT_SID": "AC" + "0" * 32, "HOMEWARD_SMS_AUTH_TOKEN": "a token", "HOMEWARD_SMS_FROM": "+19165550100",
        "HOMEWARD_SECRET_KEY": "a key of these tests, long enough to be one", "HOMEWARD_PUBLIC_URL": "https://localhost",
    }  # fmt: skip
    desk = Desk(await gateways(**texting))
    center.person("Ana", ["staff"])
    await desk.sign_in("Ana")
    await desk.get("/staff/invites")
    await desk.post("/staff/invites", label="front desk", days="30", most_uses="5")
    path = desk.response.headers["Location"]
    code = path.rpartition("/")[2]
    assert re.fullmatch(r"HW-[A-Z2-9]{6}", code)
    page = await desk.get(path)
    assert page.count(f'<p class="code">{code}</p>') == 2
    for shown in ("(916) 555-0100", "Who sees this?", "¿Quién ve esto?", f"https://localhost/#i={code}"):
        assert shown in page
    with session_scope(center.engine) as session:
        invite = invites.find(session, SEALER, f"hi, {code.lower()}", now())
        assert invite is not None
        invites.use(session, invite)
    page = await desk.get("/staff/invites")
    assert "1 of 5" in page
    assert code not in page, "it is kept nowhere"


@pytest.mark.parametrize(
    "given",
    [{"label": ""}, {"label": "x" * 81}, {"days": "0"}, {"days": "nine"}, {"days": "9" * 40}, {"most_uses": "-1"}, {"site": "?"}],
)
async def test_a_code_that_cannot_be_is_said_with_what_to_do(desk: Desk, center: Center, given: dict[str, str]) -> None:
    center.person("Ana", ["admin"])
    await desk.sign_in("Ana")
    await desk.get("/staff/invites")
    page = await desk.post("/staff/invites", **{"label": "poster", "days": "77", "most_uses": "88", "site": "", **given})
    assert (desk.status, "Nothing you typed is lost" in page) == (400, True)
    with Session(center.engine) as session:
        assert session.scalars(select(Invite)).all() == []


async def test_codes_of_another_site_are_not_there(desk: Desk, center: Center) -> None:
    oak, elm = center.site("oak"), center.site("elm")
    center.person("Ana", ["staff"], oak)
    with session_scope(center.engine) as session:
        theirs = invites.make(session, SEALER, label="their wall", site=elm, made_by=None, days=9, most_uses=9, now=now())
    await desk.sign_in("Ana")
    assert "their wall" not in await desk.get("/staff/invites")
    for path in (f"/staff/invites/{theirs}", "/staff/invites/HW-222222", "/staff/invites/x"):
        await desk.get(path)
        assert desk.status == 404
    await desk.get("/staff/invites")
    await desk.post("/staff/invites", label="ours", days="9", most_uses="9", site=elm)
    with Session(center.engine) as session:
        assert session.scalars(select(Invite.site).where(Invite.label == "ours")).one() == oak


# ---- program -----------------------------------------------------------------------------------------------------


def last_monday() -> date:
    return now().date() - timedelta(days=now().date().weekday() + 7)


def put(center: Center, measure: str, count: int, week: date | None = None, **more: str) -> None:
    with session_scope(center.engine) as session:
        row = {
            "week": week or last_monday(),
            "site": "",
            "measure": measure,
            "need": "",
            "zip": "",
            "language": "en",
            "span": "",
            **more,
        }
        session.add(ProgramCount(**row, count=count))


def half_of(day: date) -> str:
    return f"{day.year}-{1 if day.month < 7 else 2}"


async def test_the_program_page_is_kind_when_there_is_nothing_yet(desk: Desk, center: Center) -> None:
    center.person("Ana", ["admin"])
    await desk.sign_in("Ana")
    assert "Nothing to show yet" in await desk.get("/staff/program")
    put(center, "enrolled", 50, week=last_monday() + timedelta(days=7))
    assert "Nothing to show yet" in await desk.get("/staff/program"), "the week under way is not shown"


async def test_page_and_file_show_the_same_and_nothing_small(desk: Desk, center: Center) -> None:
    center.person("Ana", ["admin"])
    put(center, "enrolled", 40)
    put(center, "check_in_said", 40)
    put(center, "check_in_answered", 30)
    put(center, "need_unmet", 7, need="food", zip="95814")
    put(center, "need_unmet", 23, need="food", zip="95815")
    put(center, "need_unmet", 31, need="housing", zip="95814")
    put(center, "need_unmet", 43, need="housing", zip="95815")
    await desk.sign_in("Ana")
    page = await desk.get(f"/staff/program?months={half_of(last_monday())}")
    assert "75%" in page
    assert "&lt;11*" in page
    assert "<svg" in page
    rows = list(
        csv.DictReader(io.StringIO((await desk.get(f"/staff/program.csv?months={half_of(last_monday())}")).lstrip("\ufeff")))
    )
    unmet = {(row["row"], row["column"]): row["value"] for row in rows if row["table"] == "Unmet need by ZIP"}
    assert unmet["95814", "Food"] == "<11*"
    assert unmet["All", "all"] == "104"
    hidden = [key for key, value in unmet.items() if value == "<11*"]
    assert len(hidden) == 4, "its row, its column and the cell across are held back as well"
    assert rows[-1]["value"].startswith("* under 11")
    for row in rows[:-1]:
        assert not row["value"].isdecimal() or int(row["value"]) == 0 or int(row["value"]) >= 11
    cells = re.findall(r'<td class="n">([^<]*)</td>', page)
    assert {"104", "&lt;11*"} <= set(cells)
    assert not {"7", "23", "31", "43"} & set(cells)


async def test_a_member_of_a_site_sees_its_numbers_only(desk: Desk, center: Center) -> None:
    oak = center.site("oak")
    center.person("Ana", ["staff"], oak)
    put(center, "enrolled", 44, site=oak)
    put(center, "enrolled", 333, site="elm")
    await desk.sign_in("Ana")
    months = half_of(last_monday())
    for path in (
        f"/staff/program?months={months}",
        f"/staff/program?months={months}&site=oak",
        f"/staff/program.csv?months={months}",
    ):
        page = re.sub(r"[0-9a-f]{12,}", "", await desk.get(path))  # without the proof and the version of the sheet
        assert "44" in page
        assert "333" not in page
        assert "377" not in page
    for path in ("/staff/program?site=elm", "/staff/program.csv?site=elm", "/staff/program?site=%27"):
        await desk.get(path)
        assert desk.status == 404


async def test_whatever_is_asked_for_as_months_is_a_page(desk: Desk, center: Center) -> None:
    center.person("Ana", ["admin"])
    await desk.sign_in("Ana")
    for months in ("", "x", "2026-3", "1999-1", "2099-2", "2026-1%00"):
        await desk.get(f"/staff/program?months={months}")
        assert desk.status == 200, months
