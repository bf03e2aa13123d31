"""The page behind a short link: the places with today's facts, help when it is gone, and nothing about who asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDictProxy
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from bot.gateway import card
from bot.gateway.chat import STORAGE
from bot.gateway.page import VERSION
from bot.gateway.words import WORDS
from bot.safety.hotlines import load_hotlines
from resources_db.conversations import Conversation, conversation_of, start_conversation
from resources_db.database import session_scope
from resources_db.models import Organization, Phone, Service, ServiceAtLocation, Ticket
from resources_db.sealing import Sealer
from resources_db.sms.cards import card_of, make_card
from resources_db.storage import Storage
from resources_db.words import load_words

NOW = datetime.now(timezone.utc)
SEALER = Sealer(["k" * 40])
SPOKEN = load_words()


class Page(HTMLParser):
    """What a reader gets: links, tags, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture
def engine(sqlite_databases):  # type: ignore[no-untyped-def]
    with sqlite_databases.new() as engine:
        with session_scope(engine) as session:
            session.add(Organization(id="o", name="Oak Park Church", description="A church"))
            session.add(Service(id="s", organization_id="o", name="Pantry <b>& more</b>", status="active"))
            session.add(Service(id="s2", organization_id="o", name="Helpline", status="active", url="javascript:alert(1)"))
            session.flush()
            session.add(Phone(id="p", service_id="s", number="9165550105", extension="7"))
        yield engine


def _conversation(session: Session) -> Conversation:
    _, token = start_conversation(session, language="en", site=None, now=NOW, lifetime=timedelta(hours=1))
    session.flush()
    return conversation_of(session, token, NOW, lock=True)


def _card(engine: Engine, ids: list[str], language: str = "en") -> str:
    with session_scope(engine) as session:
        return make_card(session, SEALER, _conversation(session), ids, language, NOW)


def _get(engine: Engine, path: str, method: str = "GET", **headers: str) -> tuple[int, str, CIMultiDictProxy[str]]:
    async def ask() -> tuple[int, str, CIMultiDictProxy[str]]:
        app = web.Application()
        app[STORAGE], app[WORDS], app[VERSION] = Storage(engine), SPOKEN, "v1"
        card.add_to(app, SEALER)
        async with TestClient(TestServer(app)) as client:
            response = await client.request(method, path, headers=headers)
            return response.status, await response.text(), response.headers.copy()

    return asyncio.run(ask())


def test_a_link_opens_the_places_of_the_text_in_its_order(engine: Engine) -> None:
    status, html, _ = _get(engine, f"/c/{_card(engine, ['s2', 's'])}")
    assert status == 200
    page = Page(html)
    assert page.words.index("Helpline") < page.words.index("Pantry <b>& more</b>")
    assert "The places in your text" in page.words
    assert "tel:+19165550105,7" in page.links
    assert "Call (916) 555-0105 ext. 7" in page.words


def test_the_page_needs_no_script_and_asks_nobody_else_for_anything(engine: Engine) -> None:
    _, html, headers = _get(engine, f"/c/{_card(engine, ['s', 's2'])}")
    page = Page(html)
    assert {"script", "img", "iframe", "form", "style"} & set(page.tags) == set()
    assert (
        re.findall(
            r'(?:src|href)="(?!\.\./assets/v1/chat\.css|data:|#|tel:|sms:|\?lang=|https://www\.weather\.gov/")([^"]*)', html
        )
        == []
    )
    assert not [link for link in page.links if link.startswith("javascript")]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex, nofollow"
    assert 'content="noindex, nofollow"' in html
    assert '<meta name="referrer" content="no-referrer">' in html


def test_facts_are_read_anew_at_every_look(engine: Engine) -> None:
    code = _card(engine, ["s"])
    with session_scope(engine) as session:
        session.execute(update(Phone).values(number="9165550199"))
    assert "tel:+19165550199,7" in Page(_get(engine, f"/c/{code}")[1]).links
    with session_scope(engine) as session:
        session.execute(update(Service).where(Service.id == "s").values(status="defunct"))
    assert _get(engine, f"/c/{code}")[0] == 404


def test_it_speaks_the_language_of_the_text_and_the_other_on_request(engine: Engine) -> None:
    code = _card(engine, ["s"], "es")
    _, html, headers = _get(engine, f"/c/{code}", **{"Accept-Language": "en"})
    assert "Los lugares de tu mensaje" in html
    assert '<html lang="es">' in html
    assert headers["Content-Language"] == "es"
    assert "?lang=en" in Page(html).links
    assert "The places in your text" in _get(engine, f"/c/{code}?lang=en")[1]
    assert "Los lugares de tu mensaje" in _get(engine, f"/c/{code}?lang=xx")[1]


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_has_the_hotlines(engine: Engine, language: str) -> None:
    for path in (f"/c/{_card(engine, ['s'])}", "/c/abcdefghijkmn"):
        links = Page(_get(engine, f"{path}?lang={language}")[1]).links
        assert [line.href for line in load_hotlines()[:4]] == [
            link for link in links if link in {one.href for one in load_hotlines()}
        ]


@pytest.mark.parametrize(
    "code",
    ["abcdefghijkmn", "ABCDEFGHIJKMN", "x", "a" * 5000, "..%2f..%2fetc", "%00",
     "abcdefghijkm%0a", "'%20or%201=1", "abcdefghijkmñ", "%F0%9F%92%A9"],
)  # fmt: skip
def test_a_code_that_opens_nothing_gets_a_kind_page(engine: Engine, code: str) -> None:
    status, html, headers = _get(engine, f"/c/{code}")
    assert status == 404
    assert "call 211" in html
    assert headers["Cache-Control"] == "no-store"


def test_a_card_ends_with_its_conversation(engine: Engine) -> None:
    code = _card(engine, ["s"])
    with session_scope(engine) as session:
        assert session.scalar(select(Ticket.expires_at)) == NOW + timedelta(hours=1)
        session.execute(update(Ticket).values(expires_at=NOW))
    assert _get(engine, f"/c/{code}")[0] == 404


def test_a_ticket_for_something_else_is_no_card(engine: Engine) -> None:
    code = _card(engine, ["s"])
    with session_scope(engine) as session:
        session.execute(update(Ticket).values(kind="web"))
    assert _get(engine, f"/c/{code}")[0] == 404


def test_head_says_the_same_as_get(engine: Engine) -> None:
    path = f"/c/{_card(engine, ['s'])}"
    same: Callable[[CIMultiDictProxy[str]], list[tuple[str, str]]] = lambda headers: sorted(  # noqa: E731
        (key, value) for key, value in headers.items() if key not in ("Date", "Transfer-Encoding", "Content-Length")
    )
    got, headed = _get(engine, path), _get(engine, path, "HEAD")
    assert headed[0] == got[0] == 200
    assert headed[1] == ""
    assert same(headed[2]) == same(got[2])


def test_what_is_kept_opens_nothing_and_says_nothing_of_who_asked(engine: Engine) -> None:
    code = _card(engine, ["s"])
    assert len(code) == 13  # of 32 signs: 65 bits
    assert len({_card(engine, ["s"]) for _ in range(20)}) == 20
    with session_scope(engine, writes=False) as session:
        tickets = session.scalars(select(Ticket)).all()
        assert all(code not in repr(vars(ticket)) for ticket in tickets)
        assert {tuple(sorted(ticket.content)) for ticket in tickets} == {("ids", "language")}


def test_a_card_is_found_after_the_secret_was_changed(engine: Engine) -> None:
    code = _card(engine, ["s"])
    with session_scope(engine, writes=False) as session:
        assert card_of(session, Sealer(["n" * 40, "k" * 40]), code, NOW) is not None
        assert card_of(session, Sealer(["n" * 40]), code, NOW) is None


def test_a_place_without_an_address_says_so_and_has_no_map(engine: Engine) -> None:
    with session_scope(engine) as session:
        assert session.scalar(select(ServiceAtLocation.id)) is None
    page = Page(_get(engine, f"/c/{_card(engine, ['s'])}")[1])
    assert "No public address." in page.words
    assert not [link for link in page.links if "maps" in link]
