"""A browser, and the page against a stand-in for the gateway. Skipped, and says so, without a Chromium."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.browser.fake_chat import FakeChat, Server

# A test's browser talks to the test and to nobody else.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def _chromium() -> str | None:
    """The browser named in HOMEWARD_CHROMIUM, else one on the PATH, else None: Playwright's own."""
    named = os.environ.get("HOMEWARD_CHROMIUM")
    installed = map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
    return named or next(filter(None, installed), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=_chromium(), args=QUIET)
        except PlaywrightError as problem:
            pytest.skip(f"no Chromium to test the page with (set HOMEWARD_CHROMIUM): {problem.message[:200]}")
        yield browser
        browser.close()


@pytest.fixture
def chat() -> FakeChat:
    return FakeChat()


@pytest.fixture
def server(chat: FakeChat) -> Iterator[Server]:
    server = Server(chat)
    server.start()
    yield server
    server.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone that wants no animations; an error in the page's scripts fails the test."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if "Security Policy" in line.text else None)
    yield page
    context.close()
    assert errors == []
