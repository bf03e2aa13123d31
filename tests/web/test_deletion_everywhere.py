"""A whole Homeward is told twenty identifiers and asked to delete them; then nothing under var/ holds any, nor any log."""

from __future__ import annotations

import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.cli import main
from resources_db.database import make_engine
from resources_db.privacy.report import Hit, search
from tests.running import Homeward

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


def found(homeward: Homeward) -> list[Hit]:
    engine = make_engine(f"sqlite:///{homeward.var / 'homeward.db'}")
    try:
        return search(engine, homeward.var, IDENTIFIERS)
    finally:
        engine.dispose()


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
    end = time.monotonic() + 60
    while (left := found(running)) and time.monotonic() < end:
        time.sleep(0.5)
    assert left == []


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
