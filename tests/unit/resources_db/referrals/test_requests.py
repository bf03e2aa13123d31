"""A family's request: to whom it can go, what is in it, and that only what was shown is sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from resources_db.database import session_scope
from resources_db.models import OutgoingEmail, Referral, Service, Share, StaffTask
from resources_db.people import shares
from resources_db.privacy.retention import forget_drafts
from resources_db.referrals import ledger, requests
from resources_db.settings import load_settings
from resources_db.sms.gsm import is_gsm
from tests.factories import NOW, DirectoryBuilder
from tests.unit.resources_db.referrals.families import NUMBER, READABLE, SEALER, WORDS, family, referral, staff, with_email

DESK = "desk@pantry.example.net"


@pytest.fixture
def session(directory_engine: Engine) -> Iterator[Session]:
    with session_scope(directory_engine) as session:
        yield session


def tried(
    session: Session, *, need: str = "food", phone: str | None = None, language: str = "en", email: str | None = DESK,
    **listing: object,
) -> Referral:  # fmt: skip
    service = DirectoryBuilder(session).add("Despensa Niñez", needs=(need,), **listing)  # type: ignore[arg-type]
    with_email(session, service, email)
    return referral(session, family(session, phone=phone, language=language), service, need=need)


def drafted(session: Session, one: Referral, **more: object) -> requests.Draft:
    given: dict[str, object] = {"language": "en", "by_email": True, **more}
    draft = requests.compose(session, SEALER, WORDS, one, **given)  # type: ignore[arg-type]
    assert draft is not None
    return draft


def test_it_goes_by_email_where_there_is_an_address_and_a_mail_server(session: Session) -> None:
    one = tried(session)
    assert requests.can_send(session, one, by_email=True) == "email"
    assert requests.can_send(session, one, by_email=False) is None
    staff(session)
    assert requests.can_send(session, one, by_email=False) == "inbox"


def test_the_organizations_address_serves_for_a_listing_without_one(session: Session) -> None:
    one = tried(session)
    with_email(session, one.service_id, None, of_organization="office@org.example.net")
    assert drafted(session, one).to == "office@org.example.net"


@pytest.mark.parametrize(
    "address",
    ["", "call us", "desk@pantry", "a@b.example, c@d.example", "Desk <desk@x.example>", "x@y.example\r\nBcc: z@y.example"],
)
def test_what_is_no_plain_address_is_not_written_to(session: Session, address: str) -> None:
    assert requests.can_send(session, tried(session, email=address), by_email=True) is None


def test_nobody_writes_to_an_organization_that_is_made_up(session: Session) -> None:
    assert requests.can_send(session, tried(session, sample=True), by_email=True) is None


@pytest.mark.parametrize("listing", [{"need": "domestic_violence"}, {"confidential": True}])
def test_shelters_that_nobody_may_find_and_help_against_violence_are_only_called(
    session: Session, listing: dict[str, object]
) -> None:
    staff(session)
    assert requests.can_send(session, tried(session, **listing), by_email=True) is None  # type: ignore[arg-type]


def test_a_listing_that_is_closed_for_now_takes_none(session: Session) -> None:
    assert requests.can_send(session, tried(session, status="temporarily closed"), by_email=True) is None


@pytest.mark.parametrize(
    ("person", "way"),
    [
        ({"site": "oak"}, "inbox"), ({"site": None}, "inbox"), ({"site": "elm"}, None), ({"active": False}, None),
        ({"roles": ("partner",)}, None), ({"roles": ("admin",)}, "inbox"),
    ],
)  # fmt: skip
def test_there_is_an_inbox_where_somebody_of_the_familys_center_looks_into_it(
    session: Session, person: dict[str, object], way: str | None
) -> None:
    service = DirectoryBuilder(session).add("Pantry")
    staff(session, **person)  # type: ignore[arg-type]
    assert requests.can_send(session, referral(session, family(session, site="oak"), service), by_email=True) == way


def test_it_tells_these_facts_and_no_others(session: Session) -> None:
    draft = drafted(session, tried(session, phone=NUMBER), name="Ana", ages=(0.5, 7.0, 2.0, 34.0))
    assert draft.english == draft.text
    assert draft.english.split("\n") == [
        "Hello. A family asked us to send you this.",
        "They ask about: Despensa Niñez.",
        "They need: Food.",
        "Ask for: Ana.",
        "They live near: 92701.",
        "Ages of the children: under 1, 2, 7.",
        "Language: English.",
        f"Please call or text: {READABLE}. If someone else answers, do not say what it is about.",
        "Homeward sent this for the family. Nobody reads answers to this e-mail.",
    ]


def test_each_of_them_can_be_left_out(session: Session) -> None:
    one = tried(session, phone=NUMBER)
    draft = drafted(session, one, ages=(2.0,), with_ages=False, with_number=False)
    assert (draft.ages, draft.number, draft.has_ages, draft.has_number) == (False, False, True, True)
    assert not any(told in draft.english for told in ("Ask for", "Ages", READABLE, "555"))
    assert "They will call you." in draft.english


def test_a_family_that_reads_spanish_sees_its_own_words_and_those_that_are_sent(session: Session) -> None:
    draft = drafted(session, tried(session, phone=NUMBER, language="es"), language="es", name="Ana")
    assert "Language: Spanish." in draft.english
    assert "Idioma: español." in draft.text
    assert READABLE in draft.text
    assert READABLE in draft.english
    assert "Pregunten por: Ana." in draft.text
    assert draft.text.count("\n") == draft.english.count("\n")


def test_by_text_it_is_written_in_the_signs_of_texts_and_so_is_what_is_sent(session: Session) -> None:
    draft = drafted(session, tried(session, language="es"), language="es", name="María", by_text=True)
    assert is_gsm(draft.text)
    assert "Ask for: Maria." in draft.english
    assert "Despensa Niñez" in draft.english


def test_a_listings_name_steers_nothing(session: Session) -> None:
    one = tried(session)
    session.get_one(Service, one.service_id).name = "Pantry\r\nBcc: spy@example.net \u202e" + "x" * 500
    draft = drafted(session, one)
    assert "\n" not in draft.subject
    assert "\r" not in draft.english
    assert "\u202e" not in draft.english
    assert max(map(len, draft.english.split("\n"))) < 200


def test_only_the_draft_that_was_shown_last_can_be_sent(session: Session) -> None:
    one = tried(session, phone=NUMBER)
    first = drafted(session, one, name="Ana")
    old = requests.keep(session, SEALER, one, first, NOW)
    second = drafted(session, one, name="Eva")
    new = requests.keep(session, SEALER, one, second, NOW)
    assert requests.kept(SEALER, one, old) is None
    assert requests.kept(SEALER, one, new) == second
    for never_shown in (first, replace(second, english=second.english + " more")):
        with pytest.raises(requests.NotShown):
            requests.send(session, SEALER, one, never_shown, NOW)
    assert session.scalars(select(OutgoingEmail)).all() == []


def test_the_draft_is_kept_sealed_and_not_longer_than_needed(session: Session) -> None:
    one = tried(session, phone=NUMBER)
    draft = drafted(session, one, name="Ana")
    requests.keep(session, SEALER, one, draft, NOW)
    assert one.draft is not None
    assert "Ana" not in one.draft
    requests.send(session, SEALER, one, draft, NOW)
    assert one.draft is None
    requests.keep(session, SEALER, one, draft, NOW)
    requests.drop(session, one)
    assert one.draft is None


def test_what_is_shared_is_exactly_what_was_shown(session: Session) -> None:
    one = tried(session, phone=NUMBER)
    draft = drafted(session, one, name="Ana")
    requests.keep(session, SEALER, one, draft, NOW)
    shared = requests.send(session, SEALER, one, draft, NOW)
    (seen,) = shares.shares_of(session, SEALER, one.conversation_id)
    assert (seen.what, seen.with_whom, seen.text) == ("request", "Despensa Niñez Org", draft.english)
    email = session.scalars(select(OutgoingEmail)).one()
    assert (email.id, email.state) == (shared.id, "due")
    assert DESK not in email.sealed
    assert one.status == "requested"
    assert [(line.status, line.said_by) for line in ledger.events_of(session, one.id)][-1] == ("requested", "family")


def test_sending_it_twice_sends_it_once(session: Session) -> None:
    one = tried(session)
    draft = drafted(session, one)
    requests.keep(session, SEALER, one, draft, NOW)
    assert requests.send(session, SEALER, one, draft, NOW).id == requests.send(session, SEALER, one, draft, NOW).id
    assert len(session.scalars(select(OutgoingEmail)).all()) == 1


def test_it_is_not_sent_when_the_listing_takes_none_any_more(session: Session) -> None:
    one = tried(session)
    draft = drafted(session, one)
    requests.keep(session, SEALER, one, draft, NOW)
    session.get_one(Service, one.service_id).status = "temporarily closed"
    with pytest.raises(requests.NotShown):
        requests.send(session, SEALER, one, draft, NOW)


def test_the_inbox_shows_it_to_staff_who_pass_it_on(session: Session) -> None:
    one, sam = tried(session, email=None), staff(session)
    draft = drafted(session, one)
    assert (draft.way, draft.to) == ("inbox", None)
    requests.keep(session, SEALER, one, draft, NOW)
    shared = requests.send(session, SEALER, one, draft, NOW)
    task = session.scalars(select(StaffTask)).one()
    assert (task.kind, task.share_id, task.referral_id) == ("request", shared.id, one.id)
    assert task.detail == {}, "words of a family are in the share alone"
    looked = shares.look(session, SEALER, shared.id, sam, NOW)
    assert looked is not None
    assert looked.text == draft.english
    requests.hand_on(session, task, sam, NOW)
    assert (task.done_by, task.outcome) == (sam, "handed_on")
    assert one.status == "requested"


@pytest.mark.parametrize(("seen", "said"), [(False, "stopped"), (True, "too_late")])
def test_taken_back_from_the_inbox_nobody_sees_it_any_more_and_it_is_said_whether_somebody_did(
    session: Session, seen: bool, said: str
) -> None:
    one, sam = tried(session, email=None), staff(session)
    draft = drafted(session, one)
    requests.keep(session, SEALER, one, draft, NOW)
    shared = requests.send(session, SEALER, one, draft, NOW)
    if seen:
        shares.look(session, SEALER, shared.id, sam, NOW)
    assert requests.withdraw(session, one, NOW + timedelta(hours=1)) == said
    assert shares.look(session, SEALER, shared.id, sam, NOW) is None
    task = session.scalars(select(StaffTask)).one()
    requests.hand_on(session, task, sam, NOW + timedelta(hours=2))
    assert task.outcome == "taken_back", "which nobody can pass on any more"


def test_there_may_be_another_after_one_was_taken_back(session: Session) -> None:
    one = tried(session)
    for _ in range(2):
        draft = drafted(session, one)
        requests.keep(session, SEALER, one, draft, NOW)
        requests.send(session, SEALER, one, draft, NOW)
        assert one.status == "requested"
        assert requests.withdraw(session, one, NOW) == "stopped"
        assert one.status == "offered"
    assert requests.withdraw(session, one, NOW) is None
    assert len(session.scalars(select(Share)).all()) == 2


def test_a_draft_that_nobody_answered_is_gone_after_a_day(directory_engine: Engine) -> None:
    with session_scope(directory_engine) as session:
        one = tried(session)
        requests.keep(session, SEALER, one, drafted(session, one), NOW + timedelta(days=3))
    settings = load_settings({})
    assert forget_drafts(directory_engine, settings, NOW + timedelta(days=3, hours=23)) == 0
    assert forget_drafts(directory_engine, settings, NOW + timedelta(days=4, hours=1)) == 1
    with session_scope(directory_engine) as session:
        assert session.scalars(select(Referral.draft)).one() is None
