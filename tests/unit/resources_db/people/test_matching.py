"""Which partner is offered to a family."""

from __future__ import annotations

from typing import Any

import pytest

from resources_db.people import calls, shares
from resources_db.people.matching import any_partner, families_of, free_partners
from resources_db.people.tags import load_tags, tags_in
from tests.unit.resources_db.people.world import OTHER, World


def name(world: World, conversation: str | None = None, **more: Any) -> str | None:
    partner = world.best(conversation, **more)
    return partner.name if partner else None


def test_whoever_can_promise_the_soonest(world: World) -> None:
    world.staff("Late", hours=[{"days": "0", "from": "14:00", "until": "20:00"}])
    world.staff("Soon")
    assert name(world, world.family()) == "Soon"


def test_then_whoever_has_the_fewest_families(world: World) -> None:
    busy = world.staff("Busy", id="a")
    world.staff("Free", id="b")
    family = world.family()
    assert name(world, family) == "Busy"
    world.ask(family, world.best(family))
    assert world.do(families_of, busy) == 1
    assert name(world, world.family(OTHER)) == "Free"


def test_a_life_that_is_wished_for_comes_before_being_soon_but_is_no_condition(world: World) -> None:
    world.staff("Soon")
    world.staff("Like me", tags=["recovery", "father"], hours=[{"days": "0", "from": "14:00", "until": "20:00"}])
    assert name(world, tags=("recovery",)) == "Like me"
    assert name(world, tags=("kinship",)) == "Soon"


@pytest.mark.parametrize(
    ("who", "family"),
    [
        ({"languages": ["en"]}, {"language": "es"}),
        ({"active": False}, {}),
        ({"roles": ["staff"]}, {}),
        ({"caseload_cap": 0}, {}),
        ({"hours": []}, {}),
        ({"site": "riverside"}, {"site": "downtown"}),
        ({"site": "riverside"}, {}),
    ],
)
def test_who_cannot_call_a_family_is_not_offered(world: World, who: dict[str, Any], family: dict[str, Any]) -> None:
    world.staff("Ana", **who)
    assert name(world, **family) is None


def test_partners_of_a_site_and_of_all_sites_serve_its_families(world: World) -> None:
    ids = {world.staff("Ours", site="riverside"), world.staff("Everybody's")}
    found = world.do(free_partners, language="en", site="riverside", now=world.now)
    assert {partner.id for partner in found} == ids


def test_a_family_that_is_held_already_takes_no_second_place(world: World) -> None:
    ana = world.staff("Ana", caseload_cap=1)
    first, second = world.family(), world.family(OTHER)
    asked = world.ask(first, world.best(first))
    assert name(world, first) == "Ana"
    assert name(world, second) is None
    world.do(calls.called, asked.call_id, ana, "reached", world.now)
    assert name(world, second) is None, "a family that was called is still hers"
    [share] = world.shares(first)
    world.do(shares.revoke, share.id, world.now)
    assert name(world, second) == "Ana"


def test_whether_anybody_is_there_at_all(world: World) -> None:
    assert not world.do(any_partner, None)
    world.staff("Boss", roles=["admin"])
    assert not world.do(any_partner, None)
    world.staff("Desk", roles=["staff"], site="riverside")
    assert [world.do(any_partner, site) for site in ("riverside", None)] == [True, False]


@pytest.mark.parametrize(
    ("said", "tags"),
    [
        ("I want someone who's been through recovery", ("recovery",)),
        ("can another dad call me", ("father",)),
        ("quiero hablar con una mamá que tuvo visitas supervisadas", ("mother", "visitation")),
        ("alguien que estuvo en la cárcel", ("jail",)),
        ("una abuelita", ("kinship",)),
        ("i need a person", ()),
        ("Canada", ()),
    ],
)
def test_a_life_is_heard_in_a_familys_words(said: str, tags: tuple[str, ...]) -> None:
    assert tags_in(said) == tags


def test_every_tag_reads_in_both_languages_and_fits_a_column() -> None:
    for code, tag in load_tags().items():
        assert set(tag.name) == {"en", "es"}
        assert len(code) <= 24
        assert all(words == " ".join(words.split()) and words.isascii() and words == words.lower() for words in tag.words)
