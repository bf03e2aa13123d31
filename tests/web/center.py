"""A family resource center for tests of the portal: people with passwords, and families that asked for something."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from aiohttp import ClientResponse
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.conversations import start_texting
from resources_db.database import session_scope
from resources_db.models.call_request import CallRequest
from resources_db.models.family_phone import FamilyPhone
from resources_db.models.staff_member import StaffMember
from resources_db.models.staff_task import StaffTask
from resources_db.people import calls, shares, staff
from resources_db.people.staff import Role, add_member, set_password
from resources_db.referrals import ledger
from resources_db.sealing import Sealer
from resources_db.sites import add_site
from tests.factories import DirectoryBuilder
from tests.web.rasa_stand_in import Gateway, Gateways

_SECRET = "a key of these tests, long enough to be one"
SEALER = Sealer([_SECRET])
PASSWORD = "four purple words here"
NUMBER = "+19165550177"
#: What a family shared, and nobody else may read.
WORDS = "My name is Marisol. I am looking for a crib."


@dataclass
class Center:
    """What tests put into an installation's database."""

    engine: Engine
    sealer: Sealer

    def site(self, name: str) -> str:
        with session_scope(self.engine) as session:
            add_site(session, name, {}, now())
        return name

    def person(self, name: str, roles: Sequence[Role], site: str | None = None) -> str:
        """Somebody who signs in as NAME@center.example.org with PASSWORD; returns their id."""
        with session_scope(self.engine) as session:
            member = add_member(session, email=address(name), name=name, roles=roles, site=site, now=now())
            set_password(session, member, PASSWORD)
            member.languages, member.caseload_cap, member.time_zone = ["en"], 5, "America/Los_Angeles"
            return member.id

    def listing(self, name: str = "Crib Closet") -> str:
        with session_scope(self.engine) as session:
            return DirectoryBuilder(session).add(name, needs=["goods"])

    def family(self, session: Session, site: str | None, number: str = NUMBER) -> str:
        """One that texts; returns the id of its conversation."""
        digest = self.sealer.digest(number)
        phone = FamilyPhone(
            id=str(uuid.uuid4()), digest=digest, sealed=self.sealer.seal(number), key_id=self.sealer.key_id, language="en",
            our_number="+19165550100", site=site, created_at=now(), seen_at=now(), welcomed_at=now(), last_position=0,
        )  # fmt: skip
        session.add(phone)
        session.flush()
        return start_texting(session, phone.id, language="en", now=now(), lifetime=timedelta(days=30), site=site).id

    def call(self, staff_id: str, site: str | None = None, number: str = NUMBER, late: bool = False) -> str:
        """A family shared WORDS and its number with this person, who promised to call; returns the call's id."""
        with session_scope(self.engine) as session:
            conversation = self.family(session, site, number)
            share = shares.share(
                session, self.sealer, conversation, what="call", text=WORDS, with_whom="Ana", staff_id=staff_id, phone=number,
                now=now(),
            )  # fmt: skip
            call = CallRequest(
                id=str(uuid.uuid4()), conversation_id=conversation, staff_id=staff_id, share_id=share.id, state="promised",
                asked_at=now(), promised_by=now() + timedelta(hours=-1 if late else 3),
            )  # fmt: skip
            session.add(call)
            return call.id

    def team_call(self, site: str | None = None, number: str = NUMBER) -> str:
        """A family asked for a person and no partner is free; returns the task's id."""
        with session_scope(self.engine) as session:
            conversation = self.family(session, site, number)
            calls.ask_call(session, self.sealer, conversation, partner=None, shared_text=WORDS, with_whom="the team", now=now())
            return session.scalars(select(StaffTask.id).where(StaffTask.kind == "call")).one()

    def request(self, service_id: str, site: str | None = None, number: str = NUMBER) -> str:
        """A family's request for a listing, to be passed on by staff; returns the task's id."""
        with session_scope(self.engine) as session:
            conversation = self.family(session, site, number)
            referral = ledger.open_referral(
                session, conversation, service_id=service_id, service_at_location_id=None, need="goods", zip="92701", now=now()
            )
            ledger.go(session, referral, "request", follow_up_wording=None, now=now())
            ledger.note(session, referral, "requested", "family", now())
            shared = {"what": "request", "text": WORDS, "with_whom": "Crib Closet"}
            share = shares.share(session, self.sealer, conversation, **shared, now=now())
            task = StaffTask(
                id=str(uuid.uuid4()), kind="request", site=site, dedupe_key=f"request {share.id}", referral_id=referral.id,
                share_id=share.id, service_id=service_id, detail={}, created_at=now(), due_at=now() + timedelta(days=1),
            )  # fmt: skip
            session.add(task)
            return task.id

    def doubt(self, service_id: str) -> str:
        """A listing to check; returns the task's id."""
        with session_scope(self.engine) as session:
            task = StaffTask(
                id=str(uuid.uuid4()), kind="listing", dedupe_key=f"listing {service_id}", service_id=service_id,
                detail={"reports": 2, "reasons": ["wrong_phone"]}, created_at=now(), due_at=now() + timedelta(hours=5),
            )  # fmt: skip
            session.add(task)
            return task.id

    def take_back(self, table: type[CallRequest] | type[StaffTask], row_id: str) -> None:
        with session_scope(self.engine) as session:
            share_id = session.get_one(table, row_id).share_id
            assert share_id is not None
            assert shares.revoke(session, share_id, now())

    def deactivate(self, staff_id: str) -> None:
        with session_scope(self.engine) as session:
            session.get_one(StaffMember, staff_id).active = False


@pytest.fixture
def center(directory_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Center:
    """Its passwords cost little to check: what they cost in earnest is a test of their own."""
    monkeypatch.setattr(staff, "_COST", 2**4)
    staff._nobodys.cache_clear()
    return Center(directory_engine, SEALER)


@pytest.fixture
async def gateway(gateways: Gateways) -> Gateway:
    return await gateways(HOMEWARD_SECRET_KEY=_SECRET)


@pytest.fixture
def desk(gateway: Gateway) -> Desk:
    return Desk(gateway)


class Desk:
    """A browser at the portal."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self.cookies: dict[str, str] = {}
        self.page = ""
        self.status = 0
        self.response: ClientResponse

    async def get(self, path: str) -> str:
        return await self._ask("GET", path, {})

    async def post(self, path: str, *, proof: str | None = None, **fields: str | list[str]) -> str:
        """Send the form of the page that was loaded last; another `proof` than its own may be given."""
        found = re.search(r'name="proof" value="(\w+)"', self.page)
        own = found[1] if found else ""
        return await self._ask("POST", path, {"proof": own if proof is None else proof, **fields})

    async def sign_in(self, name: str, password: str = PASSWORD) -> int:
        await self.get("/staff/sign-in")
        await self.post("/staff/sign-in", email=address(name), password=password)
        status = self.status
        if status == 303:
            await self.get(self.response.headers["Location"])
        return status

    async def _ask(self, method: str, path: str, fields: dict[str, str | list[str]]) -> str:
        pairs = [(name, value) for name, values in fields.items() for value in ([values] if isinstance(values, str) else values)]
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())} if self.cookies else {}
        data = pairs if method == "POST" else None
        async with self._gateway.client.request(method, path, data=data, headers=cookie, allow_redirects=False) as response:
            self.response, self.status, page = response, response.status, await response.text()
        self._gateway.client.session.cookie_jar.clear()  # cookies are this browser's alone
        for name, morsel in response.cookies.items():
            if morsel.value:
                self.cookies[name] = morsel.value
            else:
                self.cookies.pop(name, None)
        self.page = page if "proof" in page else self.page
        return page


def address(name: str) -> str:
    return f"{name.lower()}@center.example.org"


def now() -> datetime:
    return datetime.now(timezone.utc)
