"""Whether a service serves where the family is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resources_db.coverage import Area, covering_area, serves
from resources_db.geo.places import Place

ZIP = Place("92701", "zip", 33.7523, -117.8541, "Santa Ana, CA 92701", "CA", "Orange County", "92701")
CITY = replace(ZIP, kind="city", postal_code=None)
STATE = replace(CITY, kind="state", county=None)
PARISH = Place("New Orleans", "city", 29.95, -90.07, "New Orleans, LA", "LA", "Orleans Parish")


@pytest.mark.parametrize(
    ("area", "place", "expected"),
    [
        (Area("nation", "US"), ZIP, "yes"),
        (Area("nation", "CA"), ZIP, "no"),
        (Area("state", "CA"), ZIP, "yes"),
        (Area("state", "NV, CA"), ZIP, "yes"),
        (Area("state", "HI"), ZIP, "no"),
        (Area("county", "CA/Orange County"), ZIP, "yes"),
        (Area("county", "CA/Los Angeles County,CA/Orange County"), ZIP, "yes"),
        (Area("county", "CA/orange"), ZIP, "yes"),
        (Area("county", "CA/Yolo County"), ZIP, "no"),
        (Area("county", "FL/Orange County"), ZIP, "no"),
        (Area("county", "CA/Orange County"), STATE, "unknown"),
        (Area("county", "HI/Honolulu County"), STATE, "no"),
        (Area("county", "LA/Orleans Parish"), PARISH, "yes"),
        (Area("county", "LA/St Tammany"), replace(PARISH, county="St. Tammany Parish"), "yes"),
        (
            Area("county", "NM/Doña Ana County"),
            Place("x", "city", 32.3, -106.8, "Las Cruces, NM", "NM", "Dona Ana County"),
            "yes",
        ),
        (Area("county", "MO/St. Louis city"), Place("x", "city", 38.6, -90.4, "Ladue, MO", "MO", "St. Louis County"), "no"),
        (Area("county", "AK/Juneau City and Borough"), Place("x", "city", 58.3, -134.4, "Juneau, AK", "AK", "Juneau"), "yes"),
        (Area("postal_code", "92703,92701"), ZIP, "yes"),
        (Area("postal_code", "92703"), ZIP, "no"),
        (Area("postal_code", "92701"), CITY, "unknown"),
        (Area("text", "The west side"), ZIP, "unknown"),
        (Area(None, "geojson"), ZIP, "unknown"),
        (Area("county", None), ZIP, "unknown"),
    ],
)
def test_an_area_holds_a_place_does_not_or_does_not_say(area: Area, place: Place, expected: str) -> None:
    assert serves([area], place) == expected


def test_one_area_that_holds_the_place_is_enough() -> None:
    assert serves([Area("county", "CA/Yolo County"), Area("postal_code", "92701")], ZIP) == "yes"


def test_an_area_in_words_leaves_it_open_whatever_the_others_say() -> None:
    assert serves([Area("county", "CA/Yolo County"), Area("text", "and nearby")], ZIP) == "unknown"


def test_without_areas_or_without_a_place_nothing_is_known() -> None:
    assert serves([], ZIP) == "unknown"
    assert serves([Area("state", "CA")], None) == "unknown"


def test_the_smallest_area_that_holds_the_place_is_the_one_told() -> None:
    areas = [Area("nation", "US"), Area("county", "CA/Orange County"), Area("state", "CA"), Area("text", "here")]
    assert covering_area(areas, ZIP) == areas[1]
    assert covering_area(areas[3:], ZIP) is None
