"""The conversations of docs/conversations/ are had again, and go as they are written there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from resources_db.check_ins import plans
from resources_db.database import session_scope
from resources_db.models import ScheduledContact
from resources_db.sms.numbers import zones_of
from tests.conversations.installation import SEALER, ByText, Installation, NobodyAwake, installed
from tests.conversations.telling import PAGES, heading, masked, scripts, section, tell

SCRIPTS = scripts()
TELLINGS = [
    pytest.param(name, telling, id=f"{name} {telling['language']} {telling['channel']}")
    for name, script in SCRIPTS.items()
    for telling in script["tellings"]
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A Homeward of its own: with a carrier, a mail server, partners, and time that passes."""
    with installed(tmp_path_factory.mktemp("proudest")) as started:
        try:
            started.number()
        except NobodyAwake as reason:
            pytest.skip(str(reason))
        yield started


@pytest.mark.parametrize(("name", "telling"), TELLINGS)
def test_it_goes_as_it_is_written_down(place: Installation, name: str, telling: dict[str, Any]) -> None:
    faults, lines = tell(place, telling)
    assert faults == []
    written = section((PAGES / f"{name}.md").read_text(encoding="utf-8"), telling)
    assert masked("\n".join(lines).rstrip()) == masked(written.rstrip())


def test_a_due_check_in_by_text_comes_in_safe_hours_is_answered_by_a_number_and_after_stop_nothing_comes(
    place: Installation,
) -> None:
    family = place.family("sms", "en")
    assert isinstance(family, ByText)
    family.say("food 95814")
    zone = zones_of(family.number)[0]
    here = datetime.now(ZoneInfo(zone))
    with session_scope(place.engine) as session:
        thread = family.ids[0][0]
        plans.enrol(
            session, SEALER, thread, plans.Choice("steady", here.date(), zone), wording="yes", language="en",
            now=datetime.now(timezone.utc),
        )  # fmt: skip
    minutes = here.hour * 60 + here.minute
    family.pass_until("check_in", hours=(max(0, minutes - 60), min(24 * 60, minutes + 60)))
    family.hear()
    assert "Homeward" in family.texts[0]
    sent = place.carrier.texts_to(family.number)[-1].created.astimezone(ZoneInfo(zone))
    assert minutes - 60 <= sent.hour * 60 + sent.minute <= minutes + 60
    assert "3 Hard" in family.texts[0].splitlines()
    family.say("1")  # how home is: fine
    family.pass_until("check_in")
    family.hear()  # something that has listings this time
    assert [match for message in family.say("3") for match in message["matches"]], family.texts
    family.say("STOP")
    with session_scope(place.engine, writes=False) as session:
        plan = plans.plan_of(session, thread)
        due = select(ScheduledContact.id).where(ScheduledContact.conversation_id == thread, ScheduledContact.state == "due")
        assert plan
        assert (plan.state, plan.ended_why) == ("ended", "opt_out")
        assert session.scalars(due).all() == []
    family.pass_time(timedelta(days=30))
    time.sleep(3)
    assert family.silence()


def test_there_are_seven_in_both_languages_on_the_web_and_by_text() -> None:
    assert len(SCRIPTS) == 7
    for script in SCRIPTS.values():
        assert {telling["language"] for telling in script["tellings"]} == {"en", "es"}
        assert len({heading(telling) for telling in script["tellings"]}) == len(script["tellings"])
    told = {(telling["language"], telling["channel"]) for script in SCRIPTS.values() for telling in script["tellings"]}
    assert told == {(language, channel) for language in ("en", "es") for channel in ("web", "sms")}


def test_what_is_another_each_time_is_masked_and_nothing_else() -> None:
    one = "Done. First check-in: Tue, Dec 1, 5pm. Ana calls you tomorrow by noon.\n> 1 Pantry: 916-555-0104. Open now\n"
    other = "Done. First check-in: Sat, Nov 28, 5:30 pm. Luis calls you today by 3 pm.\n> 1 Cart: 916-555-0105. Closed\n"
    assert masked(one) == masked(other)
    assert masked("Te llama hoy antes del mediodía.") == masked("Te llama el lunes antes de las 10 am.")
    assert masked("Here is Night Soup Cart:") == masked("Here is Hot Lunch Table:") != masked("Sent to Hot Lunch Table:")
    assert masked("I won't ask") != masked("I will ask")
