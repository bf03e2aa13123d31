"""What the crisis screen hears, what it leaves alone, and that nothing typed can blind or break it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.safety import text as plain
from bot.safety.phrases import PhraseError, Phrases
from bot.safety.screen import CATEGORIES, LexiconError, Screen, load_screen
from tests.safety.measure import measure
from tests.safety.phrases import LEARNED_FROM, corpus, crisis_phrases

LANGUAGES = ("en", "es")
SAFETY = Path(plain.__file__).parent


@pytest.fixture(scope="module")
def screen() -> Screen:
    return load_screen()


# --- the corpora


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_line_the_lexicon_was_tuned_on_is_right(screen: Screen, language: str) -> None:
    result = measure(screen, corpus("corpus", language))
    assert result.missed == []
    assert result.false_alarms == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_written_before_the_lexicon_are_caught_and_near_misses_left_alone(screen: Screen, language: str) -> None:
    result = measure(screen, corpus("heldout", language))
    assert result.recall >= 0.97, result.missed
    assert result.false_alarm_rate <= 0.02, result.false_alarms


@pytest.mark.parametrize("language", LANGUAGES)
def test_lines_written_after_the_lexicon_are_caught_no_worse_than_published(screen: Screen, language: str) -> None:
    # README.md says how far this is from good enough; here it only must not get worse
    result = measure(screen, corpus("later", language))
    assert result.recall >= 0.65, result.missed
    assert result.false_alarm_rate <= 0.14, result.false_alarms


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_corpora_are_large_and_cover_every_category(language: str) -> None:
    lines = [corpus(name, language) for name in ("corpus", "heldout")]
    assert sum(len(texts) for part in lines for texts in part["must_catch"].values()) >= 150
    assert sum(len(part["must_not"]) for part in lines) >= 150
    assert all(set(part["must_catch"]) == set(CATEGORIES) for part in lines)


def test_no_line_that_only_measures_was_copied_into_what_is_learned_from() -> None:
    for language in LANGUAGES:
        learned, held = (_lines(names, language) for names in (LEARNED_FROM, ("heldout", "later", "unseen")))
        # short lines ("me quiero morir", "i cant do this anymore") are the same for everybody
        assert {line for line in learned & held if len(line.split()) > 5} == set()


def _lines(names: Iterable[str], language: str) -> set[str]:
    parts = [corpus(name, language) for name in names]
    return {
        plain.tidy(str(line)) for part in parts for texts in [*part["must_catch"].values(), part["must_not"]] for line in texts
    }


def test_other_peoples_everyday_messages_raise_no_alarm(screen: Screen) -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "utterances" / "development.tsv"
    if not path.exists():
        pytest.skip("the development messages are not part of the project")
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    crises = [row[0] for row in rows if row[2] == "crisis"]
    others = [row[0] for row in rows if row[2] not in ("crisis", "need:domestic_violence")]
    assert all(screen.check(text) for text in crises)
    assert sum(screen.check(text) is not None for text in others) <= 0.02 * len(others)


# --- wherever it stands, however it is typed


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_crisis_is_heard_between_other_things(screen: Screen, language: str) -> None:
    before, after = {
        "en": ("Hi. I need food near 95814 for my 3 kids. ", ". My zip is 92701, thank you!"),
        "es": ("Hola. Necesito comida cerca de 92701 para mis hijos. ", ". Mi código es 95814, gracias."),
    }[language]
    missed = [text for text, _ in crisis_phrases(language) if not screen.check(before + text + after)]
    assert missed == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_capitals_and_missing_punctuation_change_nothing(screen: Screen, language: str) -> None:
    texts = [text for text, _ in crisis_phrases(language)]
    assert [text for text in texts if not screen.check(text.upper())] == []
    assert [text for text in texts if not screen.check(f"\n\n  {text}  \t")] == []


@pytest.mark.parametrize(
    "typed",
    [
        "i wan\u200bt to d\u200bie",
        "\u202ei want to die\u202c",
        "i w\x00ant to d\x07ie",
        "kill\N{FIRE}myself",
        "k\N{FIRE}i\N{FIRE}l\N{FIRE}l myself",
        "k.i.l.l m.y.s.e.l.f",
        "k-i-l-l myself",
        "i w a n t t o d i e",
        "I  WANT   TO\nDIE",
        "i wanna dieeeeee",
        "k1ll mys3lf",
        "$u1c1dal",
        "k*ll myself",
        "s**cide",
        "ｋｉｌｌ ｍｙｓｅｌｆ",
        "𝐤𝐢𝐥𝐥 𝐦𝐲𝐬𝐞𝐥𝐟",
        "kіll mуsеlf",  # Cyrillic letters
        "#killmyself",
        "i want 2 die",
        "me quiero m\u0301orir",
        "ME QUIERO MORÍR!!!!",
        "mequieromorir",
        "/i want to die",
        '{"text": "i want to die"}',
    ],
)
def test_disguised_spelling_is_still_heard(screen: Screen, typed: str) -> None:
    signal = screen.check(typed)
    assert signal is not None
    assert signal.category == "self_harm"


def test_a_small_typo_in_a_long_word_is_still_heard(screen: Screen) -> None:
    for typed in (
        "im suicidel",
        "he is choaking me",
        "shes overdossing",
        "my husband is hiting me",
        "mi esposo me esta golpendo",
    ):
        assert screen.check(typed), typed


def test_a_word_run_into_another_sentence_is_not_a_denial(screen: Screen) -> None:
    assert screen.check("no, i want to die")
    assert screen.check("no, me quiero morir")
    assert not screen.check("no me quiero morir")


def test_a_saying_beside_a_crisis_does_not_hide_it(screen: Screen) -> None:
    signal = screen.check("i could kill for a pizza lol. but honestly i want to die")
    assert signal is not None
    assert signal.category == "self_harm"


# --- what it says


def test_the_most_urgent_of_several_comes_first_and_the_others_are_kept(screen: Screen) -> None:
    signal = screen.check("i took all my pills, i want to die, he beat me again")
    assert signal is not None
    assert (signal.category, signal.also) == ("medical", ("violence", "self_harm"))


def test_the_signal_names_the_phrase_of_the_lexicon_and_never_the_familys_words(screen: Screen) -> None:
    signal = screen.check("my neighbor Maria Lopez on Elm Street says i want to die")
    assert signal is not None
    lexicon = (SAFETY / "lexicon.en.yml").read_text(encoding="utf-8")
    assert signal.phrase in lexicon
    assert "Elm" not in signal.phrase


def test_both_languages_are_heard_in_one_message_and_named(screen: Screen) -> None:
    english, spanish = screen.check("hola necesito comida, i want to die"), screen.check("hi need food, me quiero morir")
    assert english is not None and english.language == "en"  # noqa: PT018
    assert spanish is not None and spanish.language == "es"  # noqa: PT018


# --- nothing blinds or breaks it


@pytest.mark.parametrize("filler", ["a", "a ", "i want to ", "k*l*", "k.i.", "\N{FIRE}", "é", "1!|3$7a ", "\n", "\u200b"])
def test_a_huge_message_is_heard_at_its_start_and_at_its_end(screen: Screen, filler: str) -> None:
    # read in linear time, and only both ends of it: a hang here would be the failure
    huge = (filler * (1_000_000 // len(filler) + 1))[:1_000_000]
    assert screen.check(f"i want to die. {huge}")
    assert screen.check(f"{huge} . i want to die")


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=400))
def test_any_text_is_taken_without_an_error(text: str) -> None:
    _shared().check(text)


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet="abcdefghilmnostuy *!|$@13.,'()[]{}~#\u0301", max_size=200))
def test_text_that_looks_like_the_phrase_language_is_only_text(text: str) -> None:
    _shared().check(text)


_loaded: list[Screen] = []


def _shared() -> Screen:
    if not _loaded:
        _loaded.append(load_screen())
    return _loaded[0]


def test_lone_surrogates_and_nothing_at_all_are_fine(screen: Screen) -> None:
    assert screen.check("") is None
    assert screen.check("   \n") is None
    assert screen.check("\ud800\udfff") is None


def test_what_was_read_before_does_not_change_what_is_heard_now(screen: Screen) -> None:
    fresh = load_screen()
    for text in ("i want to die", "hello", "me quiero morir"):
        assert fresh.check(text) == screen.check(text)


# --- the lexicon files


def test_the_version_names_the_exact_content(tmp_path: Path, screen: Screen) -> None:
    for language in LANGUAGES:
        name = f"lexicon.{language}.yml"
        (tmp_path / name).write_bytes((SAFETY / name).read_bytes())
    assert load_screen(tmp_path).version == screen.version
    with (tmp_path / "lexicon.es.yml").open("a", encoding="utf-8") as lexicon:
        lexicon.write("# looked at\n")
    assert load_screen(tmp_path).version != screen.version


def test_every_group_of_phrases_says_why() -> None:
    for language in LANGUAGES:
        lexicon = yaml.safe_load((SAFETY / f"lexicon.{language}.yml").read_text(encoding="utf-8"))
        groups = [group for part in lexicon["crisis"].values() for group in part] + lexicon["guards"]
        assert all(len(group["why"].split()) >= 4 for group in groups)


def test_a_broken_lexicon_is_refused_with_the_file_and_the_phrase(tmp_path: Path) -> None:
    for language in LANGUAGES:
        name = f"lexicon.{language}.yml"
        (tmp_path / name).write_bytes((SAFETY / name).read_bytes())
    path = tmp_path / "lexicon.en.yml"
    broken = 'self_harm:\n    - {why: a test of it, phrases: ["(open to"]}\n'
    text = path.read_text(encoding="utf-8").replace("self_harm:\n", broken, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LexiconError, match=r"lexicon\.en\.yml.*open to.*not closed"):
        load_screen(tmp_path)
    path.unlink()
    with pytest.raises(LexiconError, match=r"lexicon\.en\.yml"):
        load_screen(tmp_path)


@pytest.mark.parametrize(
    ("phrase", "problem"),
    [
        ("die (now", "not closed"),
        ("die now)", "never opened"),
        ("(die]", "do not match"),
        ("{nobody} dies", "no block"),
        ("~3 die", "starts and ends with a word"),
        ("die ~3", "starts and ends with a word"),
        ("[die]", "every word may be missing"),
        ("don't die", "cannot be read"),
    ],
)
def test_a_phrase_that_cannot_be_read_says_what_is_wrong(phrase: str, problem: str) -> None:
    with pytest.raises(PhraseError, match=problem):
        Phrases().add(phrase, 0, {})


def test_a_gap_never_crosses_the_end_of_a_sentence() -> None:
    phrases = Phrases()
    phrases.add("class ~3 suicide", 0, {})
    symbols = [("class",), ("on",), ("suicide",)]
    assert [(found.start, found.end) for found in phrases.find(symbols, [True, False, False])] == [(0, 3)]
    assert list(phrases.find(symbols, [True, True, False])) == []
