"""Finding what a family can use: `find_matches` answers a search, `matches_by_id` looks listings up again."""

from __future__ import annotations

from resources_db.search.find import MOST_COUNTED, SearchRequest, SearchResult, find_matches, matches_by_id, result_as_json
from resources_db.search.near import FARTHEST_MILES, Near, near_count, nearest
from resources_db.search.projection import rebuild_search, refresh_search

__all__ = [
    "FARTHEST_MILES",
    "MOST_COUNTED",
    "Near",
    "SearchRequest",
    "SearchResult",
    "find_matches",
    "matches_by_id",
    "near_count",
    "nearest",
    "rebuild_search",
    "refresh_search",
    "result_as_json",
]
