from __future__ import annotations

from typing import Any

import pytest

from resources_db.words import Words, load_words


@pytest.fixture(scope="session")
def words() -> Words:
    return load_words()


def listing(**facts: Any) -> dict[str, Any]:
    """A listing as the search gives it, with these facts in place of the usual ones."""
    usual: dict[str, Any] = {
        "service_at_location_id": "at-1", "service_id": "service-1", "service": "Oak Park Pantry",
        "organization": "Oak Park Church", "needs": ["food"], "distance_miles": 1.23,
        "address": "3333 Third Avenue, Sacramento, CA 95817", "latitude": 38.5, "longitude": -121.4,
        "phones": [{"number": "9165550105", "extension": None, "type": "voice", "languages": []}],
        "website": "https://oakpark.example.org/", "open_state": "open", "hours": "Mon–Fri 9 am–5 pm", "next_open": None,
        "eligibility": {"fits": "yes", "reasons": []}, "languages": ["en"], "cost": "Free", "documents": ["Photo ID"],
        "accessibility": [], "how_to_access": "Walk in, no appointment", "verified": None,
        "why": ["Serves Sacramento County", "Open now until 5 pm", "1.2 miles away"], "sample": False,
    }  # fmt: skip
    return usual | facts
