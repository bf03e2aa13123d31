from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import Engine

from resources_db.models import Base
from resources_db.settings import load_settings
from resources_db.web.api import PREFIX, Rate, make_api

Json = dict[str, Any]
UNLIMITED = Rate(burst=1e9, per_second=1e9)


@dataclass
class Api:
    """The API on some database, and what a client of it does."""

    client: TestClient[web.Request, web.Application]

    async def get(self, path: str, expect: int = 200, headers: dict[str, str] | None = None, **parameters: Any) -> Any:
        async with self.client.get(PREFIX + path, params=as_query(parameters), headers=headers) as response:
            assert response.status == expect, (await response.text())[:500]
            return await response.json() if expect != 304 else None

    async def post(self, path: str, body: Any, expect: int = 200) -> Any:
        async with self.client.post(PREFIX + path, json=body) as response:
            assert response.status == expect, (await response.text())[:500]
            return await response.json()

    async def names(self, path: str = "/services", **parameters: Any) -> list[str]:
        page = await self.get(path, per_page=200, **parameters)
        return [item.get("name") or item["service"]["name"] for item in page["contents"]]

    async def lines(self, path: str, **parameters: Any) -> list[str]:
        async with self.client.get(PREFIX + path, params=as_query({**parameters, "format": "ndjson"})) as response:
            assert response.status == 200, (await response.text())[:500]
            assert response.content_type == "application/x-ndjson"
            return (await response.text()).splitlines()

    async def walk(self, path: str, **parameters: Any) -> list[str]:
        """All ids, page by page with `next`."""
        ids, after = [], {}
        while True:
            page = await self.get(path, **parameters, **after)
            ids += [item["id"] for item in page["contents"]]
            if "next" not in page:
                assert page["last_page"]
                return ids
            after = {"after": page["next"]}


def as_query(parameters: Json) -> list[tuple[str, str]]:
    query = []
    for name, value in parameters.items():
        for one in value if isinstance(value, list) else [value]:
            query.append((name, str(one).lower() if isinstance(one, bool) else str(one)))
    return query


Opened = Callable[..., Awaitable[Api]]


@pytest.fixture
async def opened(tmp_path: Path, gazetteer_path: Path, gazetteer: object) -> AsyncIterator[Opened]:
    """Opens the API on an engine's database."""
    (tmp_path / "gazetteer.sqlite").symlink_to(gazetteer_path)
    async with contextlib.AsyncExitStack() as running:

        async def open_api(engine: Engine, rate: Rate = UNLIMITED, **environment: str) -> Api:
            url = engine.url.render_as_string(hide_password=False)
            settings = load_settings({"HOMEWARD_VAR": str(tmp_path), "HOMEWARD_DATABASE_URL": url, **environment})
            app = web.Application()
            app.add_subapp(PREFIX, make_api(settings, rate=rate))
            client = TestClient(TestServer(app))
            await client.start_server()
            running.push_async_callback(client.close)
            return Api(client)

        yield open_api


@pytest.fixture(scope="package", params=["sqlite", "postgresql"])
def _shared_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with request.getfixturevalue(f"{request.param}_databases").new() as engine:
        yield engine


@pytest.fixture
def empty_engine(_shared_engine: Engine) -> Iterator[Engine]:
    """An empty directory; emptied again afterwards, which is quicker than a new one for each test."""
    yield _shared_engine
    with _shared_engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())


@pytest.fixture
async def sample(opened: Opened, sample_engine: Engine) -> Api:
    """The API on the sample directory."""
    return await opened(sample_engine)
