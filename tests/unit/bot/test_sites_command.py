"""`homeward sites`, and what a site has that the installation has not."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot.cli import main
from resources_db.database import make_engine, session_scope
from resources_db.settings import load_settings
from resources_db.sites import Site, find_site, number_of, retention_of, site_texted

CARRIER = {
    "HOMEWARD_SMS_ACCOUNT_SID": "AC" + "0" * 32, "HOMEWARD_SMS_AUTH_TOKEN": "a token", "HOMEWARD_SMS_FROM": "+19165550199",
}  # fmt: skip
SERVICE = "MG" + "a" * 32


@pytest.fixture(autouse=True)
def _installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("HOMEWARD_DATABASE_URL", *CARRIER):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOMEWARD_VAR", str(tmp_path))


def test_a_site_is_added_changed_and_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sites", "list"]) == 0
    assert "No site" in capsys.readouterr().out
    assert main(["sites", "add", "oak", "--sms-from", "+19165550100", "--web-hours", "48"]) == 0
    assert 'Site "oak" was added' in capsys.readouterr().out
    assert main(["sites", "add", "oak", "--sms-days", "7", "--segments-a-day", "500"]) == 0
    out = capsys.readouterr().out
    assert "was changed" in out
    assert "48 h" in out, "what is not given stays"
    assert main(["sites", "add", "oak", "--sms-days", "7"]) == 0
    assert "already" in capsys.readouterr().out
    assert main(["sites", "add", "oak", "--web-hours", "default"]) == 0
    assert "24 h" in capsys.readouterr().out
    assert main(["sites", "add", "elm", "--sms-from", SERVICE]) == 0
    capsys.readouterr()
    assert main(["sites", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"name": "elm", "sms_from": SERVICE, "web_hours": None, "sms_days": None, "segments_a_day": None},
        {"name": "oak", "sms_from": "+19165550100", "web_hours": None, "sms_days": 7, "segments_a_day": 500},
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["a b"], "name"),
        (["ñ"], "name"),
        (["a" * 65], "name"),
        (["elm", "--sms-from", "916-555-0100"], "+19165550100"),
        (["elm", "--sms-from", "+19165550100"], "oak"),
        (["elm", "--web-hours", "0"], "from 1"),
        (["elm", "--sms-days", "2000000"], "from 1"),
        (["elm", "--segments-a-day", "many"], "whole number"),
        ([], "NAME"),
    ],
)
def test_what_cannot_be_a_site_is_told_in_one_line(capsys: pytest.CaptureFixture[str], given: list[str], said: str) -> None:
    assert main(["sites", "add", "oak", "--sms-from", "+19165550100"]) == 0
    capsys.readouterr()
    try:
        code = main(["sites", "add", *given])
    except SystemExit as end:
        code = int(end.code or 0)
    out, error = capsys.readouterr()
    assert (code, out) == (2, "")
    assert said in error
    assert len(error.splitlines()) == 1
    assert main(["sites", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_a_site_has_what_the_installation_has_where_it_has_nothing_of_its_own() -> None:
    settings, without = load_settings({**CARRIER, "HOMEWARD_RETENTION_WEB_HOURS": "12"}), load_settings({})
    own, plain = Site("oak", "+19165550100", 48, 7), Site("elm")
    assert number_of(settings, own) == "+19165550100"
    assert number_of(settings, plain) == number_of(settings, None) == "+19165550199"
    assert number_of(without, own) is None
    assert (retention_of(settings, own).web, retention_of(settings, own).sms) == (timedelta(hours=48), timedelta(days=7))
    assert (retention_of(settings, plain).web, retention_of(settings, None).sms) == (timedelta(hours=12), timedelta(days=30))


def test_a_text_belongs_to_the_site_whose_number_or_service_was_texted(capsys: pytest.CaptureFixture[str]) -> None:
    main(["sites", "add", "oak", "--sms-from", "+19165550100"])
    main(["sites", "add", "elm", "--sms-from", SERVICE])
    capsys.readouterr()
    engine = make_engine(load_settings().database_url)
    with session_scope(engine, writes=False) as session:
        assert site_texted(session, "+19165550100", None) == find_site(session, "oak")
        assert site_texted(session, "+19165550123", SERVICE) == find_site(session, "elm")
        assert site_texted(session, "+19165550199", None) is None
        assert site_texted(session, None) is None
        assert find_site(session, None) is None
    engine.dispose()
