"""Limits, deaths and neighbours: what becomes of the worker, of the guilty and of the innocent."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from enginekit import ITEMS, failure, manifest, opened, small_project

from sharekit.engines import Query
from sharekit.engines.duckdb.engine import DuckDBEngine
from sharekit.engines.duckdb.wire import MAX_FRAME, Frames, Message, WireError, pack
from sharekit.engines.duckdb.worker_replies import columns_of, day_of, error_of, rows_of, text_of
from sharekit.errors import OutsideError, QueryError

pytestmark = pytest.mark.slow

SLOW = "SELECT count(*) FROM range(10000000000000)"
DEAF = "SELECT " + " + ".join(
    f"length(regexp_replace(repeat('ab', 20000000), '(a|b)(a|b)', '{n}', 'g'))" for n in range(2)
)
"""Ignores the interrupt, so that its worker must be killed: one expression of some ten seconds."""
CRASH = "FROM t" + ",t" * 32_000
"""Ends DuckDB 2.0 in its parser; 1.5 refuses it."""


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[DuckDBEngine]:
    with opened(small_project(tmp_path, limits={"seconds": 1, "memory": "200MB"})) as engine:
        yield engine


def test_query_over_its_time_is_stopped_and_the_worker_stays(quick: DuckDBEngine) -> None:
    pid = quick.pid
    error = failure(quick, SLOW)

    assert error.fault == "timeout"
    assert error.message == "the query took longer than 1 seconds and was stopped"
    assert error.hint
    assert quick.query("SELECT 1").rows == ((1,),)
    assert quick.pid == pid


BUSY = "SELECT max(sin(i) * cos(i)) FROM range(2000000) t(i)"
"""Takes less than a tenth of a second of a processor."""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells how long a process worked")
def test_time_without_a_processor_does_not_count(quick: DuckDBEngine) -> None:
    """A busy machine is a worker that waits for its turn: this one waits twice its limit."""
    os.kill(quick.pid, signal.SIGSTOP)
    go_on = threading.Timer(2.0, os.kill, (quick.pid, signal.SIGCONT))
    go_on.start()

    assert quick.query(BUSY).rows
    go_on.join()
    assert failure(quick, SLOW).fault == "timeout"


def test_a_worker_that_waits_forever_is_given_up_by_the_clock(tmp_path: Path) -> None:
    with opened(small_project(tmp_path, limits={"seconds": 0.2})) as engine:
        os.kill(engine.pid, signal.SIGSTOP)
        assert failure(engine, "SELECT 1").fault == "timeout"
        assert engine.query("SELECT 2").rows == ((2,),)


def test_query_that_ignores_the_interrupt_is_killed_with_its_worker(quick: DuckDBEngine) -> None:
    pid = quick.pid

    assert failure(quick, DEAF).fault in ("timeout", "memory")
    assert quick.query("SELECT 1").rows == ((1,),)
    assert quick.pid != pid or failure(quick, DEAF).fault == "memory"


@pytest.mark.parametrize("bad", [SLOW, DEAF, CRASH])
def test_neighbours_of_a_bad_query_are_answered(quick: DuckDBEngine, bad: str) -> None:
    texts = [f"SELECT {index} + count(*) FROM flights" for index in range(20)]
    texts.insert(7, bad)

    answers = list(quick.run([Query(str(index), text) for index, text in enumerate(texts)]))

    assert [answer.id for answer in answers if answer.error] == ["7"]
    assert [answer.rows.rows[0][0] for answer in answers if answer.rows] == [
        7 + index for index in range(20)
    ]


def test_two_bad_queries_are_both_named(quick: DuckDBEngine) -> None:
    texts = ["SELECT 1", SLOW, SLOW, "SELECT 2"]

    answers = list(quick.run([Query(str(index), text) for index, text in enumerate(texts)]))

    assert [answer.error.fault if answer.error else None for answer in answers] == [
        None,
        "timeout",
        "timeout",
        None,
    ]


def test_death_from_outside_is_nobodys_failure(quick: DuckDBEngine) -> None:
    answers = quick.run([Query(str(index), f"SELECT {index}") for index in range(100)])
    assert next(answers).id == "0"
    os.kill(quick.pid, signal.SIGKILL)

    assert [answer.error for answer in answers] == [None] * 99
    os.kill(quick.pid, signal.SIGKILL)
    assert quick.query("SELECT 3").rows == ((3,),)


def test_memory_over_the_limit_fails_by_name(quick: DuckDBEngine) -> None:
    error = failure(quick, "SELECT max(repeat(i::VARCHAR, 100000000)) FROM range(1000) t(i)")

    assert error.fault in ("memory", "timeout")
    assert error.hint
    assert quick.query("SELECT 1").rows == ((1,),)


def test_large_sort_spills_to_the_private_folder(tmp_path: Path) -> None:
    with opened(small_project(tmp_path, limits={"memory": "100MB"})) as engine:
        rows = engine.query(
            "SELECT m FROM (SELECT md5(i::VARCHAR) AS m, i FROM range(1500000) t(i) ORDER BY m, i"
            " OFFSET 1499999)"
        )
    assert len(rows.rows) == 1


def test_rows_over_the_limit_are_refused(tmp_path: Path) -> None:
    with opened(small_project(tmp_path, limits={"max_rows": 20_000})) as engine:
        assert len(engine.query("SELECT * FROM range(20000)").rows) == 20_000
        error = failure(engine, "SELECT * FROM range(20001)")
    assert error.fault == "too-many-rows"
    assert error.message == "the query returns more than 20,000 rows"


def test_result_over_32_mb_is_refused(tmp_path: Path) -> None:
    with opened(small_project(tmp_path)) as engine:
        assert (
            failure(engine, "SELECT repeat('x', 1000000) FROM range(40)").message
            == "the result is larger than 32 MB"
        )
        assert len(engine.query("SELECT repeat('x', 1000000) FROM range(20)").rows) == 20


# -- views that become tables ---------------------------------------------------------------------


def rolled_engine(root: Path, sql: str, **limits: object) -> DuckDBEngine:
    small_project(root)
    items = ITEMS | {
        "_rolled": sql,
        "_over": "SELECT * FROM metrics._rolled",
        "fine": "SELECT 1 AS value",
    }
    sources = {"flights": "flights.csv", "carriers": "carriers.csv"}
    return opened(manifest(root, sources, items, materialized=("_rolled", "_over"), limits=limits))


def test_materialized_views_are_made_once_and_in_order(tmp_path: Path) -> None:
    with rolled_engine(tmp_path, "SELECT random() AS r FROM metrics._operated") as engine:
        queries = [Query(str(index), "SELECT sum(r) FROM metrics._over") for index in range(8)]
        found = {answer.rows.rows for answer in engine.run(queries) if answer.rows}
        assert len(found) == 1

        os.kill(engine.pid, signal.SIGKILL)
        assert {engine.query("SELECT sum(r) FROM metrics._rolled").rows} == found, (
            "the next worker finds the table"
        )


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("SELECT nonsense FROM flights", "there is no column `nonsense`"),
        ("SELECT * FROM read_text('/etc/passwd')", "read_text is not allowed here"),
        (SLOW, "the query took longer than 2 seconds"),
        ("SELECT origin::INTEGER AS n FROM flights", "Could not convert"),
    ],
)
def test_failing_materialized_view_fails_its_readers_by_name(
    tmp_path: Path, sql: str, words: str
) -> None:
    with rolled_engine(tmp_path, sql, seconds=2) as engine:
        texts = [
            "SELECT * FROM metrics._over",
            "SELECT value FROM metrics.fine",
            "SELECT * FROM metrics._rolled",
        ]
        answers = list(engine.run([Query(text, text) for text in texts]))

    assert [answer.error is None for answer in answers] == [False, True, False]
    for answer in (answers[0], answers[2]):
        assert answer.error is not None
        assert "metrics._rolled has an error" in answer.error.message
        assert words in answer.error.message


# -- a worker that lies ---------------------------------------------------------------------------


def test_frames_arrive_in_any_pieces() -> None:
    data = pack({"a": 1}) + pack({"b": "é"}) + pack({"n": 2}, rows=b'[["x",null]]')
    frames = Frames()
    found = [
        message for index in range(len(data)) for message in frames.feed(data[index : index + 1])
    ]

    assert found == [{"a": 1}, {"b": "é"}, {"n": 2, "rows": [["x", None]]}]


@pytest.mark.parametrize(
    "body",
    [
        b"not JSON",
        b"[1, 2]",
        b"3",
        b'{"n": NaN}',
        b'{"n": Infinity}',
        b'{"n": ' + b"1" * 5000 + b"}",
        b"[" * 200_000,
        b'{"n": "\xff"}',
        b"\x80\x04K\x01.",
        b"",
    ],
)
def test_frame_that_is_no_message_is_an_error(body: bytes) -> None:
    with pytest.raises(WireError):
        Frames().feed(len(body).to_bytes(4, "big") + body)


def test_frame_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(WireError):
        Frames().feed((MAX_FRAME + 1).to_bytes(4, "big"))


GOOD: Message = {
    "columns": [["d", "DATE", "date"], ["n", "INTEGER", "number"]],
    "rows": [["2013-11-18", 1]],
}


@pytest.mark.parametrize(
    "lie",
    [
        {"rows": None},
        {"rows": 5},
        {"rows": "ab"},
        {"rows": [1, 2]},
        {"rows": ["ab"]},
        {"rows": [["2013-11-18"]]},
        {"rows": [["2013-11-18", [1]]]},
        {"rows": [["2013-11-18", {"a": 1}]]},
        {"rows": [["2013-11-18", float("inf")]]},
        {"rows": [["yesterday", 1]]},
        {"rows": [[5, 1]]},
        {"rows": [["2013-11-18", 1]] * 11},
        {"columns": None},
        {"columns": [["d", "DATE"]]},
        {"columns": [["d", "DATE", "date"], ["n", "INTEGER", "<script>"]]},
        {"columns": [["d", "DATE", "date"], ["n", "INTEGER", ["number"]]]},
    ],
)
def test_result_of_another_shape_is_an_error(lie: Message) -> None:
    assert len(rows_of(GOOD, 10).rows) == 1
    with pytest.raises(QueryError, match="the result cannot be used"):
        rows_of({**GOOD, "rows": [list(row) for row in GOOD["rows"]], **lie}, 10)


def test_words_of_the_worker_are_cleaned() -> None:
    answer = {
        "error": {
            "fault": "evil",
            "message": "a\x1b[31mb\x07" + "x" * 5000,
            "hint": ["\x00"],
            "offset": "7",
        }
    }
    error = error_of("SELECT 1", answer)

    assert error is not None
    assert (error.fault, error.line) == ("failed", None)
    assert "\x1b" not in error.message
    assert len(error.message) <= 2000
    assert error.hint == "['\\x00']"


@pytest.mark.parametrize(
    "answer", [{}, {"columns": 1, "text": 2, "until": 3}, {"until": "soon", "columns": [1]}]
)
def test_other_answers_are_checked_too(answer: Message) -> None:
    with pytest.raises(QueryError):
        text_of(answer)
    with pytest.raises(QueryError):
        columns_of(answer)
    if "until" in answer:
        with pytest.raises(QueryError):
            day_of(answer)


def test_worker_that_cannot_start_is_an_outside_error(tmp_path: Path) -> None:
    with opened(small_project(tmp_path)) as engine:
        engine._runner.close()
        engine._runner.setup["address_space"] = 2**24
        with pytest.raises(OutsideError, match="could not be started"):
            engine.query("SELECT 1")
