from __future__ import annotations

import csv
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from resources_db.geo import gazetteer as gazetteer_module
from resources_db.geo.distance import miles
from resources_db.geo.gazetteer import LOCAL_PLACES, Gazetteer, GazetteerUnusable, is_current, open_gazetteer
from resources_db.geo.gazetteer_build import add_local_places, is_short_for, middle, spellings, tidy
from resources_db.geo.names import fold
from tests.places_fixture import gazetteer, gazetteer_path

__all__ = ["gazetteer", "gazetteer_path"]

ROOT = LOCAL_PLACES.parents[2]
OPEN_AND_LOOK = """
import resource, sys
from resources_db.geo.gazetteer import open_gazetteer
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
gazetteer = open_gazetteer(sys.argv[1])
found = gazetteer.find("95814")[0].city, len(gazetteer.guessable_names) > 1000
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(*found, "zipcodes" in sys.modules, after - before)
"""


def _open_elsewhere(path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", OPEN_AND_LOOK, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_processes_that_start_at_once_over_a_damaged_file_all_find_places_and_leave_one_file(tmp_path: Path) -> None:
    path = tmp_path / "var" / "places.sqlite"
    path.parent.mkdir()
    path.write_bytes(b"not a database, but long enough to look at" * 100)

    started = [_open_elsewhere(path) for _ in range(2)]
    answers = [process.communicate(timeout=120)[0].split() for process in started]

    assert [process.returncode for process in started] == [0, 0]
    assert [answer[:2] for answer in answers] == [["Sacramento", "True"]] * 2
    assert [file.name for file in path.parent.iterdir()] == ["places.sqlite"]


def test_the_process_that_serves_families_never_holds_the_data_the_file_is_made_from(
    gazetteer_path: Path, gazetteer: Gazetteer
) -> None:
    *_, holds_source_data, kilobytes = _open_elsewhere(gazetteer_path).communicate(timeout=60)[0].split()

    assert holds_source_data == "False"
    assert int(kilobytes) < 8_000
    assert gazetteer_path.stat().st_size < 10_000_000


def test_a_file_that_is_current_is_opened_as_it_is(gazetteer_path: Path, gazetteer: Gazetteer) -> None:
    made = gazetteer_path.stat().st_mtime_ns
    open_gazetteer(gazetteer_path).close()
    assert gazetteer_path.stat().st_mtime_ns == made


def test_a_file_made_from_other_data_or_cut_short_is_not_current(
    gazetteer_path: Path, gazetteer: Gazetteer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_current(gazetteer_path)
    assert not is_current(tmp_path / "missing.sqlite")

    short = tmp_path / "short.sqlite"
    short.write_bytes(gazetteer_path.read_bytes()[:50])
    assert not is_current(short)

    older = tmp_path / "older.sqlite"
    shutil.copy(gazetteer_path, older)
    with sqlite3.connect(older) as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    assert not is_current(older)

    changed = tmp_path / "local_places.csv"
    changed.write_text(LOCAL_PLACES.read_text(encoding="utf-8") + "city,Galt,,CA,,,4,galt town\n", encoding="utf-8")
    monkeypatch.setattr(gazetteer_module, "LOCAL_PLACES", changed)
    assert not is_current(gazetteer_path)


def test_a_folder_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    with pytest.raises(GazetteerUnusable, match=r"^The list of places cannot be written to [^\n]+$"):
        open_gazetteer(in_the_way / "places.sqlite")


def test_the_open_file_cannot_be_written_to(gazetteer: Gazetteer) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        gazetteer._connection.execute("DELETE FROM place")


def test_every_zip_has_a_point_in_its_own_state(gazetteer: Gazetteer) -> None:
    rows = gazetteer._connection.execute(
        "SELECT zip.name, zip.latitude, zip.longitude, state.latitude, state.longitude FROM place AS zip "
        "JOIN place AS state ON state.kind = 'state' AND state.state = zip.state WHERE zip.kind = 'zip'"
    ).fetchall()
    assert len(rows) > 40_000
    # Wake Island, filed under Hawaii, is the farthest in degrees.
    assert [row for row in rows if abs(row[1] - row[3]) > 16 or 45 < abs(row[2] - row[4]) < 315] == []
    assert all(len(row[0]) == 5 and row[0].isdigit() for row in rows)


@pytest.mark.parametrize(
    ("postal_code", "city"),
    [
        ("95814", "Sacramento"),
        ("95812", "Sacramento"),  # post-office boxes
        ("11805", "Hicksville"),  # listed without a point: the middle of its city
        ("96799", "Pago Pago"),
        ("00901", "San Juan"),
        ("96910", "Hagatna"),
    ],
)
def test_ordinary_box_and_island_zips_are_known(gazetteer: Gazetteer, postal_code: str, city: str) -> None:
    (row,) = gazetteer.find(postal_code)
    assert (row.kind, row.city) == ("zip", city)


@pytest.mark.parametrize("postal_code", ["09012", "34002", "96505", "00000", "20588"])
def test_military_and_impossible_zips_have_no_place(gazetteer: Gazetteer, postal_code: str) -> None:
    assert gazetteer.find(postal_code) == ()


@pytest.mark.parametrize(
    ("postal_code", "label"),
    [
        ("09012", "APO, AE 09012"),
        ("34004", "DPO, AA 34004"),
        ("34020", "DPO, AA 34020"),
        ("96349", "FPO, AP 96349"),
        ("09981", "DPO, AE 09981"),  # filed under New Jersey
        ("95814", None),
        ("00000", None),
    ],
)
def test_military_zips_are_known_as_what_they_are(gazetteer: Gazetteer, postal_code: str, label: str | None) -> None:
    assert gazetteer.military(postal_code) == label
    (count,) = gazetteer._connection.execute("SELECT count(*) FROM military").fetchone()
    assert count > 800


def test_the_file_says_where_each_thing_in_it_comes_from(gazetteer: Gazetteer) -> None:
    sources = dict(gazetteer._connection.execute("SELECT name, licence FROM source"))
    assert sources == {
        "zipcodes": "MIT", "us": "BSD-3-Clause", "local_places.csv": "Apache-2.0", "county_names.csv": "Apache-2.0",
    }  # fmt: skip
    assert set(sources) <= set(re.findall(r"`?([a-z_]+(?:\.csv)?)`", LOCAL_PLACES.with_name("README.md").read_text()))


def test_nearly_every_zip_knows_its_county(gazetteer: Gazetteer) -> None:
    without = gazetteer._connection.execute(
        "SELECT name, state FROM place WHERE kind = 'zip' AND county = '' AND state NOT IN ('FM', 'MH', 'PW')"
    ).fetchall()
    assert len(without) < 20, without


@pytest.mark.parametrize(
    ("postal_code", "county"),
    [
        ("00936", "San Juan Municipio"),
        ("96913", "Guam"),
        ("00820", "St. Croix Island"),
        ("00802", "St. Thomas Island"),
        ("00830", "St. John Island"),
        ("96952", "Tinian Municipality"),
        ("96799", "Eastern District"),
        ("20252", "District of Columbia"),
        ("30138", "Polk County"),  # filed under the county across the state line
        ("99801", "Juneau City and Borough"),
    ],
)
def test_zips_are_in_the_county_that_a_listing_would_name(gazetteer: Gazetteer, postal_code: str, county: str) -> None:
    assert gazetteer.find(postal_code)[0].county == county


def test_a_county_has_one_spelling(gazetteer: Gazetteer) -> None:
    spelled = gazetteer._connection.execute("SELECT DISTINCT state, county FROM place WHERE county <> ''").fetchall()
    assert len({(state, fold(county)) for state, county in spelled}) == len(spelled)


def test_many_names_are_looked_up_at_once(gazetteer: Gazetteer) -> None:
    found = gazetteer.find_all(["honolulu", "no such town", "springfield", "it's; DROP TABLE place"])
    assert set(found) == {"honolulu", "springfield"}
    weights = [row.weight for row in found["springfield"]]
    assert len(weights) > 10
    assert weights == sorted(weights, reverse=True)


def test_states_are_known_by_name_code_abbreviation_and_in_spanish(gazetteer: Gazetteer) -> None:
    names = ("california", "ca", "calif", "nuevo mexico", "pensilvania", "district of columbia", "puerto rico", "la")
    assert [gazetteer.states[name] for name in names] == ["CA", "CA", "CA", "NM", "PA", "DC", "PR", "LA"]


def test_local_places_lie_where_they_say_and_each_is_found_by_each_of_its_names(gazetteer: Gazetteer) -> None:
    with LOCAL_PLACES.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) > 600
    for line in rows:
        for name in (line["name"], *filter(None, line["aliases"].split("|"))):
            found = [row for row in gazetteer.find(fold(name)) if row.kind == line["kind"] and row.state == line["state"]]
            assert found, f"{name} is not found"
        if line["kind"] in ("neighborhood", "landmark"):
            assert line["latitude"], f"{line['name']} has no point"
        if line["city"]:
            cities = [row for row in gazetteer.find(fold(line["city"])) if row.state == line["state"]]
            near = min(miles(float(line["latitude"]), float(line["longitude"]), city.latitude, city.longitude) for city in cities)
            assert near < 28, f"{line['name']} is {near:.0f} miles from {line['city']}"


@pytest.mark.parametrize(
    ("city", "state", "county"),
    [
        ("Sacramento", "CA", "Sacramento County"),
        ("Santa Ana", "CA", "Orange County"),
        ("Anaheim", "CA", "Orange County"),
        ("Honolulu", "HI", "Honolulu County"),
        ("Brooklyn", "NY", "Kings County"),
    ],
)
def test_local_places_are_in_the_county_of_their_city(gazetteer: Gazetteer, city: str, state: str, county: str) -> None:
    found = gazetteer._connection.execute("SELECT name, county FROM place WHERE city = ? AND state = ?", (city, state)).fetchall()
    assert len(found) > 10
    assert {row[1] for row in found} == {county}


def test_a_local_place_without_a_point_that_no_zip_knows_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text(
        "kind,name,city,state,latitude,longitude,weight,aliases\nlandmark,Nowhere Mall,Galt,CA,,,,\n", encoding="utf-8"
    )
    with pytest.raises(ValueError, match=r"places\.csv names Nowhere Mall, CA"):
        add_local_places({}, file)


def test_the_middle_of_places_on_both_sides_of_the_180th_meridian_is_between_them() -> None:
    assert middle([(52.0, 179.0), (52.0, -179.0), (51.0, 180.0)]) == (52.0, -180.0)
    assert middle([(21.3, -157.8), (21.4, -157.9), (28.2, -177.3)]) == (21.4, -157.9)


@pytest.mark.parametrize(
    ("short", "name", "expected"),
    [
        ("huntingtn beach", "huntington beach", True),
        ("slc", "salt lake city", True),
        ("rncho cordova", "rancho cordova", True),
        ("trabuco", "trabuco canyon", False),
        ("laguna woods", "laguna hills", False),
        ("bell", "bell gardens", False),
    ],
)
def test_postal_short_forms_are_told_from_names_of_other_towns(short: str, name: str, expected: bool) -> None:
    assert is_short_for(short, name) is expected


@pytest.mark.parametrize(
    ("listed", "written"),
    [
        ("Mcallen", "McAllen"),
        ("Mc Kinleyville", "McKinleyville"),
        ("Coto De Caza", "Coto de Caza"),
        ("Fond Du Lac", "Fond du Lac"),
        ("Coeur D Alene", "Coeur d'Alene"),
        ("O Fallon", "O'Fallon"),
        ("Salt Lake Cty", "Salt Lake City"),
    ],
)
def test_names_are_written_as_people_write_them(listed: str, written: str) -> None:
    assert tidy(listed) == written


@pytest.mark.parametrize(
    ("name", "ways"),
    [
        ("De Kalb", {"dekalb"}),
        ("DeKalb", {"de kalb"}),
        ("La Porte", {"laporte"}),
        ("O'Fallon", {"o fallon"}),
        ("McAllen", {"mc allen"}),
        ("Sacramento", set()),
        ("La Crosse", set()),
    ],
)
def test_a_name_is_known_by_its_other_spacings(name: str, ways: set[str]) -> None:
    assert spellings(name) == ways
