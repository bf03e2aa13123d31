"""Rasa policy: answers a crisis, asks whether everyone is safe where that may be asked, and holds the turn, even in a form.

A form's own predictions overrule every other policy, whatever the priority, unless these are marked as not
depending on the user's message ("no user"). So are ours, and right after the reply we also predict what comes
next ourselves, or the form would ask its question under the crisis reply. The replies are plain responses: they
need no action server, database or network.
"""

from __future__ import annotations

from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, confidence_scores_for
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

CRISIS_INTENT = "crisis"
NEED_KEPT, ASK_NEEDS, FIND_SERVICES = "utter_need_kept", "utter_ask_needs", "action_find_services"
#: When a message holds several crises: more than two replies would bury the first.
MOST_REPLIES = 2
#: "Is everyone safe right now?" is asked only where the answer cannot hurt: not when the one who hurts may be reading along.
ASK_SAFE, ASK_HELP_COMING = "utter_ask_safe", "utter_ask_help_coming"
_NOT_ASKED = frozenset({"violence", "child_safety"})
SAFE_NOW, NOT_SAFE = "utter_safe_now", "utter_not_safe"
_ANSWERS = {"safe_now": SAFE_NOW, "not_safe_now": NOT_SAFE}
_TYPED_ANSWERS = {"affirm": SAFE_NOW, "deny": NOT_SAFE}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class CrisisPolicy(Policy):
    """After a crisis message: the reply for its category (and the next, if it holds two), then either one short question
    whether everyone is safe or, where that is not safe to ask, the practical need. After "we are safe": the need. After
    "we are not": where to call, once more. The policy says nothing about any other message."""

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(config, model_storage, resource, execution_context, None)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": 100}

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        return self._resource

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CrisisPolicy:  # fmt: skip
        return cls(config, model_storage, resource, execution_context)

    def predict_action_probabilities(
        self, tracker: DialogueStateTracker, domain: Domain, rule_only_data: dict[str, Any] | None = None, **kwargs: Any
    ) -> PolicyPrediction:
        action = next_action(tracker)
        if action is None:
            return self._prediction(self._default_predictions(domain))
        return self._prediction(confidence_scores_for(action, 1.0, domain), is_no_user_prediction=True)


def next_action(tracker: DialogueStateTracker) -> str | None:
    """What a turn after a crisis still owes: None when the last message neither was one nor answers our question about it."""
    message = tracker.latest_message
    if message is None:
        return None
    done = _actions(tracker, turn=0)
    intent = message.intent.get("name")
    if intent == CRISIS_INTENT:
        return _crisis_action(tracker, message, done)
    answer = _ANSWERS.get(intent)
    if not answer and {ASK_SAFE, ASK_HELP_COMING} & {*_actions(tracker, turn=1)}:
        answer = _TYPED_ANSWERS.get(intent)
    if not answer:
        return None
    if answer not in done:
        return answer
    if answer == SAFE_NOW and done == [SAFE_NOW]:
        return _need_action(tracker, names_something=True) or ASK_NEEDS
    return str(ACTION_LISTEN_NAME)


def _crisis_action(tracker: DialogueStateTracker, message: UserUttered, done: list[str]) -> str:
    categories = _categories(message)
    replies = [f"utter_crisis_{category}" for category in categories[:MOST_REPLIES]]
    for reply in replies:
        if reply not in done:
            return reply
    if len(done) == len(replies):
        if not _NOT_ASKED & {category for said in _crises(tracker) for category in _categories(said)}:
            question = ASK_HELP_COMING if "medical" in categories else ASK_SAFE
            return question if not {ASK_SAFE, ASK_HELP_COMING} & {*_actions(tracker, turn=1)} else str(ACTION_LISTEN_NAME)
        return _need_action(tracker, _names_something(message)) or str(ACTION_LISTEN_NAME)
    return str(ACTION_LISTEN_NAME)


def _need_action(tracker: DialogueStateTracker, names_something: bool) -> str | None:
    """The practical need: the search merges what was said before; when the family has not said where it is, it waits."""
    if not tracker.get_slot("needs"):
        return None
    if tracker.get_slot("place") and names_something:
        return FIND_SERVICES
    return NEED_KEPT if tracker.active_loop_name or names_something else None


def _crises(tracker: DialogueStateTracker) -> list[UserUttered]:
    """The crisis messages of the conversation, as far as it is kept."""
    said = (event for event in tracker.events if isinstance(event, UserUttered))
    return [event for event in said if event.intent.get("name") == CRISIS_INTENT]


def _categories(message: UserUttered) -> list[str]:
    return [entity["value"] for entity in message.entities if entity["entity"] == CRISIS_INTENT] or ["self_harm"]


def _names_something(message: UserUttered) -> bool:
    return any(entity["entity"] in ("need", "place") for entity in message.entities)


def _actions(tracker: DialogueStateTracker, turn: int) -> list[str]:
    """What was done, the last first, after the last message (turn 0) or between it and the one before (turn 1)."""
    done: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            turn -= 1
            if turn < 0:
                break
        elif isinstance(event, ActionExecuted) and event.action_name and turn == 0:
            done.append(event.action_name)
    return done
