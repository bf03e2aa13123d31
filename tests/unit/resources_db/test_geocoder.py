from __future__ import annotations

import json
import logging
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from resources_db.errors import SettingsError
from resources_db.geo import geocoder as geocoder_module
from resources_db.geo.geocoder import Geocoder, find_street_address, make_geocoder
from resources_db.geo.places import Place

SACRAMENTO = Place("sacramento", "city", 38.58, -121.49, "Sacramento, CA", "CA", "Sacramento County")
HONOLULU = Place("honolulu", "city", 21.309, -157.858, "Honolulu, HI", "HI", "Honolulu County")

NOMINATIM = {
    "place_id": 1, "osm_type": "way", "lat": "38.5771234", "lon": "-121.4867891", "class": "building", "type": "yes",
    "display_name": "1234, K Street, Sacramento, Sacramento County, California, 95814, United States",
    "address": {
        "house_number": "1234", "road": "K Street", "city": "Sacramento", "county": "Sacramento County", "state": "California",
        "ISO3166-2-lvl4": "US-CA", "postcode": "95814-3901", "country": "United States", "country_code": "us",
    },
}  # fmt: skip
ARCGIS = {
    "spatialReference": {"wkid": 4326},
    "candidates": [{
        "address": "1234 K St, Sacramento, California, 95814", "location": {"x": -121.4867891, "y": 38.5771234}, "score": 100,
        "attributes": {"City": "Sacramento", "Subregion": "Sacramento County", "RegionAbbr": "CA", "Postal": "95814",
                       "Country": "USA"},
    }],
}  # fmt: skip
PELIAS = {
    "type": "FeatureCollection",
    "features": [{
        "type": "Feature", "geometry": {"type": "Point", "coordinates": [-121.4867891, 38.5771234]},
        "properties": {"label": "1234 K Street, Sacramento, CA, USA", "name": "1234 K Street", "locality": "Sacramento",
                       "county": "Sacramento County", "region_a": "CA", "country_a": "USA", "postalcode": "95814"},
    }],
}  # fmt: skip


@dataclass
class Service:
    """A geocoding service on this machine that answers what it is told to."""

    port: int = 0
    answer: Any = None
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def geocoder(self, name: str = "nominatim") -> Geocoder:
        geocoder = make_geocoder(Settings(f"{name}:http://127.0.0.1:{self.port}"))
        assert geocoder is not None
        return geocoder


@dataclass(frozen=True)
class Settings:
    geocoder: str
    public_url: str = "https://families.example.org"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    service = Service()
    service.released.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            service.asked.append({"path": urlsplit(self.path).path} | {name: values[0] for name, values in query.items()})
            service.agents.append(self.headers["User-Agent"])
            service.arrived.set()
            service.released.wait(10)
            body = service.answer if isinstance(service.answer, bytes) else json.dumps(service.answer).encode()
            self.send_response(service.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing on the screen."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Clients that gave up are meant to."""

    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(geocoder_module, "_SECONDS_BETWEEN_REQUESTS", 0.0)
    server = Server(("127.0.0.1", 0), Handler)
    service.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield service
    service.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(("name", "answer"), [("nominatim", [NOMINATIM]), ("arcgis", ARCGIS), ("pelias", PELIAS)])
def test_each_service_turns_a_street_address_into_a_place(service: Service, name: str, answer: Any) -> None:
    service.answer = answer
    place = service.geocoder(name).locate("we stay at 1234 K Street with the kids", SACRAMENTO)
    assert place == Place(
        text="1234 K Street", kind="address", latitude=38.577, longitude=-121.487, label="Sacramento, CA 95814",
        state="CA", county="Sacramento County", postal_code="95814",
    )  # fmt: skip


def test_only_the_street_and_the_town_leave_the_machine_and_the_service_learns_who_asks(service: Service) -> None:
    service.answer = [NOMINATIM]
    service.geocoder().locate("my husband hits me, I am at 1234 K Street apt 5, call 916-555-0123", SACRAMENTO)
    (asked,) = service.asked
    assert asked["q"] == "1234 K Street, Sacramento, CA"
    assert (asked["path"], asked["countrycodes"]) == ("/search", "us")
    assert service.agents == ["homeward community-resource assistant (https://families.example.org)"]


@pytest.mark.parametrize(
    "text", ["Sacramento", "95814", "i want to die", "3 kids and no way home", "2 blocks down the street", ""]
)
def test_what_is_no_street_address_is_never_sent(service: Service, text: str) -> None:
    assert service.geocoder().locate(text, SACRAMENTO) is None
    assert service.asked == []


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (500, {}), (429, {}), (403, {}), (200, []), (200, b"<html>busy</html>"), (200, {"error": "down"}), (200, [{}]),
        (200, [NOMINATIM | {"address": {}}]), (200, [NOMINATIM | {"lat": "north"}]), (200, [NOMINATIM | {"address": None}]),
    ],
)  # fmt: skip
def test_when_the_service_fails_or_answers_nonsense_the_town_has_to_do(service: Service, status: int, answer: Any) -> None:
    service.status, service.answer = status, answer
    assert service.geocoder().locate("1234 K Street", SACRAMENTO) is None


def test_a_service_that_is_not_there_is_no_error() -> None:
    geocoder = make_geocoder(Settings("nominatim:http://127.0.0.1:9"))
    assert geocoder is not None
    assert geocoder.locate("1234 K Street", SACRAMENTO) is None


def test_a_street_of_the_name_in_another_town_is_not_taken(service: Service) -> None:
    service.answer = [NOMINATIM]
    assert service.geocoder().locate("1234 K Street", HONOLULU) is None


def test_a_slow_service_is_given_up_on(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoder_module, "_TIMEOUT_SECONDS", 0.05)
    service.answer = [NOMINATIM]
    service.released.clear()
    assert service.geocoder().locate("1234 K Street", SACRAMENTO) is None


def test_a_family_does_not_wait_behind_many_others(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoder_module, "_LONGEST_QUEUE", 1)
    service.answer = [NOMINATIM]
    service.released.clear()
    geocoder, answers = service.geocoder(), []
    waiting = threading.Thread(target=lambda: answers.append(geocoder.locate("1234 K Street", SACRAMENTO)))
    waiting.start()
    assert service.arrived.wait(10)
    assert geocoder.locate("99 J Street", SACRAMENTO) is None
    service.released.set()
    waiting.join()
    assert answers[0] is not None
    assert len(service.asked) == 1


def test_requests_are_a_second_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("geopy.extra.rate_limiter.sleep", waited.append)
    geocoder = Geocoder(lambda asked: None, lambda raw: {})
    for _ in range(2):
        geocoder.locate("1234 K Street", SACRAMENTO)
    assert 0 < waited[0] <= 1.0


def test_no_address_is_written_to_a_log(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    service.answer = [NOMINATIM]
    geocoder = service.geocoder()
    geocoder.locate("1234 K Street", SACRAMENTO)
    service.status = 500
    geocoder.locate("1234 K Street", SACRAMENTO)
    assert "K Street" not in caplog.text
    assert "K+Street" not in caplog.text


def test_offline_there_is_no_geocoder_and_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: pytest.fail("asked the network"))
    assert make_geocoder(Settings("offline")) is None


@pytest.mark.parametrize("value", ["pelias", "census", "google", "", "nominatim:geo.example.org", "nominatim:ftp://x"])
def test_a_setting_that_cannot_work_is_told(value: str) -> None:
    with pytest.raises(SettingsError, match="HOMEWARD_GEOCODER is"):
        make_geocoder(Settings(value))


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("we live at 1234 K Street, Sacramento CA. need food", "1234 K Street"),
        ("456 N 7th St Apt 3", "456 N 7th St"),
        ("987 Martin Luther King Jr Blvd", "987 Martin Luther King Jr Blvd"),
        ("12345 main st", "12345 main st"),
        ("vivo en 500 Bristol St Santa Ana", "500 Bristol St"),
        ("3 kids need a place", None),
        ("mis 2 hijos en la calle", None),
        ("$500 way short on rent", None),
        ("95814", None),
    ],
)
def test_a_street_address_is_told_from_other_numbers(text: str, street: str | None) -> None:
    assert find_street_address(text) == street
