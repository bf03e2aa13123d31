"""A whole Homeward is told twenty identifiers and asked to delete them; then nothing under var/ holds any, nor any log."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import delete, select

from bot.cli import main
from resources_db.conversations import conversation_of
from resources_db.database import make_engine, session_scope
from resources_db.models import OutgoingEmail, Referral, WhatIfPart
from resources_db.privacy.report import Hit, search
from resources_db.sealing import SEALED, Sealer
from tests.running import Homeward
from tests.unit.resources_db.privacy.families import add_a_year

#: Some are masked before they are kept; of those that are not, every trace has to go.
IDENTIFIERS = (
    "Quetzalmira", "Zarathelle", "Wolfgangus", "Brunhildina", "Xanthopoulou", "478-555-0133", "+1 415 555 0199", "3125550178",
    "tanya.q1987@example.org", "1234 Quillfeather St", "Calle Quimera 45", "219-09-9999", "JD-2031-004512", "A087 654 321",
    "03/14/2019", "D7654321", "https://example.org/u/qq8812?pin=4471", "@tanya_q87", "purpleumbrellaword", "quesadillarosada",
)  # fmt: skip
SAID = (
    "my son Quetzalmira and my daughter Zarathelle need diapers in 73102",
    "se llama Wolfgangus y tiene 4 años, mi trabajadora Brunhildina Xanthopoulou no contesta",
    "call me at 478-555-0133 or +1 415 555 0199 or 3125550178, or tanya.q1987@example.org",
    "we live at 1234 Quillfeather St, before in Calle Quimera 45",
    "my social is 219-09-9999, case JD-2031-004512, A-number A087 654 321, dob 03/14/2019, licence D7654321",
    "see https://example.org/u/qq8812?pin=4471 and @tanya_q87",
    "my safe word is purpleumbrellaword y la otra quesadillarosada",
    "/restart purpleumbrellaword\n2026-11-22 10:00:00 ERROR root quesadillarosada \x1b[31mred\x1b[0m",
)


#: Of what comes after the kids come home: the family's own words, which are kept sealed.
YEAR = "quillyearword77"
PLAN = ("llamo a mi madrina quillplanword", "mi vecina quillcareword cuida a los niños", "a casa de mi mamá quillnightword")


def found(homeward: Homeward, identifiers: Sequence[str] = IDENTIFIERS) -> list[Hit]:
    engine = make_engine(f"sqlite:///{homeward.var / 'homeward.db'}")
    try:
        return search(engine, homeward.var, identifiers)
    finally:
        engine.dispose()


def gone(homeward: Homeward, identifiers: Sequence[str]) -> list[Hit]:
    """What is left a minute later at the latest; nothing is what to expect."""
    end = time.monotonic() + 60
    while (left := found(homeward, identifiers)) and time.monotonic() < end:
        time.sleep(0.5)
    return left


def logs(homeward: Homeward) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in [*homeward.var.rglob("*.log*"), homeward.var / "up.out"]}


def test_after_deleting_nothing_under_var_and_nothing_in_the_database_holds_what_was_said(
    running: Homeward,
) -> None:
    family = running.chat("es")
    for text in SAID:
        assert family.say(text)
    kept = {IDENTIFIERS[hit.line - 1] for hit in found(running)}
    assert kept == {"purpleumbrellaword", "quesadillarosada"}  # what no rule can know is kept, and found, until it is deleted
    assert "Recibo" in family.say("borrar mis datos")[0]["text"]
    assert gone(running, IDENTIFIERS) == []


def test_a_plan_a_safe_word_a_referral_a_share_and_an_e_mail_that_waits_are_gone_with_the_family_sealed_or_not(
    running: Homeward,
) -> None:
    family = running.chat("es")
    for text in ("mi plan", *PLAN):
        assert family.say(text)
    engine = make_engine(f"sqlite:///{running.var / 'homeward.db'}")
    sealer = Sealer([(running.var / "secret_key").read_text().strip()])
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)  # so that nothing of it is due meanwhile
    with session_scope(engine) as session:
        thread = conversation_of(session, family.token, tomorrow - timedelta(days=1)).id
        session.execute(delete(WhatIfPart).where(WhatIfPart.conversation_id == thread, WhatIfPart.part == "crisis"))
        add_a_year(session, thread, YEAR, tomorrow, sealer)
    with session_scope(engine, writes=False) as session:
        belongs = [
            select(column).where(getattr(column.class_, "conversation_id", Referral.conversation_id) == thread)
            for column in SEALED
            if column.class_ is not OutgoingEmail
        ]
        sealed = [value for query in belongs for value in session.scalars(query) if value]
        sealed += session.scalars(select(OutgoingEmail.sealed).where(OutgoingEmail.referral_id == f"r {YEAR}"))
        words = [sealer.open(value) for value in sealed]
    engine.dispose()
    assert {YEAR, "marigold", PLAN[0], PLAN[1]} <= set(
        words
    )  # sealed, they cannot be found by what they say: search for the seals
    traces = [YEAR, thread, *sealed, "quillplanword", "quillcareword", "quillnightword"]
    assert {hit.line for hit in found(running, traces)} == set(range(1, len(traces) + 1))
    assert "Recibo" in family.say("borrar mis datos")[0]["text"]
    assert gone(running, traces) == []


def test_the_report_tells_where_something_is_and_never_what_stands_there(
    running: Homeward, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEWARD_VAR", str(running.var))
    family = running.chat()
    family.say("my safe word is yellowumbrellaword")
    listed = running.var / "identifiers.txt"
    listed.write_text("nowhere-to-be-found\nyellowumbrellaword\n")
    assert main(["privacy-report", "--identifiers", str(listed)]) == 1
    said = capsys.readouterr().out
    assert "message.text" in said
    assert "tracker.events" in said
    assert "umbrella" not in said
    assert main(["privacy-report"]) == 0
    assert "conversation" in capsys.readouterr().out
    family.say("delete my data")
    listed.unlink()


def test_nothing_that_a_client_sends_reaches_a_log(running: Homeward) -> None:
    planted = b"plantedumbrellaword"
    line = planted.decode()
    injected = f"{line}%0d%0a2026-11-22%20ERROR%20{line}%1b%5b31m"
    for path in (f"/chat/v1/{injected}", f"/c/{line}", f"/api/services?q={injected}"):
        request = urllib.request.Request(running.url + path, headers={"User-Agent": f"{line}\t\x1b[31m", "X-Forwarded-For": line})
        try:
            urllib.request.urlopen(request, timeout=20).close()
        except urllib.error.HTTPError as error:
            error.close()
    family = running.chat()
    family.say(f"{line}\r\n2026-11-22 ERROR root {line} \x1b[31m\x07")
    address = urlsplit(running.url)
    for raw in (
        b"GET /\x1b[31m" + planted + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        planted + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + planted + b"\r\n\r\n",
    ):
        with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
            connection.sendall(raw)
            connection.recv(1000)
    for path, content in logs(running).items():
        assert planted not in content, path
        assert b"\x1b" not in content, path
    family.say("delete my data")
