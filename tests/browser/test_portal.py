"""The staff's pages in a browser: with a keyboard, without scripts, on a narrow screen."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from resources_db.models.program_count import ProgramCount
from resources_db.people import staff
from resources_db.program.counting import SPANS
from resources_db.sealing import Sealer
from tests.browser.gateway_server import GatewayServer
from tests.databases import SqliteDatabases
from tests.web.center import PASSWORD, WORDS, Center, address, now

PAGES = ("", "people", "people/new", "invites", "program", "password")


@pytest.fixture
def gateway(sqlite_databases: SqliteDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayServer]:
    monkeypatch.setattr(staff, "_COST", 2**4)
    staff._nobodys.cache_clear()
    with sqlite_databases.new() as engine:
        server = GatewayServer(engine, tmp_path)
        yield server
        server.close()


@pytest.fixture
def center(gateway: GatewayServer) -> Center:
    return Center(gateway.engine, Sealer.of(gateway.settings))


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A small phone without scripts."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    context.set_default_timeout(10_000)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda line: refused.append(line.text) if "Security Policy" in line.text else None)
    yield page
    context.close()
    assert refused == []


def sign_in(page: Page, gateway: GatewayServer, name: str = "Ana") -> None:
    page.goto(f"{gateway.url}staff")
    page.get_by_label("E-mail").fill(address(name))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def fill_program(center: Center, weeks: int = 16) -> None:
    """Some months of a middling program."""
    draw, monday = random.Random(7), now().date() - timedelta(days=now().date().weekday())
    rows = []
    for number in range(1, weeks + 1):
        key = {"week": monday - timedelta(days=7 * number), "site": "", "language": "en", "need": "", "zip": "", "span": ""}
        said = draw.randint(60, 140)
        for measure, count in (
            ("enrolled", draw.randint(12, 40)), ("stopped", draw.choice([0, 11, 15])), ("opted_out", draw.choice([0, 0, 12])),
            ("check_in_said", said), ("check_in_answered", int(said * draw.uniform(0.55, 0.8))),
        ):  # fmt: skip
            rows.append({**key, "measure": measure, "count": count})
        for need, most in (("food", 9), ("housing", 6), ("childcare", 4), ("financial", 7), ("health", 1)):
            place = {**key, "need": need, "zip": "95814"}
            rows.append({**place, "measure": "need_found", "count": draw.randint(1, most * 2)})
            rows.append({**place, "measure": "need_met", "count": draw.randint(0, most)})
            for code in ("95814", "95815", "95820", "92701"):
                rows.append({**place, "zip": code, "measure": "need_unmet", "count": draw.choice([0, 0, 1, 2])})
        for _, span in SPANS:
            rows.append({**key, "measure": "time_to_help", "need": "food", "span": span, "count": draw.randint(0, 4)})
    with Session(center.engine) as session, session.begin():
        session.add_all(ProgramCount(**row) for row in rows if row["count"])


def fill(center: Center) -> dict[str, str]:
    """Somebody with everything, and something of each kind to do; paths by kind."""
    ana = center.person("Ana", ["admin", "staff", "partner"])
    listing = center.listing()
    fill_program(center)
    return {
        "call": f"calls/{center.call(ana, late=True)}",
        "request": f"tasks/{center.request(listing, number='+19165550178')}",
        "listing": f"tasks/{center.doubt(listing)}",
    }


def faults(page: Page) -> list[str]:
    """What a checker of accessibility finds at once."""
    found: list[str] = page.evaluate(
        """() => {
        const found = [];
        const named = (node) => (node.labels && node.labels.length) || node.getAttribute('aria-label');
        for (const node of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
          if (!named(node)) found.push(`no label: ${node.name}`);
        for (const node of document.querySelectorAll('button, a'))
          if (!node.textContent.trim() && !node.getAttribute('aria-label')) found.push('a button or link without words');
        const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map((node) => Number(node.tagName[1]));
        if (levels.filter((level) => level === 1).length !== 1 || levels[0] !== 1) found.push(`headings: ${levels}`);
        levels.forEach((level, at) => { if (at && level > levels[at - 1] + 1) found.push(`a heading is skipped: ${levels}`); });
        const ids = [...document.querySelectorAll('[id]')].map((node) => node.id);
        for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`twice: ${id}`);
        for (const node of document.querySelectorAll('[aria-describedby], [aria-labelledby]'))
          for (const id of ['aria-describedby', 'aria-labelledby'].flatMap((kind) => (node.getAttribute(kind) || '').split(' ')))
            if (id && !ids.includes(id)) found.push(`nothing is called ${id}`);
        for (const table of document.querySelectorAll('table'))
          for (const head of table.querySelectorAll('th')) if (!head.scope) found.push('a table head of nothing');
        for (const svg of document.querySelectorAll('svg:not([aria-hidden])'))
          if (svg.getAttribute('role') !== 'img' || !svg.querySelector('title')) found.push('a drawing without a name');
        for (const node of document.querySelectorAll('button, .button, nav a, .lines a, .box, select'))
          if (node.offsetHeight && node.offsetHeight < 44) found.push(`small: ${node.textContent}`);
        if (document.documentElement.scrollWidth > window.innerWidth) found.push(`wide: ${document.documentElement.scrollWidth}`);
        if (!document.documentElement.lang || !document.title) found.push('no language or title');
        return found;
      }"""
    )
    return found


def test_every_page_is_labelled_in_order_and_fits_a_small_phone(page: Page, gateway: GatewayServer, center: Center) -> None:
    paths = fill(center)
    page.goto(f"{gateway.url}staff/sign-in")
    assert faults(page) == []
    sign_in(page, gateway)
    for path in (*PAGES, *paths.values(), "nothing/here"):
        page.goto(f"{gateway.url}staff/{path}")
        assert faults(page) == [], path
    page.goto(f"{gateway.url}staff/people/new")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing you typed is lost")
    assert faults(page) == []


def test_a_call_is_made_and_noted_with_a_keyboard_alone(page: Page, gateway: GatewayServer, center: Center) -> None:
    center.call(center.person("Ana", ["partner"]))
    page.goto(f"{gateway.url}staff")

    def tab_to(name: str, role: str) -> None:
        wanted = page.get_by_role(role, name=name)  # type: ignore[arg-type]
        for _ in range(40):
            page.keyboard.press("Tab")
            if wanted.evaluate("(node) => node === document.activeElement"):
                ring = wanted.evaluate("(node) => getComputedStyle(node).outlineStyle")
                assert ring == "solid" or role == "radio", f"no ring around {name}"
                return
        raise AssertionError(f"the keyboard does not reach {name}")

    tab_to("E-mail", "textbox")
    page.keyboard.type(address("Ana"))
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    tab_to("Call a family", "link")
    page.keyboard.press("Enter")
    tab_to("Open", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_text(WORDS)).to_be_visible()
    tab_to("We talked", "radio")
    page.keyboard.press("Space")
    tab_to("Note it", "button")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Noted. Thank you.")
    expect(page.get_by_text("Nobody is waiting for you right now.")).to_be_visible()


def test_what_was_typed_stays_in_the_form_and_each_fault_leads_to_its_field(
    page: Page, gateway: GatewayServer, center: Center
) -> None:
    center.person("Ana", ["admin"])
    sign_in(page, gateway)
    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("Name").fill("Bea")
    page.get_by_label("E-mail").fill("bea")
    page.get_by_label("Families at once").fill("3")
    page.get_by_label("Saturday from").fill("10:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Name")).to_have_value("Bea")
    expect(page.get_by_label("Families at once")).to_have_value("3")
    expect(page.get_by_label("Saturday from")).to_have_value("10:00")
    expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
    fault = page.get_by_role("alert").get_by_role("link", name="Give an e-mail address")
    assert fault.get_attribute("href") == "#email"
    page.get_by_label("E-mail").fill("bea@center.example.org")
    page.get_by_label("Saturday until").fill("12:00")
    page.get_by_label("How they introduce themselves, in English").fill("Hi, I am Bea.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One-time password for Bea")


def test_the_program_page_tells_in_drawings_and_in_tables_and_prints(page: Page, gateway: GatewayServer, center: Center) -> None:
    fill(center)
    sign_in(page, gateway)
    page.get_by_role("link", name="Program").click()
    drawings = page.get_by_role("img")
    expect(drawings).to_have_count(5)
    for drawing in drawings.all():
        assert "table has every number" in (drawing.text_content() or "") or "%" in (drawing.text_content() or "")
    expect(page.get_by_role("table")).to_have_count(6)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.get_by_role("button", name="Show")).to_be_hidden()
    expect(drawings.first).to_be_visible()
