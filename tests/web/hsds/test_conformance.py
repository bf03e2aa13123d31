"""What HSDS 3.1 asks of an API, on the sample directory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from resources_db.web.api.parameters import KINDS
from tests.hsds_schemas import faults, hsds_schema
from tests.web.hsds.conftest import Api

ENVELOPE = {"total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty", "contents"}
LISTS = list(KINDS)


async def test_the_root_tells_the_version_the_profile_and_the_openapi_document(sample: Api) -> None:
    for path in ("", "/"):
        about = await sample.get(path)
        assert about["version"] == "3.1"
        assert about["profile"].endswith("/hsds/profile")
        assert about["openapi_url"].endswith("/hsds/openapi.json")


async def test_the_profile_can_be_read_where_the_root_says(sample: Api) -> None:
    async with sample.client.get("/hsds/profile") as response:
        assert (response.status, response.content_type) == (200, "text/markdown")
        assert "confidential" in await response.text()
    patch = await sample.get("/profile/location.json")
    assert "confidential" in patch["properties"]
    await sample.get("/profile/README.md", 404)


async def test_every_endpoint_of_hsds_is_there_with_all_its_parameters(sample: Api) -> None:
    published = hsds_schema("openapi")
    ours = await sample.get("/openapi.json")
    for path, operations in published["paths"].items():
        for method, operation in operations.items():
            if method == "parameters":
                continue
            known = {parameter["name"] for parameter in ours["paths"][path][method]["parameters"]}
            for parameter in operation.get("parameters", ()):
                name = parameter.get("name") or parameter["$ref"].rsplit("/", 1)[-1]
                assert name in known, (method, path, name)


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_is_paged(sample: Api, name: str) -> None:
    first = await sample.get(f"/{name}", per_page=2)
    assert first.keys() >= ENVELOPE
    assert (first["page_number"], first["size"], first["first_page"], first["empty"]) == (1, 2, True, False)
    assert first["last_page"] == (first["total_pages"] == 1)
    last = await sample.get(f"/{name}", per_page=2, page=first["total_pages"])
    assert (last["last_page"], last["first_page"]) == (True, first["total_pages"] == 1)
    assert first["total_items"] == 2 * (first["total_pages"] - 1) + last["size"]
    beyond = await sample.get(f"/{name}", per_page=2, page=first["total_pages"] + 1)
    assert (beyond["size"], beyond["empty"], beyond["contents"], beyond["last_page"]) == (0, True, [], True)


@pytest.mark.parametrize("name", LISTS)
async def test_pages_by_number_and_pages_by_cursor_hold_the_same(sample: Api, name: str) -> None:
    everything = [item["id"] for item in (await sample.get(f"/{name}", per_page=200))["contents"]]
    by_number: list[str] = []
    for page in range(1, -(-len(everything) // 30) + 1):
        by_number += [item["id"] for item in (await sample.get(f"/{name}", per_page=30, page=page))["contents"]]
    assert await sample.walk(f"/{name}", per_page=30) == by_number == everything
    assert len(set(everything)) == len(everything)


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_can_be_asked_for_by_post(sample: Api, name: str) -> None:
    assert await sample.post(f"/{name}", {"per_page": 3, "page": 1}) == await sample.get(f"/{name}", per_page=3)
    async with sample.client.post(f"/hsds/{name}") as response:
        assert response.status == 200


@pytest.mark.parametrize("name", LISTS)
async def test_a_stream_holds_everything_a_line_each(sample: Api, name: str) -> None:
    lines = [json.loads(line) for line in await sample.lines(f"/{name}")]
    pages = (await sample.get(f"/{name}", per_page=200))["contents"]
    assert lines == pages


async def test_a_stream_in_order_of_distance_holds_what_the_pages_hold(sample: Api) -> None:
    asked = {"place": "Sacramento, CA", "proximity": 30_000}
    ids = [json.loads(line)["id"] for line in await sample.lines("/services", **asked)]
    assert ids == await sample.walk("/services", per_page=7, **asked)
    assert len(ids) > 20


@pytest.mark.parametrize("name", LISTS)
async def test_every_item_can_be_asked_for_by_its_id(sample: Api, name: str) -> None:
    for item in (await sample.get(f"/{name}", per_page=3))["contents"]:
        assert (await sample.get(f"/{name}/{item['id']}"))["id"] == item["id"]


async def test_every_service_is_valid_hsds(sample: Api) -> None:
    for identifier in await sample.walk(
        "/services", per_page=200, status=["active", "inactive", "defunct", "temporarily closed"]
    ):
        assert faults("compiled/service", await sample.get(f"/services/{identifier}")) == []


@pytest.mark.parametrize("name", ["services", "organizations", "service_at_locations"])
async def test_lists_are_valid_hsds_in_brief_and_in_full(sample: Api, name: str) -> None:
    kind = KINDS[name]  # type: ignore[index]
    brief = (await sample.get(f"/{name}", per_page=200))["contents"]
    full = (await sample.get(f"/{name}", per_page=200, full=True))["contents"]
    assert [fault for item in brief for fault in faults(f"compiled/{kind}_list", item)] == []
    assert [fault for item in full for fault in faults(f"compiled/{kind}", item)] == []
    assert [item["id"] for item in brief] == [item["id"] for item in full]


async def test_an_organization_tells_its_services_briefly_or_in_full(sample: Api) -> None:
    organization = next(one for one in (await sample.get("/organizations", full=True))["contents"] if "services" in one)
    assert organization["services"][0].keys() == {"id", "name", "status"}
    whole = await sample.get(f"/organizations/{organization['id']}", full_service=True)
    assert whole["services"][0]["service_at_locations"][0]["location"]["id"]
    assert faults("compiled/organization", whole) == []


@pytest.mark.parametrize("name", ["services", "service_at_locations"])
async def test_minimal_is_the_id_and_the_last_change(sample: Api, name: str) -> None:
    items = (await sample.get(f"/{name}", minimal=True, per_page=200))["contents"]
    assert all(item.keys() == {"id", "last_modified", "modified_date"} for item in items)
    assert [item["id"] for item in items] == await sample.walk(f"/{name}")


async def test_what_is_served_is_what_the_openapi_document_says(sample: Api) -> None:
    document = await sample.get("/openapi.json")

    def check(path: str, answer: Any) -> None:
        schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        validator = Draft202012Validator({**schema, "components": document["components"]})
        assert [error.message[:300] for error in validator.iter_errors(answer)] == []

    for name in LISTS:
        for more in ({}, {"full": True}, {"minimal": True}, {"full_service": True}, {"near": "38.58,-121.49"}):
            if all(any(one["name"] == key for one in document["paths"][f"/{name}"]["get"]["parameters"]) for key in more):
                check(f"/{name}", await sample.get(f"/{name}", per_page=20, **more))
        item = (await sample.get(f"/{name}", per_page=1))["contents"][0]
        check(f"/{name}/{{id}}", await sample.get(f"/{name}/{item['id']}"))
