"""Many families at once, over web and by text, while parts are killed and the carrier misbehaves; then exact counting.

Every message is different and asks for listings, so that one answer with listings belongs to each. What is counted:
- lost: a message that was acknowledged (web) or that a phone sent (texts) and has no answer; an answer by text that no phone got
- duplicated: a message that stands twice in its thread, an answer said twice, a text that the carrier was given twice
- disordered: a thread or a phone in which things came in another order than they were accepted in
- open: texts of which nobody knows what became of them, or that were never sent
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import statistics
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from sqlalchemy import Engine, select

from bot.sms_sandbox.carrier import Carrier
from bot.sms_sandbox.faults import Faults
from bot.supervisor import free_port
from resources_db.database import make_engine, session_scope
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OPEN, OutgoingText
from tests.running import Homeward, call, homeward

ACCOUNT, TOKEN, OUR_NUMBER = "AC" + "5" * 32, "the token of a stand-in carrier", "+19165550100"
PARTS = ("gateway", "rasa", "worker", "actions")
MODULES = {"gateway": "bot.gateway.app", "rasa": "rasa", "worker": "resources_db.worker", "actions": "actions.server"}
#: A bad day at the carrier.
BAD_DAY = Faults(
    dropped=0.05, duplicated=0.05, delayed=0.05, longest_delay=2.0, reordered=0.05, storms=0.01, storm=2.0, refused=0.02,
    cut=0.01, silent=0.005, broken=0.01,
)  # fmt: skip
_LONGEST_START = 240.0


@dataclass(frozen=True)
class Plan:
    """`rate` is messages a second over all families. `pairs`: two of each process, behind a balancer, on one database."""

    messages: int
    kills: int
    rate: float = 4.0
    families: int = 40
    pairs: bool = False
    seed: int = 5
    faults: Faults = BAD_DAY
    #: Seconds to wait at the end until everything is answered and the end of every text known.
    patience: float = 900.0


@dataclass
class Outcome:
    """What was counted. Times are seconds."""

    web: int = 0
    texts: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    dead_letters: int = 0
    refused_by_carrier: dict[str, int] = field(default_factory=dict)
    posts: dict[str, int] = field(default_factory=dict)
    talking: float = 0.0
    settling: float = 0.0
    acknowledged_p50: float = 0.0
    acknowledged_p95: float = 0.0

    @property
    def well(self) -> bool:
        return not (self.lost or self.duplicated or self.disordered or self.open)

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "well": self.well}


# --- what is run


@dataclass
class Installation:
    """One or two whole Homewards on one database, reached at one address."""

    url: str
    homewards: Sequence[Homeward]
    engine: Engine

    async def kill(self, part: str, which: int) -> None:
        """End a part with no warning, once it is well."""
        target = self.homewards[which % len(self.homewards)]
        end = time.monotonic() + _LONGEST_START
        while not await asyncio.to_thread(_is_well, target, part):
            assert time.monotonic() < end, f"{part} does not come back:\n{target.output()}"
            await asyncio.sleep(0.25)
        await asyncio.to_thread(target.kill, MODULES[part])


def _is_well(target: Homeward, part: str) -> bool:
    with contextlib.suppress(OSError, ValueError):
        children = target.children()
        return MODULES[part] in children and (part == "worker" or _ready(target.url).get(part, True))
    return False


def _ready(url: str) -> dict[str, bool]:
    parts: dict[str, bool] = call("GET", f"{url}/readyz", timeout=5)[1]["parts"]
    return parts


@contextlib.asynccontextmanager
async def installed(
    folder: Path, carrier: Carrier, *, pairs: bool, database_url: str | None = None
) -> AsyncIterator[Installation]:
    """Homeward with the stand-in carrier, ready. With `pairs` two of it on `database_url`, behind a balancer."""
    async with contextlib.AsyncExitStack() as stack:
        api_base = await stack.enter_async_context(carrier.serving())
        ports = [free_port() for _ in range(2 if pairs else 1)]
        public = await stack.enter_async_context(_balanced(ports)) if pairs else ports[0]
        url = f"http://127.0.0.1:{public}"
        carrier.webhooks[OUR_NUMBER] = f"{url}/sms/twilio/inbound"
        environment = {
            "HOMEWARD_SMS_ACCOUNT_SID": ACCOUNT, "HOMEWARD_SMS_AUTH_TOKEN": TOKEN, "HOMEWARD_SMS_FROM": OUR_NUMBER,
            "HOMEWARD_SMS_API_BASE": api_base, "HOMEWARD_PUBLIC_URL": url, "HOMEWARD_SECRET_KEY": "k" * 40,
            "HOMEWARD_SMS_SEGMENTS_A_DAY": "1000000", "HOMEWARD_TRUSTED_PROXIES": "1",
        }  # fmt: skip
        if database_url:
            environment["HOMEWARD_DATABASE_URL"] = database_url
        homewards = []
        for number, port in enumerate(ports):  # one after the other: the first makes the tables
            starting = homeward(folder / f"var{number}", ready=True, port=port, **environment)
            homewards.append(await asyncio.to_thread(starting.__enter__))
            stack.push_async_callback(asyncio.to_thread, starting.__exit__, None, None, None)
        engine = make_engine(database_url or f"sqlite:///{folder / 'var0' / 'homeward.db'}")
        stack.callback(engine.dispose)
        yield Installation(url, homewards, engine)


@contextlib.asynccontextmanager
async def _balanced(ports: Sequence[int]) -> AsyncIterator[int]:
    """The port of a balancer: each connection goes to the next process, or the one after if that is not there."""
    turn = 0

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turn
        turn += 1
        for offset in range(len(ports)):
            with contextlib.suppress(OSError):
                there = await asyncio.open_connection("127.0.0.1", ports[(turn + offset) % len(ports)])
                await asyncio.gather(_pump(reader, there[1]), _pump(there[0], writer))
                return
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    with contextlib.suppress(OSError):
        writer.close()


# --- families


@dataclass
class WebFamily:
    """`address` is what the balancer's proxy would say of where it is."""

    url: str
    address: str
    token: str = ""
    acknowledged: list[str] = field(default_factory=list)

    async def say(self, http: aiohttp.ClientSession, text: str) -> None:
        """Until it is acknowledged, as the page does: the same id again."""
        body = {"id": str(uuid.uuid4()), "text": text}
        while True:
            with contextlib.suppress(aiohttp.ClientError, asyncio.TimeoutError, OSError):
                if not self.token:
                    self.token = (await self._call(http, "POST", "sessions", {"language": "en"}))["token"]
                await self._call(http, "POST", "messages", body)
                self.acknowledged.append(text)
                return
            await asyncio.sleep(0.3)

    async def thread(self, http: aiohttp.ClientSession) -> list[dict[str, Any]]:
        for _ in range(20):
            with contextlib.suppress(aiohttp.ClientError, asyncio.TimeoutError, OSError):
                said: list[dict[str, Any]] = (await self._call(http, "GET", "messages?after=0"))["messages"]
                return said
            await asyncio.sleep(0.5)
        raise AssertionError("the thread cannot be read")

    async def _call(self, http: aiohttp.ClientSession, method: str, path: str, body: object = None) -> Any:
        headers = {"X-Forwarded-For": self.address} | ({"Authorization": f"Bearer {self.token}"} if self.token else {})
        async with http.request(method, f"{self.url}/chat/v1/{path}", json=body, headers=headers) as response:
            response.raise_for_status()
            return await response.json()


@dataclass
class Phone:
    number: str
    sent: list[str] = field(default_factory=list)


def text_of(number: int, message: int) -> str:
    """Different for every message. The words ask for listings; the letters at the end are no sign of anything."""
    letters = "".join("bcdfghjkmnpqrstvwxz"[int(digit)] for digit in f"{number:02d}{message:03d}")
    return f"food 95814 {letters}"


async def run(plan: Plan, folder: Path, database_url: str | None = None) -> Outcome:
    """Carry out the plan in `folder` and count."""
    carrier = Carrier(ACCOUNT, TOKEN, {OUR_NUMBER: ""}, faults=plan.faults, seed=plan.seed)
    outcome, dice = Outcome(), random.Random(plan.seed)
    async with installed(folder, carrier, pairs=plan.pairs, database_url=database_url) as there:
        timeout = aiohttp.ClientTimeout(total=30)
        async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0, force_close=True)) as http:
            web = [WebFamily(there.url, f"10.{n // 200}.{n % 200}.7") for n in range(plan.families // 2)]
            phones = [Phone(f"+1916555{1000 + n}") for n in range(plan.families - len(web))]
            began = time.monotonic()
            await _talk(plan, dice, there, carrier, web, phones, http, outcome)
            outcome.talking = time.monotonic() - began
            began = time.monotonic()
            while time.monotonic() - began < plan.patience and await asyncio.to_thread(_unfinished, there.engine, phones):
                await asyncio.sleep(1)
            await carrier.settled()
            outcome.settling = time.monotonic() - began
            for family in web:
                check_web(outcome, family, await family.thread(http))
            check_texts(outcome, there.engine, carrier, phones)
    outcome.web, outcome.texts = sum(len(f.acknowledged) for f in web), sum(len(p.sent) for p in phones)
    _describe(outcome, carrier)
    return outcome


async def _talk(
    plan: Plan, dice: random.Random, there: Installation, carrier: Carrier, web: Sequence[WebFamily], phones: Sequence[Phone],
    http: aiohttp.ClientSession, outcome: Outcome,
) -> None:  # fmt: skip
    """Each family says one thing after the other, at random moments; parts are killed all along."""
    everyone: list[WebFamily | Phone] = [*web, *phones]
    per_family = [plan.messages // len(everyone) + (n < plan.messages % len(everyone)) for n in range(len(everyone))]
    total_time = plan.messages / plan.rate
    said = 0

    async def converse(number: int, family: WebFamily | Phone, count: int) -> None:
        nonlocal said
        moments = sorted(dice.uniform(0, total_time) for _ in range(count))
        began = time.monotonic()
        for message, moment in enumerate(moments):
            await asyncio.sleep(max(0.0, moment - (time.monotonic() - began)))
            text = text_of(number, message)
            if isinstance(family, WebFamily):
                await family.say(http, text)
            else:
                carrier.text(family.number, text)
                family.sent.append(text)
            said += 1

    async def murder() -> None:
        order = [PARTS[n % len(PARTS)] for n in range(plan.kills)]
        dice.shuffle(order)
        for number, part in enumerate(order):
            while said < plan.messages * (number + 0.5) / plan.kills:
                await asyncio.sleep(0.1)
            await there.kill(part, dice.randrange(len(there.homewards)))
            outcome.kills[part] = outcome.kills.get(part, 0) + 1

    killing = asyncio.create_task(murder())
    await asyncio.gather(*(converse(n, f, c) for (n, f), c in zip(enumerate(everyone), per_family, strict=True)))
    await killing


def _unfinished(engine: Engine, phones: Sequence[Phone]) -> bool:
    """Whether anything waits: a message for its answer, a text for its end, or a text that never came for being found."""
    with session_scope(engine, writes=False) as session:
        if session.scalars(select(Message.id).where(Message.waiting).limit(1)).first():
            return True
        if session.scalars(select(OutgoingText.id).where(OutgoingText.state.in_(OPEN)).limit(1)).first():
            return True
        taken = session.scalars(select(Message.text).where(Message.sender == "family", Message.channel == "sms")).all()
    return len(set(taken)) < sum(len(phone.sent) for phone in phones)


# --- counting


def check_web(outcome: Outcome, family: WebFamily, said: Sequence[Mapping[str, Any]]) -> None:
    asked = [m["text"] for m in said if m["from"] == "family"]
    _compare(outcome, f"web {family.address}", family.acknowledged, asked)
    # an answer stands behind its message; one that answers another's place would be one too many there and one too few here
    answers = sum(bool(m["matches"]) for m in said if m["from"] == "homeward")
    if answers < len(asked):
        outcome.lost.append(f"web {family.address}: {len(asked) - answers} answers")
    elif answers > len(asked):
        outcome.duplicated.append(f"web {family.address}: {answers - len(asked)} answers")
    if [m["seq"] for m in said] != list(range(1, len(said) + 1)):
        outcome.disordered.append(f"web {family.address}: {[m['seq'] for m in said]}")


def _compare(outcome: Outcome, who: str, wanted: Sequence[str], found: Sequence[str], *, ordered: bool = True) -> None:
    want, have = Counter(wanted), Counter(found)
    outcome.lost += [f"{who}: {text}" for text in (want - have).elements()]
    outcome.duplicated += [f"{who}: {text}" for text in (have - want).elements()]
    if ordered and want == have and list(wanted) != list(found):
        outcome.disordered.append(f"{who}: {found}")


def check_texts(outcome: Outcome, engine: Engine, carrier: Carrier, phones: Sequence[Phone]) -> None:
    with session_scope(engine, writes=False) as session:
        messages = session.scalars(
            select(Message).where(Message.channel == "sms").order_by(Message.conversation_id, Message.seq)
        ).all()
        texts = session.scalars(select(OutgoingText).order_by(OutgoingText.family_phone_id, OutgoingText.position)).all()
        session.expunge_all()
    outcome.states = dict(Counter(text.state for text in texts))
    outcome.dead_letters = outcome.states.get("failed", 0)
    outcome.open += [f"{text.id}: {text.state} {text.error or ''}" for text in texts if text.state in OPEN]
    # what phones sent stands in the threads, once; not always in order, because webhooks overtake each other
    _compare(
        outcome, "text in", [text for phone in phones for text in phone.sent],
        [m.text for m in messages if m.sender == "family"], ordered=False,
    )  # fmt: skip
    _check_turns(outcome, messages, {text.dedupe_key for text in texts})
    given: dict[str, list[str]] = {}
    for number, message in enumerate(carrier.messages):
        if message.direction == "outbound-api":
            given.setdefault(parse_qs(urlsplit(message.callback or "").query)["text"][0], []).append(f"{number:06d}")
    outcome.duplicated += [f"text out {text_id}: {len(times)} times" for text_id, times in given.items() if len(times) > 1]
    outcome.lost += [f"text out {t.id}: {t.state} {t.error or ''}" for t in texts if t.id not in given and t.state not in OPEN]
    for phone_id in {text.family_phone_id for text in texts}:
        times = [given[t.id][0] for t in texts if t.family_phone_id == phone_id and t.id in given]
        if times != sorted(times):
            outcome.disordered.append(f"texts to one phone: {times}")


def _check_turns(outcome: Outcome, messages: Sequence[Message], keys: Collection[str]) -> None:
    """Each text in has one answer with listings, in the order of the questions, and that has its text out."""
    threads: dict[str, list[Message]] = {}
    for message in messages:
        threads.setdefault(message.conversation_id, []).append(message)
    for conversation, thread in threads.items():
        asked = [m for m in thread if m.sender == "family"]
        answered = [str(m.reply_to) for m in thread if m.sender == "homeward" and m.matches]
        _compare(outcome, f"turn in {conversation}", [str(m.seq) for m in asked], answered)
        outcome.lost += [f"answer by text to {m.id}" for m in asked if f"reply:{m.id}:0" not in keys]


def _describe(outcome: Outcome, carrier: Carrier) -> None:
    outcome.refused_by_carrier = {str(code): count for code, count in Counter(code for _, code in carrier.refusals).items()}
    outcome.posts = {str(status): count for status, count in Counter(post.outcome for post in carrier.posts).items()}
    heard = sorted(post.seconds for post in carrier.posts if post.outcome == 200)
    if len(heard) > 1:
        outcome.acknowledged_p50 = statistics.median(heard)
        outcome.acknowledged_p95 = statistics.quantiles(heard, n=20)[-1]
