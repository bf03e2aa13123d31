from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, select
from sqlalchemy.orm import Session

from resources_db.hsds import Document, Kind, documents
from resources_db.models import (
    Address,
    Base,
    Contact,
    HolidaySchedule,
    Location,
    MetadataEntry,
    Phone,
    Program,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
    Translation,
    Unit,
    Verification,
)
from tests.factories import DirectoryBuilder, make_id
from tests.hsds_schemas import faults

NOW = datetime(2026, 11, 22, 18, 0, tzinfo=timezone.utc)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """One database for all tests here: each takes back what it wrote."""
    with request.getfixturevalue(f"{request.param}_databases").new() as engine:
        yield engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as session:
        yield session


@pytest.fixture
def directory(session: Session) -> DirectoryBuilder:
    return DirectoryBuilder(session)


def one(session: Session, kind: Kind, row_id: str, **more: Any) -> Document:
    session.flush()
    (document,) = documents(session.connection(), kind, [row_id], now=NOW, **more)
    return document


def add(session: Session, table: type[Base], **values: Any) -> str:
    row_id = make_id(table.__tablename__, *sorted(map(str, values.items())))
    session.add(table(id=row_id, **values))
    session.flush()
    return row_id


def site_of(session: Session, service: str) -> ServiceAtLocation:
    return session.scalars(select(ServiceAtLocation).where(ServiceAtLocation.service_id == service)).one()


def test_a_service_holds_its_places_with_their_addresses_and_its_organization(
    session: Session, directory: DirectoryBuilder
) -> None:
    service = one(session, "service", directory.add("Pantry"))
    assert service["organization"]["name"] == "Pantry Org"
    (site,) = service["service_at_locations"]
    assert site["location"]["addresses"][0]["address_1"] == "1 Main Street"
    assert service["phones"][0]["number"] == "+17145550100"
    assert {language["code"] for language in service["languages"]} == {"en", "es"}
    assert [attribute["taxonomy_term"]["code"] for attribute in service["attributes"] if attribute["link_type"] == "access"] == [
        "walk_in"
    ]


def test_fields_come_in_the_order_of_the_schema(session: Session, directory: DirectoryBuilder) -> None:
    names = list(one(session, "service", directory.add("Pantry")))
    assert names[:3] == ["id", "name", "status"]
    assert names.index("phones") < names.index("schedules") < names.index("service_areas") < names.index("organization")


def test_what_is_not_known_is_left_out_and_so_are_empty_lists(session: Session, directory: DirectoryBuilder) -> None:
    service = one(session, "service", directory.add("Pantry", phone=None, hours=(), languages=(), assured=None))
    assert service.keys().isdisjoint({"phones", "schedules", "languages", "assured_date", "funding", "description", "program"})


def test_a_text_that_hsds_requires_and_nobody_gave_is_empty(session: Session, directory: DirectoryBuilder) -> None:
    assert one(session, "service", directory.add("Pantry"))["organization"]["description"] == ""


def test_columns_that_the_nesting_says_are_not_repeated(session: Session, directory: DirectoryBuilder) -> None:
    service = one(session, "service", directory.add("Pantry"))
    assert "organization_id" not in service
    assert "service_id" not in service["phones"][0]
    assert service["service_at_locations"][0].keys().isdisjoint({"service_id", "location_id"})


def test_numbers_are_numbers_and_an_extension_keeps_its_zeros(session: Session, directory: DirectoryBuilder) -> None:
    service = directory.add("Pantry", ages=(0.5, 18.0), phone=None)
    for number, extension in (("1", "42"), ("2", "042"), ("3", "4a")):
        add(session, Phone, service_id=service, number=number, extension=extension)
    document = one(session, "service", service)
    assert (document["minimum_age"], document["maximum_age"]) == (0.5, 18)
    assert isinstance(document["maximum_age"], int)
    told = {phone["number"]: (phone.get("extension"), phone.get("extension_text")) for phone in document["phones"]}
    assert told == {"1": (42, None), "2": (None, "042"), "3": (None, "4a")}


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 22, 8, 30, tzinfo=timezone(timedelta(hours=-8))), "2026-11-22T16:30:00Z"),
        (datetime(2026, 11, 22, 8, 30, 1, 250000, timezone.utc), "2026-11-22T08:30:01.250Z"),
        (datetime(2026, 11, 22, 8, 30, 1, 250001, timezone.utc), "2026-11-22T08:30:01.250001Z"),
    ],
)
def test_moments_are_told_in_utc(session: Session, directory: DirectoryBuilder, moment: datetime, text: str) -> None:
    service = directory.add("Pantry")
    session.get_one(Service, service).last_modified = moment
    assert one(session, "service", service)["last_modified"] == text


def test_documents_come_in_the_order_asked_for_each_once(session: Session, directory: DirectoryBuilder) -> None:
    ids = [directory.add(name) for name in ("One", "Two", "Three")]
    asked = [ids[2], ids[0], "nobody", ids[2]]
    assert [document["name"] for document in documents(session.connection(), "service", asked)] == ["Three", "One"]


def test_a_list_form_holds_only_what_is_one(session: Session, directory: DirectoryBuilder) -> None:
    service = directory.add("Pantry")
    brief = one(session, "service", service, full=False)
    assert brief["organization"]["name"] == "Pantry Org"
    assert not any(isinstance(value, list) for value in brief.values())
    assert faults("compiled/service_list", brief) == []


def test_an_organization_tells_its_services_briefly_or_in_full(session: Session, directory: DirectoryBuilder) -> None:
    service = directory.add("Pantry")
    owner = session.get_one(Service, service).organization_id
    assert one(session, "organization", owner)["services"] == [{"id": service, "name": "Pantry", "status": "active"}]
    (whole,) = one(session, "organization", owner, full_services=True)["services"]
    assert whole["service_at_locations"][0]["location"]["addresses"]
    assert "organization" not in whole


def test_the_public_sees_only_services_of_an_organization_that_are_offered(session: Session, directory: DirectoryBuilder) -> None:
    service = directory.add("Ended", status="defunct")
    owner = session.get_one(Service, service).organization_id
    assert "services" not in one(session, "organization", owner)
    assert one(session, "organization", owner, audience="owner")["services"][0]["status"] == "defunct"


def test_a_service_at_a_place_says_when_its_service_ended(session: Session, directory: DirectoryBuilder) -> None:
    site = site_of(session, directory.add("Ended", status="defunct"))
    assert one(session, "service_at_location", site.id)["service"]["status"] == "defunct"


def test_a_service_at_location_holds_its_service_but_not_that_service_s_other_places(
    session: Session, directory: DirectoryBuilder
) -> None:
    service = directory.add("Pantry")
    directory.at(service, (34.0, -118.0))
    site = session.scalars(select(ServiceAtLocation.id).where(ServiceAtLocation.service_id == service)).first()
    assert site is not None
    document = one(session, "service_at_location", site)
    assert document["service"]["name"] == "Pantry"
    assert "service_at_locations" not in document["service"]


def test_one_row_may_hang_on_several_others(session: Session, directory: DirectoryBuilder) -> None:
    service = directory.add("Pantry", phone=None)
    organization = session.get_one(Service, service).organization_id
    phone = add(session, Phone, service_id=service, organization_id=organization, number="+17145550101")
    document = one(session, "service", service)
    assert document["phones"] == [{"id": phone, "organization_id": organization, "number": "+17145550101"}]
    assert document["organization"]["phones"] == [{"id": phone, "service_id": service, "number": "+17145550101"}]


def test_rows_of_other_tables_with_the_same_id_do_not_get_each_other_s_attributes(
    session: Session, directory: DirectoryBuilder
) -> None:
    service = directory.add("Pantry", access=())
    organization = session.get_one(Service, service).organization_id
    program = Program(id=service, organization_id=organization, name="A program with its service's id")
    session.add(program)
    session.flush()
    session.get_one(Service, service).program_id = service
    directory.tag(service, "theme", "spring", entity="program")
    document = one(session, "service", service)
    assert "theme" not in {attribute["link_type"] for attribute in document.get("attributes", ())}
    assert [attribute["link_type"] for attribute in document["program"]["attributes"]] == ["theme"]


# --- what the public is not told --------------------------------------------------------------------------------------


def hidden_house(session: Session, directory: DirectoryBuilder) -> tuple[str, ServiceAtLocation, Location]:
    """A service at a confidential place of which the database knows too much."""
    service = directory.add("Safe house", confidential=True)
    site = site_of(session, service)
    location = session.get_one(Location, site.location_id)
    site.description = "HIDDEN floor"
    location.name = location.alternate_name = "HIDDEN Street 12"
    location.description = location.transportation = "HIDDEN bus"
    location.url = "https://example.org/HIDDEN"
    location.external_identifier, location.external_identifier_type = "HIDDEN", "UPRN"
    location.latitude, location.longitude = 33.123456, -117.654321
    session.flush()
    address = session.scalars(select(Address).where(Address.location_id == location.id)).one()
    owners = [("location", location.id), ("service_at_location", site.id), ("service", service), ("address", address.id)]
    for table, row_id in owners:
        add(
            session, MetadataEntry, resource_type=table, resource_id=row_id, last_action_date=date(2026, 1, 1),
            last_action_type="edit", field_name="description", previous_value="HIDDEN", replacement_value="", updated_by="me",
        )  # fmt: skip
        add(
            session, Translation, resource_type=table, resource_id=row_id, field_name="transportation", language="es",
            value="x" if table == "service" else "HIDDEN", method="person",
        )  # fmt: skip
        directory.tag(row_id, "where", "HIDDEN" if table in ("location", "address") else "said", entity=table)
    directory.translate("location", location.id, "public_note", "Llama primero.")
    add(session, Contact, location_id=location.id, name="HIDDEN person")
    there = add(session, Contact, service_at_location_id=site.id, name="HIDDEN night staff")
    add(session, Phone, contact_id=there, number="+17145550122", description="HIDDEN door")
    for kind in ("geojson", None):
        point = '{"type": "Point", "coordinates": [-117.654321, 33.123456]}'
        add(
            session, ServiceArea, service_at_location_id=site.id, name="Around", extent=point, extent_type=kind,
            uri="https://example.org/HIDDEN.geojson",
        )  # fmt: skip
    add(session, Phone, location_id=location.id, number="+17145550111")
    return service, site, location


@pytest.mark.parametrize("audience", ["public", "owner"])
@pytest.mark.parametrize("full_services", [False, True])
def test_no_document_says_where_a_confidential_place_is(
    session: Session, directory: DirectoryBuilder, audience: Any, full_services: bool
) -> None:
    service, site, location = hidden_house(session, directory)
    organization = session.get_one(Service, service).organization_id
    location.organization_id = organization
    asked: list[tuple[Kind, str]] = [
        ("service", service), ("service_at_location", site.id), ("location", location.id), ("organization", organization)
    ]  # fmt: skip
    for kind, row_id in asked:
        for full in (True, False):
            document = one(session, kind, row_id, full=full, full_services=full_services, audience=audience)
            text = json.dumps(document)
            assert "hidden" not in text.lower(), (kind, full)
            assert "33.123" not in text, (kind, full)
            assert "117.654" not in text, (kind, full)


def test_a_confidential_place_still_tells_what_to_do(session: Session, directory: DirectoryBuilder) -> None:
    service, _, location = hidden_house(session, directory)
    (site,) = one(session, "service", service)["service_at_locations"]
    told = site["location"]
    assert (told["id"], told["confidential"], told["public_note"]) == (location.id, True, "Call for location.")
    assert told["phones"][0]["number"] == "+17145550111"
    assert [translation["value"] for translation in told["translations"]] == ["Llama primero."]


def test_contacts_and_their_phones_are_for_the_owner_only(session: Session, directory: DirectoryBuilder) -> None:
    service = directory.add("Pantry", phone=None)
    contact = add(session, Contact, service_id=service, name="Odalys Penn")
    add(session, Phone, service_id=service, contact_id=contact, number="+17145550122")
    assert one(session, "service", service).keys().isdisjoint({"contacts", "phones"})
    (told,) = one(session, "service", service, audience="owner")["contacts"]
    assert (told["name"], told["phones"][0]["number"]) == ("Odalys Penn", "+17145550122")


def test_an_alert_is_not_shown_to_the_public_after_its_last_day(session: Session, directory: DirectoryBuilder) -> None:
    service = directory.add("Pantry")
    row = session.get_one(Service, service)
    row.alert, row.alert_expires_on = "Closed for the flood.", date(2026, 11, 20)
    directory.translate("service", service, "alert", "Cerrado por la inundación.")
    document = one(session, "service", service)
    assert document.keys().isdisjoint({"alert", "alert_expires_on", "translations"})
    assert one(session, "service", service, audience="owner")["alert"] == "Closed for the flood."
    row.alert_expires_on = date(2026, 11, 22)
    assert one(session, "service", service)["alert"] == "Closed for the flood."


@pytest.mark.parametrize(
    ("updated_days_ago", "expires_in_days", "told"), [(1, None, True), (8, None, False), (1, -0.5, False), (30, 1, True)]
)
def test_a_capacity_is_told_until_it_expires(
    session: Session, directory: DirectoryBuilder, updated_days_ago: int, expires_in_days: float | None, told: bool
) -> None:
    service = directory.add("Shelter")
    unit = add(session, Unit, name="Bed")
    expires_at = None if expires_in_days is None else NOW + timedelta(days=expires_in_days)
    add(
        session, ServiceCapacity, service_id=service, unit_id=unit, available=3.0,
        updated=NOW - timedelta(days=updated_days_ago), expires_at=expires_at,
    )  # fmt: skip
    capacities = one(session, "service", service).get("capacities", [])
    assert [(one["available"], one["unit"]["name"]) for one in capacities] == ([(3, "Bed")] if told else [])
    assert one(session, "service", service, audience="owner")["capacities"]


def test_the_public_is_told_how_a_listing_was_verified_but_not_by_whom(session: Session, directory: DirectoryBuilder) -> None:
    service = directory.add("Pantry", verified_by=None)
    add(
        session, Verification, resource_type="service", resource_id=service, verified_at=NOW, verified_by="staff:7",
        method="call", result="confirmed", note="The manager was rude.",
    )  # fmt: skip
    (told,) = one(session, "service", service)["verifications"]
    assert (told["method"], told["result"], told["verified_at"]) == ("call", "confirmed", "2026-11-22T18:00:00Z")
    assert told.keys().isdisjoint({"verified_by", "note"})
    (kept,) = one(session, "service", service, audience="owner")["verifications"]
    assert (kept["verified_by"], kept["note"]) == ("staff:7", "The manager was rude.")


def test_closures_hang_on_the_service_the_place_or_the_service_there(session: Session, directory: DirectoryBuilder) -> None:
    service = directory.add("Pantry")
    site = site_of(session, service)
    for owner in ({"service_id": service}, {"service_at_location_id": site.id}, {"location_id": site.location_id}):
        add(session, HolidaySchedule, closed=True, start_date=date(2026, 12, 25), end_date=date(2026, 12, 26), **owner)
    document = one(session, "service", service)
    there = document["service_at_locations"][0]
    for holder in (document, there, there["location"]):
        (closure,) = holder["holiday_schedules"]
        assert (closure["closed"], closure["start_date"]) == (True, "2026-12-25")


# --- the sample ------------------------------------------------------------------------------------------------------


KINDS: tuple[Kind, ...] = ("service", "organization", "service_at_location")


def all_ids(connection: Connection, kind: Kind) -> list[str]:
    return list(connection.execute(select(Base.metadata.tables[kind].c.id)).scalars())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("audience", ["public", "owner"])
def test_every_listing_of_the_sample_is_valid_hsds(sample_engine: Engine, kind: Kind, audience: Any) -> None:
    with sample_engine.connect() as connection:
        ids = all_ids(connection, kind)
        whole = documents(connection, kind, ids, full_services=True, audience=audience)
        brief = documents(connection, kind, ids, full=False, audience=audience)
    assert len(whole) == len(brief) == len(ids) > 40
    assert [fault for document in whole for fault in faults(f"compiled/{kind}", document)] == []
    assert [fault for document in brief for fault in faults(f"compiled/{kind}_list", document)] == []


def test_a_term_holds_its_taxonomy(sample_engine: Engine) -> None:
    with sample_engine.connect() as connection:
        terms = documents(connection, "taxonomy_term", all_ids(connection, "taxonomy_term"))
        taxonomies = documents(connection, "taxonomy", all_ids(connection, "taxonomy"))
    assert {term["taxonomy_detail"]["id"] for term in terms} == {taxonomy["id"] for taxonomy in taxonomies}
    for document in (*terms, *taxonomies):
        assert {"id", "name", "description"} <= document.keys()


def test_many_documents_take_as_few_statements_as_one(sample_engine: Engine) -> None:
    statements: list[str] = []

    def count(*arguments: Any) -> None:
        statements.append(arguments[2])

    with sample_engine.connect() as connection:
        ids = all_ids(connection, "service")
        event.listen(sample_engine, "before_cursor_execute", count)
        try:
            documents(connection, "service", ids)
        finally:
            event.remove(sample_engine, "before_cursor_execute", count)
    assert len(statements) <= 30
