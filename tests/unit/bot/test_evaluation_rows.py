"""Labeled files: what a cell says, what an empty one says, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.evaluation.rows import ANY, LabeledFile, Row
from bot.evaluation.table import RowsUnusable


@pytest.fixture
def read(tmp_path: Path):  # type: ignore[no-untyped-def]
    def reading(content: str | bytes, name: str = "messages.tsv") -> list[Row]:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return list(LabeledFile(path))

    return reading


def test_every_column_is_read(read) -> None:  # type: ignore[no-untyped-def]
    rows = read(
        "text\tlang\tneeds\tnegated\tact\tcrisis\tplace\tages\tlabel_quality\twho\n"
        "hi there\tEN\tfood, goods\tlegal\trequest_help\tself_harm;medical\tSanta Ana, CA|92701\t2 0.67\thand\tme\n"
    )
    assert rows == [
        Row(
            "hi there", 2, "en", "request_help", frozenset({"food", "goods"}), True, frozenset({"legal"}),
            frozenset({"self_harm", "medical"}), ("Santa Ana, CA", "92701"), (0.67, 2.0), "hand",
        )
    ]  # fmt: skip


@pytest.mark.parametrize("between", [",", ", ", ";", "|", " "])
def test_several_codes_may_be_separated_as_people_do(read, between: str) -> None:  # type: ignore[no-untyped-def]
    (row,) = read(f"text\tneeds\na\tfood{between}goods\n")
    assert row.needs == {"food", "goods"}


def test_what_has_no_column_is_not_judged(read) -> None:  # type: ignore[no-untyped-def]
    (row,) = read("text\tneeds\na\tfood\n")
    assert (row.act, row.crisis, row.negated, row.places, row.ages, row.language) == (None,) * 6


@pytest.mark.parametrize("nothing", ["none", "-", "null", "None"])
def test_a_word_may_say_that_there_is_nothing(read, nothing: str) -> None:  # type: ignore[no-untyped-def]
    (row,) = read(f"text\tneeds\tcrisis\tplace\tages\na\t{nothing}\t{nothing}\t{nothing}\t{nothing}\n")
    assert (row.needs, row.crisis, row.places, row.ages) == (frozenset(), frozenset(), (), ())


def test_an_empty_cell_says_nothing_where_the_row_has_an_act_or_the_column_is_used(read) -> None:  # type: ignore[no-untyped-def]
    with_act, without_act = read("text\tneeds\tcrisis\tact\na\t\t\tgreet\nb\t\tviolence\t\n")
    assert (with_act.needs, with_act.crisis) == (frozenset(), frozenset())
    assert (without_act.needs, without_act.act) == (None, None)
    (used,) = [row for row in read("text\tneeds\tcrisis\na\tfood\t\nb\t\t\n") if row.text == "b"]
    assert (used.needs, used.crisis) == (frozenset(), None)


def test_without_a_crisis_column_the_act_tells_it(read) -> None:  # type: ignore[no-untyped-def]
    assert [row.crisis for row in read("text\tact\na\tcrisis\nb\tthanks\nc\t\n")] == [{ANY}, frozenset(), None]


def test_without_a_language_column_the_name_of_the_file_tells_it(read) -> None:  # type: ignore[no-untyped-def]
    assert read("text\na\n", "ours.es.tsv")[0].language == "es"
    assert read("text\tlang\na\t\n", "ours.es.tsv")[0].language is None


def test_one_label_a_row_says_nothing_of_other_needs(read) -> None:  # type: ignore[no-untyped-def]
    food, safety, greet, crisis, asks = read(
        "text\tlang\tlabel\na\ten\tneed:food\nb\ten\tneed:domestic_violence\nc\ten\tgreet\nd\ten\tcrisis\ne\ten\trequest_help\n"
    )
    assert (food.needs, food.complete, food.act, food.crisis) == ({"food"}, False, "request_help", frozenset())
    assert safety.crisis is None
    assert (greet.needs, greet.complete, greet.crisis) == (frozenset(), True, frozenset())
    assert (crisis.act, crisis.crisis, crisis.needs) == ("crisis", {ANY}, None)
    assert asks.needs is None


def test_lists_of_crisis_lines_are_rows_too(read) -> None:  # type: ignore[no-untyped-def]
    rows = read("must_catch:\n  violence: [he hits me]\nmust_not: [he hit the road, 'null']\n", "x.en.yml")
    assert [(row.text, row.crisis, row.language) for row in rows] == [
        ("he hits me", {"violence"}, "en"), ("he hit the road", frozenset(), "en"), ("null", frozenset(), "en"),
    ]  # fmt: skip


def test_quotes_of_a_spreadsheet_go_and_quotes_of_a_message_stay(read) -> None:  # type: ignore[no-untyped-def]
    rows = read('text\tneeds\n"she said ""no"", and\nleft"\tfood\n"yes" she said\t\nthat\'s "it\tfood\n"ab"\tfood\n')
    assert [row.text for row in rows] == ['she said "no", and\nleft', '"yes" she said', "that's \"it", "ab"]
    assert [row.line for row in rows] == [2, 4, 5, 6]


def test_the_tables_of_any_program_are_read(read) -> None:  # type: ignore[no-untyped-def]
    rows = read("\ufeffText\tNeeds\r\na\tfood\r\n\r\nb\r\nc\u2028d\t\r\n".encode())
    assert [(row.text, row.needs) for row in rows] == [("a", {"food"}), ("b", frozenset()), ("c\u2028d", frozenset())]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", ": is empty"),
        (b"text\tact\n\n", ": holds no messages"),
        (b"message\tact\nhi\tgreet\n", ":1: no column is called text"),
        (b"text\tact\tact\nhi\tgreet\tgreet\n", ":1: two columns are called act"),
        (b"text\tneeds\nhi\tfood\nhi\tfoood\n", ":3: needs: no need has the code 'foood'"),
        (b"text\tnegated\nhi\tfood none\n", ":2: negated: no need has the code 'none'"),
        (b"text\tact\nhi\tgreets\n", ":2: act: no act is called 'greets'"),
        (b"text\tcrisis\nhi\tsad\n", ":2: crisis: no category is called 'sad'"),
        (b"text\tages\nhi\ttwo\n", ":2: ages: 'two' is no age"),
        (b"text\tages\nhi\tnan\n", ":2: ages: 'nan' is no age"),
        (b"text\tlabel\nhi\tneed:\n", ":2: label: need: without a code"),
        (b"text\tlabel\nhi\t\n", ":2: label: is empty"),
        (b"text\tneeds\nhi\tfood\textra\n", ":2: 3 cells, but only 2 columns"),
        (b'text\tneeds\n"hi\tfood\n"hi\n', ":3: text: a quote is never closed"),
        (b"text\tneeds\nhi\tfood\nh\xe9\tfood\n", ":3: byte 2 of the line is not UTF-8"),
        (b"text\n" + b"a" * 2_000_001, ":2: a line of more than"),
    ],
)
def test_what_cannot_be_read_is_told_in_one_line_with_the_place(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "messages.tsv"
    path.write_bytes(content)
    with pytest.raises(RowsUnusable) as told:
        LabeledFile(path)
    assert str(told.value).startswith(f"{path}{problem}")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "content", ["must_catch: [a]\nmust_not: []\n", "- a\n", "a: [", "must_catch: {sad: [a]}\nmust_not: []\n"]
)
def test_a_list_of_crisis_lines_in_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "lines.yml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RowsUnusable, match=r"lines\.yml:"):
        LabeledFile(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(RowsUnusable, match="No such file"):
        LabeledFile(tmp_path / "nothing.tsv")
