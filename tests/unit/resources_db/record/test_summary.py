"""What a family asked for, got and kept, and the paper made of it."""

from __future__ import annotations

import re
import zlib
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from resources_db.check_ins.questions import items
from resources_db.models.check_in import CheckInAnswer, ScheduledContact
from resources_db.models.referral import Referral, ReferralEvent
from resources_db.record import entries
from resources_db.record.document import SECTIONS, USUAL, document_of, named
from resources_db.record.pdf import make_pdf
from resources_db.record.summary import Asked, Got, Summary, Told, summary_of
from resources_db.sealing import Sealer
from tests.factories import DirectoryBuilder
from tests.invariants.project_files import ROOT, read_yaml
from tests.unit.resources_db.record.conftest import NOW, ZONE, thread

SEALER = Sealer(["a key of these tests, long enough to be one"])
TODAY = date(2026, 11, 22)


def referral(
    session: Session, name: str, service: str, status: str, at: datetime, *, family: str = "family", need: str = "food"
) -> None:
    session.add(
        Referral(id=name, conversation_id=family, service_id=service, need=need, status=status, created_at=at, status_at=at)
    )
    session.flush()


def event(session: Session, name: str, status: str, said_by: str, at: datetime) -> None:
    session.add(ReferralEvent(id=f"{name} {at}", referral_id=name, at=at, status=status, said_by=said_by))
    session.flush()


def answered(session: Session, item: str, answer: str, needs: list[str]) -> None:
    key = f"{item} {answer}"
    session.add(
        ScheduledContact(id=key, conversation_id="family", kind="check_in", step="s", dedupe_key=key, wanted_at=NOW, due_at=NOW,
                         expires_at=NOW, state="said")
    )  # fmt: skip
    session.flush()
    session.add(
        CheckInAnswer(id=key, conversation_id="family", contact_id=key, item=item, answer=answer, severity=1, needs=needs, at=NOW)
    )
    session.flush()


def told(session: Session) -> Summary:
    summary = summary_of(session, SEALER, "family", ZONE)
    assert summary
    return summary


def test_days_are_of_the_familys_own_clock(session: Session) -> None:
    # 3 am on Monday in Greenwich is Sunday evening in California
    referral(session, "r", "s", "offered", NOW)
    assert told(session).asked == (Asked(TODAY, "food"),)
    summary = summary_of(session, SEALER, "family", "America/New_York")
    assert summary
    assert summary.asked[0].on == TODAY
    summary = summary_of(session, SEALER, "family", "Pacific/Guam")
    assert summary
    assert summary.asked[0].on == TODAY + timedelta(1)


def test_a_need_is_asked_for_once_a_day_and_check_ins_count(session: Session) -> None:
    referral(session, "one", "s1", "offered", NOW)
    referral(session, "two", "s2", "contacted", NOW + timedelta(minutes=5))
    answered(session, "housing", "hard", ["financial", "housing"])
    assert {asked.need for asked in told(session).asked} == {"food", "financial", "housing"}
    assert len(told(session).asked) == 3


def test_help_counts_only_where_somebody_said_it_came_and_names_who(session: Session) -> None:
    for name, status in (("got", "got_help"), ("asked", "contacted"), ("none", "no_capacity")):
        referral(session, name, f"gone {name}", status, NOW)
    event(session, "got", "contacted", "homeward", NOW)
    event(session, "got", "got_help", "family", NOW + timedelta(days=1))
    event(session, "got", "got_help", "provider", NOW + timedelta(days=2))
    assert told(session).got == (Got(TODAY + timedelta(2), "food", None, "provider"),)


def test_help_that_was_taken_back_does_not_count(session: Session) -> None:
    referral(session, "r", "s", "couldnt_get_help", NOW)
    event(session, "r", "got_help", "family", NOW)
    event(session, "r", "couldnt_get_help", "family", NOW + timedelta(days=1))
    assert told(session).got == ()


def test_nothing_of_another_family_is_in_it(session: Session) -> None:
    thread(session, "stranger")
    referral(session, "r", "s", "got_help", NOW, family="stranger")
    event(session, "r", "got_help", "family", NOW)
    entries.add(session, SEALER, "stranger", "visit", TODAY, None, NOW)
    assert (told(session).asked, told(session).got, told(session).kept) == ((), (), ())


def test_a_thread_that_is_gone_has_no_summary(session: Session) -> None:
    assert summary_of(session, SEALER, "nobody", ZONE) is None


def test_how_things_were_going_is_shown_only_where_the_parent_wants_it(session: Session) -> None:
    answered(session, "food", "hard", ["food"])
    answered(session, "stress", "skip", [])
    assert told(session).told == (Told(TODAY, "food", "hard"),)
    usual = document_of(told(session), USUAL, "en", TODAY)
    assert "Hard" not in str(usual)
    (section,) = document_of(told(session), ("told",), "en", TODAY).sections
    assert section.rows == (("Sun, Nov 22, 2026", "Food", "Hard"),)


def whole() -> Summary:
    """More than a page, with signs that the font of the PDF lacks."""
    kept = tuple(
        entries.Entry(str(n), entries.KINDS[n % 4], TODAY - timedelta(n), "clase de crianza" if n % 2 else None)
        for n in range(60)
    )
    got = tuple(Got(TODAY, "food", "Waiʻanae “Keiki” Nguyễn – Niño", who) for who in ("family", "provider", "staff"))
    answers = tuple(Told(TODAY, item, "some") for item in items())
    return Summary((Asked(TODAY, "food"),), got, kept, answers, TODAY + timedelta(30))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_paper_says_what_it_is_in_the_parents_language(language: str) -> None:
    document = document_of(whole(), SECTIONS, language, TODAY)
    said = str(document)
    assert [section.code for section in document.sections] == list(SECTIONS)
    assert all(len(row) == len(section.columns) for section in document.sections for row in section.rows)
    wanted = {
        "en": ("Made by the parent. Homeward shows only what the parent kept.", "Made on Nov 22, 2026", "not a court report"),
        "es": (
            "Hecho por mamá o papá. Homeward muestra solo lo que mamá o papá guardó.",
            "22 nov 2026",
            "No es un informe de la corte",
        ),
    }
    assert all(words in said for words in wanted[language])


def test_what_is_not_chosen_is_not_on_the_paper() -> None:
    document = document_of(whole(), ("got",), "en", TODAY)
    assert [section.code for section in document.sections] == ["got"]
    assert "Parenting" not in str(document)


@pytest.mark.parametrize(("note", "written"), [("na meeting", "NA meeting"), ("parenting class", "Parenting class"), (None, "")])
def test_short_names_of_groups_are_written_in_capitals(note: str | None, written: str) -> None:
    assert named(note) == written


def text_of(pdf: bytes) -> str:
    """The words of a PDF, page by page, as a reader copies them: every string that is shown, in the letters of the font."""
    streams = [zlib.decompress(found) for found in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.DOTALL) if found[:1] == b"x"]
    parts = []
    for stream in streams:
        for found in re.findall(rb"\(((?:\\.|[^\\)])*)\)", stream, re.DOTALL):
            parts.append(re.sub(rb"\\(.)", rb"\1", found).decode("latin-1"))
    return " ".join(parts)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_pdf_holds_the_words_with_their_accents_its_title_and_its_language(language: str) -> None:
    document = document_of(whole(), SECTIONS, language, TODAY)
    pdf = make_pdf(asdict(document))
    said = " ".join(text_of(pdf).split())
    for words in (document.title, *document.top, *(section.heading for section in document.sections), *document.about):
        assert " ".join(words.split()[:6]) in said, words
    assert "Clase de crianza" in said
    assert "Wai'anae" in said
    assert "Nguyen" in said
    assert "Niño" in said
    assert f"/Lang ({'en-US' if language == 'en' else 'es-US'})".encode() in pdf
    assert document.title.encode("utf-16-be") in pdf or document.title.encode() in pdf
    pages = pdf.count(b"/Type /Page\n")
    assert pages > 1
    assert document.page.format(number=1, count=pages) in said
    assert document.page.format(number=pages, count=pages) in said


def test_an_empty_record_is_a_paper_too() -> None:
    nothing = Summary((), (), (), (), TODAY)
    said = text_of(make_pdf(asdict(document_of(nothing, USUAL, "en", TODAY))))
    assert said.count("Nothing here yet.") == 3


def test_the_words_of_the_record_are_in_both_languages() -> None:
    tree = read_yaml(ROOT / "resources_db" / "record" / "words.yml")

    def leaves(node: dict[str, object]) -> list[dict[str, str]]:
        if set(node) == {"en", "es"}:
            return [node]  # type: ignore[list-item]
        return [leaf for child in node.values() for leaf in leaves(child)]  # type: ignore[arg-type]

    assert all(leaf["en"].strip() and leaf["es"].strip() for leaf in leaves(tree))
    for leaf in leaves(tree):
        assert set(re.findall(r"{\w+}", leaf["en"])) == set(re.findall(r"{\w+}", leaf["es"]))


def test_a_listing_is_named_with_who_runs_it(session: Session) -> None:
    pantry = DirectoryBuilder(session).add("Oak Street Pantry")
    referral(session, "r", pantry, "got_help", NOW)
    event(session, "r", "got_help", "family", NOW)
    assert [got.place for got in told(session).got] == ["Oak Street Pantry, Oak Street Pantry Org"]


def test_a_listing_that_is_gone_is_still_help_that_came() -> None:
    summary = replace(whole(), got=(Got(TODAY, "food", None, "family"),))
    (section,) = document_of(summary, ("got",), "en", TODAY).sections
    assert section.rows == (("Sun, Nov 22, 2026", "Food", "A place that is no longer listed", "Me"),)
