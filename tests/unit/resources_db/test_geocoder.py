from __future__ import annotations

import json
import logging
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from resources_db.errors import SettingsError
from resources_db.geo import geocoder as geocoder_module
from resources_db.geo import geocoder_file, services
from resources_db.geo.geocoder import Geocoder, find_street_address, make_geocoder
from resources_db.geo.geocoder_file import GeocoderFile
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
CENSUS = {
    "result": {
        "input": {
            "address": {"address": "1234 K Street, Sacramento, CA"},
            "benchmark": {"isDefault": True, "benchmarkDescription": "Public Address Ranges - Current Benchmark", "id": "4",
                          "benchmarkName": "Public_AR_Current"},
        },
        "addressMatches": [{
            "tigerLine": {"side": "L", "tigerLineId": "1"},
            "coordinates": {"x": -121.4867891, "y": 38.5771234},
            "addressComponents": {
                "zip": "95814", "streetName": "K", "preType": "", "city": "SACRAMENTO", "preDirection": "", "suffixDirection": "",
                "fromAddress": "1200", "state": "CA", "suffixType": "ST", "toAddress": "1298", "suffixQualifier": "",
                "preQualifier": "",
            },
            "matchedAddress": "1234 K ST, SACRAMENTO, CA, 95814",
        }],
    }
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
class Server:
    """A geocoding service on this machine that answers what it is told to. `trickle` sends a byte now and then."""

    folder: Path
    port: int = 0
    answer: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    trickle: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    arrived: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def geocoder(self, name: str = "nominatim") -> Geocoder:
        """A geocoder as a process that starts now has it."""
        geocoder = make_geocoder(Settings(f"{name}:http://127.0.0.1:{self.port}", self.folder))
        assert geocoder is not None
        return geocoder

    @property
    def file(self) -> Path:
        return self.folder / "geocoder.sqlite"


@dataclass(frozen=True)
class Settings:
    geocoder: str
    var_dir: Path
    public_url: str = "https://families.example.org"

    def secret_key(self) -> str:
        return "the installation's own key, 32 characters"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    server.released.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            server.asked.append({"path": urlsplit(self.path).path} | {name: values[0] for name, values in query.items()})
            server.agents.append(self.headers["User-Agent"])
            server.arrived.set()
            body = server.answer if isinstance(server.answer, bytes) else json.dumps(server.answer).encode()
            self.send_response(server.status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **server.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            while server.trickle and not server.released.wait(0.02):
                self.wfile.write(b" ")
                self.wfile.flush()
            server.released.wait(10)
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing on the screen."""

    class HTTPServer(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Clients that gave up are meant to."""

    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(geocoder_module, "_SECONDS_BETWEEN_REQUESTS", 0.0)
    listening = HTTPServer(("127.0.0.1", 0), Handler)
    server.port = listening.server_port
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.released.set()
    listening.shutdown()
    thread.join()
    listening.server_close()


ANSWERS: list[tuple[str, Any]] = [("nominatim", [NOMINATIM]), ("census", CENSUS), ("arcgis", ARCGIS), ("pelias", PELIAS)]
NOTHING: list[tuple[str, Any]] = [
    ("nominatim", []), ("census", {"result": CENSUS["result"] | {"addressMatches": []}}),
    ("arcgis", {"spatialReference": {"wkid": 4326}, "candidates": []}), ("pelias", {"type": "FeatureCollection", "features": []}),
]  # fmt: skip
PLACE = Place(
    text="1234 K Street", kind="address", latitude=38.577, longitude=-121.487, label="Sacramento, CA 95814",
    state="CA", county="Sacramento County", postal_code="95814",
)  # fmt: skip


@pytest.mark.parametrize(("name", "answer"), ANSWERS)
def test_each_service_turns_a_street_address_into_a_place(server: Server, name: str, answer: Any) -> None:
    server.answer = answer
    assert server.geocoder(name).locate("we stay at 1234 K Street with the kids", SACRAMENTO) == PLACE


@pytest.mark.parametrize(("name", "answer"), NOTHING)
def test_an_address_that_a_service_does_not_know_is_not_found(server: Server, name: str, answer: Any) -> None:
    server.answer = answer
    assert server.geocoder(name).locate("1234 K Street", SACRAMENTO) is None
    assert len(server.asked) == 1


def test_only_the_street_and_the_town_leave_the_machine_and_the_service_learns_who_asks(server: Server) -> None:
    server.answer = [NOMINATIM]
    server.geocoder().locate("my husband hits me, I am at 1234 K Street apt 5, call 916-555-0123", SACRAMENTO)
    (asked,) = server.asked
    assert asked["q"] == "1234 K Street, Sacramento, CA"
    assert (asked["path"], asked["countrycodes"]) == ("/search", "us")
    assert server.agents == ["homeward community-resource assistant (https://families.example.org)"]


def test_the_census_is_asked_as_its_manual_says(server: Server) -> None:
    server.answer = CENSUS
    server.geocoder("census").locate("1234 K Street", SACRAMENTO)
    assert server.asked == [
        {
            "path": "/geocoder/locations/onelineaddress", "address": "1234 K Street, Sacramento, CA",
            "benchmark": "Public_AR_Current", "format": "json",
        }
    ]  # fmt: skip
    assert services.Census().api == "https://geocoding.geo.census.gov/geocoder/locations/onelineaddress"


@pytest.mark.parametrize(
    "text", ["Sacramento", "95814", "i want to die", "3 kids and no way home", "2 blocks down the street", ""]
)
def test_what_is_no_street_address_is_never_sent(server: Server, text: str) -> None:
    assert server.geocoder().locate(text, SACRAMENTO) is None
    assert server.asked == []


@pytest.mark.parametrize("name", [name for name, _ in ANSWERS])
@pytest.mark.parametrize(
    ("status", "answer"),
    [(500, {}), (429, {}), (403, {}), (200, b"<html>busy</html>"), (200, b""), (200, {"error": "down"}), (200, [{}]), (200, 7)],
)
def test_when_a_service_fails_or_answers_nonsense_the_town_has_to_do(server: Server, name: str, status: int, answer: Any) -> None:
    server.status, server.answer = status, answer
    assert server.geocoder(name).locate("1234 K Street", SACRAMENTO) is None
    server.status, server.answer = 200, dict(ANSWERS)[name]
    if status != 429:
        assert server.geocoder(name).locate("1234 K Street", SACRAMENTO) == PLACE  # a failure is not remembered


@pytest.mark.parametrize(
    "wrong", [{"address": {}}, {"lat": "north"}, {"address": None}, {"address": {"ISO3166-2-lvl4": "MX-BCN"}}]
)
def test_an_answer_without_a_state_or_a_real_point_is_not_taken(server: Server, wrong: dict[str, Any]) -> None:
    server.answer = [NOMINATIM | wrong]
    assert server.geocoder().locate("1234 K Street", SACRAMENTO) is None


def test_a_service_that_is_not_there_is_no_error(tmp_path: Path) -> None:
    geocoder = make_geocoder(Settings("nominatim:http://127.0.0.1:9", tmp_path))
    assert geocoder is not None
    assert geocoder.locate("1234 K Street", SACRAMENTO) is None


def test_a_street_of_the_name_in_another_town_is_not_taken(server: Server) -> None:
    server.answer = [NOMINATIM]
    assert server.geocoder().locate("1234 K Street", HONOLULU) is None


@pytest.mark.parametrize("trickle", [False, True])
def test_a_slow_service_is_given_up_on_and_does_not_hold_others_up(
    server: Server, monkeypatch: pytest.MonkeyPatch, trickle: bool
) -> None:
    monkeypatch.setattr(geocoder_module, "_LONGEST_WAIT_SECONDS", 0.1)
    monkeypatch.setattr(geocoder_module, "_LONGEST_QUEUE", 1)
    server.answer, server.trickle = [NOMINATIM], trickle
    server.released.clear()
    geocoder = server.geocoder()
    assert geocoder.locate("1234 K Street", SACRAMENTO) is None
    assert geocoder.locate("99 J Street", SACRAMENTO) is None
    assert len(server.asked) == 1  # the second was not even sent


def test_a_family_does_not_wait_behind_many_others(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoder_module, "_LONGEST_QUEUE", 1)
    server.answer = [NOMINATIM]
    server.released.clear()
    geocoder, answers = server.geocoder(), []
    waiting = threading.Thread(target=lambda: answers.append(geocoder.locate("1234 K Street", SACRAMENTO)))
    waiting.start()
    assert server.arrived.wait(10)
    assert geocoder.locate("99 J Street", SACRAMENTO) is None
    server.released.set()
    waiting.join()
    assert answers == [PLACE]
    assert len(server.asked) == 1


# --- what is remembered ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "answer"), [pair for pair in ANSWERS if pair[0] != "arcgis"])
def test_an_answer_is_asked_for_once_even_by_a_process_that_starts_later(server: Server, name: str, answer: Any) -> None:
    server.answer = answer
    places = [server.geocoder(name).locate(text, SACRAMENTO) for text in ("1234 K Street", "now at 1234  k STREET please")]
    assert [place and place.text for place in places] == ["1234 K Street", "1234  k STREET"]
    assert places[1] == replace(PLACE, text="1234  k STREET")
    assert len(server.asked) == 1


def test_that_there_is_no_such_address_is_remembered_for_less_long(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answer = []
    geocoder = server.geocoder()
    for _ in range(2):
        assert geocoder.locate("1234 K Street", SACRAMENTO) is None
    assert len(server.asked) == 1
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + geocoder_file.NOTHING_KEPT_SECONDS + 1)
    server.answer = [NOMINATIM]
    assert geocoder.locate("1234 K Street", SACRAMENTO) == PLACE


def test_an_answer_is_deleted_after_thirty_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = GeocoderFile(tmp_path / "geocoder.sqlite", "key")
    old, new = file.digest("nominatim", "1 A St", "Galt, CA"), file.digest("nominatim", "2 B St", "Galt, CA")
    file.keep(old, PLACE)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 29 * 24 * 3600)
    kept = file.kept(old, "1 A St")
    assert kept is not None
    assert kept.place is not None
    monkeypatch.setattr(time, "time", lambda: now + 31 * 24 * 3600)
    assert file.kept(old, "1 A St") is None
    file.keep(new, PLACE)
    with sqlite3.connect(tmp_path / "geocoder.sqlite") as connection:
        assert connection.execute("SELECT digest FROM answer").fetchall() == [(new,)]
    connection.close()


def test_the_file_holds_no_address_and_only_its_owner_reads_it(server: Server) -> None:
    server.answer = [NOMINATIM]
    server.geocoder().locate("1234 K Street", SACRAMENTO)
    content = server.file.read_bytes()
    assert b"38.577" in content
    for word in (b"1234", b"K Street", b"k street", b"38.5771", b"4867"):
        assert word not in content, word
    assert server.file.stat().st_mode & 0o077 == 0


def test_nobody_without_the_installations_key_can_tell_whose_address_was_asked(tmp_path: Path) -> None:
    files = [GeocoderFile(tmp_path / f"{key}.sqlite", key) for key in ("one", "two")]
    one, two = (file.digest("nominatim", "1234 K Street", "Sacramento, CA") for file in files)
    assert one != two
    assert one == files[0].digest("nominatim", "1234  k  street", "SACRAMENTO, CA")
    assert one != files[0].digest("census", "1234 K Street", "Sacramento, CA")


def test_esris_answers_are_not_kept_since_its_terms_forbid_it(server: Server) -> None:
    server.answer = ARCGIS
    for _ in range(2):
        server.geocoder("arcgis").locate("1234 K Street", SACRAMENTO)
    assert len(server.asked) == 2


def test_a_damaged_file_is_made_anew(server: Server) -> None:
    server.file.write_bytes(b"not a database, but long enough to look at" * 100)
    server.answer = [NOMINATIM]
    assert server.geocoder().locate("1234 K Street", SACRAMENTO) == PLACE


def test_without_its_memory_a_service_is_not_asked(server: Server) -> None:
    server.answer = [NOMINATIM]
    geocoder = server.geocoder()
    with sqlite3.connect(server.file) as connection:
        connection.execute("DROP TABLE answer")
    connection.close()
    assert geocoder.locate("1234 K Street", SACRAMENTO) is None
    assert server.asked == []


# --- how often is asked ---------------------------------------------------------------------------------------------------


def test_all_processes_together_ask_once_a_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    one, other = (GeocoderFile(tmp_path / "geocoder.sqlite", "key") for _ in range(2))
    waits = [file.take_turn("nominatim", 1.0, 2.5) for file in (one, other, one, other)]
    assert waits == [0.0, 1.0, 2.0, None]
    assert one.take_turn("census", 1.0, 2.5) == 0.0


def test_a_clock_that_was_set_back_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = GeocoderFile(tmp_path / "geocoder.sqlite", "key")
    file.take_turn("nominatim", 1.0, 1.0)
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    assert file.take_turn("nominatim", 1.0, 1.0) == 0.0


@pytest.mark.parametrize(("headers", "seconds"), [({}, 60.0), ({"Retry-After": "120"}, 120.0)])
def test_a_service_that_is_asked_too_much_gets_a_rest(
    server: Server, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], seconds: float
) -> None:
    server.status, server.answer, server.headers = 429, {}, headers
    assert server.geocoder().locate("1234 K Street", SACRAMENTO) is None
    server.status, server.answer = 200, [NOMINATIM]
    assert server.geocoder().locate("1234 K Street", SACRAMENTO) is None
    assert len(server.asked) == 1
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + seconds + 1)
    assert server.geocoder().locate("1234 K Street", SACRAMENTO) == PLACE


def test_requests_are_a_second_apart(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geocoder_module, "_SECONDS_BETWEEN_REQUESTS", 1.0)
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    server.answer = []
    for street in ("1234 K Street", "99 J Street"):
        server.geocoder().locate(street, SACRAMENTO)
    assert waited[0] == 0.0
    assert 0 < waited[1] <= 1.0


# --- what is told ---------------------------------------------------------------------------------------------------------


def test_no_address_is_written_to_a_log(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.answer = [NOMINATIM]
    for name in ("nominatim", "census"):
        geocoder = server.geocoder(name)
        geocoder.locate("1234 K Street", SACRAMENTO)
        server.status = 500
        geocoder.locate("99 J Street", SACRAMENTO)
        server.status, server.answer = 200, CENSUS
    assert "Street" not in caplog.text


@pytest.mark.parametrize(("name", "words"), [("nominatim", "OpenStreetMap"), ("census", "Census"), ("arcgis", "Esri")])
def test_each_service_is_given_credit(server: Server, name: str, words: str) -> None:
    assert words in server.geocoder(name).attribution


def test_offline_there_is_no_geocoder_no_file_and_no_request(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(urllib.request, "urlopen", lambda *_, **__: pytest.fail("asked the network"))
    assert make_geocoder(Settings("offline", tmp_path)) is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["pelias", "google", "", "nominatim:geo.example.org", "nominatim:ftp://x", "census:here"])
def test_a_setting_that_cannot_work_is_told(value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="HOMEWARD_GEOCODER is"):
        make_geocoder(Settings(value, tmp_path))


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
