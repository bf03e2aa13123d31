"""Rasa policy: answers a crisis and holds the turn, even inside a form.

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
NEED_KEPT = "utter_need_kept"
FIND_SERVICES = "action_find_services"
#: When a message holds several crises: more than two replies would bury the first.
MOST_REPLIES = 2


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False)
class CrisisPolicy(Policy):
    """After a crisis message: the reply for its category (and the next, if it holds two), then the practical need if it
    can be served or kept, then listen. The policy says nothing about any other message."""

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
    """What a crisis turn still owes: None when the last message was no crisis."""
    message = tracker.latest_message
    if message is None or message.intent.get("name") != CRISIS_INTENT:
        return None
    done = _actions_since_message(tracker)
    categories = [entity["value"] for entity in message.entities if entity["entity"] == CRISIS_INTENT] or ["self_harm"]
    replies = [f"utter_crisis_{category}" for category in categories[:MOST_REPLIES]]
    for reply in replies:
        if reply not in done:
            return reply
    if len(done) == len(replies):
        # The search merges what was said before; when the family has not said where it is, its need waits.
        if tracker.get_slot("needs") and tracker.get_slot("place") and _names_something(message):
            return FIND_SERVICES
        if tracker.get_slot("needs") and (tracker.active_loop_name or _names_something(message)):
            return NEED_KEPT
    return str(ACTION_LISTEN_NAME)


def _names_something(message: UserUttered) -> bool:
    return any(entity["entity"] in ("need", "place") for entity in message.entities)


def _actions_since_message(tracker: DialogueStateTracker) -> list[str]:
    done: list[str] = []
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, ActionExecuted) and event.action_name:
            done.append(event.action_name)
    return done
