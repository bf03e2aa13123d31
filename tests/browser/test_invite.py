"""The link of a center's card opens the chat with its code at hand; the family decides."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_chat import FakeChat, Server, answer

CODE = "HW-7KQ2MX"


@pytest.mark.parametrize(("language", "button"), [("en", "Start check-ins with my code"), ("es", "Empezar con mi código")])
def test_the_code_is_said_after_one_tap_and_not_before(
    page: Page, server: Server, chat: FakeChat, language: str, button: str
) -> None:
    chat.answers = lambda text: [answer(f"got {text}")]
    page.goto(f"{server.url}?lang={language}#i={CODE}")
    offered = page.get_by_role("button", name=f"{button} {CODE}")
    expect(offered).to_be_visible()
    assert CODE not in page.url, "whoever holds the phone later does not find it in the history"
    assert chat.sessions == 0
    offered.click()
    expect(page.locator(".turn").last).to_contain_text(f"got {CODE}")
    expect(offered).to_be_hidden()


def test_in_a_chat_under_way_the_code_waits_in_the_box(page: Page, server: Server, chat: FakeChat) -> None:
    chat.answers = lambda text: [answer(f"got {text}")]
    page.goto(server.url)
    page.get_by_label("What do you need?").fill("food")
    page.get_by_label("What do you need?").press("Enter")
    expect(page.locator(".turn").last).to_contain_text("got food")
    page.evaluate(f"location.hash = 'i={CODE.lower()}'")
    expect(page.get_by_label("What do you need?")).to_have_value(CODE.lower())
    assert chat.sessions == 1
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".turn").last).to_contain_text(f"got {CODE.lower()}")


@pytest.mark.parametrize("end", ["i=", "i=HW-1", "i=HW-7KQ2MX<b>", "i=hello"])
def test_what_is_no_code_is_offered_to_nobody(page: Page, server: Server, end: str) -> None:
    page.goto(f"{server.url}#{end}")
    expect(page.get_by_role("button", name="Diapers")).to_be_visible()
    expect(page.get_by_role("button", name="my code")).to_have_count(0)
    expect(page.get_by_label("What do you need?")).to_have_value("")
