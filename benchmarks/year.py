"""A simulated year of check-ins: families in four time zones, two worker processes killed at random, a day of outage, both
changes of the clock; then everything that left is compared with everything that should have.

`python -m benchmarks year --families 500 --database sqlite --output year.json`. The clock jumps from event to event, in whole
ticks. The workers are processes of their own (benchmarks/year_worker.py); the clock, the carrier and the families are here.
Replies go straight into the tables, as bot and actions would write them.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import heapq
import itertools
import json
import math
import random
import resource
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, func, inspect, select, text
from sqlalchemy.orm import Session

from benchmarks.year_worker import OURS, SECRET, settings
from resources_db import messages
from resources_db.check_ins import answering, plans
from resources_db.check_ins.plans import Choice, NoSafeHours
from resources_db.check_ins.rhythm import steps
from resources_db.claims import Claim
from resources_db.consent import next_allowed
from resources_db.contacts import plan_follow_up
from resources_db.contacts.rows import IS_DUE
from resources_db.conversations import lock_conversation, start_conversation, start_texting
from resources_db.database import make_engine, session_scope
from resources_db.migrations import upgrade
from resources_db.models.check_in import CheckInPlan, ScheduledContact
from resources_db.models.message import Message
from resources_db.models.outgoing_text import OPEN, OutgoingText
from resources_db.models.referral import Referral
from resources_db.phones import remember_phone
from resources_db.sealing import Sealer
from resources_db.sms.gsm import segments
from resources_db.sms.inbound import Incoming, take_in
from resources_db.sms.numbers import state_of, zones_of
from resources_db.words import load_words
from tests.databases import PostgresqlDatabases, postgresql_server

#: A clock is advanced by whole ticks: a worker that looks every second is later than this by a second at most.
TICK = 5
START, END = datetime(2027, 1, 4, tzinfo=timezone.utc), datetime(2028, 1, 3, tzinfo=timezone.utc)
OUTAGE = datetime(2027, 4, 20, 15, 0, tzinfo=timezone.utc)
OUTAGE_ENDS = OUTAGE + timedelta(hours=24)
#: From these moments on the carrier refuses everything for six hours, over the ends of most windows.
REFUSING = tuple(datetime(2027, month, day, 20, tzinfo=timezone.utc) for month, day in ((2, 10), (3, 14), (6, 2), (11, 7)))
REFUSES_FOR = timedelta(hours=6)
#: Everybody enrols within so many days.
ENROLLING = 45
#: (time zone, area codes)
PLACES = (
    ("America/New_York", ("212", "401")), ("America/Chicago", ("312", "214")), ("America/Phoenix", ("602",)),
    ("America/Los_Angeles", ("213", "916")),
)  # fmt: skip
HOURS = ((600, 1140), (480, 720), (1020, 1200), (720, 1020))
WEEKDAYS = ("0123456", "0123456", "0123456", "01234", "56")
REPLIES = {"silence": 30, "fine": 37, "some": 8, "hard": 8, "free": 6, "skip": 3, "pause": 2, "change": 2, "stop": 2, "chat": 2}
#: What carriers charge for a segment, with their fees, in dollars; a price list of 2026 says something near it.
PRICE = 0.0113

#: As in resources_db/outbox.py: the index of what is open.
_OPEN = text(f"outgoing_text.state IN {OPEN}")


@dataclass
class Family:
    """What we know of a family besides the database: what it chose, when, and what it said."""

    number: int
    phone: str | None
    language: str
    rhythm: str
    every_days: int | None
    enrols_at: datetime
    home_on: date
    conversation_id: str = ""
    #: (from when, zone, start, end, weekdays), oldest first; and (from, to) between which it wanted nothing.
    hours: list[tuple[datetime, str, int, int, str]] = field(default_factory=list)
    stops: list[list[datetime]] = field(default_factory=list)
    #: Whether it never changed, paused, skipped or stopped: then the whole rhythm is due to it.
    plain: bool = True

    def hours_at(self, moment: datetime) -> tuple[datetime, str, int, int, str]:
        return next(hours for hours in reversed(self.hours) if hours[0] <= moment)


@dataclass
class Handed:
    """A text the carrier was given."""

    text_id: str
    to: str
    body: str
    at: datetime


class Year:
    def __init__(self, engine: Engine, families: int, kills: int, seed: int) -> None:
        self.engine = engine
        self.random = random.Random(seed)
        self.now = START
        self.kills_wanted, self.kills = kills, 0
        self.sealer, self.words, self.settings = Sealer([SECRET]), load_words(), settings()
        self.families = [self._family(number) for number in range(families)]
        self.by_phone = {family.phone: family for family in self.families if family.phone}
        self.handed: list[Handed] = []
        self.counts: Counter[str] = Counter()
        self.saying: list[tuple[int, float, float]] = []
        self._numbers = itertools.count()
        self._events: list[tuple[datetime, int, Callable[[], None]]] = []
        for family in self.families:
            self.at(family.enrols_at, lambda family=family: self.enrol(family))  # type: ignore[misc]

    def at(self, moment: datetime, what: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._numbers), what))

    # --- families

    def _family(self, number: int) -> Family:
        chance = self.random
        _, areas = PLACES[number % len(PLACES)]
        phone = None if number % 10 == 9 else f"+1{areas[number // 4 % len(areas)]}555{number:04}"
        rhythm = chance.choices(("steady", "light", "own"), (45, 50, 5))[0]
        enrols_at = START + timedelta(seconds=chance.randrange(ENROLLING * 86400))
        ago = chance.randrange(14) if chance.random() < 0.8 else chance.randrange(330)
        return Family(
            number, phone, chance.choice(("en", "es")), rhythm, chance.randrange(20, 40) if rhythm == "own" else None,
            enrols_at, enrols_at.date() - timedelta(days=ago),
        )  # fmt: skip

    def enrol(self, family: Family) -> None:
        zone, _ = PLACES[family.number % len(PLACES)]
        with session_scope(self.engine) as session:
            if not family.conversation_id:
                family.conversation_id = self._thread(session, family)
        hours, weekdays = self.random.choice(HOURS), self.random.choice(WEEKDAYS)
        for start, end, days in ((*hours, weekdays), (600, 1140, "0123456")):
            choice = Choice(
                rhythm=family.rhythm, every_days=family.every_days, home_on=family.home_on, time_zone=zone, window_start=start,  # type: ignore[arg-type]
                window_end=end, weekdays=days, discreet=family.number % 20 == 3,
            )  # fmt: skip
            try:
                with session_scope(self.engine) as session:
                    plans.enrol(
                        session,
                        self.sealer,
                        family.conversation_id,
                        choice,
                        wording="yes",
                        language=family.language,
                        now=self.now,
                    )
            except NoSafeHours:
                self.counts["refused hours, with the hours that can be"] += 1
                continue
            family.hours.append((self.now, zone, start, end, days))
            if family.stops:
                family.stops[-1][1] = self.now
            self.counts["enrolled"] += 1
            return

    def _thread(self, session: Session, family: Family) -> str:
        year = timedelta(days=400)
        if family.phone is None:
            return start_conversation(session, language=family.language, now=self.now, lifetime=timedelta(days=1))[0].id
        phone = remember_phone(
            session, self.sealer, family.phone, our_number=OURS, language=family.language, site=None, now=self.now
        )
        phone.welcomed_at = self.now
        return start_texting(session, phone.id, language=family.language, now=self.now, lifetime=year).id

    # --- what they answer

    def reply_to(self, text_id: str, to: str) -> None:
        family = self.by_phone[to]
        kind = self.random.choices(list(REPLIES), list(REPLIES.values()))[0]
        if kind != "silence":
            later = timedelta(seconds=min(self.random.lognormvariate(6, 1.5), 40000))
            self.at(self.now + later, lambda: self._reply(family, text_id, kind))

    def _reply(self, family: Family, text_id: str, kind: str) -> None:
        with session_scope(self.engine) as session:
            contact = session.scalar(select(ScheduledContact).where(ScheduledContact.outgoing_text_id == text_id))
            plan = plans.plan_of(session, family.conversation_id)
            if contact is None or plan is None or plan.state == "ended":
                return
            self.counts[f"reply {kind}"] += 1
            if kind == "stop":
                return self._texts(session, family, "STOP")
            self._says(session, family, kind)
            if kind in ("fine", "some", "hard", "skip") and contact.kind == "check_in":
                answering.record(session, contact.id, contact.item or "food", kind, self.now)
                if kind == "hard" and self.random.random() < 0.4:
                    self._refer(session, family)
            elif kind == "free":
                answering.note_reply(session, contact.id, self.now)
            elif kind == "pause":
                family.plain = False
                days = self.random.choice((None, 7, 21))
                plans.pause(session, family.conversation_id, None if days is None else self.now + timedelta(days=days), self.now)
                if days is None:
                    self.at(self.now + timedelta(days=25), lambda: self._resume(family))
            elif kind == "change":
                self._change(session, family, plan)
            if self.random.random() < 0.05 and (coming := plans.next_check_in(session, plan)) is not None:
                self.at(coming - timedelta(minutes=10), lambda: self._chat(family))
            if self.random.random() < 0.02:
                family.plain = False
                with contextlib.suppress(plans.NoPlan):
                    plans.skip_next(session, family.conversation_id, self.now)
                    self.counts["skipped the next"] += 1

    def _says(self, session: Session, family: Family, said: str) -> None:
        conversation = lock_conversation(session, family.conversation_id)
        assert conversation is not None
        claim = Claim("gateway", self.now, timedelta(seconds=60))
        messages.accept(
            session,
            conversation,
            client_id=f"m{next(self._numbers)}",
            claim=claim,
            text=said,
            channel="sms",
            to_be_answered=False,
        )

    def _chat(self, family: Family) -> None:
        with session_scope(self.engine) as session:
            self._says(session, family, "food near me")
        self.counts["wrote shortly before a check-in"] += 1

    def _texts(self, session: Session, family: Family, said: str) -> None:
        """STOP and START take the way of every text."""
        assert family.phone
        incoming = Incoming(f"SMin{next(self._numbers)}", family.phone, OURS, said, 0, self.now)
        claim = Claim("gateway", self.now, timedelta(seconds=60))
        take_in(
            session,
            self.sealer,
            self.words,
            incoming,
            settings=self.settings,
            claim=claim,
            now=self.now,
            is_crisis=lambda _: False,
        )
        if said == "STOP":
            family.plain = False
            family.stops.append([self.now, END])
            if self.random.random() < 0.4:
                self.at(self.now + timedelta(days=25), lambda: self._start_again(family))

    def _start_again(self, family: Family) -> None:
        with session_scope(self.engine) as session:
            self._texts(session, family, "START")
        if self.now.date() < family.home_on + timedelta(days=360):
            self.enrol(family)
            self.counts["enrolled again after START"] += 1

    def _resume(self, family: Family) -> None:
        with contextlib.suppress(plans.NoPlan), session_scope(self.engine) as session:
            plans.resume(session, family.conversation_id, self.now)

    def _change(self, session: Session, family: Family, plan: plans.Plan) -> None:
        family.plain = False
        start, end = self.random.choice(HOURS)
        with contextlib.suppress(NoSafeHours), session.begin_nested():
            plans.change(
                session, self.sealer, family.conversation_id, self.now, window_start=start, window_end=end,
                rhythm=self.random.choice(("steady", "light")), weekdays="0123456",
            )  # fmt: skip
            family.hours.append((self.now, plan.time_zone, start, end, "0123456"))

    def _refer(self, session: Session, family: Family) -> None:
        referral = Referral(
            id=f"r{next(self._numbers)}", conversation_id=family.conversation_id, service_id="s", need="food", status="offered",
            created_at=self.now, status_at=self.now,
        )  # fmt: skip
        session.add(referral)
        session.flush()
        for step, hours in (("48h", 48), ("7d", 168)):
            plan_follow_up(session, referral, step, self.now + timedelta(hours=hours), self.now)

    # --- the clock

    async def run(self, url: str) -> None:
        workers = [Process(self, url), Process(self, url)]
        await asyncio.gather(*(worker.start() for worker in workers))
        outage, told = False, START
        while True:
            moment, work, held = self._next_moment()
            if moment >= END:
                break
            if not outage and moment >= OUTAGE:
                outage = True
                self.now = OUTAGE
                for worker in workers:
                    await worker.kill()
                self.now = moment = OUTAGE_ENDS
                await asyncio.gather(*(worker.start() for worker in workers))
            self.now = moment
            if moment >= told:
                print(f"{moment:%Y-%m-%d} {len(self.handed)} texts, {self.kills} kills", file=sys.stderr, flush=True)
                told += timedelta(days=30)
            while self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
            if work or held:
                await self._step(workers, look=held, kill=work and self.kills < self.kills_wanted)
        self.now = END
        for worker in workers:
            await worker.kill()

    def _next_moment(self) -> tuple[datetime, bool, bool]:
        """When something happens, whether it is something for a worker, and whether there are texts of which nobody knows."""
        with session_scope(self.engine, writes=False) as session:
            contact = session.scalar(select(func.min(ScheduledContact.due_at)).where(IS_DUE))
            of_text = session.scalar(select(func.min(OutgoingText.due_at)).where(_OPEN, OutgoingText.state == "due"))
            held = session.scalar(select(OutgoingText.id).where(_OPEN, OutgoingText.state != "due").limit(1)) is not None
        work = min(filter(None, (contact, of_text)), default=END)
        moments = [work, END if not self._events else self._events[0][0], self.now + timedelta(seconds=4 * TICK) if held else END]
        soonest = max(min(moments), self.now + timedelta(seconds=1))
        moment = datetime.fromtimestamp(math.ceil(soonest.timestamp() / TICK) * TICK, timezone.utc)
        return moment, work <= moment, held

    async def _step(self, workers: Sequence[Process], *, look: bool, kill: bool) -> None:
        ready = [worker for worker in workers if worker.ready]
        if not ready:
            await asyncio.gather(*(worker.start() for worker in workers))
            ready = list(workers)
        working = [asyncio.create_task(worker.step(self.now, look=look)) for worker in ready]
        share = (self.now - START) / (END - START)
        if kill and self.kills < self.kills_wanted * share and self.random.random() < 0.3:
            self.kills += 1
            await asyncio.sleep(self.random.uniform(0, 0.04))
            victim = self.random.choice(ready)
            await victim.kill()
            victim.starting = asyncio.create_task(victim.start())
        await asyncio.gather(*working)

    # --- the carrier

    def take(self, text_id: str, to: str, body: str) -> str | None:
        """The carrier's id of the text; None: not now."""
        if any(since <= self.now < since + REFUSES_FOR for since in REFUSING):
            self.counts["refused by the carrier for now"] += 1
            return None
        self.handed.append(Handed(text_id, to, body, self.now))
        self.reply_to(text_id, to)
        return f"SM{len(self.handed)}"

    def listed(self, to: str, since: datetime) -> list[tuple[str, str, str]]:
        """The newest first."""
        texts = [(f"SM{n}", one) for n, one in enumerate(self.handed, 1) if one.to == to and one.at >= since]
        return [(provider_id, one.body, one.at.isoformat()) for provider_id, one in reversed(texts)]


class Process:
    """A worker, as seen from here."""

    def __init__(self, year: Year, url: str) -> None:
        self._year, self._url = year, url
        self._process: asyncio.subprocess.Process | None = None
        self._done: asyncio.Future[None] | None = None
        self._ready = asyncio.Event()
        self.starting: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        return self._ready.is_set()

    async def start(self) -> None:
        if self.starting is not None and self.starting is not asyncio.current_task():
            await self.starting
            return
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "benchmarks.year_worker", self._url,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 22,
        )  # fmt: skip
        self._reading = asyncio.create_task(self._read(self._process))
        await self._ready.wait()
        self.starting = None

    async def step(self, now: datetime, *, look: bool) -> None:
        """Until it is done or dead."""
        self._done = asyncio.get_running_loop().create_future()
        self._tell({"now": now.isoformat(), "look": look})
        await self._done

    async def kill(self) -> None:
        """SIGKILL; what it had handed to the carrier by then is there."""
        assert self._process is not None
        self._ready.clear()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()
        await self._reading
        self.starting = None

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            if not line.endswith(b"\n"):
                break
            self._hear(json.loads(line))
        if self._done is not None and not self._done.done():
            self._done.set_result(None)

    def _hear(self, said: dict[str, Any]) -> None:
        year = self._year
        if "ready" in said:
            self._ready.set()
        elif "send" in said:
            self._tell({"to": said["number"], "answer": year.take(said["send"], said["to"], said["body"])})
        elif "list" in said:
            listed = year.listed(said["list"], datetime.fromisoformat(said["since"]))
            self._tell({"to": said["number"], "answer": listed})
        elif self._done is not None and not self._done.done():
            saying = said["done"]
            if saying["said"]:
                year.saying.append((saying["said"], saying["cpu"], saying["wall"]))
            self._done.set_result(None)

    def _tell(self, line: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(ConnectionError):
            self._process.stdin.write((json.dumps(line) + "\n").encode())


# --- what came of it ------------------------------------------------------------------------------------------------


def judge(year: Year) -> dict[str, Any]:
    """Every check, as counts of what is wrong with some examples, and the figures."""
    with session_scope(year.engine, writes=False) as session:
        contacts = list(session.scalars(select(ScheduledContact)))
        texts = {row.id: row for row in session.scalars(select(OutgoingText))}
        plan_rows = {row.conversation_id: row for row in session.scalars(select(CheckInPlan))}
        said_on_web = dict(
            session.execute(
                select(Message.conversation_id, func.count())
                .where(Message.sender == "homeward", Message.channel == "web")
                .group_by(Message.conversation_id)
            )
            .tuples()
            .all()
        )
        session.expunge_all()
    contact_of = {text.id: _contact_in(text) for text in texts.values() if _contact_in(text)}
    by_id = {contact.id: contact for contact in contacts}
    said = [contact for contact in contacts if contact.state == "said"]
    wrong: dict[str, list[str]] = defaultdict(list)

    handed_of: dict[str, list[Handed]] = defaultdict(list)
    for text_id, times in Counter(one.text_id for one in year.handed).items():
        if times > 1:
            wrong["double"].append(text_id)
    for one in year.handed:
        if one.text_id in contact_of:
            handed_of[contact_of[one.text_id]].append(one)
    wrong["double"] += [contact_id for contact_id, ones in handed_of.items() if len(ones) > 1]

    lateness: list[tuple[float, bool]] = []
    for contact_id, ones in handed_of.items():
        contact, one = by_id[contact_id], ones[0]
        family = year.by_phone[one.to]
        if not _inside(family, one):
            wrong["outside its window or in quiet hours"].append(f"{contact_id} {one.at}")
        if any(since < one.at < until for since, until in family.stops):
            wrong["after STOP"].append(f"{contact_id} {one.at}")
        in_outage = OUTAGE <= contact.due_at < OUTAGE_ENDS
        lateness.append(((one.at - contact.due_at).total_seconds(), in_outage))
    for one in year.handed:
        if one.text_id not in contact_of and texts[one.text_id].kind == "check_in":
            wrong["a text of no contact"].append(one.text_id)

    stopped_between = 0
    for contact in said:
        if contact.outgoing_text_id is None or handed_of.get(contact.id):
            continue
        if texts[contact.outgoing_text_id].error == "opted_out":
            stopped_between += 1
        else:
            wrong["lost"].append(f"{contact.id} {texts[contact.outgoing_text_id].state}")
    for family in year.families:
        ours = [contact for contact in contacts if contact.conversation_id == family.conversation_id]
        wrong["lost"] += _missing(family, plan_rows.get(family.conversation_id), ours)
        if family.phone is None:
            on_web = sum(contact.state == "said" for contact in ours)
            have = said_on_web.get(family.conversation_id, 0)
            if have != on_web:
                wrong["double" if have > on_web else "lost"].append(family.conversation_id)
            for contact in ours:
                if contact.said_at and not _within(family, contact.said_at):
                    wrong["outside its window or in quiet hours"].append(contact.id)

    late = sorted(seconds for seconds, _ in lateness)
    usual = sorted(seconds for seconds, in_outage in lateness if not in_outage)
    cost = sum(segments(one.body) for one in year.handed if one.text_id in contact_of)
    check_ins = [contact for contact in said if contact.kind == "check_in"]
    rows = _rows(year.engine)
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    thousand = max(len(check_ins), 1) / 1000
    walls = [wall / count for count, _, wall in year.saying]
    saying_cpu = sum(cpu for _, cpu, _ in year.saying) / max(sum(count for count, _, _ in year.saying), 1)
    return {
        "wrong": {name: (len(found), found[:5]) for name, found in wrong.items() if found},
        "families": len(year.families), "kills": year.kills, "counts": dict(sorted(year.counts.items())),
        "contacts": dict(Counter(f"{contact.kind} {contact.state}" for contact in contacts)),
        "texts handed over": len(year.handed), "of them check-ins and follow-ups": sum(map(len, handed_of.values())),
        "stopped between saying and handing over": stopped_between,
        "texts too late to leave, said in a later window": sum(text.error == "too_late" for text in texts.values()),
        "lateness seconds": {
            "p50": _at(late, 0.5), "p99": _at(late, 0.99), "p99.9": _at(late, 0.999), "worst": _at(late, 1.0),
            "p99 but for the outage": _at(usual, 0.99), "worst but for the outage": _at(usual, 1.0),
        },
        "the outage": {
            "wanted in it": sum(OUTAGE <= contact.wanted_at < OUTAGE_ENDS for contact in contacts),
            "due in it and said when it was over, without being put off": len(late) - len(usual),
        },
        "per 1,000 check-ins": {
            "segments": round(cost / thousand), "dollars": round(cost / thousand * PRICE, 2), "price of a segment": PRICE,
            "rows": {table: round(count / thousand) for table, count in rows.items() if count / thousand > 10},
            "worker cpu seconds": round((cpu.ru_utime + cpu.ru_stime) / thousand, 1),
        },
        "one contact": {
            "cpu ms": round(saying_cpu * 1000, 1),
            "wall ms, median of steps": round(statistics.median(walls or [0]) * 1000, 1),
        },
    }  # fmt: skip


def _contact_in(text: OutgoingText) -> str:
    """Read from its key; of a text that was sent again, from nothing."""
    return text.dedupe_key.split(":")[1] if text.dedupe_key.startswith("contact:") else ""


def _could_not_be_said(contact: ScheduledContact) -> bool:
    """Nothing worked, or the carrier took nothing, at some time while it was of use: it may be too late for it then."""
    bad_days = ((OUTAGE - timedelta(days=7), OUTAGE_ENDS), *((since, since + REFUSES_FOR) for since in REFUSING))
    return any(contact.wanted_at <= until and contact.expires_at >= since for since, until in bad_days)


def _missing(family: Family, plan: CheckInPlan | None, contacts: list[ScheduledContact]) -> list[str]:
    """What the rhythm owes this family and no row says anything of."""
    if plan is None:
        return [f"{family.number} never enrolled"] if family.enrols_at < END - timedelta(days=1) else []
    ours = [contact for contact in contacts if contact.plan_id == plan.id]
    due = [contact for contact in ours if contact.state == "due"]
    wrong = [f"{contact.id} still due" for contact in due if contact.due_at < END - timedelta(minutes=5)]
    paused = plan.state == "paused" and plan.paused_until is None
    if plan.state != "ended" and len(due) != (0 if paused else 1):
        wrong.append(f"{family.number} {plan.state} has {len(due)} due")
    if family.plain:
        zone = ZoneInfo(plan.time_zone)
        have = {contact.step for contact in ours if contact.state in ("said", "expired", "due")}
        if plan.discreet and plan.ended_why == "finished":  # without a word: resources_db/check_ins/saying.py
            have |= {contact.step for contact in ours if contact.kind == "ending" and contact.state == "cancelled"}
        for step in steps(family.rhythm, family.every_days, family.home_on):
            # its own day may be no day of the family's; a week later it has been said, is due, or is waiting for another
            after_enrolling = step.on > family.hours[0][0].astimezone(zone).date()
            if after_enrolling and step.on < (END - timedelta(days=8)).date() and step.on.isoformat() not in have:
                wrong.append(f"{family.number} {step}")
        wrong += [
            f"{contact.id} expired" for contact in ours
            if contact.state == "expired" and not _could_not_be_said(contact)
        ]  # fmt: skip
    return wrong


def _inside(family: Family, one: Handed) -> bool:
    allowed = next_allowed(one.at, zones_of(one.to), state_of(one.to)) == one.at
    return allowed and _within(family, one.at)


def _within(family: Family, moment: datetime) -> bool:
    _, zone, start, end, weekdays = family.hours_at(moment)
    clock = moment.astimezone(ZoneInfo(zone))
    return start <= clock.hour * 60 + clock.minute < end and str(clock.weekday()) in weekdays


def _at(values: Sequence[float], share: float) -> float:
    return values[min(len(values) - 1, math.ceil(share * len(values)) - 1)] if values else 0.0


def _rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        tables = inspect(engine).get_table_names()
        return {table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in tables}


@contextlib.contextmanager
def database(kind: str) -> Iterator[Engine]:
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            engine = make_engine(f"sqlite:///{Path(folder) / 'year.db'}")
            upgrade(engine)
            yield engine
            engine.dispose()
    else:
        with postgresql_server() as url, PostgresqlDatabases(url).new() as engine:
            yield engine


def live(engine: Engine, *, families: int, kills: int, seed: int = 1) -> Year:
    """Live through the year."""
    year = Year(engine, families, kills, seed)
    asyncio.run(year.run(engine.url.render_as_string(hide_password=False)))
    return year


def main(options: Sequence[str] = ()) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks year", description=__doc__)
    parser.add_argument("--families", type=int, default=500)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args(options)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the database is removed
    with database(given.database) as engine:
        began = time.monotonic()
        found = judge(live(engine, families=given.families, kills=given.kills, seed=given.seed))
    took = round((time.monotonic() - began) / 60, 1)
    written = json.dumps({"database": given.database, **found, "minutes": took}, indent=1)
    if given.output:
        given.output.write_text(written + "\n", encoding="utf-8")
    print(written)
    if found["wrong"]:
        sys.exit("something is wrong, see above")


if __name__ == "__main__":
    main(sys.argv[1:])
