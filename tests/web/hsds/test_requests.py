"""What the API makes of requests, good and bad: tags, errors, limits, other sites, and that nothing hidden gets out."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.models import Address, Location, Phone, Service, ServiceAtLocation
from resources_db.web.api import Rate, app
from resources_db.web.api.directory import Directory
from resources_db.web.api.parameters import KINDS
from tests.factories import DirectoryBuilder
from tests.web.hsds.conftest import UNLIMITED, Api, Opened

LISTS = list(KINDS)


@pytest.fixture
async def api(opened: Opened, empty_engine: Engine) -> Api:
    with Session(empty_engine) as session, session.begin():
        directory = DirectoryBuilder(session)
        for name in ("One", "Two", "Three"):
            directory.add(name)
    return await opened(empty_engine)


# --- tags ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/openapi.json", "/services", "/services?full=true", "/organizations?per_page=1"])
async def test_what_the_client_has_is_not_sent_again(api: Api, path: str) -> None:
    async with api.client.get(f"/hsds{path}") as response:
        tag, body = response.headers["ETag"], await response.read()
        assert not tag.startswith("W/")
    for known in (tag, f'"other", {tag}', "*"):
        async with api.client.get(f"/hsds{path}", headers={"If-None-Match": known}) as response:
            assert (response.status, await response.read(), response.headers["ETag"]) == (304, b"", tag)
    async with api.client.get(f"/hsds{path}", headers={"If-None-Match": '"other"'}) as response:
        assert (response.status, await response.read()) == (200, body)


async def test_the_tag_changes_with_anything_that_is_told(api: Api, empty_engine: Engine) -> None:
    with Session(empty_engine) as session:
        service = session.scalars(select(Service.id)).first()
    path = f"/hsds/services/{service}"
    async with api.client.get(path) as response:
        tag = response.headers["ETag"]
    with Session(empty_engine) as session, session.begin():
        session.scalars(select(Phone).where(Phone.service_id == service)).one().number = "+17145550199"
    async with api.client.get(path, headers={"If-None-Match": tag}) as response:
        assert response.status == 200
        assert response.headers["ETag"] != tag


async def test_a_service_says_when_it_was_modified(sample: Api) -> None:
    service = (await sample.get("/services", per_page=1))["contents"][0]
    async with sample.client.get(f"/hsds/services/{service['id']}") as response:
        year, _, day = service["last_modified"][:10].split("-")
        assert response.headers["Last-Modified"].split()[1::2] == [day, year, "GMT"]


async def test_a_link_leads_to_the_next_page(api: Api) -> None:
    names, path = [], "/hsds/services?per_page=1&need=food"
    while path:
        async with api.client.get(path) as response:
            names += [item["name"] for item in (await response.json())["contents"]]
            link = response.links.get("next")
        path = link["url"].path_qs if link else ""  # type: ignore[union-attr]
    assert sorted(names) == ["One", "Three", "Two"]


# --- bad requests ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("page=0", "page"),
        ("page=one", "page"),
        ("page=1.5", "page"),
        ("page=99999999999999999999", "page"),
        ("per_page=0", "per_page"),
        ("per_page=201", "per_page"),
        ("per_page=1&per_page=2", "only once"),
        ("format=xml", "format"),
        ("full=maybe", "full"),
        ("near=91,0", "near"),
        ("near=33.7", "near"),
        ("near=33.7,-200", "near"),
        ("proximity=-1&near=1,1", "proximity"),
        ("proximity=nan&near=1,1", "proximity"),
        ("proximity=far&near=1,1", "proximity"),
        ("age=-1", "age"),
        ("open_at=tomorrow", "open_at"),
        ("open_at=2026-11-23T10:00:00", "open_at"),
        ("open_at=2026-13-40T10:00:00Z", "open_at"),
        ("modified_after=2026-11-23", "modified_after"),
        ("language=spanish", "language"),
        ("need=money", "need"),
        ("status=open", "status"),
        ("search=%00", "search"),
        ("search=" + "a" * 201, "search"),
        ("coverage=", "coverage"),
        ("nearby=1", "There is no parameter"),
        ("postcode=92701", "There is no parameter"),  # of /service_at_locations only
        ("after=!", "after"),
    ],
)
async def test_what_cannot_be_used_is_refused_by_name(api: Api, query: str, told: str) -> None:
    problem = (await api.get(f"/services?{query}", 400))["error"]
    assert problem.keys() == {"code", "message"}
    assert told in problem["message"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("place=Springfield", "place_ambiguous"),
        ("place=xyzzy", "place_unknown"),
        ("coverage=00000", "place_unknown"),
        ("place=Texas", "place_too_large"),
        ("after=abc", "no_such_cursor"),
        ("after=WzEuNSwgImEiXQ", "no_such_cursor"),  # of a list by distance
        ("near=1,1&after=WyJhIl0", "no_such_cursor"),  # of a list by id
    ],
)
async def test_a_place_or_a_cursor_that_is_not_there_is_not_found(api: Api, query: str, code: str) -> None:
    assert (await api.get(f"/services?{query}", 404))["error"]["code"] == code


async def test_an_ambiguous_place_tells_which_there_are(api: Api) -> None:
    assert "Springfield, MO" in (await api.get("/services?place=Springfield", 404))["error"]["message"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/services/", "/services/a/b", "/services/nobody", "/services/%00", "/services/%ff"]
)
async def test_what_is_not_there_is_404(api: Api, path: str) -> None:
    async with api.client.get("/hsds" + path) as response:
        assert response.status == 404
        assert (await response.json())["error"]["code"] == "not_found"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_another_method_is_405_and_says_what_is_allowed(api: Api, method: str) -> None:
    async with api.client.request(method, "/hsds/services") as response:
        assert response.status == 405
        assert set(response.headers["Allow"].split(",")) == {"GET", "HEAD", "POST"}
        assert (await response.json())["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/services", "application/json", 200),
        ("/services", "text/html, application/*;q=0.5", 200),
        ("/services", "*/*", 200),
        ("/services", "text/html", 406),
        ("/services", "application/json;q=0, text/html", 406),
        ("/services?format=ndjson", "application/json", 406),
        ("/services?format=ndjson", "application/x-ndjson", 200),
    ],
)
async def test_the_accept_header_is_kept_to(api: Api, path: str, accept: str, status: int) -> None:
    async with api.client.get("/hsds" + path, headers={"Accept": accept}) as response:
        assert response.status == status


@pytest.mark.parametrize("body", ["{", "[]", '"page"', "1", '{"page": NaN}', "[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(api: Api, body: str) -> None:
    async with api.client.post("/hsds/services", data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
        assert (await response.json())["error"]["code"] == "bad_body"


async def test_a_body_that_is_not_json_is_refused(api: Api) -> None:
    async with api.client.post("/hsds/services", data={"page": "1"}) as response:
        assert response.status == 415


@pytest.mark.parametrize("body", [{"page": "1"}, {"full": "true"}, {"status": "active"}, {"need": None}, {"x": 1}, {"search": 1}])
async def test_values_in_a_body_have_the_types_of_the_document(api: Api, body: Any) -> None:
    assert (await api.post("/services", body, 400))["error"]["code"] in ("bad_parameter", "unknown_parameter")


async def test_the_body_goes_before_the_address(api: Api) -> None:
    page = await api.post("/services?per_page=1&need=food", {"per_page": 3, "status": ["active"]})
    assert sorted(item["name"] for item in page["contents"]) == ["One", "Three", "Two"]


async def test_a_bad_value_in_the_address_is_refused_even_where_the_body_has_a_good_one(api: Api) -> None:
    await api.post("/services?per_page=1000", {"per_page": 3}, 400)


@pytest.mark.parametrize("asked", [{"proximity": 5}, {"hours_unknown": True}])
async def test_what_had_no_effect_is_told(api: Api, asked: dict[str, Any]) -> None:
    (warning,) = (await api.get("/services", **asked))["warnings"]
    assert next(iter(asked)) in warning
    assert "warnings" not in await api.get("/services", near="33.7,-117.8", proximity=5)


async def test_an_error_tells_nothing_of_the_database(
    opened: Opened, empty_engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    api = await opened(empty_engine, HOMEWARD_DATABASE_URL="postgresql://nobody:secret@127.0.0.1:9/none")
    async with api.client.get("/hsds/services?search=private") as response:
        assert response.status == 503
        assert response.headers["Retry-After"] == "5"
        text = await response.text()
    assert "unavailable" in text
    assert not {"secret", "127.0.0.1", "SELECT", "postgres"} & set(text.replace('"', " ").split())
    assert "private" not in caplog.text
    assert "secret" not in caplog.text


async def test_a_stream_that_fails_breaks_off_instead_of_looking_whole(
    opened: Opened, empty_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(empty_engine) as session, session.begin():
        directory = DirectoryBuilder(session)
        for number in range(4):
            directory.add(f"Listing {number}")
    monkeypatch.setattr(app, "_PORTION", 1)
    read, reads = Directory.read, 0

    async def failing(self: Directory, work: Any) -> Any:
        nonlocal reads
        reads += 1
        if reads > 5:
            raise RuntimeError
        return await read(self, work)

    monkeypatch.setattr(Directory, "read", failing)
    api = await opened(empty_engine)
    with pytest.raises(aiohttp.ClientPayloadError):
        await api.lines("/services")


# --- other sites, and too many requests -------------------------------------------------------------------------------


async def test_other_sites_may_read_by_get_only(api: Api) -> None:
    for path in ("/services", "/services/nobody", "/services?format=ndjson", "/services?page=0"):
        async with api.client.get("/hsds" + path, headers={"Origin": "https://example.org"}) as response:
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert "Access-Control-Allow-Credentials" not in response.headers
    async with api.client.post("/hsds/services", json={}, headers={"Origin": "https://example.org"}) as response:
        assert "Access-Control-Allow-Origin" not in response.headers
    preflight = {"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    async with api.client.options("/hsds/services", headers=preflight) as response:
        assert response.status == 405
        assert "Access-Control-Allow-Origin" not in response.headers


async def test_whoever_asks_too_much_has_to_wait(opened: Opened, empty_engine: Engine) -> None:
    api = await opened(empty_engine, rate=Rate(burst=3, per_second=0.01))
    for _ in range(3):
        await api.get("/services")
    async with api.client.get("/hsds/services") as response:
        assert response.status == 429
        assert 0 < int(response.headers["Retry-After"]) <= 100
        assert (await response.json())["error"]["code"] == "too_many_requests"


@pytest.mark.parametrize(("proxies", "status"), [("0", 429), ("1", 200)])
async def test_clients_behind_our_proxy_have_each_their_own_limit(
    opened: Opened, empty_engine: Engine, proxies: str, status: int
) -> None:
    api = await opened(empty_engine, rate=Rate(burst=1, per_second=0.01), HOMEWARD_TRUSTED_PROXIES=proxies)
    for client, expected in (("203.0.113.1", 200), ("203.0.113.2", status)):
        headers = {"X-Forwarded-For": f"198.51.100.9, {client}"}
        async with api.client.get("/hsds/services", headers=headers) as response:
            assert response.status == expected


# --- confidence ------------------------------------------------------------------------------------------------------


async def test_no_answer_says_where_a_confidential_place_is(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        service = DirectoryBuilder(session).add("Safe house", 0.0, confidential=True)
        site = session.scalars(select(ServiceAtLocation)).one()
        location = session.get_one(Location, site.location_id)
        location.organization_id = owner = session.get_one(Service, service).organization_id
        location.name = location.description = location.transportation = site.description = "Hidden Street"
        location.latitude, location.longitude = 33.712345, -117.854321
        assert "Hidden" in (session.scalars(select(Address.address_1)).one() or "")
        site_id = site.id
    api = await opened(empty_engine, rate=UNLIMITED)
    paths = [f"/services/{service}", f"/service_at_locations/{site_id}", f"/organizations/{owner}"]
    paths.append(f"/organizations/{owner}?full_service=true")
    for name in LISTS:
        paths += [f"/{name}", f"/{name}?format=ndjson"]
        if name in ("services", "service_at_locations", "organizations"):
            paths += [f"/{name}?full=true", f"/{name}?full=true&format=ndjson"]
    paths += [
        "/services?coverage=92701&full=true",
        "/organizations?full_service=true",
        "/service_at_locations?near=33.71,-117.85",
    ]
    seen = 0
    for path in paths:
        async with api.client.get("/hsds" + path) as response:
            assert response.status == 200, path
            text = await response.text()
        seen += "Safe house" in text
        assert "hidden" not in text.lower(), path
        assert "33.71234" not in text, path
        assert "117.85432" not in text, path
    assert seen > 10


async def test_confidential_places_of_the_sample_have_no_address_anywhere(sample: Api) -> None:
    def places(value: Any) -> Any:
        if isinstance(value, dict):
            if "location_type" in value:
                yield value
            for one in value.values():
                yield from places(one)
        elif isinstance(value, list):
            for one in value:
                yield from places(one)

    confidential = 0
    for path in ("/services", "/service_at_locations", "/organizations"):
        for line in await sample.lines(path, full=True):
            for place in places(json.loads(line)):
                if place["confidential"]:
                    confidential += 1
                    assert place.keys().isdisjoint({"addresses", "latitude", "longitude", "name", "description", "accessibility"})
                else:
                    assert place["location_type"] == "virtual" or place["addresses"]
    assert confidential > 0
