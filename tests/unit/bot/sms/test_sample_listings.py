"""Every need of the sample directory as a text: one text, three parts at most, phone and hours with every listing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from benchmarks.texts import variant
from bot.sms.compact import phone
from bot.sms.rendering import MOST_SEGMENTS, render
from resources_db.database import session_scope
from resources_db.exchange import import_directory
from resources_db.geo.places import Place
from resources_db.match import as_json
from resources_db.messages import Answer
from resources_db.search import SearchRequest, find_matches
from resources_db.sms.gsm import is_gsm, segments
from resources_db.taxonomy.needs import load_needs
from resources_db.words import load_words
from tests.databases import SAMPLE, SqliteDatabases

SANTA_ANA = Place("santa ana", "city", 33.7489, -117.8855, "Santa Ana, CA 92701", "CA", "Orange County")
SACRAMENTO = Place("sacramento", "city", 38.5816, -121.4944, "Sacramento, CA 95814", "CA", "Sacramento County")
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=ZoneInfo("America/Los_Angeles"))
URL = "https://homeward.example.org/c/abcdefghijkmn"
WORDS = load_words()
STATE = {"en": re.compile(r"Open|Closed|Hours not listed"), "es": re.compile(r"Abierto|Abre|Cerrado|Horario no indicado")}


@pytest.fixture(scope="module")
def directory(sqlite_databases: SqliteDatabases) -> Iterator[Engine]:
    with sqlite_databases.new() as engine:
        assert import_directory(engine, SAMPLE, source="sample").exit_code == 0
        yield engine


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("place", [SANTA_ANA, SACRAMENTO], ids=["Santa Ana", "Sacramento"])
def test_help_with_every_need_is_one_text_with_phone_and_hours(directory: Engine, language: str, place: Place) -> None:
    asked = 0
    for code, need in load_needs().items():
        request = SearchRequest(needs=(code,), origin=place, language=language, now=NOW, limit=3)
        with session_scope(directory, writes=False) as session:
            matches = [as_json(match) for match in find_matches(session, request).matches]
        if not matches:
            continue
        asked += 1
        chosen = variant("utter_results", language)
        head = chosen["text"].replace("{needs}", need.spoken[language]).replace("{place}", place.label)
        choices = [(button["title"], button["payload"]) for button in chosen["buttons"]]
        answer = Answer(head, choices=choices, matches=matches)
        (text,) = render([answer], language, words=WORDS, first=False, card_url=lambda ids: URL).texts
        assert segments(text) <= MOST_SEGMENTS, text
        assert is_gsm(text)
        assert URL in text
        lines = [line for line in text.split("\n") if re.match(r"\d ", line)] or [text]
        assert len(lines) == len(matches), text
        for line, match in zip(lines, matches, strict=True):
            assert phone(match, language) in line
            assert STATE[language].search(line), line
    assert asked > 10
