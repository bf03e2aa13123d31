"""One turn in which a question of ours is open: what an answer is read from, and said with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from rasa_sdk import Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.answers import meaning_of, number_of
from actions.directory import language_of
from actions.find_services import find, remember
from actions.question import Question
from actions.request import FamilyMessage, Request

#: What a message is taken for when its words say nothing.
_OF_INTENT = {"affirm": "yes", "deny": "no"}


@dataclass(frozen=True)
class Turn:
    """`tapped` is the answer of a choice that was tapped, in place of words."""

    dispatcher: CollectingDispatcher
    tracker: Tracker
    request: Request
    message: FamilyMessage
    tapped: str | None = None

    @property
    def text(self) -> str:
        return self.message.text if self.tapped is None else self.tapped

    @property
    def meaning(self) -> str | None:
        """A key of answers.yml."""
        return meaning_of(self.text) or (_OF_INTENT.get(self.message.intent) if self.tapped is None else None)

    @property
    def number(self) -> int | None:
        """What was answered by number."""
        return number_of(self.text)

    @property
    def language(self) -> str:
        return language_of(self.tracker)

    @property
    def by_text(self) -> bool:
        """Whether the family is texting."""
        return bool(self.tracker.get_latest_input_channel() == "sms")

    def say(self, response: str, **values: object) -> list[EventType]:
        """Say it; no question is open after it."""
        self.dispatcher.utter_message(response=response, **values)
        return remember(self.tracker, self.request)

    def ask(self, question: Question, response: str, **values: object) -> list[EventType]:
        """Say it, and take what comes next for an answer. The payloads of its choices are
        `/answer{{"asked": "{asked}", "answer": "…"}}`."""
        self.dispatcher.utter_message(response=response, asked=question.as_slot(), **values)
        return remember(self.tracker, self.request, asked=question)

    def search(self, needs: Iterable[str]) -> list[EventType]:
        """Look for these needs as if nothing had been shown for them."""
        request = replace(self.request, needs=tuple(needs), doubtful=None, answered=False, shown=(), seen=(), current=None)
        return find(self.dispatcher, self.tracker, request)


Reader = Callable[[Turn, tuple[str, ...]], "list[EventType] | None"]
"""Reads what may be an answer to a question about `codes`; None when it is none, and is served as if nothing was asked."""
