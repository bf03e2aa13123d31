"""Matches and needs as the family reads them. The sentences around them are in data/responses/."""

from __future__ import annotations

import json
from collections.abc import Iterable

from rasa_sdk.executor import CollectingDispatcher

from resources_db.match import Match, as_json
from resources_db.taxonomy.needs import load_needs
from resources_db.wording import join


def name_needs(codes: Iterable[str], language: str) -> str:
    """ "food and rent and bills" / "comida y la renta y los recibos"."""
    return join(language, [spoken(code, language) for code in codes if code in load_needs()])


def spoken(code: str, language: str) -> str:
    """A need as it reads in a sentence: "food"."""
    return load_needs()[code].spoken[language]


def name_of(code: str, language: str) -> str:
    """A need as a button has it: "Food"."""
    return load_needs()[code].name[language]


def show(dispatcher: CollectingDispatcher, response: str, matches: Iterable[Match], **values: object) -> None:
    """Say a response with listings under it. They travel as one text: Rasa copies whatever it carries several times."""
    listings = json.dumps([as_json(match) for match in matches], ensure_ascii=False)
    dispatcher.utter_message(response=response, json_message={"matches": listings}, **values)
