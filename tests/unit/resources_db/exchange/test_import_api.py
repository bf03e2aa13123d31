from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine

from resources_db.errors import ImportUnreadable
from resources_db.exchange import import_directory
from resources_db.exchange.reading import api
from tests.unit.resources_db.exchange.packages import cells_of, drafts_of, stored
from tests.unit.resources_db.exchange.test_import_json import ORGANIZATION, SERVICE

SERVICES = [
    {"id": f"s{number}", "name": f"Service {number}", "status": "active", "organization": ORGANIZATION, "phones": []}
    for number in range(5)
]
Answer = tuple[int, dict[str, str], Any]


class Server:
    """An API on this machine; ``answer`` says what it answers to (path, query)."""

    def __init__(self, answer: Callable[[str, dict[str, str]], Answer]) -> None:
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append(self.path)
                parts = urlsplit(self.path)
                code, headers, body = answer(parts.path, {name: value[0] for name, value in parse_qs(parts.query).items()})
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_args: Any) -> None:
                return

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._http.server_port}/hsds"

    @contextmanager
    def running(self) -> Iterator[str]:
        thread = threading.Thread(target=self._http.serve_forever, daemon=True)
        thread.start()
        try:
            yield self.address
        finally:
            self._http.shutdown()
            self._http.server_close()
            thread.join()


def paged(rows: list[Any], query: dict[str, str], size: int = 2) -> Answer:
    number = int(query.get("page", "1"))
    contents = rows[(number - 1) * size : number * size]
    return 200, {}, {"total_pages": -(-len(rows) // size), "page_number": number, "contents": contents, "empty": not contents}


def in_full(path: str, query: dict[str, str]) -> Answer:
    if path == "/hsds/services":
        return paged(SERVICES, query)
    if path == "/hsds/organizations":
        return paged([{**ORGANIZATION, "locations": [{"id": "lo9", "location_type": "physical", "name": "Empty hall"}]}], query)
    return 404, {}, {}


def test_an_api_is_read_page_by_page(directory_engine: Engine) -> None:
    server = Server(in_full)
    with server.running() as address:
        report = import_directory(directory_engine, address)
    assert list(report.held_back) == []
    assert len(stored(directory_engine, "service")) == 5
    assert len(stored(directory_engine, "organization")) == len(stored(directory_engine, "location")) == 1
    # HSDS has no "full" for taxonomies and their terms.
    assert {"full=true" in asked for asked in server.asked if "taxonom" not in asked} == {True}
    assert not any("full" in asked for asked in server.asked if "taxonom" in asked)


def test_an_api_that_goes_on_from_a_record_is_followed_there() -> None:
    def onward(path: str, query: dict[str, str]) -> Answer:
        if path != "/hsds/services":
            return 404, {}, {}
        start = int(query.get("after", "s-1")[1:]) + 1
        return (
            200,
            {},
            {"contents": SERVICES[start : start + 2], "next": f"s{start + 1}", "last_page": start + 2 >= len(SERVICES)},
        )

    server = Server(onward)
    with server.running() as address:
        found, _ = drafts_of(f"{address}/services")
    assert [cells["id"] for cells in cells_of(found, "service")] == ["s0", "s1", "s2", "s3", "s4"]
    assert [asked.rpartition("&")[2] for asked in server.asked if "per_page" in asked] == [
        "page=1",
        "page=1",
        "after=s1",
        "after=s3",
    ]


def test_an_api_that_only_lists_is_asked_for_each_record(directory_engine: Engine) -> None:
    def short(path: str, query: dict[str, str]) -> Answer:
        if path == "/hsds/services":
            return paged([{"id": "s1", "name": "Pantry", "status": "active"}], query)
        return (200, {}, SERVICE) if path == "/hsds/services/s1" else (404, {}, {})

    with Server(short).running() as address:
        found, _ = drafts_of(address)
    assert len(cells_of(found, "phone")) == len(cells_of(found, "address")) == 1


def test_one_list_of_an_api_may_be_given(directory_engine: Engine) -> None:
    server = Server(in_full)
    with server.running() as address:
        found, _ = drafts_of(f"{address}/organizations")
    assert {draft.table for draft in found} == {"organization", "location"}
    assert all(asked.startswith("/hsds/organizations") for asked in server.asked)


def test_a_server_that_gives_the_same_page_for_ever_is_read_once() -> None:
    def same(path: str, _query: dict[str, str]) -> Answer:
        return (200, {}, {"contents": SERVICES}) if path == "/hsds/services" else (404, {}, {})

    with Server(same).running() as address:
        found, _ = drafts_of(address)
    assert len(cells_of(found, "service")) == 5


def test_a_busy_api_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)

    def busy(path: str, query: dict[str, str]) -> Answer:
        return (429, {"Retry-After": "7"}, {}) if len(waited) < 2 else in_full(path, query)

    with Server(busy).running() as address:
        assert len(cells_of(drafts_of(f"{address}/services")[0], "service")) == 5
    assert waited == [7.0, 7.0]


def elsewhere(_path: str, _query: dict[str, str]) -> Answer:
    return 302, {"Location": "http://example.org/hsds/services"}, {}


def nowhere(_path: str, _query: dict[str, str]) -> Answer:
    return 302, {"Location": "http://[::1/services"}, {}


def in_circles(path: str, _query: dict[str, str]) -> Answer:
    return 302, {"Location": path}, {}


def broken(_path: str, _query: dict[str, str]) -> Answer:
    return 500, {}, {}


def a_page_for_people(_path: str, _query: dict[str, str]) -> Answer:
    return 200, {}, b"<html>Welcome</html>"


def endless(_path: str, _query: dict[str, str]) -> Answer:
    return 200, {}, b"[" + b" " * 2_000_000 + b"]"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (elsewhere, "another host"),
        (nowhere, "cannot be reached"),
        (in_circles, "infinite loop"),
        (broken, "500"),
        (a_page_for_people, "JSON"),
        (endless, "more than 1,000,000 bytes"),
    ],
)
def test_what_is_no_api_says_so(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, dict[str, str]], Answer], said: str
) -> None:
    monkeypatch.setattr(api, "LARGEST_ANSWER", 1_000_000)
    with Server(answer).running() as address, pytest.raises(ImportUnreadable) as caught:
        drafts_of(address)
    assert said in caught.value.problem
    assert len(caught.value.problem.splitlines()) == 1


def test_an_api_that_does_not_run_and_an_address_that_is_none_say_so() -> None:
    with Server(broken).running() as address:
        pass
    with pytest.raises(ImportUnreadable, match="cannot be reached"):
        drafts_of(address)
    for nowhere in ("http:///services", "http://[::1/services"):
        with pytest.raises(ImportUnreadable, match="no address"):
            drafts_of(nowhere)


def test_an_api_that_breaks_off_loads_nothing(directory_engine: Engine) -> None:
    def dies(path: str, query: dict[str, str]) -> Answer:
        return (500, {}, {}) if query.get("page") == "2" else in_full(path, query)

    with Server(dies).running() as address:
        report = import_directory(directory_engine, address)
    assert report.exit_code == 2
    assert stored(directory_engine, "service") == stored(directory_engine, "organization") == []


def test_an_api_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "API_SECONDS", -1)
    with Server(in_full).running() as address, pytest.raises(ImportUnreadable, match="longer than"):
        drafts_of(address)
