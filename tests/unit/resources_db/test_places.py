from __future__ import annotations

import csv
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.places import is_answered
from resources_db.geo.gazetteer import Gazetteer
from resources_db.geo.places import MAX_CANDIDATES, find_place
from tests.places_fixture import gazetteer, gazetteer_path

__all__ = ["gazetteer", "gazetteer_path"]

SURE = [
    # ZIPs
    ("95814", "Sacramento, CA 95814", "zip"),
    ("95814-1234", "Sacramento, CA 95814", "zip"),
    (" 92701 ", "Santa Ana, CA 92701", "zip"),
    ("Anaheim CA 92805", "Anaheim, CA 92805", "zip"),
    ("95814 sacramento", "Sacramento, CA 95814", "zip"),
    ("Anaheim CA 00000", "Anaheim, CA", "city"),
    # cities, with and without their state
    ("sacramento", "Sacramento, CA", "city"),
    ("SANTA ANA", "Santa Ana, CA", "city"),
    ("Santa Ana, California", "Santa Ana, CA", "city"),
    ("santa ana ca", "Santa Ana, CA", "city"),
    ("Springfield IL", "Springfield, IL", "city"),
    ("springfield, mass.", "Springfield, MA", "city"),
    ("honolulu", "Honolulu, HI", "city"),
    ("los angeles", "Los Angeles, CA", "city"),
    ("brooklyn", "Brooklyn, NY", "city"),
    ("san diego", "San Diego, CA", "city"),
    ("st. louis", "Saint Louis, MO", "city"),
    ("Portland, ME", "Portland, ME", "city"),
    ("portland", "Portland, OR", "city"),
    ("Orange, CA", "Orange, CA", "city"),
    ("city of orange", "Orange, CA", "city"),
    ("washington dc", "Washington, DC", "city"),
    ("new york", "New York, NY", "city"),
    ("brooklyn new york", "Brooklyn, NY", "city"),
    ("ewa beach hawaii", "Ewa Beach, HI", "city"),
    ("McAllen", "McAllen, TX", "city"),
    ("Lafayette LA", "Lafayette, LA", "city"),
    # what locals say
    ("LA", "Los Angeles, CA", "city"),
    ("L.A.", "Los Angeles, CA", "city"),
    ("NYC", "New York, NY", "city"),
    ("philly", "Philadelphia, PA", "city"),
    ("sac", "Sacramento, CA", "city"),
    ("EG", "Elk Grove, CA", "city"),
    ("the bronx", "Bronx, NY", "city"),
    ("SLC", "Salt Lake City, UT", "city"),
    # Spanish
    ("Nueva York", "New York, NY", "city"),
    ("Los Ángeles", "Los Angeles, CA", "city"),
    ("Filadelfia", "Philadelphia, PA", "city"),
    ("San José", "San Jose, CA", "city"),
    ("ciudad de Anaheim", "Anaheim, CA", "city"),
    ("Nuevo México", "New Mexico", "state"),
    ("condado de Sacramento", "Sacramento County, CA", "county"),
    ("el condado de Orange, California", "Orange County, CA", "county"),
    # counties
    ("sacramento county", "Sacramento County, CA", "county"),
    ("Orange County CA", "Orange County, CA", "county"),
    ("county of Sacramento", "Sacramento County, CA", "county"),
    ("OC", "Orange County, CA", "county"),
    ("the OC", "Orange County, CA", "county"),
    ("O'ahu", "Honolulu County, HI", "county"),
    ("orleans parish", "Orleans Parish, LA", "county"),
    ("kern", "Kern County, CA", "county"),
    # boroughs, neighborhoods, landmarks
    ("queens", "Queens, New York, NY", "neighborhood"),
    ("manhattan", "Manhattan, New York, NY", "neighborhood"),
    ("east new york", "East New York, Brooklyn, NY", "neighborhood"),
    ("Natomas", "Natomas, Sacramento, CA", "neighborhood"),
    ("oak park sacramento", "Oak Park, Sacramento, CA", "neighborhood"),
    ("Oak Park in Sacramento", "Oak Park, Sacramento, CA", "neighborhood"),
    ("sacramento, oak park", "Oak Park, Sacramento, CA", "neighborhood"),
    ("Chinatown, Honolulu", "Chinatown, Honolulu, HI", "neighborhood"),
    ("delhi santa ana", "Delhi, Santa Ana, CA", "neighborhood"),
    ("Little Saigon", "Little Saigon, Westminster, CA", "neighborhood"),
    ("Kalihi", "Kalihi, Honolulu, HI", "neighborhood"),
    ("Waikīkī", "Waikiki, Honolulu, HI", "neighborhood"),
    ("la pequeña habana", "Little Havana, Miami, FL", "neighborhood"),
    ("Sac State", "Sacramento State University, Sacramento, CA", "landmark"),
    ("CHOC", "Children's Hospital of Orange County, Orange, CA", "landmark"),
    ("queens hospital", "Queen's Medical Center, Honolulu, HI", "landmark"),
    ("kapolei courthouse", "Kapolei Family Courthouse, Kapolei, HI", "landmark"),
    # parts of a town that have no entry; a town in its county
    ("downtown fresno", "Fresno, CA", "city"),
    ("el centro de Anaheim", "Anaheim, CA", "city"),
    ("Tustin, Orange County", "Tustin, CA", "city"),
    ("parroquia de Orleans", "Orleans Parish, LA", "county"),
    ("municipio de Ponce", "Ponce Municipio, PR", "county"),
    ("Queens County, NY", "Queens County, NY", "county"),
    ("Mat-Su", "Matanuska-Susitna Borough, AK", "county"),
    ("Kodiak Island", "Kodiak Island Borough, AK", "county"),
    ("LaPorte County, Indiana", "LaPorte County, IN", "county"),
    ("DeWitt County IL", "De Witt County, IL", "county"),
    # the other spacings, townships, what the postal service does not call a town
    ("Coeur d'Alene", "Coeur d'Alene, ID", "city"),
    ("coeur d alene", "Coeur d'Alene, ID", "city"),
    ("O'Fallon, IL", "O'Fallon, IL", "city"),
    ("De Kalb, Illinois", "Dekalb, IL", "city"),
    ("Irvington Township NJ", "Irvington, NJ", "city"),
    ("Hillandale, Maryland", "Hillandale, MD", "city"),
    # regions
    ("the DMV area", "DMV area, DC", "landmark"),
    ("Twin Cities", "Twin Cities, MN", "landmark"),
    # territories
    ("St. Thomas, USVI", "St Thomas, VI", "city"),
    ("Islas Marianas del Norte", "Northern Mariana Islands", "state"),
    # states
    ("california", "California", "state"),
    ("TX", "Texas", "state"),
    ("Guam", "Guam", "state"),
    # as people say it to a clerk
    ("in the city of Santa Ana please", "Santa Ana, CA", "city"),
    ("cerca de Fullerton", "Fullerton, CA", "city"),
    ("sacramento area", "Sacramento, CA", "city"),
    # a street address still tells the town; its house number is no ZIP
    ("12345 Main St, Sacramento", "Sacramento, CA", "city"),
    ("123 K Street Sacramento CA", "Sacramento, CA", "city"),
    ("12 K St Apt 4, Sacramento, CA", "Sacramento, CA", "city"),
    ("12345 Main St, Sacramento 95820", "Sacramento, CA 95820", "zip"),
    # typing errors
    ("sacremento", "Sacramento, CA", "city"),
    ("sacremento ca", "Sacramento, CA", "city"),
    ("broklyn", "Brooklyn, NY", "city"),
    ("honalulu", "Honolulu, HI", "city"),
    ("anahiem", "Anaheim, CA", "city"),
    ("los angelos", "Los Angeles, CA", "city"),
    ("santa anna, calif", "Santa Ana, CA", "city"),
    ("condado de sacremento", "Sacramento County, CA", "county"),
    ("huston", "Houston, TX", "city"),
]


@pytest.mark.parametrize(("text", "label", "kind"), SURE)
def test_a_place_that_can_only_be_one_is_found(gazetteer: Gazetteer, text: str, label: str, kind: str) -> None:
    reading = find_place(gazetteer, text)
    assert reading.place is not None, reading
    assert (reading.place.label, reading.place.kind) == (label, kind)
    assert reading.candidates == ()
    assert reading.text == text.strip()


UNSURE = [
    ("springfield", ["Springfield, MA", "Springfield, MO", "Springfield, IL", "Springfield, OR", "Springfield, OH"]),
    ("sprinfield", ["Springfield, MA", "Springfield, MO", "Springfield, IL", "Springfield, OR", "Springfield, OH"]),
    ("washington", ["Washington State", "Washington, DC"]),
    ("glendale", ["Glendale, AZ", "Glendale, CA"]),
    ("kansas city", ["Kansas City, MO", "Kansas City, KS"]),
    ("columbia", ["Columbia, SC", "Columbia, MO", "Columbia, MD"]),
    ("Hollywood", ["Hollywood, FL", "Hollywood, Los Angeles, CA"]),
]


@pytest.mark.parametrize(("text", "labels"), UNSURE)
def test_several_of_a_name_are_offered_the_likeliest_first(gazetteer: Gazetteer, text: str, labels: list[str]) -> None:
    reading = find_place(gazetteer, text)
    assert reading.place is None
    assert [place.label for place in reading.candidates] == labels


@pytest.mark.parametrize(
    ("text", "first", "also"),
    [
        ("orange", "Orange, CA", "Orange County, CA"),
        ("orange county", "Orange County, CA", "Orange County, FL"),
        ("condado de orange", "Orange County, CA", "Orange County, NY"),
        ("oak park", "Oak Park, Sacramento, CA", "Oak Park, IL"),
        ("chinatown", "Chinatown, Los Angeles, CA", "Chinatown, Honolulu, HI"),
        ("midtown", "Midtown Sacramento, Sacramento, CA", "Midtown Manhattan, New York, NY"),
        ("westminster", "Westminster, CA", "Westminster, CO"),
    ],
)
def test_what_is_ambiguous_on_the_spot_is_asked_about(gazetteer: Gazetteer, text: str, first: str, also: str) -> None:
    labels = [place.label for place in find_place(gazetteer, text).candidates]
    assert labels[0] == first
    assert also in labels
    assert 2 <= len(labels) == len(set(labels)) <= MAX_CANDIDATES


@pytest.mark.parametrize(
    "text",
    ["", "   ", "00000", "09012", "99999-0000", "xyzzyville", "help", "food", "regarding", "matter of fact", "12345 street",
     "???", "1st street", "springfield, hawaii", "🙂", "x" * 10_000, "\x00", "condado de", "county of"],
)  # fmt: skip
def test_what_is_no_place_is_not_found(gazetteer: Gazetteer, text: str) -> None:
    reading = find_place(gazetteer, text)
    assert not reading.found


@pytest.mark.parametrize(
    ("text", "military"),
    [
        ("09012", "APO, AE 09012"),
        ("APO AE 09012-1234", "APO, AE 09012"),
        ("PSC 3 Box 12, FPO, AP 96349", "FPO, AP 96349"),
        ("dpo aa", "DPO, AA"),
        ("apo ae 09999", "APO, AE"),  # no such ZIP
        ("Sacramento", None),
        ("95814", None),
        ("APO", None),
    ],
)
def test_a_military_mail_address_is_told_from_a_place(gazetteer: Gazetteer, text: str, military: str | None) -> None:
    reading = find_place(gazetteer, text)
    assert reading.military == military
    assert military is None or not reading.found


def test_a_town_beside_a_military_zip_is_the_place(gazetteer: Gazetteer) -> None:
    reading = find_place(gazetteer, "APO AE 09012, now at 95814")
    assert reading.place is not None
    assert reading.place.label == "Sacramento, CA 95814"


def test_a_region_lies_in_no_one_county(gazetteer: Gazetteer) -> None:
    place = find_place(gazetteer, "Bay Area").place
    assert place is not None
    assert (place.kind, place.county) == ("landmark", None)


def test_the_boroughs_of_new_york_are_in_their_own_counties(gazetteer: Gazetteer) -> None:
    boroughs = {
        name: find_place(gazetteer, name).place for name in ("Manhattan", "Queens", "Brooklyn", "the Bronx", "Staten Island")
    }
    assert {name: place and place.county for name, place in boroughs.items()} == {
        "Manhattan": "New York County", "Queens": "Queens County", "Brooklyn": "Kings County", "the Bronx": "Bronx County",
        "Staten Island": "Richmond County",
    }  # fmt: skip


def _asked(file: str) -> list[dict[str, str]]:
    with (Path(__file__).parents[2] / "data" / "places" / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))


@pytest.mark.parametrize(("file", "rate"), [("asked.tsv", 0.97), ("unseen.tsv", 0.95)])
def test_what_people_call_places_in_every_state_is_understood(gazetteer: Gazetteer, file: str, rate: float) -> None:
    asked = _asked(file)
    missed = [line["text"] for line in asked if not is_answered(gazetteer, line)]
    assert 1 - len(missed) / len(asked) >= rate, missed


def test_a_place_says_where_it_is(gazetteer: Gazetteer) -> None:
    place = find_place(gazetteer, "92701").place
    assert place is not None
    assert (place.state, place.county, place.postal_code, place.text) == ("CA", "Orange County", "92701", "92701")
    assert (place.latitude, place.longitude) == pytest.approx((33.75, -117.85), abs=0.02)
    with pytest.raises(FrozenInstanceError):
        place.label = "elsewhere"  # type: ignore[misc]


def test_a_state_has_no_county_and_only_a_zip_has_a_postal_code(gazetteer: Gazetteer) -> None:
    places = [find_place(gazetteer, text).place for text in ("California", "Santa Ana")]
    assert [(place and place.county, place and place.postal_code) for place in places] == [(None, None), ("Orange County", None)]


def test_one_place_known_from_two_sources_is_offered_once(gazetteer: Gazetteer) -> None:
    for text in ("Capistrano Beach", "Carson City", "Corona del Mar"):
        assert find_place(gazetteer, text).place is not None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from("de la county ca oak park 95814 st , in the springfield".split())).map(" ".join)
)
def test_no_text_breaks_the_reading(gazetteer: Gazetteer, text: str) -> None:
    reading = find_place(gazetteer, text)
    assert reading.place is None or reading.candidates == ()
    assert len(reading.candidates) in (0, 2, 3, 4, 5)
