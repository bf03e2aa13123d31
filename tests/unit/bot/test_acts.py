"""What a family does with a message: the trained part, and the few rules over it."""

from __future__ import annotations

import pytest

from bot.understanding.acts import Seen, act_of, decide, needs_that_count
from bot.understanding.needs import Needs
from bot.understanding.pipeline import Understanding
from resources_db.taxonomy.needs import load_needs

NOTHING = Needs((), (), {})
FOOD = Needs(("food",), (), {"food": 0.9})
RENT_NOT_FOOD = Needs(("financial",), ("food",), {"financial": 0.9})
NO_FOOD = Needs((), ("food",), {})
UNSURE_OF = Needs((), (), {"food": 0.2, "goods": 0.15}, maybe=("food", "goods"))


def ranked(first: str, chance: float, second: str = "other_in_domain") -> list[tuple[str, float]]:
    return [(first, chance), (second, 1 - chance)]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("more", "more"),
        ("mas opciones", "more"),
        ("otro", "more"),
        ("closer", "closer"),
        ("somewhere closer", "closer"),
        ("más cerca", "closer"),
        ("open now?", "ask_hours"),
        ("on Saturday", "ask_hours"),
        ("esta abierto", "ask_hours"),
        ("el sábado", "ask_hours"),
        ("what do I bring", "ask_documents"),
        ("que llevo", "ask_documents"),
        ("the phone again", "ask_phone"),
        ("el teléfono otra vez", "ask_phone"),
        ("where is it", "ask_address"),
        ("cómo llego", "ask_address"),
        ("is it free", "ask_cost"),
        ("cuánto cuesta", "ask_cost"),
        ("why this one", "ask_why"),
        ("number 2", "pick"),
        ("el segundo", "pick"),
        ("in Spanish", "change_language"),
        ("inglés por favor", "change_language"),
        ("for my 3 year old", "for_whom"),
        ("para mi niña de 3 años", "for_whom"),
        ("not food, rent", "change_need"),
        ("no comida, renta", "change_need"),
        ("start over", "start_over"),
        ("empezar de nuevo", "start_over"),
        ("who can see this", "privacy"),
        ("quién puede ver esto", "privacy"),
        ("does cps see this", "privacy"),
        ("talk to a person", "ask_person"),
        ("quiero hablar con alguien", "ask_person"),
        ("who are you", "bot_challenge"),
        ("eres un robot", "bot_challenge"),
        ("thanks", "thanks"),
        ("muchas gracias", "thanks"),
        ("hola", "greet"),
        ("good morning", "greet"),
        ("bye", "goodbye"),
        ("hasta luego", "goodbye"),
        ("yes", "affirm"),
        ("claro", "affirm"),
        ("nope", "deny"),
        ("no gracias", "deny"),
        ("what's the weather", "out_of_scope"),
        ("cuéntame un chiste", "out_of_scope"),
        ("asdkjh qwpoe", "out_of_scope"),
        ("nobody cares", "other_in_domain"),
        ("my worker never calls me back", "other_in_domain"),
        ("95814", "give_location"),
        ("santa ana", "give_location"),
        ("springfield", "give_location"),
        ("near chinatown", "give_location"),
        ("estoy en fresno", "give_location"),
        ("I need food near 95814", "request_help"),
        ("necesito pañales y donde dormir esta noche, 92701", "request_help"),
        ("rent help", "request_help"),
        ("comida", "request_help"),
        ("my mom kicked me out", "request_help"),
        ("hello i need food", "request_help"),
        ("thanks, i also need diapers", "request_help"),
        ("i need help", "request_help"),
        ("kids came home friday and we got no beds", "request_help"),
        ("somewhere my 3 yr old can go while im at work, honolulu", "request_help"),
        ("i dont need food i need a lawyer 95820", "change_need"),
        ("i want to die", "crisis"),
        ("my kids came home today", "came_home"),
        ("mis hijos ya regresaron a casa hoy", "came_home"),
        ("what did you search for", "ask_understood"),
        ("entendiste mal", "ask_understood"),
    ],
)
def test_what_families_do_with_short_messages(understanding: Understanding, text: str, intent: str) -> None:
    assert understanding.read(text).intent == intent


def test_a_need_typed_as_its_button_says_it_is_a_request(understanding: Understanding) -> None:
    for code, need in load_needs().items():
        if code != "other":
            assert [understanding.read(name).needs for name in need.name.values()] == [(code,), (code,)]


@pytest.mark.parametrize("text", ["do i need an id", "thanks for the food", "cierran a la hora de la comida?"])
def test_a_lay_word_in_another_act_starts_no_search(understanding: Understanding, text: str) -> None:
    assert understanding.read(text).needs == ()


def test_a_crisis_comes_before_all() -> None:
    assert decide(ranked("greet", 0.99), "hi", Seen(FOOD, crisis=True, place="95814", choice=1)) == ("crisis", 1.0)


@pytest.mark.parametrize("text", ["", "🍞", "?!?"])
def test_a_message_without_words_is_unclear(text: str) -> None:
    assert decide(ranked("thanks", 0.5), text, Seen(NOTHING))[0] == "unclear"


def test_a_thumbs_up_that_the_classifier_knows_is_an_answer() -> None:
    assert decide(ranked("affirm", 0.9), "👍", Seen(NOTHING))[0] == "affirm"


@pytest.mark.parametrize(
    ("text", "seen", "intent"),
    [
        ("the second", Seen(NOTHING, choice=2), "pick"),
        ("en español", Seen(NOTHING, language="es"), "change_language"),
        ("im in santa ana", Seen(NOTHING, place="santa ana"), "give_location"),
    ],
)
def test_what_fills_the_message_is_the_answer(text: str, seen: Seen, intent: str) -> None:
    assert decide(ranked("out_of_scope", 0.9), text, seen)[0] == intent


def test_a_need_beside_a_place_is_a_request() -> None:
    assert decide(ranked("request_help", 0.9), "food 95814", Seen(FOOD, place="95814"))[0] == "request_help"


def test_a_refused_need_changes_the_search() -> None:
    assert decide(ranked("request_help", 0.9), "not food, rent", Seen(RENT_NOT_FOOD))[0] == "change_need"
    assert decide(ranked("deny", 0.9), "no food", Seen(NO_FOOD))[0] == "change_need"


def test_a_refused_need_in_a_story_changes_nothing() -> None:
    assert decide(ranked("other_in_domain", 0.9), "i already got food from church", Seen(NO_FOOD))[0] == "other_in_domain"


def test_small_talk_with_a_lay_word_stays_small_talk() -> None:
    assert decide(ranked("thanks", 0.9, "request_help"), "thanks for the food", Seen(FOOD))[0] == "thanks"


def test_a_request_for_nothing_we_know_must_be_certain() -> None:
    assert decide(ranked("request_help", 0.7, "out_of_scope"), "i need a song", Seen(NOTHING))[0] == "out_of_scope"
    assert decide(ranked("request_help", 0.9, "out_of_scope"), "i need something", Seen(NOTHING))[0] == "request_help"


def test_what_is_likely_not_ours_is_refused_even_if_a_request_is_likelier() -> None:
    assert decide([("request_help", 0.6), ("out_of_scope", 0.38)], "book me a table", Seen(UNSURE_OF))[0] == "out_of_scope"
    assert decide([("request_help", 0.6), ("out_of_scope", 0.38)], "food", Seen(FOOD))[0] == "request_help"


def test_a_request_for_who_knows_which_of_two_needs_is_unsure() -> None:
    assert decide(ranked("request_help", 0.9), "something for my baby", Seen(UNSURE_OF))[0] == "unsure"
    assert decide(ranked("thanks", 0.9, "request_help"), "thanks for that", Seen(UNSURE_OF))[0] == "thanks"
    assert needs_that_count(UNSURE_OF, "unsure").maybe == ("food", "goods")
    assert needs_that_count(UNSURE_OF, "other_in_domain").maybe == ()


def test_news_of_children_coming_home_asks_for_what_is_named_with_it() -> None:
    assert decide(ranked("came_home", 0.9), "they are home", Seen(NOTHING))[0] == "came_home"
    assert decide(ranked("came_home", 0.9), "they are home and hungry", Seen(FOOD))[0] == "request_help"


def test_a_choice_or_a_place_explains_a_message_that_says_little() -> None:
    assert decide(ranked("other_in_domain", 0.6), "i think i like number 2 best", Seen(NOTHING, choice=2))[0] == "pick"
    moved = "well we moved to reno back in may"
    assert decide(ranked("other_in_domain", 0.9), moved, Seen(NOTHING, place="reno"))[0] == "give_location"


def test_weather_in_a_place_is_still_out_of_scope() -> None:
    asked = "how hot is it in phoenix right now please"
    assert decide(ranked("out_of_scope", 0.9), asked, Seen(NOTHING, place="phoenix"))[0] == "out_of_scope"


def test_a_guess_is_called_unclear() -> None:
    assert decide([("thanks", 0.15), ("deny", 0.14)], "hm the thing", Seen(NOTHING))[0] == "unclear"


def test_needs_count_where_something_is_asked_for_and_in_a_crisis() -> None:
    for intent in ("request_help", "change_need", "crisis"):
        assert needs_that_count(RENT_NOT_FOOD, intent) == RENT_NOT_FOOD
    assert needs_that_count(RENT_NOT_FOOD, "other_in_domain").wanted == ()
    assert needs_that_count(RENT_NOT_FOOD, "other_in_domain").refused == ("food",)
    assert needs_that_count(RENT_NOT_FOOD, "out_of_scope").refused == ()


@pytest.mark.parametrize(
    ("intent", "act"),
    [
        ("change_need", "request_help"),
        ("came_home", "request_help"),
        ("unsure", "request_help"),
        ("unclear", "out_of_scope"),
        ("ask_hours", "other_in_domain"),
        ("privacy", "privacy"),
    ],
)
def test_every_intent_has_a_public_act(intent: str, act: str) -> None:
    assert act_of(intent) == act
