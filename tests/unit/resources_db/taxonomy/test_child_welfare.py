from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from resources_db.exchange import import_directory
from resources_db.models import TaxonomyTerm, Translation
from resources_db.taxonomy import child_welfare
from resources_db.taxonomy.child_welfare import ChildWelfareTerm, child_welfare_terms
from resources_db.taxonomy.crosswalk import needs_for_term
from resources_db.taxonomy.needs import load_needs

TERMS = list(child_welfare_terms().values())


@pytest.fixture(params=TERMS, ids=lambda term: term.code)
def term(request: pytest.FixtureRequest) -> ChildWelfareTerm:
    found: ChildWelfareTerm = request.param
    return found


def test_a_code_says_where_in_the_tree_its_term_is(term: ChildWelfareTerm) -> None:
    above = term.code.rpartition(".")[0]
    assert term.parent == (above if above != "child-welfare" else None)


def test_every_term_has_its_words_in_both_languages(term: ChildWelfareTerm) -> None:
    for language in ("en", "es"):
        assert term.name[language].strip()
        assert term.definition[language].endswith(".")
        assert term.synonyms[language]
        assert all(word == word.strip().lower() for word in term.synonyms[language])


def test_every_term_stands_for_needs_that_homeward_knows(term: ChildWelfareTerm) -> None:
    assert term.needs
    assert term.needs <= load_needs().keys()
    assert needs_for_term("child-welfare", term.code, None) == term.needs


def test_a_category_that_is_called_like_a_term_stands_for_its_needs(term: ChildWelfareTerm) -> None:
    for name in (*term.name.values(), *term.synonyms["en"], *term.synonyms["es"]):
        assert needs_for_term("Local categories", None, name), name


def test_open_eligibility_terms_are_given_by_number(term: ChildWelfareTerm) -> None:
    assert all(re.fullmatch(r"1\d\d(-\d\d)*", number) for number in term.open_eligibility)


def test_what_the_issue_of_child_welfare_asks_for_is_there() -> None:
    codes = set(child_welfare_terms())
    for topic, wanted in {
        "family_time": "supervised therapeutic unsupervised exchange siblings virtual transport",
        "peer": "parent_partner",
        "kinship": "navigator",
        "respite": "planned crisis_nursery",
        "reunification": "in_home trial_home_visit aftercare",
        "legal": "parent_attorney court_help",
        "parenting": "class",
    }.items():
        assert {f"child-welfare.{topic}", *(f"child-welfare.{topic}.{one}" for one in wanted.split())} <= codes
    assert "child-welfare.family_resource_center" in codes


def test_two_terms_never_share_a_name_or_a_synonym() -> None:
    for language in ("en", "es"):
        said = [word for term in TERMS for word in {term.name[language].lower(), *term.synonyms[language]}]
        assert sorted(said) == sorted(set(said))


def test_somebodys_own_term_below_ours_counts_for_its_needs() -> None:
    assert needs_for_term("child-welfare", "child-welfare.respite.planned.overnight", "Sleepover") == {"respite"}
    assert needs_for_term("child-welfare", "child-welfare.lottery", "Food") == set()


def test_it_imports_as_it_is_and_a_second_time_changes_nothing(directory_engine: Engine) -> None:
    folder = child_welfare.__path__[0]
    report = import_directory(directory_engine, folder, source="child-welfare")
    assert (report.exit_code, report.errors) == (0, [])
    with Session(directory_engine) as session:
        assert session.scalar(select(func.count()).select_from(TaxonomyTerm)) == len(TERMS)
        supervised = child_welfare_terms()["child-welfare.family_time.supervised"]
        spanish = select(Translation.value).join(TaxonomyTerm, TaxonomyTerm.id == Translation.resource_id)
        assert (
            session.scalar(spanish.where(TaxonomyTerm.code == supervised.code, Translation.field_name == "name"))
            == "Visitas supervisadas"
        )
    again = import_directory(directory_engine, folder, source="child-welfare")
    assert (again.loaded, again.changed) == ({}, {})
