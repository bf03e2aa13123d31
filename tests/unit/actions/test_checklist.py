"""The coming-home list: what it holds, and how far a family has come."""

from __future__ import annotations

import pytest

from actions.checklist import HAVE, NEED, SKIP, Checklist, already_asked_for, items, needs_of, position, tells_the_news
from resources_db.taxonomy.needs import load_needs


def test_every_item_asks_in_both_languages_for_a_need_that_exists() -> None:
    assert items()
    for item in items().values():
        assert set(item.needs) <= set(load_needs()), item.code
        assert all(item.name[language] and item.question[language].rstrip().endswith("?") for language in ("en", "es")), item.code


def test_items_are_asked_in_the_order_of_the_file() -> None:
    first, second, *_ = items()
    assert Checklist().next == items()[first]
    assert Checklist().answered(first, SKIP).next == items()[second]
    assert (position(first), position(second)) == (1, 2)


def test_the_list_ends_when_everything_is_answered() -> None:
    done = Checklist(answers={code: HAVE for code in items()})
    assert done.next is None


def test_what_is_wanted_waits_until_it_is_looked_for() -> None:
    wanted = Checklist().answered("food", NEED).answered("beds", NEED).answered("school", HAVE)
    assert [item.code for item in wanted.wanted] == ["beds", "food"]
    assert needs_of(wanted.wanted) == ("goods", "food")
    assert [item.code for item in wanted.served("food", ()).unserved] == ["beds"]


def test_the_list_survives_being_kept_in_a_slot_and_items_being_taken_out() -> None:
    kept = Checklist().answered("food", NEED).served("food", ["a"])
    assert Checklist.from_slot(kept.as_slot()) == kept
    assert Checklist.from_slot(None) == Checklist()
    old = {**kept.as_slot(), "answers": {"food": NEED, "horse": NEED}, "found": {"horse": ["b"]}}
    assert Checklist.from_slot(old).answers == {"food": NEED}
    assert Checklist.from_slot(old).found == {}


def test_what_was_asked_for_already_is_not_asked_again() -> None:
    assert already_asked_for(("food",)) == "food"
    assert already_asked_for(("goods",)) is None, "beds or car seats?"
    assert already_asked_for(("food", "goods")) is None


@pytest.mark.parametrize(
    "text",
    ["kids came home today and we have no beds", "got my son back, need a car seat", "Mis hijos regresaron ayer y no hay comida",
     "me devolvieron a mi niña y necesito pañales", "my babies r home!!! need diapers"],
)  # fmt: skip
def test_the_news_is_heard_beside_a_need(text: str) -> None:
    assert tells_the_news(text)


@pytest.mark.parametrize(
    "text", ["my husband came home drunk", "i need food for my kids", "necesito comida para mis hijos", "i want to go home"]
)
def test_other_messages_are_not_the_news(text: str) -> None:
    assert not tells_the_news(text)
