from __future__ import annotations

import asyncio
import io
import logging

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from resources_db.logs import DiscreetFormatter, log_loop_errors

SECRET = "wobblefrond"


@pytest.fixture
def written() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def logger(written: io.StringIO) -> logging.Logger:
    logger = logging.Logger("test")
    handler = logging.StreamHandler(written)
    handler.setFormatter(DiscreetFormatter())
    logger.addHandler(handler)
    return logger


def test_of_a_database_error_the_kind_and_the_place_are_logged_but_no_parameter(
    logger: logging.Logger, written: io.StringIO
) -> None:
    engine = create_engine("sqlite://")
    with pytest.raises(OperationalError, match=SECRET) as raised, engine.connect() as connection:
        connection.execute(text("INSERT INTO nowhere VALUES (:words)"), {"words": SECRET})
    logger.error("saving failed", exc_info=raised.value)
    assert SECRET not in written.getvalue()
    assert "saving failed" in written.getvalue()
    assert "sqlalchemy.exc.OperationalError" in written.getvalue()
    assert "sqlite3.OperationalError" in written.getvalue()
    assert "test_logs.py" in written.getvalue()


def test_what_led_to_an_error_is_logged_as_discreetly(logger: logging.Logger, written: io.StringIO) -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError(SECRET) from error
    except ValueError:
        logger.exception("failed", stack_info=True)
    assert SECRET not in written.getvalue()
    assert "ValueError" in written.getvalue()
    assert "KeyError" in written.getvalue()


def test_what_another_formatter_made_of_it_is_not_used(logger: logging.Logger, written: io.StringIO) -> None:
    other = logging.StreamHandler(io.StringIO())
    logger.handlers.insert(0, other)
    try:
        raise KeyError(SECRET)
    except KeyError:
        logger.exception("failed")
    assert SECRET in other.stream.getvalue()
    assert SECRET not in written.getvalue()


async def test_a_task_that_nobody_waited_for_is_logged_without_its_words(
    written: io.StringIO, monkeypatch: pytest.MonkeyPatch, logger: logging.Logger
) -> None:
    async def fail(words: str) -> None:
        raise KeyError(words)

    monkeypatch.setattr(logging.getLogger("asyncio"), "handlers", logger.handlers)
    log_loop_errors(asyncio.get_running_loop())
    task = asyncio.create_task(fail(SECRET))
    await asyncio.wait([task])
    del task
    await asyncio.sleep(0)
    assert "KeyError" in written.getvalue()
    assert SECRET not in written.getvalue()
