"""What looks wrong in a listing is told, and what is right is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from resources_db.geo.gazetteer import Gazetteer
from resources_db.models import Address, Location, Organization, Phone, Schedule, Service, Verification
from resources_db.quality.findings import Finding
from resources_db.quality.lint import lint
from tests.factories import DirectoryBuilder

TODAY = date(2026, 11, 22)


@pytest.fixture
def directory(directory_engine: Engine) -> Iterator[DirectoryBuilder]:
    with Session(directory_engine) as session:
        yield DirectoryBuilder(session)


@pytest.fixture
def good(directory: DirectoryBuilder) -> Service:
    """A listing with nothing to complain of."""
    service = directory.session.get_one(Service, directory.add("Grocery pantry", phone="+17148341000", assured=TODAY))
    service.description = "A bag of groceries for families, every week."
    directory.session.flush()
    return service


def told(directory: DirectoryBuilder, gazetteer: Gazetteer) -> list[Finding]:
    directory.session.flush()
    return list(lint(directory.session, gazetteer, TODAY))


def rules(directory: DirectoryBuilder, gazetteer: Gazetteer) -> set[str]:
    return {finding.rule for finding in told(directory, gazetteer)}


def the_address(directory: DirectoryBuilder) -> Address:
    location = directory.session.query(Location).one()
    address = directory.session.query(Address).filter_by(location_id=location.id, address_type="physical").one_or_none()
    if address is None:
        address = Address(id="0" * 36, location_id=location.id, address_type="physical")
        directory.session.add(address)
    address.address_1, address.city, address.state_province, address.postal_code = "12 Elm St", "Santa Ana", "CA", "92701"
    directory.session.flush()
    return address


@pytest.mark.usefixtures("good")
def test_a_good_listing_gives_no_reason_to_complain(directory: DirectoryBuilder, gazetteer: Gazetteer) -> None:
    the_address(directory)
    assert told(directory, gazetteer) == []


@pytest.mark.usefixtures("good")
@pytest.mark.parametrize(
    ("number", "rule"),
    [
        ("+17145550123", "dead_phone"),
        ("+10000000000", "dead_phone"),
        ("+11234567890", "dead_phone"),
        ("call the office", "dead_phone"),
        ("+19995551234", "dead_phone"),
        ("211", None),
        ("741741", None),
    ],
)
def test_a_number_that_nobody_will_answer_is_told(
    directory: DirectoryBuilder, gazetteer: Gazetteer, number: str, rule: str | None
) -> None:
    directory.session.query(Phone).one().number = number
    assert rules(directory, gazetteer) == ({rule} if rule else set())


def test_the_made_up_numbers_of_sample_listings_are_right(directory: DirectoryBuilder, gazetteer: Gazetteer) -> None:
    directory.add("Sample pantry", sample=True, phone="+17145550123")
    assert "dead_phone" not in rules(directory, gazetteer)


def test_a_number_that_many_organizations_give_as_theirs_is_told(directory: DirectoryBuilder, gazetteer: Gazetteer) -> None:
    for letter in "abcdef":
        directory.add(f"Pantry {letter}", phone="+17148341000")
    assert [f.listing for f in told(directory, gazetteer) if f.rule == "shared_phone"] == ["+17148341000"]


@pytest.mark.parametrize(
    ("hours", "wrong"),
    [
        (("MO", "09:00", "17:00"), False),
        (("MO", "20:00", "02:00"), False),
        (("MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59"), False),
        (("MO", "09:00", "05:00"), True),
        (("MO", "09:00", "09:00"), True),
    ],
)
def test_hours_that_cannot_be_are_told(
    directory: DirectoryBuilder, gazetteer: Gazetteer, hours: tuple[str, str, str], wrong: bool
) -> None:
    directory.add("Pantry", hours=(hours,))
    assert ("impossible_hours" in rules(directory, gazetteer)) == wrong


def test_a_listing_all_of_whose_hours_are_in_the_past_is_told(directory: DirectoryBuilder, gazetteer: Gazetteer) -> None:
    directory.add("Summer lunch")
    directory.add("Winter lunch")
    ended = directory.session.query(Service).filter_by(name="Summer lunch").one().id
    directory.session.query(Schedule).filter_by(service_id=ended).one().valid_to = date(2026, 8, 31)
    assert [f.listing for f in told(directory, gazetteer) if f.rule == "hours_are_over"] == ["Summer lunch"]


def test_a_listing_that_no_family_can_find_or_reach_is_told(directory: DirectoryBuilder, gazetteer: Gazetteer) -> None:
    directory.add("Ghost", miles=None, needs=(), areas=(), phone=None, website=None)
    assert {"no_category", "no_contact", "no_place"} <= rules(directory, gazetteer)


@pytest.mark.parametrize("name", ["Test", "testt service", "Lorem ipsum", "asdfg", "Test 2"])
def test_a_trial_row_is_told(directory: DirectoryBuilder, gazetteer: Gazetteer, name: str) -> None:
    directory.add(name)
    assert "trial_row" in rules(directory, gazetteer)


@pytest.mark.parametrize("name", ["HIV testing", "Test preparation", "Protest Legal Aid", "Pregnancy test"])
def test_a_name_with_a_trial_word_that_means_something_is_not(
    directory: DirectoryBuilder, gazetteer: Gazetteer, name: str
) -> None:
    directory.add(name)
    assert "trial_row" not in rules(directory, gazetteer)


def test_a_listing_that_nobody_checked_for_a_year_is_told_and_an_edit_is_no_check(
    directory: DirectoryBuilder, gazetteer: Gazetteer, good: Service
) -> None:
    good.assured_date = TODAY - timedelta(days=400)
    check = directory.session.query(Verification).one()
    check.verified_at -= timedelta(days=400)
    good.last_modified = check.verified_at + timedelta(days=399)
    assert rules(directory, gazetteer) == {"stale"}


def test_a_visit_that_found_nobody_is_no_check(directory: DirectoryBuilder, gazetteer: Gazetteer, good: Service) -> None:
    good.assured_date = None
    directory.session.query(Verification).one().result = "unreachable"
    assert rules(directory, gazetteer) == {"stale"}


def test_an_address_whose_zip_is_in_another_state_is_told(
    directory: DirectoryBuilder, gazetteer: Gazetteer, good: Service
) -> None:
    address = the_address(directory)
    address.postal_code = "10001"
    assert "zip_in_other_state" in rules(directory, gazetteer)
    address.postal_code = "00000"
    assert rules(directory, gazetteer) == {"unknown_zip"}


def test_a_point_far_from_its_address_is_told(directory: DirectoryBuilder, gazetteer: Gazetteer, good: Service) -> None:
    the_address(directory).postal_code = "95814"
    assert "point_far_from_address" in rules(directory, gazetteer)


def test_a_place_outside_the_area_it_says_it_serves_is_told(directory: DirectoryBuilder, gazetteer: Gazetteer) -> None:
    directory.add("Pantry", areas=(("county", "CA/Sacramento County"),))
    the_address(directory)
    assert "outside_its_area" in rules(directory, gazetteer)


def test_a_hidden_place_with_a_public_address_is_told_and_one_marked_confidential_is_not(
    directory: DirectoryBuilder, gazetteer: Gazetteer, good: Service
) -> None:
    the_address(directory)
    location = directory.session.query(Location).one()
    location.name = "Confidential shelter"
    assert "hidden_place" in rules(directory, gazetteer)
    location.confidential = True
    assert "hidden_place" not in rules(directory, gazetteer)


def test_words_about_what_is_over_are_told(directory: DirectoryBuilder, gazetteer: Gazetteer, good: Service) -> None:
    good.description = "Drive-through groceries only, until May 2021."
    assert rules(directory, gazetteer) == {"old_words"}
    good.description = "Open at this address until May 2027, then around the corner."
    assert rules(directory, gazetteer) == set()


def test_services_that_are_not_shown_are_not_judged(directory: DirectoryBuilder, gazetteer: Gazetteer) -> None:
    directory.add("Old one", status="defunct", needs=(), phone="call us", hours=(("MO", "09:00", "05:00"),))
    assert {finding.resource_type for finding in told(directory, gazetteer)} <= {"location", "address"}


def test_the_shipped_sample_has_no_errors(sample_engine: Engine, gazetteer: Gazetteer) -> None:
    with Session(sample_engine) as session:
        errors = [finding for finding in lint(session, gazetteer, TODAY) if finding.severity == "error"]
        assert errors == []
        assert session.query(Organization).count() > 0
