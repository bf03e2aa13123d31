"""The real model, every crisis phrase, everywhere a family can type: at the start, inside every form, in both languages.

No action server runs here: the reply must not need one.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.events import ActionExecuted, ActiveLoop, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channel.link import Answers
from bot.project import MODEL
from bot.safety.screen import Screen
from bot.safety.screen import load_screen as read_screen
from bot.training import is_current
from tests.safety.phrases import crisis_phrases

# which of two crises in one message is answered first is for tests/safety/test_screen.py
PHRASES = [pytest.param(text, id=f"{language} {text[:60]}") for language in ("en", "es") for text, _ in crisis_phrases(language)]
_names = itertools.count()


@functools.lru_cache(maxsize=1)
def load_screen() -> Screen:
    return read_screen()


@pytest.fixture(scope="module")
def agent() -> Iterator[Agent]:
    assert is_current(), "the model is older than its inputs: run `make train`"
    loop = asyncio.new_event_loop()
    loaded = loop.run_until_complete(load_agent(str(MODEL), endpoints=AvailableEndpoints()))
    loaded.tracker_store = loaded.processor.tracker_store = InMemoryTrackerStore(loaded.domain)
    yield loaded
    loop.close()


def answers_to(agent: Agent, text: str, events: list[Any] | None = None) -> tuple[list[dict[str, Any]], DialogueStateTracker]:
    """What is said to `text` after `events`, and the conversation then."""
    sender = f"family {next(_names)}"

    async def talk() -> tuple[list[dict[str, Any]], DialogueStateTracker]:
        store = agent.tracker_store
        tracker = await store.get_or_create_tracker(sender)
        for event in events or []:
            tracker.update(event, agent.domain)
        await store.save(tracker)
        answers = Answers()
        await agent.handle_message(UserMessage(text, answers, sender, metadata={"language": "en"}))
        kept = await store.retrieve(sender)
        assert kept is not None
        return answers.messages, kept

    return asyncio.run(talk())


def asking(form: str, slot: str) -> list[Any]:
    """A conversation in which this form is asking for this slot."""
    return [
        UserUttered("help", {"name": "request_help"}),
        ActionExecuted(form),
        ActiveLoop(form),
        SlotSet("requested_slot", slot),
        ActionExecuted(f"utter_ask_{slot}"),
        ActionExecuted("action_listen"),
    ]


@pytest.mark.parametrize("text", PHRASES)
def test_a_crisis_is_answered_at_the_start_and_inside_every_form(agent: Agent, text: str) -> None:
    signal = load_screen().check(text)
    assert signal is not None
    places = [(None, None)] + [
        (form, slot) for form, described in agent.domain.forms.items() for slot in described["required_slots"]
    ]
    assert len(places) > 1
    for form, slot in places:
        said, tracker = answers_to(agent, text, asking(form, slot) if form else None)
        first = said[0]["response"]
        assert first == f"utter_crisis_{signal.category}", f"in {form}/{slot}: {said}"
        assert f"utter_ask_{slot}" not in [answer["response"] for answer in said], f"{form} went on asking: {said}"
        assert tracker.active_loop_name == form, "the form waits for the next message"
        assert text not in [slot.value for slot in tracker.slots.values()], "a cry for help is not an answer to a question"
        assert tracker.latest_action_name == "action_listen"


@pytest.mark.parametrize(("text", "words"), [("i want to die", "call or text 988"), ("me quiero morir", "llama")])
def test_the_reply_is_in_the_language_of_the_message(agent: Agent, text: str, words: str) -> None:
    said, _ = answers_to(agent, text)
    assert words in said[0]["text"].lower()


def test_two_crises_in_one_message_are_both_answered_the_more_urgent_first(agent: Agent) -> None:
    said, _ = answers_to(agent, "i took all my pills because i want to die")
    assert [answer["response"] for answer in said] == ["utter_crisis_medical", "utter_crisis_self_harm", "utter_ask_help_coming"]


def test_the_answer_after_a_crisis_goes_on_where_the_form_was(agent: Agent) -> None:
    said, tracker = answers_to(agent, "i want to die", asking("find_services_form", "place"))
    assert tracker.get_slot("requested_slot") == "place"
    assert said[0]["response"].startswith("utter_crisis_")


def test_a_need_said_with_the_crisis_is_kept(agent: Agent) -> None:
    said, tracker = answers_to(agent, "he hit me again and we have no food")
    assert [answer["response"] for answer in said] == ["utter_crisis_violence", "utter_need_kept"]
    assert "food" in tracker.get_slot("needs")


@pytest.mark.parametrize(
    ("answer", "then"), [("/safe_now", ["utter_safe_now", "utter_need_kept"]), ("/not_safe_now", ["utter_not_safe"])]
)
def test_the_need_waits_for_the_answer_whether_everyone_is_safe(agent: Agent, answer: str, then: list[str]) -> None:
    said, tracker = answers_to(agent, "i want to kill myself and we have no food")
    assert [each["response"] for each in said] == ["utter_crisis_self_harm", "utter_ask_safe"]
    said, tracker = answers_to(agent, answer, list(tracker.events))
    assert [each["response"] for each in said] == then
    assert tracker.get_slot("needs") == ["food"]
