"""Which needs a message names or implies, and which it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.understanding import lexicon
from bot.understanding.needs import NeedsReader
from bot.understanding.pipeline import Understanding
from resources_db.taxonomy.needs import load_needs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I need food near 95814", {"food"}),
        ("necesito pañales y donde dormir esta noche, 92701", {"goods", "shelter"}),
        ("rent help", {"financial"}),
        ("somewhere my 3 yr old can go while im at work, honolulu", {"childcare"}),
        ("kids came home friday and we got no beds", {"goods"}),
        ("they kicked me out and i have nowhere to sleep", {"shelter"}),
        ("NA meetings near chinatown", {"treatment"}),
        ("they shut the lights off", {"financial"}),
        ("judge says i need a parenting class", {"parenting"}),
        ("me mandaron hacer UA", {"treatment"}),
        ("mi patrón me corrió", {"jobs"}),
        ("someone to watch my kids so i can see my counselor", {"childcare", "mental_health"}),
        ("food stamps", {"benefits"}),
        ("un abogado y un grupo de apoyo", {"legal", "peer_support"}),
        ("acta de nacimiento de mi hijo", {"id_documents"}),
        ("supervised visits", {"visitation"}),
        ("bus pass", {"transport"}),
        ("my husband hits me", {"domestic_violence"}),
        ("i just need a break from the kids", {"respite"}),
        ("family resource center", {"family_resource_center"}),
        ("english classes at night", {"education"}),
        ("a dentist for my son", {"health"}),
        ("apartamentos de bajos ingresos", {"housing"}),
        ("free tax help", {"other"}),
    ],
)
def test_needs_named_or_implied(understanding: Understanding, text: str, expected: set[str]) -> None:
    assert set(understanding.needs.read(text).wanted) == expected


@pytest.mark.parametrize(
    ("text", "wanted", "refused"),
    [
        ("i dont need food i need a lawyer 95820", {"legal"}, {"food"}),
        ("not food, rent", {"financial"}, {"food"}),
        ("not rehab, i need a counselor", {"mental_health"}, {"treatment"}),
        ("no busco guardería, busco un abogado", {"legal"}, {"childcare"}),
        ("ya tengo comida, necesito pañales", {"goods"}, {"food"}),
    ],
)
def test_a_refused_need_is_told_apart(understanding: Understanding, text: str, wanted: set[str], refused: set[str]) -> None:
    needs = understanding.needs.read(text)
    assert set(needs.wanted) == wanted
    assert set(needs.refused) == refused


@pytest.mark.parametrize(
    "text", ["thanks", "hola", "what's the weather", "nobody cares", "customer service", "🙂", "", " ", "95814"]
)
def test_no_need_where_none_is_spoken_of(understanding: Understanding, text: str) -> None:
    needs = understanding.needs.read(text)
    assert needs.wanted == needs.refused == ()


def test_every_need_is_found_by_its_lay_words_alone(understanding: Understanding) -> None:
    for code, need in load_needs().items():
        for phrases in need.synonyms.values():
            missed = [phrase for phrase in phrases if code not in understanding.needs.read(phrase).wanted]
            assert len(missed) <= len(phrases) * 0.02, (code, missed)


@pytest.mark.parametrize(
    ("typed", "code"), [("i need diapeers", "goods"), ("need a aparment", "housing"), ("busco abogadoo", "legal")]
)
def test_a_typo_hides_no_need(understanding: Understanding, typed: str, code: str) -> None:
    assert understanding.needs.read(typed).wanted == (code,)


def test_a_word_that_staff_add_counts_before_the_next_training(
    understanding: Understanding, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert understanding.needs.read("where do i get a wubbleseat").wanted == ()
    widened = lexicon.Lexicon({**lexicon.need_phrases(), "goods": [*lexicon.need_phrases()["goods"], "wubbleseat"]})
    monkeypatch.setattr("bot.understanding.needs.need_lexicon", lambda: widened)
    assert understanding.needs.read("where do i get a wubbleseat").wanted == ("goods",)


def test_something_else_is_only_said_when_nothing_better_is(understanding: Understanding) -> None:
    assert "other" not in understanding.needs.read("a notary and a lawyer").wanted


def test_a_saved_reader_reads_as_before(understanding: Understanding, tmp_path: Path) -> None:
    understanding.needs.save(tmp_path)
    loaded = NeedsReader.load(tmp_path)
    for text in ("need fod and a lawyer", "no comida, renta", "hola"):
        before, after = understanding.needs.read(text), loaded.read(text)
        assert (before.wanted, before.refused) == (after.wanted, after.refused)
