"""When a partner can call a family: within the partner's hours and the family's own, each on their own clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from resources_db.check_ins.plans import plan_of
from resources_db.contacts import SafeHours
from resources_db.contacts.windows import windows
from resources_db.models.conversation import Conversation
from resources_db.models.family_phone import FamilyPhone
from resources_db.sealing import Sealer
from resources_db.sms.numbers import zones_of
from resources_db.wording import clock_phrase, phrase

Span = tuple[datetime, datetime]

#: Without a plan a family is called in these hours, in minutes after midnight.
_EARLIEST, _LATEST = 8 * 60, 20 * 60
#: How much time for calls a partner needs to have had before what was promised must be true.
TIME_TO_CALL = timedelta(hours=2)
#: Not as much as a week, so that a weekday says which day it is.
_AHEAD = timedelta(days=6)
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class FamilyHours:
    """When a family may be called: in its safe `hours`, and with a `number` (E.164) only while no quiet hours hold there.
    `zones` (IANA names) are those its clock may be of; none, and no hours, where nobody knows. `discreet`: others may pick up
    its phone."""

    hours: SafeHours | None = None
    number: str | None = field(default=None, repr=False)
    zones: tuple[str, ...] = ()
    discreet: bool = False

    def spans(self, since: datetime, until: datetime, somewhere: str) -> list[Span]:
        """Between two moments, in UTC; `somewhere` is the zone to take where the family's is not known."""
        hours = self.hours or SafeHours(somewhere, _EARLIEST, _LATEST)
        return _within(windows(hours, since, self.number), since, until)

    def local(self, moment: datetime, somewhere: str) -> datetime:
        """On the family's clock. Where it may be one of several, on the one that is ahead: what is promised by it holds
        on the others too."""
        return max((moment.astimezone(ZoneInfo(zone)) for zone in self.zones or (somewhere,)), key=_offset)


def hours_of_family(session: Session, sealer: Sealer, conversation_id: str, place_zone: str | None = None) -> FamilyHours:
    """What the family chose for its check-ins; else most of the day where its phone is, else where it looks for help
    (`place_zone`)."""
    of_this = Conversation.family_phone_id == FamilyPhone.id, Conversation.id == conversation_id
    sealed = session.scalar(select(FamilyPhone.sealed).where(*of_this))
    number = sealer.open(sealed) if sealed else None
    plan = plan_of(session, conversation_id)
    discreet = plan is not None and plan.discreet
    if plan is not None and plan.state != "ended":
        hours = SafeHours(plan.time_zone, plan.window_start, plan.window_end, plan.weekdays)
        return FamilyHours(hours, number, (plan.time_zone,), discreet)
    zones = (zones_of(number) if number else ()) or ((place_zone,) if place_zone else ())
    return FamilyHours(SafeHours(zones[0], _EARLIEST, _LATEST) if zones else None, number, zones, discreet)


def promise(hours: Iterable[Mapping[str, Any]], zone: str, family: FamilyHours, now: datetime) -> datetime | None:
    """By when a partner with these `hours` (models/staff_member.py) on the clock of `zone` can promise to have called, in
    UTC; None when there is no time for it in the coming days."""
    until = now + _AHEAD
    theirs = [span for row in hours for span in _within(windows(_of_row(row, zone), now, None), now, until)]
    needed = TIME_TO_CALL
    for start, end in overlap(family.spans(now, until, zone), joined(sorted(theirs))):
        if end - start >= needed:
            return min(_full_hour(start + needed), end)
        needed -= end - start
    return None


def first_chance(family: FamilyHours, now: datetime, somewhere: str) -> Span:
    """The rest of the family's hours that are on now, or those that come next; in UTC."""
    later = now + timedelta(days=9)
    return next(iter(family.spans(now, later, somewhere)), (now, later))


def say_promise(by: datetime, now: datetime, language: str) -> str:
    """ "today before 5 pm". Both moments on the family's clock."""
    days = (by.date() - now.date()).days
    day = phrase(language, "moment.today" if days == 0 else "moment.tomorrow") if days < 2 else None
    day = day or phrase(language, "moment.weekday", day=phrase(language, f"day.long.{_DAYS[by.weekday()]}"))
    return f"{day} {clock_phrase(language, 'before', by.hour * 60 + by.minute)}"


def overlap(some: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What two lists of spans have in common; both in order and without overlaps of their own, as is what is returned."""
    found = [
        (max(a_start, b_start), min(a_end, b_end))
        for a_start, a_end in some
        for b_start, b_end in others
        if max(a_start, b_start) < min(a_end, b_end)
    ]
    return sorted(found)


def joined(spans: Iterable[Span]) -> list[Span]:
    """Sorted spans, those that touch made one."""
    found: list[Span] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _of_row(row: Mapping[str, Any], zone: str) -> SafeHours:
    return SafeHours(zone, _minutes(row["from"]), _minutes(row["until"]), str(row["days"]))


def _within(spans: Iterable[Span], since: datetime, until: datetime) -> list[Span]:
    return [(max(start, since), min(end, until)) for start, end in spans if max(start, since) < min(end, until)]


def _minutes(clock: str) -> int:
    """ "09:30" → 570; "24:00" is the end of the day."""
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute)


def _full_hour(moment: datetime) -> datetime:
    """This moment, or the next full hour after it."""
    down = moment.replace(minute=0, second=0, microsecond=0)
    return down if down == moment else down + timedelta(hours=1)


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta()
