"""What is likely in the directory twice is told with the reasons; what only looks alike is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from resources_db.models import Address, Location, Organization, OrganizationIdentifier, Phone, Service
from resources_db.quality.duplicates import Pair, likely_duplicates
from resources_db.quality.sameness import name_key, site_key, street_key


@pytest.fixture
def session(directory_engine: Engine) -> Iterator[Session]:
    with Session(directory_engine) as session:
        yield session


def organization(session: Session, id_: str, name: str, phone: str | None = None, website: str | None = None) -> None:
    session.add(Organization(id=id_, name=name, website=website))
    session.flush()
    if phone:
        session.add(Phone(id=f"phone-{id_}", organization_id=id_, number=phone))


def location(session: Session, id_: str, name: str, street: str, owner: str | None = None, zip_code: str = "20001") -> None:
    session.add(Location(id=id_, location_type="physical", name=name, organization_id=owner))
    session.flush()
    session.add(Address(id=f"at-{id_}", location_id=id_, address_1=street, postal_code=zip_code, address_type="physical"))


def pairs(session: Session) -> list[tuple[str, str, str]]:
    session.flush()
    return [(pair.kind, pair.first_id, pair.second_id) for pair in likely_duplicates(session)]


def the_pair(session: Session) -> Pair:
    session.flush()
    (pair,) = likely_duplicates(session)
    return pair


def test_two_spellings_of_a_name_with_one_number_are_likely_one_organization(session: Session) -> None:
    organization(session, "a", "Mary's Center, Inc.", phone="+12024838196")
    organization(session, "b", "The Marys Centre", phone="+12024838196")
    pair = the_pair(session)
    assert pair.reasons[0] == "both have the number +12024838196"
    assert pair.score >= 88


def test_the_same_name_alone_is_a_sign(session: Session) -> None:
    organization(session, "a", "Bread for the City")
    organization(session, "b", "Bread for the City, Inc")
    assert pairs(session) == [("organization", "a", "b")]


def test_one_tax_number_settles_it_whatever_the_names(session: Session) -> None:
    organization(session, "a", "Northside Pantry")
    organization(session, "b", "Second Harvest of the Hills")
    for owner in "ab":
        identifier = {"identifier_type": "EIN", "identifier": "12-3456789"}
        session.add(OrganizationIdentifier(id=f"ein-{owner}", organization_id=owner, **identifier))
    assert (the_pair(session).score, the_pair(session).reasons[0]) == (100, "both have the EIN 12-3456789")


def test_unlike_organizations_behind_one_switchboard_are_not_one(session: Session) -> None:
    organization(session, "a", "County Health Department", phone="+12024838196")
    organization(session, "b", "Office of the Sheriff", phone="+12024838196")
    assert pairs(session) == []


def test_chapters_with_a_number_of_their_own_are_not_one(session: Session) -> None:
    organization(session, "a", "Boys and Girls Club of Salem", website="https://facebook.com/bgc-salem")
    organization(session, "b", "Boys and Girls Club of Albany", website="https://facebook.com/bgc-albany")
    assert pairs(session) == []


def test_one_address_written_in_two_ways_is_one_location(session: Session) -> None:
    organization(session, "o", "Pantry")
    location(session, "a", "Main office", "1525 Seventh Street Northwest", owner="o")
    location(session, "b", "Pantry", "1525 Seventh St. NW", owner="o")
    assert pairs(session) == [("location", "a", "b")]


def test_two_suites_and_two_organizations_in_a_building_are_not_one(session: Session) -> None:
    organization(session, "o", "Pantry")
    organization(session, "p", "Law clinic")
    location(session, "a", "Pantry", "600 W St, Suite 100", owner="o")
    location(session, "b", "Pantry desk", "600 W St Ste 210", owner="o")
    location(session, "c", "Law clinic", "600 W St", owner="p")
    assert pairs(session) == []


def test_a_confidential_location_is_never_compared_by_its_address(session: Session) -> None:
    organization(session, "o", "House")
    location(session, "a", "House", "1 Elm St", owner="o")
    location(session, "b", "House", "1 Elm St", owner="o")
    session.flush()
    session.get_one(Location, "b").confidential = True
    assert pairs(session) == []


def test_services_of_one_name_are_one_only_under_one_organization(session: Session) -> None:
    organization(session, "o", "Oak Center")
    organization(session, "p", "Pine Center House")
    for id_, owner, name in (
        ("1", "o", "Food pantry"),
        ("2", "o", "The food pantry"),
        ("3", "p", "Food pantry"),
        ("4", "o", "Tutoring, grade 1"),
        ("5", "o", "Tutoring, grade 2"),
    ):
        session.add(Service(id=id_, organization_id=owner, name=name))
    assert pairs(session) == [("service", "1", "2")]


def test_services_of_likely_the_same_organization_are_compared(session: Session) -> None:
    organization(session, "a", "Bread for the City")
    organization(session, "b", "Bread for the City, Inc")
    session.flush()
    session.add(Service(id="1", organization_id="a", name="Clothing closet"))
    session.add(Service(id="2", organization_id="b", name="Clothing closet"))
    assert pairs(session) == [("organization", "a", "b"), ("service", "1", "2")]


def test_keys_see_through_spelling() -> None:
    assert name_key("The Niño & Family Center, Inc.") == "nino family center"
    assert name_key("The") == "the"
    assert street_key("1525 Seventh Street NW, Suite 2B") == ("1525 7th st nw", "2b")
    assert site_key("https://www.Pantry.org/about") == "pantry.org"
    assert site_key("facebook.com/pantry") is None
    assert site_key("http://[broken") is None
