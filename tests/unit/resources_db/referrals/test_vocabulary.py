"""The words about referrals fit each other, and the vocabularies of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from resources_db.referrals.vocabulary import Status, barriers, likely_barriers, statuses, ways
from resources_db.sms.gsm import fold, segments

FINDHELP = {
    "Not updated", "Needs client action", "Pending", "Referred elsewhere", "Eligible", "Got help", "Couldn't contact",
    "Not eligible", "No capacity", "Couldn't get help", "No longer interested",
}  # fmt: skip
#: The value set SDOHCC-ValueSetReferralTaskStatus.
HL7 = {
    "draft", "requested", "accepted", "rejected", "cancelled", "in-progress", "on-hold", "failed", "completed",
    "entered-in-error",
}  # fmt: skip

every_status = pytest.mark.parametrize("status", statuses().values(), ids=lambda status: status.code)


@every_status
def test_a_status_is_a_word_of_findhelp_and_of_hl7(status: Status) -> None:
    assert status.findhelp in FINDHELP
    assert status.hl7 in HL7 or status.code == "unknown" and status.hl7 is None


@every_status
def test_what_may_follow_a_status_exists(status: Status) -> None:
    assert status.next <= statuses().keys() - {status.code}


def test_help_can_come_after_everything_but_help() -> None:
    assert {code for code, status in statuses().items() if "got_help" not in status.next} == {"got_help"}


def test_only_a_request_that_is_taken_back_goes_back_to_having_picked_it() -> None:
    assert [code for code, status in statuses().items() if "offered" in status.next] == ["requested"]


def test_a_closed_referral_never_becomes_unknown() -> None:
    assert {code for code, status in statuses().items() if "unknown" in status.next} == {
        code for code, status in statuses().items() if status.is_open
    }


def test_a_reason_closes_the_referral() -> None:
    assert not any(statuses()[barrier.status].is_open for barrier in barriers().values())


@pytest.mark.parametrize("way", ways())
@pytest.mark.parametrize("language", ["en", "es"])
def test_the_reasons_to_choose_from_fit_into_one_text(way: str, language: str) -> None:
    labels = [barrier.label[language] for barrier in likely_barriers(way)]
    assert labels[-1] == barriers()["other"].label[language]
    menu = "\n".join(f"{number} {label}" for number, label in enumerate(labels, 1))
    assert segments(fold(f"What got in the way?\n{menu}")) == 1


@every_status
def test_the_table_in_the_documents_says_the_same(status: Status) -> None:
    rows = (Path(__file__).parents[4] / "docs" / "referrals.md").read_text(encoding="utf-8").splitlines()
    (row,) = (row for row in rows if row.startswith(f"| `{status.code}` |") and row.count("|") == 6)
    counts = f"need {status.outcome}" if status.outcome else ""
    cells = [cell.strip() for cell in row.split("|")[2:6]]
    assert cells == ["yes" if status.is_open else "", status.findhelp, status.hl7 or "none", counts]
