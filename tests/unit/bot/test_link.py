"""The Rasa side of the link: what a message becomes for Rasa, and which words Rasa then picks."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator

from bot.channel.link import WORD_JOINER, Answers, HomewardLink, SmsAnswers

ES = [{"type": "slot", "name": "language", "value": "es"}]
RESPONSES: dict[str, list[dict[str, Any]]] = {
    "utter_both": [
        {"text": "web en"},
        {"text": "web es", "condition": ES},
        {"text": "sms en", "channel": "sms"},
        {"text": "sms es", "channel": "sms", "condition": ES},
    ],
    "utter_web": [{"text": "web en"}, {"text": "web es", "condition": ES}],
    "utter_sms": [{"text": "sms en", "channel": "sms"}, {"text": "sms es", "channel": "sms", "condition": ES}],
}


def message(**body: Any) -> UserMessage:
    """What Rasa gets when the gateway posts this."""
    got: list[UserMessage] = []

    async def on_new_message(user_message: UserMessage) -> None:
        got.append(user_message)

    whole = {"conversation": "c", "text": "hi", "choice": False, "language": "en", "message_id": "m"} | body
    response = asyncio.run(HomewardLink("secret")._answer(whole, on_new_message))
    assert response.status == 200
    assert json.loads(response.body or b"") == {"messages": [], "language": None, "failed": []}
    return got[0]


@pytest.mark.parametrize(
    ("channel", "language", "expected"),
    [
        ("sms", "en", {"utter_both": "sms en", "utter_web": "web en", "utter_sms": "sms en"}),
        ("sms", "es", {"utter_both": "sms es", "utter_web": "web es", "utter_sms": "sms es"}),
        ("web", "en", {"utter_both": "web en", "utter_web": "web en", "utter_sms": None}),
        ("web", "es", {"utter_both": "web es", "utter_web": "web es", "utter_sms": None}),
        (None, "es", {"utter_both": "web es", "utter_web": "web es", "utter_sms": None}),
    ],
)
def test_rasa_picks_the_words_of_the_channel_and_the_language(
    channel: str | None, language: str, expected: dict[str, str | None]
) -> None:
    output = message(**({"channel": channel} if channel else {})).output_channel
    generator = TemplatedNaturalLanguageGenerator(RESPONSES)
    for response, text in expected.items():
        picked = generator.generate_from_slots(response, {"language": language}, output.name())
        assert (picked or {}).get("text") == text


def test_actions_can_tell_a_text_from_a_chat() -> None:
    assert (message(channel="sms").input_channel, message(channel="web").input_channel) == ("sms", "homeward")


@pytest.mark.parametrize("channel", ["web", "sms"])
def test_typed_commands_stay_text_on_every_channel_and_choices_stay_choices(channel: str) -> None:
    assert message(channel=channel, text="/restart").text == f"{WORD_JOINER}/restart"
    assert message(channel=channel, text=" \n/restart").text == f"{WORD_JOINER} \n/restart"
    assert message(channel=channel, text="/food", choice=True).text == "/food"


@pytest.mark.parametrize("answers", [Answers(), SmsAnswers()])
def test_what_is_said_is_collected_whole_and_in_order(answers: Answers) -> None:
    async def say() -> None:
        await answers.send_response("c", {"text": "one", "utter_action": "utter_one"})
        await answers.send_response(
            "c", {"text": "two", "custom": {"matches": '[{"service": "Pantry"}]'}, "buttons": [{"title": "A"}]}
        )

    asyncio.run(say())
    assert answers.messages == [
        {"text": "one", "buttons": [], "custom": {}, "response": "utter_one"},
        {"text": "two", "buttons": [{"title": "A"}], "custom": {"matches": [{"service": "Pantry"}]}, "response": None},
    ]
