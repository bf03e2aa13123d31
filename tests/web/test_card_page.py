"""The page behind the short link of a text, as the whole gateway serves it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.databases import SqliteDatabases
from tests.web.rasa_stand_in import Gateway


@pytest.fixture
def directory_engine(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    """What is tested here is the same on every database."""
    with sqlite_databases.new() as engine:
        yield engine


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_unknown_link_is_a_page_with_help_that_loads_nothing_from_elsewhere(gateway: Gateway, method: str) -> None:
    async with gateway.client.request(method, "/c/abcdefghijkmn") as response:
        assert response.status == 404
        assert response.content_type == "text/html"
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        page = await response.text()
    assert ("tel:988" in page) == (method == "GET")


async def test_its_style_sheet_is_the_one_of_the_chat(gateway: Gateway) -> None:
    async with gateway.client.get("/c/x") as response:
        page = await response.text()
    sheet = page.partition('<link rel="stylesheet" href="..')[2].partition('"')[0]
    async with gateway.client.get(sheet) as response:
        assert response.status == 200
        assert ".card {" in await response.text()


@pytest.mark.parametrize("path", ["/c/", "/c/a/b", "/c/../c"])
async def test_what_is_no_link_of_ours_is_not_found(gateway: Gateway, path: str) -> None:
    async with gateway.client.get(path) as response:
        assert response.status == 404


async def test_nothing_can_be_sent_to_a_link(gateway: Gateway) -> None:
    async with gateway.client.post("/c/abcdefghijkmn") as response:
        assert response.status == 405
