"""`homeward staff`: the first account, and a way back in."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime, timezone
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from bot.cli import main
from resources_db.database import make_engine
from resources_db.people import staff
from resources_db.settings import load_settings

ANA = ["staff", "add", "ana@center.example.org", "--name", "Ana"]


@pytest.fixture(autouse=True)
def _installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HOMEWARD_DATABASE_URL", raising=False)
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path))
    monkeypatch.setattr(staff, "_COST", 2**4)


def is_password(password: str) -> bool:
    engine = make_engine(load_settings().database_url)
    with Session(engine) as session:
        member = staff.find_member(session, "ana@center.example.org")
        assert member is not None
        found = staff.is_password(member.password_hash, password, datetime.now(timezone.utc))
    engine.dispose()
    return found


def test_the_first_account_gets_a_one_time_password_that_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["staff", "list"]) == 0
    assert "homeward staff add" in capsys.readouterr().out
    assert main(ANA) == 0
    out = capsys.readouterr().out
    once = re.findall(r"([a-z0-9]{4}(?:-[a-z0-9]{4}){3})", out)[0]
    assert "/staff" in out
    assert is_password(once)
    assert main(["staff", "list"]) == 0
    out = capsys.readouterr().out
    assert "ana@center.example.org: Ana, admin, all sites" in out
    assert once not in out


def test_a_lost_password_is_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ANA) == 0
    first = re.findall(r": ([a-z0-9-]{19})\n", capsys.readouterr().out)[0]
    assert main(["staff", "reset", "Ana@center.example.org"]) == 0
    second = re.findall(r": ([a-z0-9-]{19})\n", capsys.readouterr().out)[0]
    assert (is_password(first), is_password(second)) == (False, True)


def test_a_password_may_be_piped_in_and_is_not_repeated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("four purple words here\n"))
    assert main([*ANA, "--ask"]) == 0
    assert "purple" not in capsys.readouterr().out
    assert is_password("four purple words here")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (ANA, "has an account already"),
        (["staff", "add", "bea", "--name", "Bea"], "ana@center.example.org"),
        (["staff", "add", "bea@x.org", "--name", "Bea", "--site", "oak"], "homeward sites add"),
        (["staff", "reset", "bea@x.org"], "homeward staff list"),
    ],
)
def test_what_cannot_be_is_one_line_with_what_to_do(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(ANA) == 0
    capsys.readouterr()
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_a_weak_password_is_not_taken_and_nothing_is_made(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main([*ANA, "--ask"]) == 2
    assert "at least 12" in capsys.readouterr().err
    assert main(["staff", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_role_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*ANA, "--role", "boss"])
    assert ended.value.code == 2
    assert "partner" in capsys.readouterr().err
