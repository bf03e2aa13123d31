"""What lists can be narrowed by; every condition given must hold."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.models import (
    Address,
    HolidaySchedule,
    Language,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    Taxonomy,
    TaxonomyTerm,
)
from tests.factories import SANTA_ANA, DirectoryBuilder, make_id, north_of
from tests.web.hsds.conftest import Api, Opened

# Monday 10:30 in California.
MONDAY = "2026-11-23T18:30:00Z"
NEAR = f"{SANTA_ANA.latitude},{SANTA_ANA.longitude}"
MILE = 1609.344


def fill(directory: DirectoryBuilder) -> None:
    add = directory.add
    add("Pantry", 1, languages=("en", "es"), ages=(None, None), eligibility=("low_income",))
    add("Clinic", 2, needs=("health",), languages=("en",), ages=(None, 5.0), hours=(("SA", "09:00", "12:00"),))
    add("Night shelter", 3, needs=("shelter",), languages=("es",), ages=(18.0, None), hours=(), status="temporarily closed")
    add("Baby room", 5, needs=("childcare", "goods"), ages=(0.125, 0.5), hours=(), eligibility=("pregnant",))
    add("Far pantry", 40, areas=(("county", "CA/Los Angeles County"),))
    add("Hotline", None, needs=("mental_health",), areas=(("nation", "US"),), hours=(("MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59"),))
    add("Safe house", 1, needs=("domestic_violence",), confidential=True)
    add("Summer camp", 1, status="defunct")
    add("Old desk", 1, status="inactive")
    with_texts(directory.session)


def with_texts(session: Session) -> None:
    for service in session.scalars(select(Service)):
        service.description = f"What {service.name} does: 100% free_of charge."
        service.last_modified = datetime(2026, 11, 1 + len(service.name), 12, tzinfo=timezone.utc)
    session.flush()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def filled_engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The listings above, made once: read, don't write."""
    with request.getfixturevalue(f"{request.param}_databases").new() as engine:
        with Session(engine) as session, session.begin():
            fill(DirectoryBuilder(session))
        yield engine


@pytest.fixture
async def api(opened: Opened, filled_engine: Engine) -> Api:
    return await opened(filled_engine)


OFFERED = {"Pantry", "Clinic", "Night shelter", "Baby room", "Far pantry", "Hotline", "Safe house"}

#: Each filter with the services that pass it.
FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({}, OFFERED),
    ({"search": "pantry"}, {"Pantry", "Far pantry"}),
    ({"search": "free FAR"}, {"Far pantry"}),
    ({"search": "100%"}, OFFERED),
    ({"search": "f_r"}, set()),
    ({"need": "goods"}, {"Baby room"}),
    ({"language": "ES"}, OFFERED - {"Clinic"}),
    ({"age": 0.5}, OFFERED - {"Night shelter"}),
    ({"age": 5.9}, OFFERED - {"Night shelter", "Baby room"}),
    ({"age": 6}, OFFERED - {"Night shelter", "Baby room", "Clinic"}),
    ({"eligibility": "pregnant"}, {"Baby room"}),
    ({"status": "defunct"}, {"Summer camp"}),
    ({"status": ["inactive", "defunct"]}, {"Summer camp", "Old desk"}),
    ({"near": NEAR, "proximity": 2.5 * MILE}, {"Pantry", "Clinic"}),
    ({"near": NEAR}, {"Pantry", "Clinic", "Night shelter", "Baby room"}),
    ({"place": "92701", "proximity": 2.5 * MILE}, {"Pantry", "Clinic"}),
    ({"place": "santa ana, california", "proximity": 70_000}, {"Pantry", "Clinic", "Night shelter", "Baby room", "Far pantry"}),
    ({"near": NEAR, "place": "Los Angeles, CA", "proximity": 55_000}, {"Pantry", "Clinic", "Night shelter", "Baby room"}),
    ({"open_at": MONDAY}, {"Pantry", "Far pantry", "Hotline", "Safe house"}),
    ({"open_at": MONDAY, "hours_unknown": True}, {"Pantry", "Far pantry", "Hotline", "Safe house", "Baby room"}),
    ({"open_at": "2026-11-28T02:30:00-08:00"}, {"Hotline"}),
    ({"open_at": "2026-11-28T09:30:00-08:00"}, {"Hotline", "Clinic"}),
    ({"coverage": "92701"}, OFFERED - {"Far pantry"}),
    ({"coverage": "Los Angeles, CA"}, {"Far pantry", "Hotline"}),
    ({"coverage": "Honolulu"}, {"Hotline"}),
    ({"modified_after": "2026-11-12T12:00:00Z"}, {"Night shelter"}),
    ({"modified_after": "2026-11-11T12:00:00.000001Z"}, {"Night shelter"}),
]


@pytest.mark.parametrize(("asked", "found"), FILTERS, ids=lambda value: str(value) if isinstance(value, dict) else "")
async def test_a_filter_leaves_what_it_says(api: Api, asked: dict[str, Any], found: set[str]) -> None:
    assert set(await api.names(**asked)) == found


async def test_filters_hold_together(api: Api) -> None:
    pairs = list(itertools.combinations(FILTERS, 2))
    for (one, found), (other, also) in random.Random(3).sample(pairs, 90):
        if one.keys().isdisjoint(other) and not {"proximity", "status"} & {*one, *other}:
            assert set(await api.names(**one, **other)) == found & also, (one, other)


async def test_places_are_listed_the_nearest_first_with_their_distance(api: Api) -> None:
    page = await api.get("/services", near=NEAR, proximity=80_000)
    assert [item["name"] for item in page["contents"]] == ["Pantry", "Clinic", "Night shelter", "Baby room", "Far pantry"]
    miles = [item["distance_meters"] / MILE for item in page["contents"]]
    assert miles == pytest.approx([1, 2, 3, 5, 40], rel=0.01)


async def test_a_service_is_as_far_as_its_nearest_place_that_is_meant(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        directory = DirectoryBuilder(session)
        pantry = directory.add("Two places", 1, hours=())
        far = directory.at(pantry, north_of(SANTA_ANA, 4))
        session.add(_hours(far))
    api = await opened(empty_engine)
    (item,) = (await api.get("/services", near=NEAR))["contents"]
    assert item["distance_meters"] == pytest.approx(MILE, rel=0.01)
    (item,) = (await api.get("/services", near=NEAR, open_at=MONDAY))["contents"]
    assert item["distance_meters"] == pytest.approx(4 * MILE, rel=0.01)
    assert await api.names(near=NEAR, open_at=MONDAY, proximity=2 * MILE) == []
    sites = (await api.get("/service_at_locations", near=NEAR))["contents"]
    assert len(sites) == 2
    (site,) = (await api.get("/service_at_locations", near=NEAR, open_at=MONDAY))["contents"]
    assert site["id"] == far


def _hours(site: str) -> Any:
    return Schedule(
        id=make_id("hours"), service_at_location_id=site, freq="WEEKLY", byday="MO", opens_at="09:00", closes_at="17:00"
    )


async def test_a_closure_closes(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        pantry = DirectoryBuilder(session).add("Pantry")
        day = datetime(2026, 11, 23).date()
        session.add(HolidaySchedule(id=make_id("closure"), service_id=pantry, closed=True, start_date=day, end_date=day))
    api = await opened(empty_engine)
    assert await api.names(open_at=MONDAY) == []
    assert await api.names(open_at="2026-11-24T18:30:00Z") == ["Pantry"]


async def test_a_confidential_place_is_found_by_what_it_serves_and_never_by_where_it_is(
    opened: Opened, empty_engine: Engine
) -> None:
    with Session(empty_engine) as session, session.begin():
        DirectoryBuilder(session).add("Safe house", 0.0, confidential=True)
        location = session.scalars(select(Location)).one()
        location.name = "Hidden Street house"
        session.scalars(select(ServiceAtLocation)).one().description = "second floor"
        assert location.latitude is not None
        assert session.scalars(select(Address)).one()
    api = await opened(empty_engine)
    for path in ("/services", "/service_at_locations"):
        assert await api.names(path, coverage="92701") == ["Safe house"]
        for radius in (0, 1, 1_000_000):
            assert await api.names(path, near=NEAR, proximity=radius) == []
        for word in ("hidden", "second"):
            assert await api.names(path, search=word) == []
    assert await api.names("/service_at_locations", postcode="92701", proximity=50_000) == []
    assert await api.names("/service_at_locations", postcode="92701") == ["Safe house"]


async def test_a_postcode_means_who_is_served_and_with_proximity_what_is_near(api: Api) -> None:
    served = await api.names("/service_at_locations", postcode="92701")
    assert set(served) == OFFERED - {"Far pantry", "Hotline"}  # a hotline is at no place
    near = await api.names("/service_at_locations", postcode="92701", proximity=2.5 * MILE)
    assert set(near) == {"Pantry", "Clinic"}
    assert set(await api.names("/service_at_locations", postcode="92701-1234", proximity=2.5 * MILE)) == set(near)


async def test_service_at_locations_take_the_filters_of_services(api: Api) -> None:
    for asked, found in FILTERS:
        assert set(await api.names("/service_at_locations", **asked)) == found - {"Hotline"}, asked


async def test_distances_are_right_across_the_180th_meridian(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        directory = DirectoryBuilder(session)
        directory.add("West of the line", point=(52.0, 179.9), state="AK")
        directory.add("East of the line", point=(52.0, -179.8), state="AK")
    api = await opened(empty_engine)
    page = await api.get("/services", near="52.0,179.95", proximity=20_000)
    assert [item["name"] for item in page["contents"]] == ["West of the line", "East of the line"]
    assert [item["distance_meters"] for item in page["contents"]] == pytest.approx([3434, 17168], rel=0.01)


async def test_languages_count_at_the_place_and_on_the_phone(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        directory = DirectoryBuilder(session)
        at_place, by_phone = (directory.add(name, languages=()) for name in ("At the place", "By phone"))
        place = session.scalars(select(ServiceAtLocation.location_id).where(ServiceAtLocation.service_id == at_place)).one()
        phone = next(iter(session.execute(_phones_of(by_phone)).scalars()))
        session.add_all(
            [Language(id=make_id("l1"), location_id=place, code="vi"), Language(id=make_id("l2"), phone_id=phone, code="vi")]
        )
    api = await opened(empty_engine)
    for path in ("/services", "/service_at_locations"):
        assert set(await api.names(path, language="vi")) == {"At the place", "By phone"}
        assert await api.names(path, language="es") == []


def _phones_of(service: str) -> Any:
    return select(Phone.id).where(Phone.service_id == service)


async def test_terms_and_taxonomies_find_what_has_them(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        directory = DirectoryBuilder(session)
        pantry, clinic, ended = (
            directory.add("Pantry"), directory.add("Clinic", access=()), directory.add("Ended", access=(), status="defunct")
        )  # fmt: skip
        site = session.scalars(select(ServiceAtLocation.id).where(ServiceAtLocation.service_id == clinic)).one()
        directory.tag(site, "theme", "teeth", entity="service_at_location")
        directory.tag(ended, "theme", "gone")
        owner = session.get_one(Service, pantry).organization_id
        directory.tag(owner, "theme", "union", entity="organization")
        terms = {code: (row_id, taxonomy) for row_id, code, taxonomy in session.execute(_terms())}
    api = await opened(empty_engine)
    for name in ("term", "taxonomy"):
        which = {"term": 0, "taxonomy": 1}[name]
        key = {"term": "taxonomy_term_id", "taxonomy": "taxonomy_id"}[name]

        async def names(path: str, code: str, key: str = key, which: int = which) -> set[str]:
            return set(await api.names(path, **{key: terms[code][which]}))

        assert await names("/services", "walk_in") == {"Pantry"}
        assert await names("/services", "teeth") == {"Clinic"}
        assert await names("/service_at_locations", "teeth") == {"Clinic"}
        assert await names("/service_at_locations", "walk_in") == {"Pantry"}
        assert await names("/organizations", "teeth") == {"Clinic Org"}
        assert await names("/organizations", "union") == {"Pantry Org"}
        assert await names("/organizations", "gone") == set()
        assert await api.names("/services", **{key: "nobody"}) == []


def _terms() -> Any:
    return select(TaxonomyTerm.id, TaxonomyTerm.code, TaxonomyTerm.taxonomy_id)


async def test_terms_are_narrowed_by_taxonomy_parent_and_top(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        for taxonomy in ("one", "two"):
            session.add(Taxonomy(id=make_id(taxonomy), name=taxonomy))
        session.flush()
        for name, parent, taxonomy in (("Food", None, "one"), ("Pantries", "Food", "one"), ("Housing", None, "two")):
            parent_id = make_id(parent) if parent else None
            session.add(TaxonomyTerm(id=make_id(name), name=name, parent_id=parent_id, taxonomy_id=make_id(taxonomy)))
            session.flush()
    api = await opened(empty_engine)
    assert set(await api.names("/taxonomy_terms")) == {"Food", "Pantries", "Housing"}
    assert set(await api.names("/taxonomy_terms", top_only=True)) == {"Food", "Housing"}
    assert await api.names("/taxonomy_terms", top_only=True, taxonomy_id=make_id("one")) == ["Food"]
    assert await api.names("/taxonomy_terms", parent_id=make_id("Food")) == ["Pantries"]
    assert await api.names("/taxonomy_terms", search="hous") == ["Housing"]
    assert await api.names("/taxonomies", search="TWO") == ["two"]


async def test_an_organization_s_services_can_be_listed(api: Api, filled_engine: Engine) -> None:
    with Session(filled_engine) as session:
        owner = session.scalars(select(Organization.id).where(Organization.name == "Clinic Org")).one()
    assert await api.names(organization_id=owner) == ["Clinic"]
    assert await api.names("/service_at_locations", organization_id=owner) == ["Clinic"]
    assert await api.names("/organizations", search="clinic") == ["Clinic Org"]


async def test_words_are_found_in_translations_and_without_accents(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        directory = DirectoryBuilder(session)
        directory.translate("service", directory.add("Pantry"), "name", "Fórmula para bebés")
        directory.add("Clinic")
    api = await opened(empty_engine)
    assert await api.names(search="bebe FORMULA") == ["Pantry"]
    assert await api.names(search="fórmulas") == ["Pantry"]
    assert await api.names(search="formula clinic") == []
    assert await api.names(search="formula", status=["active", "inactive"]) == ["Pantry"]


async def test_who_is_served_at_a_place_goes_before_who_is_served_in_general(opened: Opened, empty_engine: Engine) -> None:
    with Session(empty_engine) as session, session.begin():
        pantry = DirectoryBuilder(session).add("Pantry")
        site = session.scalars(select(ServiceAtLocation.id).where(ServiceAtLocation.service_id == pantry)).one()
        session.add(ServiceArea(id=make_id("a"), service_at_location_id=site, extent_type="state", extent="HI"))
    api = await opened(empty_engine)
    assert await api.names(coverage="92701") == []
    assert await api.names(coverage="Honolulu") == ["Pantry"]
