"""The HSDS API where the gateway mounts it; what it does is tested in tests/web/hsds."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tests.factories import DirectoryBuilder
from tests.web.rasa_stand_in import Gateway


async def test_the_gateway_serves_the_directory_to_everybody(gateway: Gateway) -> None:
    with Session(gateway.engine) as session, session.begin():
        DirectoryBuilder(session).add("Pantry")
    async with gateway.client.get("/hsds/services") as response:
        assert response.status == 200
        assert [service["name"] for service in (await response.json())["contents"]] == ["Pantry"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Server"] == "Homeward"


async def test_errors_of_the_api_are_json_and_those_of_the_site_stay_plain(gateway: Gateway) -> None:
    async with gateway.client.get("/hsds/nothing") as response:
        assert (response.status, (await response.json())["error"]["code"]) == (404, "not_found")
    async with gateway.client.get("/nothing") as response:
        assert (response.status, response.content_type) == (404, "text/plain")
    async with gateway.client.post(
        "/hsds/services", data="x" * 100_000, headers={"Content-Type": "application/json"}
    ) as response:
        assert (response.status, (await response.json())["error"]["code"]) == (413, "too_long")


async def test_other_sites_may_not_read_the_chat(gateway: Gateway) -> None:
    async with gateway.client.get("/chat/v1/messages", headers={"Origin": "https://example.org"}) as response:
        assert "Access-Control-Allow-Origin" not in response.headers
