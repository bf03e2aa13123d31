"""What a family's message says about the texting itself."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resources_db.consent import Wish, affirms, reserved_words, wish_of

TABLES = Path(__file__).parents[3] / "data" / "consent"
UTTERANCES = Path("/work/shared/data/utterances")
# Of what the tables hold; a message that is missed goes to the assistant, whose answer says how to stop.
LEAST_STOPS_HEARD = 0.96


def kind_of(text: str) -> str:
    wish = wish_of(text)
    if wish is None:
        return ""
    return "delete+stop" if wish.and_stop else wish.kind


def rows(path: Path) -> list[tuple[str, str]]:
    with path.open(encoding="utf-8") as file:
        return [(row["text"], row["kind"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


ALL_ROWS = [row for path in sorted(TABLES.glob("*.tsv")) for row in rows(path)]


@pytest.mark.parametrize(
    "text",
    [
        "STOP",
        "stop.",
        "Stop!!!",
        "“STOP”",
        "'stop'",
        "S T O P",
        "S.T.O.P.",
        "STOP STOP",
        "stooop",
        "STOP 🙏",
        "🛑",
        "ＳＴＯＰ",
        "stop\n",
        "stop please",
        "Please STOP, thanks",
        "STOP\n\nSent from my iPhone",
        "stpo",
    ],
)
def test_stop_is_heard_however_it_is_typed(text: str) -> None:
    assert wish_of(text) == Wish("stop", "keyword", None)


@pytest.mark.parametrize("word", ["stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout", "opt out", "opt-out"])
def test_every_word_that_the_law_or_the_carrier_names_stops(word: str) -> None:
    for text in (word, word.upper(), f"{word}."):
        assert kind_of(text) == "stop"


@pytest.mark.parametrize(
    "word", ["alto", "parar", "para", "basta", "cancelar", "detener", "salir", "no más", "no más mensajes", "no mas textos"]
)
def test_spanish_words_stop_too_and_are_answered_in_spanish(word: str) -> None:
    for text in (word, word.upper(), f"¡{word}!", f"{word} por favor"):
        wish = wish_of(text)
        assert wish is not None
        assert (wish.kind, wish.language) == ("stop", "es")


@pytest.mark.parametrize("text", ["para mis hijos", "para ahora", "para el lunes", "no para de llorar", "nomás para mí", "nomás"])
def test_para_stops_only_when_it_stands_alone(text: str) -> None:
    assert wish_of(text) is None


@pytest.mark.parametrize(("text", "language"), [("HELP", None), ("info?", None), ("¡Ayuda!", "es")])
def test_help_alone_asks_who_we_are(text: str, language: str | None) -> None:
    assert wish_of(text) == Wish("help", "keyword", language)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["help me", "help please", "help with rent", "ayuda por favor", "ayuda con la renta", "info on wic"]
)
def test_help_with_anything_else_is_a_need(text: str) -> None:
    assert wish_of(text) is None


@pytest.mark.parametrize("text", ["START", "unstop", "Alta", "start please"])
def test_start_words_bring_texts_back(text: str) -> None:
    assert kind_of(text) == "start"


@pytest.mark.parametrize("text", ["YES", "yes.", "Sí", "si!", "SI"])
def test_yes_is_no_wish_but_affirms(text: str) -> None:
    assert affirms(text)
    assert wish_of(text) is None


@pytest.mark.parametrize("text", ["yes please", "si quiero comida", "", "y", "ok"])
def test_only_a_bare_yes_affirms(text: str) -> None:
    assert not affirms(text)


@pytest.mark.parametrize(
    "text", ["borra todos mis datos", "delete all my data", "erase everything i told you", "borra todo lo que te dije"]
)
def test_whoever_says_what_to_delete_means_it(text: str) -> None:
    assert kind_of(text) == "delete"


@pytest.mark.parametrize(
    "text", ["borra todo", "bórralo todo", "elimina todo", "erase everything", "please delete everything", "clear all"]
)
def test_everything_alone_may_mean_to_start_over_and_beside_a_stop_it_does_not(text: str) -> None:
    assert wish_of(text) is None
    assert kind_of(f"{text}, stop texting me") == "delete+stop"
    assert kind_of(f"{text} y no me escriban más") == "delete+stop"


def test_no_ordinary_message_is_taken_for_a_wish() -> None:
    assert [(text, kind_of(text)) for text, kind in ALL_ROWS if not kind and kind_of(text)] == []


def test_nothing_is_deleted_for_who_only_said_stop() -> None:
    assert [text for text, kind in ALL_ROWS if "delete" in kind_of(text) and "delete" not in kind] == []


@pytest.mark.parametrize(
    "table", ["heldout.en", "heldout.es", "later.en", "later.es", "last.en", "last.es", "fresh.en", "fresh.es"]
)
def test_stops_in_sentences_are_heard(table: str) -> None:
    stops = [text for text, kind in rows(TABLES / f"{table}.tsv") if kind == "stop"]
    heard = [text for text in stops if kind_of(text) == "stop"]
    least = LEAST_STOPS_HEARD if table.startswith("heldout") else 0.85
    assert len(heard) / len(stops) >= least, sorted(set(stops) - set(heard))


def test_no_need_that_people_wrote_stops_anything() -> None:
    if not UTTERANCES.exists():
        pytest.skip("the utterances of real people are not on this machine")
    stopped = []
    for path in UTTERANCES.glob("*.tsv"):
        with path.open(encoding="utf-8") as file:
            texts = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
        stopped += [text for text in texts if (wish := wish_of(text)) and wish.stops]
    assert stopped == []


@pytest.mark.parametrize(
    "text",
    [
        "She said: stop texting me",
        "mi ex me dice, ya no me escribas",
        "I told him to stop texting me",
        "he needs to leave me alone and stop texting me",
        "please don't stop texting me",
        "no dejen de mandarme mensajes",
        "if I say stop will you stop texting me",
        "Liked “Reply STOP to stop texts”",
    ],
)
def test_what_is_said_to_or_by_somebody_else_is_no_wish(text: str) -> None:
    assert wish_of(text) is None


@pytest.mark.parametrize("text", ["Stop. He reads my phone", "STOP he checks my phone", "stop texting me my husband is here"])
def test_a_reason_after_stop_does_not_weaken_it(text: str) -> None:
    assert wish_of(text) == Wish("stop", "phrase", "en")


def test_deleting_and_stopping_in_one_message_is_both() -> None:
    for text in ("delete my data and stop texting me", "Stop texting me. Delete my data."):
        assert wish_of(text) == Wish("delete", "phrase", "en", and_stop=True)
        assert Wish("delete", "phrase", "en", and_stop=True).stops


@pytest.mark.parametrize(
    "text",
    ["delete my data, and where is food?", "can I delete my data?", "will you delete my messages", "delete my eviction record"],
)
def test_delete_counts_only_when_the_message_is_nothing_else(text: str) -> None:
    assert wish_of(text) is None


def test_a_wish_at_the_end_of_a_long_story_is_heard() -> None:
    assert kind_of("We were looking for a place. " * 200 + "Please stop texting me.") == "stop"


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_can_be_read(text: str) -> None:
    wish_of(text)
    affirms(text)


@pytest.mark.parametrize("mark", ["a", "stop ", "no ", "please ", "por favor ", "delete my my "])
def test_hostile_lengths_are_read_in_bounded_steps(mark: str) -> None:
    assert kind_of(mark * 20_000 + "zzz") in {"", "stop"}


def test_reserved_words_are_those_that_start_or_stop_texts() -> None:
    assert {"STOP", "CANCEL", "END", "QUIT", "YES", "SI", "START", "ALTO", "PARA"} <= reserved_words()
    assert not {"HELP", "MORE", "MAS", "NO", "1"} & reserved_words()
