"""Finding what a family can use: `find_matches` answers a search, `matches_by_id` looks listings up again."""

from __future__ import annotations

from resources_db.search.find import SearchRequest, SearchResult, find_matches, matches_by_id, result_as_json

__all__ = ["SearchRequest", "SearchResult", "find_matches", "matches_by_id", "result_as_json"]
