"""The report finds what should be gone wherever it is, tells only where, and says what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from bot.cli import main
from resources_db import conversations, messages
from resources_db.database import make_engine, session_scope
from resources_db.migrations import upgrade
from resources_db.models import Site, Tracker
from resources_db.privacy import report
from resources_db.privacy.erasure import tables_of_families
from resources_db.settings import Settings, load_settings
from tests.unit.resources_db.privacy.families import NOW, add_family, claim

NUMBER = "+19165550142"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"HOMEWARD_VAR": str(tmp_path), "HOMEWARD_SECRET_KEY": "k" * 40})


def test_finds_what_is_in_the_database_in_plain_text_in_json_and_as_digits(directory_engine: Engine, tmp_path: Path) -> None:
    with session_scope(directory_engine) as session:
        add_family(session, NUMBER)
        session.add(Tracker(conversation_id="other", events='[{"text": "Jos\\u00e9 Quimera"}]', saved_at=NOW))
    hits = report.search(directory_engine, tmp_path / "empty", ["José Quimera", "+1 (916) 555-0142", "nobody", ""])
    found = {(hit.line, hit.where) for hit in hits if "." in hit.where and "/" not in hit.where}
    assert (1, "tracker.events") in found
    assert {(2, where) for where in ("tracker.events", "ticket.content", "outgoing_text.body")} <= found
    assert {hit.line for hit in hits} == {1, 2}


def test_finds_what_is_in_a_file_whatever_its_case_and_spelling(directory_engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "a.log").write_bytes(b"\x00\xffQUIMERA and quimera, jos\\u00e9, Mu\xc3\xb1oz")
    (tmp_path / "log" / "empty.log").touch()
    hits = report.search(directory_engine, tmp_path, ["Quimera", "José", "Muñoz", "nobody"])
    assert {hit.line: hit.count for hit in hits if hit.where.endswith("a.log")} == {1: 2, 2: 1, 3: 1}


def test_says_of_every_table_how_much_there_is_since_when_and_until_when(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine) as session:
        add_family(session, NUMBER)
        session.add(Site(name="north", sms_days=90, created_at=NOW))
    with session_scope(directory_engine, writes=False) as session:
        kept = {row.table: row for row in report.kept(session, settings)}
        untrue = report.untrue_promises(session, settings)
    assert kept["conversation"].rows == 2
    assert kept["conversation"].oldest == NOW.isoformat()
    assert "site north: 24 hours after its start, with a phone or check-ins 90 days" in kept["conversation"].until
    assert kept["erasure"].rows == 0
    assert kept["erasure"].oldest is None
    assert untrue == ["site north keeps texts 90 days, and families are told 30"]


def test_no_table_that_holds_anything_of_a_family_is_left_out(directory_engine: Engine, settings: Settings) -> None:
    with session_scope(directory_engine, writes=False) as session:
        told = {row.table for row in report.kept(session, settings)}
    assert sorted(tables_of_families() - told) == []


def test_counts_what_was_not_masked_by_kind(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        thread, _ = conversations.start_conversation(session, language="en", now=NOW, lifetime=NOW - NOW)
        messages.accept(session, thread, client_id="1", text="call 916-555-0142", claim=claim())
        events = '[{"event": "user", "text": "a@example.org"}, {"event": "bot", "text": "call 916-555-0142"}]'
        session.add(Tracker(conversation_id=thread.id, events=events, saved_at=NOW))
    with session_scope(directory_engine, writes=False) as session:
        assert report.identifiers_in_stored_text(session) == {"web": 1}


def test_the_command_says_where_and_never_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path))
    engine = make_engine(f"sqlite:///{tmp_path / 'homeward.db'}")
    upgrade(engine)
    listed = tmp_path / "list.txt"
    listed.write_text("quimera\nnobody\n")
    assert main(["privacy-report", "--identifiers", str(listed)]) == 0
    with session_scope(engine) as session:
        session.add(Tracker(conversation_id="1", events='[{"text": "secret quimera beside"}]', saved_at=NOW))
    assert main(["privacy-report", "--identifiers", str(listed), "--json"]) == 1
    assert main(["privacy-report"]) == 0
    said = capsys.readouterr().out
    assert "tracker.events" in said
    assert not any(word in said for word in ("quimera", "secret", "beside"))


def test_a_list_that_is_empty_or_not_there_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path))
    (tmp_path / "empty.txt").write_text("\n \n")
    for name in ("empty.txt", "nowhere.txt"):
        assert main(["privacy-report", "--identifiers", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err.count("\n") == 2
