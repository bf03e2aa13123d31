"""The page and the PDF behind the link to a family's record, as the whole gateway serves them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from bot.gateway import record
from resources_db.models.conversation import Conversation
from resources_db.models.referral import Referral
from resources_db.models.ticket import Ticket
from resources_db.record import entries, what_if
from resources_db.record.links import make_link
from resources_db.sealing import Sealer
from resources_db.settings import load_settings
from tests.databases import SqliteDatabases
from tests.web.rasa_stand_in import Gateway

NOW = datetime.now(timezone.utc)
TODAY = NOW.date()


@pytest.fixture
def directory_engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """What is tested here is the same on every database."""
    with sqlite_databases.new() as engine:
        yield engine


@pytest.fixture
def code(gateway: Gateway, tmp_path: object) -> str:
    """A link to the record of a family that went to a class, asked for food, and has a plan."""
    sealer = Sealer.of(load_settings({"HOMEWARD_VAR": str(tmp_path)}))
    with Session(gateway.engine) as session, session.begin():
        for family in ("family", "stranger"):
            session.add(Conversation(id=family, language="en", created_at=NOW, expires_at=NOW + timedelta(days=30), last_seq=0))
        session.flush()
        entries.add(session, sealer, "family", "class", TODAY, "parenting class", NOW)
        entries.add(session, sealer, "stranger", "visit", date(2025, 1, 1), "somebody else's", NOW)
        what_if.write(session, sealer, "family", "relapse", "call my sponsor", NOW)
        session.add(
            Referral(
                id="r", conversation_id="family", service_id="s", need="food", status="offered", created_at=NOW, status_at=NOW
            )
        )
        return make_link(session, sealer, "family", "en", "America/Chicago", NOW)


async def read(gateway: Gateway, path: str, status: int = 200) -> str:
    async with gateway.client.get(path) as response:
        assert response.status == status
        return await response.text()


async def test_a_link_opens_that_familys_record_and_nothing_else_of_it(gateway: Gateway, code: str) -> None:
    page = await read(gateway, f"/r/{code}")
    assert "Parenting class" in page
    assert "Food" in page
    assert "somebody else" not in page
    assert "sponsor" not in page
    assert "Made by the parent. Homeward shows only what the parent kept." in page


async def test_it_is_not_stored_not_found_by_search_engines_and_loads_nothing_from_elsewhere(gateway: Gateway, code: str) -> None:
    for path in (f"/r/{code}", f"/r/{code}.pdf", "/r/abcdefghijkmnpqr"):
        async with gateway.client.get(path) as response:
            assert response.headers["Cache-Control"] == "no-store"
            assert "noindex" in response.headers["X-Robots-Tag"]
            assert response.headers["Referrer-Policy"] == "no-referrer"
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert "Set-Cookie" not in response.headers


async def test_previews_and_second_looks_do_not_use_it_up(gateway: Gateway, code: str) -> None:
    for _ in range(3):
        async with gateway.client.head(f"/r/{code}") as response:
            assert response.status == 200
    assert "Parenting class" in await read(gateway, f"/r/{code}")


async def test_opening_it_writes_nothing(gateway: Gateway, code: str) -> None:
    await read(gateway, f"/r/{code}?lang=es&chosen=1&show=got")
    with Session(gateway.engine) as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == 1


async def test_the_parent_chooses_what_it_shows_without_a_script(gateway: Gateway, code: str) -> None:
    usual = await read(gateway, f"/r/{code}")
    assert 'id="part-told"' not in usual
    assert "<script" not in usual
    chosen = await read(gateway, f"/r/{code}?lang=en&chosen=1&show=asked&show=told")
    assert [name for name in ("kept", "asked", "got", "told") if f'id="part-{name}"' in chosen] == ["asked", "told"]
    assert "Parenting class" not in chosen
    nothing = await read(gateway, f"/r/{code}?chosen=1")
    assert "Nothing is chosen." in nothing


async def test_it_speaks_both_languages_and_keeps_the_choice(gateway: Gateway, code: str) -> None:
    page = await read(gateway, f"/r/{code}?lang=es&chosen=1&show=kept")
    assert '<html lang="es">' in page
    assert "A lo que fui" in page
    assert "lang=en&amp;chosen=1&amp;show=kept" in page


@pytest.mark.parametrize(("language", "name"), [("en", "my-record"), ("es", "mi-registro")])
async def test_the_pdf_is_the_same_paper(gateway: Gateway, code: str, language: str, name: str) -> None:
    async with gateway.client.get(f"/r/{code}.pdf?lang={language}") as response:
        assert response.status == 200
        assert response.content_type == "application/pdf"
        assert name in response.headers["Content-Disposition"]
        pdf = await response.read()
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")


async def test_a_pdf_that_cannot_be_made_is_said_kindly_and_nothing_of_it_is_logged(
    gateway: Gateway, code: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing = ("sh", "-c", "echo 'ValueError: Parenting class' >&2; exit 1")
    monkeypatch.setattr(record, "_MAKER", failing)
    assert "try again" in await read(gateway, f"/r/{code}.pdf", 503)
    assert "ValueError" in caplog.text
    assert "Parenting" not in caplog.text
    assert "Parenting class" in await read(gateway, f"/r/{code}")


@pytest.mark.parametrize("suffix", ["", ".pdf"])
async def test_an_old_link_is_a_page_with_help(gateway: Gateway, code: str, suffix: str) -> None:
    with Session(gateway.engine) as session, session.begin():
        session.scalars(select(Ticket)).one().expires_at = NOW - timedelta(seconds=1)
    page = await read(gateway, f"/r/{code}{suffix}", 404)
    assert "This link does not work anymore." in page
    assert "tel:988" in page
    assert "Parenting" not in page


@pytest.mark.parametrize("path", ["/r/", "/r/x", "/r/a/b", "/r/..%2f..", "/r/abcdefghijkmnpqr.exe", "/r/.pdf"])
async def test_what_is_no_link_of_ours_opens_nothing(gateway: Gateway, path: str) -> None:
    await read(gateway, path, 404)


async def test_nothing_can_be_sent_to_it(gateway: Gateway, code: str) -> None:
    async with gateway.client.post(f"/r/{code}", data={"show": "kept"}) as response:
        assert response.status == 405


def test_the_gateway_does_not_carry_the_library_that_makes_pdfs() -> None:
    loaded = "import bot.gateway.app, sys; print('fpdf' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout == "False\n"
