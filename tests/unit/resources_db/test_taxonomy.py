from __future__ import annotations

import pytest

from resources_db.taxonomy.crosswalk import needs_for_term
from resources_db.taxonomy.needs import load_needs

CODES = (
    *("food", "shelter", "housing", "financial", "goods", "health", "mental_health", "treatment", "childcare"),
    *("respite", "parenting", "family_resource_center", "peer_support", "legal", "visitation", "transport"),
    *("jobs", "education", "benefits", "domestic_violence", "id_documents", "other"),
)


def test_every_need_of_the_contract_is_there_and_no_other() -> None:
    assert sorted(load_needs()) == sorted(CODES)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_need_has_a_name_and_lay_words_in_both_languages(code: str, language: str) -> None:
    need = load_needs()[code]
    assert need.name[language].strip()
    assert len(need.synonyms[language]) >= 5
    assert all(isinstance(word, str) and word == word.strip() for word in need.synonyms[language])
    assert len(set(need.synonyms[language])) == len(need.synonyms[language])


@pytest.mark.parametrize("code", CODES)
def test_our_own_terms_are_needs_as_they_are(code: str) -> None:
    assert needs_for_term("homeward-needs", code, "whatever its name") == {code}


def test_a_code_that_is_not_ours_is_no_need() -> None:
    assert needs_for_term("homeward-needs", "lottery", "Food") == set()


@pytest.mark.parametrize(
    ("number", "needs"),
    [
        ("101-04", {"shelter"}),
        ("102-04", {"food"}),
        ("102-01", set()),
        ("104-01-02", {"goods"}),
        ("106-06-09", {"health"}),
        ("108-03-07", {"respite"}),
        ("108-07-03", {"parenting"}),
        ("111-01-05", {"id_documents"}),
        ("101", set()),
    ],
)
def test_open_eligibility_numbers_are_understood_without_names(number: str, needs: set[str]) -> None:
    assert needs_for_term("Open Eligibility", number, None) == needs


@pytest.mark.parametrize(
    ("name", "needs"),
    [
        ("Food Pantry", {"food"}),
        ("FOOD PANTRIES", {"food"}),
        ("Emergency Shelter", {"shelter"}),
        ("Animal Shelter", set()),
        ("Food Benefits", {"benefits"}),
        ("Shelter/Refuge", {"shelter"}),
        ("Drop-in Center", {"shelter"}),
        ("Credit Counseling", {"financial"}),
        ("Individual/Group Counseling", {"mental_health"}),
        ("Adult Day Care", set()),
        ("Day Care", {"childcare"}),
        ("Bus Passes", {"transport"}),
        ("Parental Visitation Monitoring", {"visitation"}),
        ("Older Adults", set()),
        ("", set()),
    ],
)
def test_plain_category_names_are_understood_by_their_words(name: str, needs: set[str]) -> None:
    assert needs_for_term("Keywords", None, name) == needs
