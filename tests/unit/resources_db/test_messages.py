"""Conversations and messages, on SQLite and PostgreSQL."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session

from resources_db import claims, conversations, messages
from resources_db.claims import Claim
from resources_db.conversations import Progress, UnknownToken
from resources_db.database import session_scope
from resources_db.messages import Accepted, Answer, Finished, TooManyWaiting, Turn, UnknownChoice
from resources_db.trackers import load_tracker, save_tracker

NOW = datetime(2026, 11, 23, 18, 30, tzinfo=timezone.utc)
LEASE = timedelta(seconds=20)
US, THEM = Claim("us", NOW, LEASE), Claim("them", NOW, LEASE)

T = TypeVar("T")


class Chat:
    """One conversation, each step in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        conversation, self.token = self.do(
            lambda s: conversations.start_conversation(s, language="en", now=NOW, lifetime=timedelta(hours=1))
        )
        self.id = conversation.id

    def do(self, work: Callable[[Session], T]) -> T:
        with session_scope(self.engine) as session:
            return work(session)

    def accept(self, text: str, *, client_id: str | None = None, choice: str | None = None, claim: Claim = US) -> Accepted:
        def work(session: Session) -> Accepted:
            conversation = conversations.conversation_of(session, self.token, NOW, lock=True)
            given = {"client_id": client_id or text, "text": text, "choice": choice}
            return messages.accept(session, conversation, claim=claim, **given)  # type: ignore[arg-type]

        return self.do(work)

    def claim(self, claim: Claim) -> Turn | None:
        return self.do(lambda s: messages.claim_turn(s, self.id, claim))

    def finish(self, turn: Turn, *answers: Answer, claim: Claim = US, language: str = "en", more: bool = True) -> Finished | None:
        return self.do(lambda s: messages.finish_turn(s, turn, answers, language=language, claim=claim, more=more))

    def say(self, answer: Answer, reply_to: int) -> None:
        def work(session: Session) -> None:
            conversation = conversations.lock_conversation(session, self.id)
            assert conversation
            messages.say(session, conversation, answer, channel=messages.WEB, language="en", now=NOW, reply_to=reply_to)

        self.do(work)

    def said(self, after: int = 0) -> list[tuple[int, str, str]]:
        return self.do(lambda s: [(m["seq"], m["sender"], m["text"]) for m in messages.messages_after(s, self.id, after)])

    def json(self, after: int) -> list[dict[str, Any]]:
        return self.do(lambda s: [messages.message_as_json(m) for m in messages.messages_after(s, self.id, after)])

    def delete(self) -> None:
        self.do(lambda s: conversations.delete_conversation(s, self.id))


@pytest.fixture
def chat(directory_engine: Engine) -> Chat:
    return Chat(directory_engine)


def turn_of(chat: Chat, text: str) -> Turn:
    turn = chat.accept(text).turn
    assert turn
    return turn


def test_a_token_opens_its_conversation_until_its_time_is_over(chat: Chat) -> None:
    assert chat.do(lambda s: conversations.conversation_of(s, chat.token, NOW).id) == chat.id
    for token, when in ((chat.token + "x", NOW), (chat.id, NOW), (chat.token, NOW + timedelta(hours=1))):
        with pytest.raises(UnknownToken):
            chat.do(lambda s, token=token, when=when: conversations.conversation_of(s, token, when))  # type: ignore[misc]


def test_the_token_itself_is_not_kept(chat: Chat) -> None:
    rows = chat.do(lambda s: s.execute(text("SELECT * FROM conversation")).all())
    assert chat.token not in str(rows)


def test_what_is_accepted_first_is_claimed_and_what_comes_after_it_waits(chat: Chat) -> None:
    first, second = chat.accept("one"), chat.accept("two")
    assert (first.seq, second.seq) == (1, 2)
    assert first.turn == Turn(first.turn.message_id, chat.id, 1, "one", None, "en", messages.WEB, NOW) if first.turn else False
    assert second.turn is None
    assert chat.claim(THEM) is None


def test_an_id_that_was_accepted_is_found_again_with_whether_it_was_answered(chat: Chat) -> None:
    turn = turn_of(chat, "one")
    assert chat.accept("one") == Accepted(chat.id, 1, answered=False)
    chat.finish(turn, Answer("yes"))
    assert chat.accept("one") == Accepted(chat.id, 1, answered=True)
    assert len(chat.said()) == 2


def test_the_same_id_from_many_at_once_is_one_message(chat: Chat) -> None:
    barrier = threading.Barrier(8)

    def send(_: int) -> int:
        barrier.wait()
        return chat.accept("hi", client_id="same").seq

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(send, range(8))) == {1}
    assert len(chat.said()) == 1


def test_numbers_of_messages_accepted_at_once_neither_skip_nor_repeat(chat: Chat) -> None:
    with ThreadPoolExecutor(8) as pool:
        accepted = list(pool.map(lambda n: chat.accept(f"m{n}"), range(40)))
    assert sorted(a.seq for a in accepted) == list(range(1, 41))
    assert sum(a.turn is not None for a in accepted) == 1, "only one of them is next"


def test_turns_come_in_order_and_one_at_a_time(chat: Chat) -> None:
    turn = turn_of(chat, "m0")
    for number in range(1, 4):
        chat.accept(f"m{number}")
    order = []
    while turn:
        order.append(turn.text)
        assert chat.claim(THEM) is None
        finished = chat.finish(turn, Answer(f"to {turn.text}"))
        assert finished
        turn = finished.next  # type: ignore[assignment]
    assert order == ["m0", "m1", "m2", "m3"]
    assert chat.claim(THEM) is None
    assert chat.accept("m4", claim=THEM).turn, "let go when nothing waits"


def test_many_who_want_to_answer_do_not_answer_twice(chat: Chat) -> None:
    for number in range(12):
        chat.accept(f"m{number}", claim=Claim("nobody", NOW - timedelta(hours=1), LEASE))
    answered: list[str] = []

    def answer(owner: int) -> None:
        claim = Claim(str(owner), NOW, LEASE)
        while len(answered) < 12:
            turn = chat.claim(claim)
            while turn:
                answered.append(turn.text)
                finished = chat.finish(turn, Answer("yes"), claim=claim)
                turn = finished.next if finished else None

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(answer, range(4)))
    assert answered == [f"m{n}" for n in range(12)]
    assert sum(sender == messages.HOMEWARD for _, sender, _ in chat.said()) == 12


def test_the_claim_of_a_dead_owner_runs_out_and_that_of_a_living_one_is_renewed(chat: Chat) -> None:
    turn_of(chat, "one")
    later = Claim("them", NOW + LEASE + timedelta(seconds=1), LEASE)
    chat.do(lambda s: claims.renew_claims(s, [chat.id], Claim("us", NOW + timedelta(seconds=10), LEASE)))
    assert chat.claim(later) is None
    assert chat.do(lambda s: claims.conversations_waiting(s, later)) == []
    much_later = Claim("them", NOW + LEASE * 2, LEASE)
    assert chat.do(lambda s: claims.conversations_waiting(s, much_later)) == [chat.id]
    assert chat.claim(much_later)
    chat.do(lambda s: claims.renew_claims(s, [chat.id], Claim("us", NOW + LEASE * 9, LEASE)))
    assert chat.claim(Claim("third", NOW + LEASE * 4, LEASE)), "who lost a claim does not get it back by renewing"


def test_a_claim_that_is_released_is_free_at_once(chat: Chat) -> None:
    turn_of(chat, "one")
    chat.do(lambda s: claims.release_claims(s, "them"))
    assert chat.claim(THEM) is None
    chat.do(lambda s: claims.release_claims(s, "us"))
    assert chat.claim(THEM)


def test_conversations_wait_in_the_order_of_their_oldest_message(directory_engine: Engine) -> None:
    chats = [Chat(directory_engine) for _ in range(3)]
    for age, chat in zip((1, 3, 2), chats, strict=True):
        chat.accept("hi", claim=Claim("gone", NOW - timedelta(hours=age), LEASE))
    waiting = chats[0].do(lambda s: claims.conversations_waiting(s, US))
    assert waiting == [chats[1].id, chats[2].id, chats[0].id]
    assert chats[0].do(lambda s: claims.conversations_waiting(s, US, limit=1)) == [chats[1].id]


def test_who_finished_with_more_to_come_but_is_stopping_lets_go(chat: Chat) -> None:
    turn = turn_of(chat, "one")
    chat.accept("two")
    assert chat.finish(turn, Answer("yes"), more=False) == Finished(3, (Answer("yes"),), chat.json(after=2))
    assert chat.claim(THEM)


def test_an_answer_is_written_by_one_even_when_two_thought_it_was_theirs(chat: Chat) -> None:
    slow = turn_of(chat, "one")
    later = Claim("them", NOW + LEASE * 2, LEASE)
    quick = chat.claim(later)
    assert quick
    assert chat.finish(quick, Answer("quick"), claim=later)
    assert chat.finish(slow, Answer("slow")) is None
    assert [text for _, _, text in chat.said()] == ["one", "quick"]


def test_who_lost_the_claim_may_answer_but_does_not_go_on(chat: Chat) -> None:
    slow = turn_of(chat, "one")
    chat.accept("two")
    later = Claim("them", NOW + LEASE * 2, LEASE)
    assert chat.claim(later)
    assert chat.finish(slow, Answer("slow")) == Finished(3, (Answer("slow"),), chat.json(after=2))
    assert chat.claim(US) is None, "it is theirs"


def test_the_answers_language_becomes_the_conversations(chat: Chat) -> None:
    chat.finish(turn_of(chat, "hola"), Answer("hola"), language="es")
    assert turn_of(chat, "gracias").language == "es"
    assert chat.do(lambda s: [m["language"] for m in messages.messages_after(s, chat.id, 0)]) == ["es", "es", "es"]


def test_a_crisis_that_was_answered_while_the_message_waited_is_not_answered_again(chat: Chat) -> None:
    turn = turn_of(chat, "danger")
    chat.say(Answer("call", crisis="violence"), turn.seq)
    chat.finish(turn, Answer("call again", crisis="violence"), Answer("and here is food"))
    assert [text for _, _, text in chat.said()] == ["danger", "call", "and here is food"]
    chat.finish(turn_of(chat, "again danger"), Answer("call now", crisis="violence"))
    assert chat.said()[-1][2] == "call now", "each message gets its own"


def test_what_was_not_heard_yet_is_told_apart(chat: Chat) -> None:
    def unheard() -> tuple[list[str], bool]:
        def work(session: Session) -> tuple[list[str], bool]:
            conversation = conversations.lock_conversation(session, chat.id)
            assert conversation
            waiting, told = messages.unheard(session, conversation)
            return [message.text for message in waiting], told

        return chat.do(work)

    assert unheard() == ([], False)
    turn = turn_of(chat, "one")
    chat.accept("two")
    assert unheard() == (["one", "two"], False)
    chat.say(Answer("call", crisis="violence"), 2)
    assert unheard() == (["one"], False)
    chat.say(Answer("wait a moment"), 1)
    assert unheard() == ([], True)
    chat.accept("three")
    assert unheard() == (["three"], True)
    chat.finish(turn, Answer("yes"))
    assert unheard() == (["three"], False), "that was said to a message which has its answer now"


def test_a_choice_stands_for_what_was_offered_with_it_and_only_here(directory_engine: Engine) -> None:
    chat, other = Chat(directory_engine), Chat(directory_engine)
    for one in (chat, other):
        one.finish(turn_of(one, "hi"), Answer("which?", choices=[("Food", "/food"), ("Rent", "/rent")]))
    [offer] = chat.json(after=1)
    choice = offer["choices"][1]["choice"]
    assert "rent" not in choice
    turn = chat.accept("", client_id="tap", choice=choice).turn
    assert turn
    assert (turn.text, turn.payload) == ("Rent", "/rent")
    for wrong in (choice + "x", choice[:-1], "2.", "1.abc", "99999999999.abc", "/rent", "", "2.\ud800", "é"):
        with pytest.raises(UnknownChoice):
            chat.accept("", client_id="wrong", choice=wrong)
    with pytest.raises(UnknownChoice):
        other.accept("", client_id="theirs", choice=choice)
    assert len(chat.said()) == 3


def test_more_than_can_be_meant_is_refused_but_a_retry_is_not(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "MOST_WAITING", 2)
    turn = turn_of(chat, "one")
    chat.accept("two")
    with pytest.raises(TooManyWaiting):
        chat.accept("three")
    assert chat.accept("two").seq == 2
    chat.finish(turn, Answer("yes"))
    assert chat.accept("three").seq == 4


def test_deleting_leaves_nothing_even_with_a_turn_under_way(chat: Chat) -> None:
    turn = turn_of(chat, "secret")
    chat.do(lambda s: save_tracker(s, chat.id, "[]"))
    chat.delete()
    chat.do(lambda s: save_tracker(s, chat.id, "[]"))  # Rasa ends its turn
    assert chat.finish(turn, Answer("yes")) is None
    assert chat.do(lambda s: load_tracker(s, chat.id)) is None
    assert chat.said() == []
    assert not chat.do(lambda s: messages.is_waiting(s, turn))
    with pytest.raises(UnknownToken):
        chat.accept("again")


def test_deleting_finishing_and_accepting_at_once_never_wait_for_each_other_in_a_circle(directory_engine: Engine) -> None:
    for _ in range(6):
        chat = Chat(directory_engine)
        turn = turn_of(chat, "one")
        barrier = threading.Barrier(3)

        def accept(chat: Chat = chat, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            with contextlib.suppress(UnknownToken):
                chat.accept("two")

        def finish(chat: Chat = chat, turn: Turn = turn, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            chat.finish(turn, Answer("yes"))

        def delete(chat: Chat = chat, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            chat.delete()

        with ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(work) for work in (accept, finish, delete)]:
                done.result(timeout=30)
        assert chat.said() == []


def test_progress_is_told_of_those_conversations_only_in_which_there_is_any(directory_engine: Engine) -> None:
    quiet, busy, gone = Chat(directory_engine), Chat(directory_engine), Chat(directory_engine)
    turn = turn_of(busy, "one")
    turn_of(quiet, "one")
    busy.finish(turn, Answer("first"), Answer("second"))
    gone.delete()

    def progress(**known: int) -> dict[str, Progress | None]:
        ids = {"quiet": quiet.id, "busy": busy.id, "gone": gone.id}
        return quiet.do(lambda s: conversations.progress_since(s, {ids[name]: seq for name, seq in known.items()}))

    assert progress(quiet=1, busy=1, gone=0) == {busy.id: Progress(3, 1), gone.id: None}
    assert progress(quiet=0) == {quiet.id: Progress(1, 0)}
    assert progress(busy=3) == {}
    assert progress() == {}


def test_progress_of_more_conversations_than_a_statement_takes(chat: Chat) -> None:
    known = {f"unknown {number}": 0 for number in range(1200)} | {chat.id: 0}
    turn_of(chat, "hi")
    progress = chat.do(lambda s: conversations.progress_since(s, known))
    assert progress[chat.id] == Progress(1, 0)
    assert sum(value is None for value in progress.values()) == 1200


def test_a_turn_costs_the_same_in_a_long_conversation_as_in_a_short_one(chat: Chat) -> None:
    def statements(text: str) -> list[str]:
        seen: list[str] = []
        note = lambda _c, _x, statement, *_: seen.append(statement)  # noqa: E731
        event.listen(chat.engine, "before_cursor_execute", note)
        chat.finish(turn_of(chat, text), Answer("yes"))
        event.remove(chat.engine, "before_cursor_execute", note)
        return seen

    first = statements("m0")
    for number in range(1, 30):
        chat.finish(turn_of(chat, f"m{number}"), Answer("yes"))
    assert statements("m30") == first
    assert len(first) <= 14


def test_messages_that_wait_are_found_by_their_index(directory_engine: Engine) -> None:
    if directory_engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by the size of the table")
    chat = Chat(directory_engine)
    seen: list[tuple[str, tuple[object, ...]]] = []
    note = lambda _c, _x, statement, parameters, *_: seen.append((statement, parameters))  # noqa: E731
    event.listen(directory_engine, "before_cursor_execute", note)
    chat.finish(turn_of(chat, "hi"), Answer("yes"))
    chat.do(lambda s: claims.conversations_waiting(s, US))
    event.remove(directory_engine, "before_cursor_execute", note)
    looking = [
        (statement, parameters) for statement, parameters in seen if statement.startswith("SELECT") and "waiting = 1" in statement
    ]
    assert len(looking) == 3
    with directory_engine.connect() as connection:
        for statement, parameters in looking:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            assert any("ix_message_waiting" in str(step) for step in plan), (statement, plan)
