"""A family's record in a browser: read, chosen, printed and saved, on a phone and without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from resources_db.models.conversation import Conversation
from resources_db.models.referral import Referral, ReferralEvent
from resources_db.record import entries
from resources_db.record.links import make_link
from resources_db.sealing import Sealer
from resources_db.settings import load_settings
from tests.browser.gateway_server import GatewayServer
from tests.databases import SqliteDatabases

NOW = datetime.now(timezone.utc)
_KEPT = (
    ("class", "parenting class"), ("visit", None), ("meeting", "na meeting"), ("appointment", "cita con la consejera"),
    ("class", "clase de crianza"), ("visit", "supervised visit"),
)  # fmt: skip
#: Every text that is seen, with its contrast (WCAG 2) against what is behind it.
_CONTRASTS = """() => {
  const channels = (color) => (color.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, at) => sum + v * [.2126, .7152, .0722][at], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const [r, g, b, a = 1] = channels(getComputedStyle(at).backgroundColor);
      if (a === 1) return [r, g, b];
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('main *')]
    .filter((node) => node.getClientRects().length && [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((node) => {
      const [one, two] = [light(channels(getComputedStyle(node).color)), light(behind(node))].sort((a, b) => b - a);
      return [node.textContent.trim().slice(0, 40), Math.round((one + .05) / (two + .05) * 10) / 10];
    });
}"""


@pytest.fixture
def link(sqlite_databases: SqliteDatabases, tmp_path: Path) -> Iterator[str]:
    """The address of a record with something in every section but the last."""
    with sqlite_databases.new() as engine:
        sealer = Sealer.of(load_settings({"HOMEWARD_VAR": str(tmp_path)}))
        with Session(engine) as session, session.begin():
            session.add(Conversation(id="family", language="en", created_at=NOW, expires_at=NOW + timedelta(days=30), last_seq=0))
            session.flush()
            for days, (kind, note) in enumerate(_KEPT):
                entries.add(session, sealer, "family", kind, date(2026, 11, 2) + timedelta(days), note, NOW)
            for need, status in (("food", "got_help"), ("financial", "contacted"), ("childcare", "got_help")):
                session.add(
                    Referral(
                        id=need, conversation_id="family", service_id="gone", need=need, status=status, created_at=NOW,
                        status_at=NOW,
                    )
                )  # fmt: skip
                session.flush()
                said_by = "family" if need == "food" else "provider"
                session.add(ReferralEvent(id=f"e {need}", referral_id=need, at=NOW, status=status, said_by=said_by))
            code = make_link(session, sealer, "family", "en", "America/Los_Angeles", NOW)
        server = GatewayServer(engine, tmp_path)
        yield f"{server.url}r/{code}"
        server.close()


def contrasts(page: Page) -> list[Any]:
    found: list[Any] = page.evaluate(_CONTRASTS)
    return found


def test_a_record_is_read_on_a_small_phone(page: Page, link: str) -> None:
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("My record")
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert headings == ["What I went to", "What I asked for", "Help I got", "About this paper"]
    expect(page.get_by_role("table")).to_have_count(3)
    expect(page.get_by_role("columnheader", name="Who said so")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    for control in page.locator("main button, main label, main .act").all():
        box = control.bounding_box()
        assert box
        assert box["height"] >= 44


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read_against_what_is_behind_it(page: Page, link: str, scheme: Any) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(link)
    seen = contrasts(page)
    assert len(seen) > 30
    assert [one for one in seen if one[1] < 4.5] == []


def test_the_parent_switches_parts_off_and_on(page: Page, link: str) -> None:
    page.goto(link)
    told = page.get_by_role("checkbox", name="How I said things were going")
    expect(told).not_to_be_checked()
    told.check()
    page.get_by_role("checkbox", name="What I asked for").uncheck()
    page.get_by_role("button", name="Show this").click()
    expect(page.get_by_role("heading", name="How I said things were going")).to_be_visible()
    expect(page.get_by_role("heading", name="What I asked for")).to_have_count(0)
    expect(page.get_by_role("checkbox", name="What I asked for")).not_to_be_checked()
    page.get_by_role("link", name="Español").click()
    expect(page.get_by_role("heading", name="Mi registro")).to_be_visible()
    expect(page.get_by_role("heading", name="Lo que pedí")).to_have_count(0)


def test_all_of_it_works_without_scripts(browser: Browser, link: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(link)
    page.get_by_role("checkbox", name="Help I got").uncheck()
    page.get_by_role("button", name="Show this").click()
    expect(page.get_by_role("heading", name="Help I got")).to_have_count(0)
    context.close()


def test_the_pdf_is_saved_with_what_was_chosen(page: Page, link: str, tmp_path: Path) -> None:
    page.goto(f"{link}?lang=es&chosen=1&show=kept")
    with page.expect_download() as saving:
        page.get_by_role("link", name="Guardar en PDF").click()
    saved = tmp_path / "saved.pdf"
    saving.value.save_as(saved)
    assert saving.value.suggested_filename.startswith("mi-registro-")
    assert saved.read_bytes().startswith(b"%PDF-")


def test_on_paper_there_is_the_record_and_no_buttons(page: Page, link: str) -> None:
    page.emulate_media(media="print")
    page.goto(link)
    expect(page.get_by_role("heading", name="My record")).to_be_visible()
    expect(page.get_by_role("heading", name="About this paper")).to_be_visible()
    for gone in (".choose", ".help", ".top", "footer"):
        expect(page.locator(gone)).to_be_hidden()
