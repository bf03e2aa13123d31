"""Facts about what was shown."""

from __future__ import annotations

import pytest

from actions.details import ActionShowDetails
from actions.find_services import ActionFindServices
from tests.unit.actions.family import Family
from tests.unit.actions.places import SANTA_ANA

pytestmark = pytest.mark.usefixtures("sample")


@pytest.fixture
def family() -> Family:
    family = Family()
    family.says(ActionFindServices, "food in santa ana", "request_help", need=["food"], place=[SANTA_ANA])
    return family


def test_the_hours_of_one_of_the_list_are_no_new_search(family: Family) -> None:
    second = family.matches("utter_results")[1]
    text = "y el segundo hasta que hora esta abierto"
    assert family.says(ActionShowDetails, text, "ask_hours", choice=[2], when=[{"kind": "now"}]) == ["utter_hours"]
    assert family.told("utter_hours")["lines"] == f"• {second['service']}: {second['hours']}"


def test_open_now_without_a_number_searches(family: Family) -> None:
    assert family.says(ActionShowDetails, "open now?", "ask_hours", when=[{"kind": "now"}])[0] in (
        "utter_results_at",
        "utter_results_closed",
    )


def test_a_pick_that_names_none_of_several_is_asked_about(family: Family) -> None:
    assert family.says(ActionShowDetails, "that one", "pick") == ["utter_no_such_number"]
    assert family.says(ActionShowDetails, "number 1", "pick", choice=[1]) == ["utter_picked"]
    assert family.says(ActionShowDetails, "that one", "pick") == ["utter_picked"]
