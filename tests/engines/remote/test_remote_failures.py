"""What every engine does when something goes wrong, against real servers: limits, errors, what is out
of reach, what the role keeps, advice, secrets."""

from __future__ import annotations

import importlib.util
import os
import re
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from commandline import sharekit
from remote_asking import AS_OF, VARIABLE, Farm, ask, asked, engine, numbers, project
from remote_servers import PASSWORD, WRITTEN, Server

from sharekit.build import evaluated
from sharekit.engines.duckdb.engine import open_duckdb
from sharekit.engines.remote import adbc, process
from sharekit.engines.remote.examine import examine
from sharekit.numbers.results import Results
from sharekit.project.load import load
from sharekit.project.shapes import EngineConfig

pytestmark = pytest.mark.slow

SLOW = {
    "postgres": (
        "SELECT count(*) AS n FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE"
        " a.a < b.b"
    ),
    "mysql": (
        "SELECT sum(sqrt(a.seq + b.seq)) AS n FROM analytics.seq_1_to_1000000 a,"
        " analytics.seq_1_to_1000000 b"
    ),
    "spark": "SELECT sum(sqrt(a.id + b.id)) AS n FROM range(2000000) a CROSS JOIN range(2000000) b",
    "sqlite": (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) AS n"
        " FROM c"
    ),
}
"""Queries that no server answers within a test."""


# -- limits ---------------------------------------------------------------------------------------


def test_max_rows_is_a_limit(tmp_path: Path, server: Server) -> None:
    got = asked(
        tmp_path, server, {"fits": numbers(server, 100), "more": numbers(server, 101), "far": numbers(server, 500_000)},
        max_rows=100,
    )  # fmt: skip
    assert len(got["fits"].rows) == 100, got["fits"].extract.error
    for name in ("more", "far"):
        assert got[name].error.fault == "too-many-rows"
        assert "more than 100 rows" in got[name].error.message


def test_a_query_that_takes_too_long_is_stopped_and_the_next_one_runs(
    tmp_path: Path, server: Server
) -> None:
    got = asked(
        tmp_path, server, {"slow": SLOW[server.dialect], "next": "SELECT 1 AS a"}, seconds=2, jobs=1
    )
    if server.name.startswith("sail"):
        assert server.restart is not None
        server.restart()  # it goes on computing what nobody waits for
    if server.name.startswith("sail") and got["slow"].error.fault == "outside":
        # Its driver may not come back from cancelling: then nobody can tell a slow engine from a
        # silent one.
        assert "nor when it was asked to stop" in str(got["slow"].error.hint)
    else:
        assert got["slow"].error.fault == "timeout", got["slow"].error
        assert "longer than 2 seconds" in got["slow"].error.message
    if not server.name.startswith("sail"):
        assert got["next"].rows == [(1,)], got["next"].extract.error


def test_a_driver_that_hangs_is_killed(tmp_path: Path) -> None:
    """A server that takes the connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        port = deaf.getsockname()[1]
        url = f"mysql://reader:{WRITTEN}@127.0.0.1:{port}/analytics"
        server = Server("deaf", "mysql", url, lambda sql: None)
        got = ask(tmp_path, server, "SELECT 1 AS a", seconds=1)
    assert got.error.fault in ("outside", "timeout")
    assert process.CONNECT < 60


# -- errors ---------------------------------------------------------------------------------------


def test_an_unknown_column_is_shown_where_it_is_written(tmp_path: Path, server: Server) -> None:
    got = ask(
        tmp_path,
        server,
        "-- żółć, a comment\n/* and another */ SELECT\n  'żó' AS a, no_such_column AS b",
    )
    assert got.error.fault == "unknown-column", got.error.message
    assert got.error.line == 3
    assert got.error.column == 14
    assert "no_such_column" in got.error.message


def test_columns_that_an_owner_may_have_meant_are_named(tmp_path: Path, server: Server) -> None:
    """The table is asked for its columns; nothing is run for it."""
    setup: list[str] = []
    table = f"{server.schema}meant"
    if server.dialect == "spark":
        made = "SELECT 1 AS amount, CAST(NULL AS STRING) AS region"
        setup = [f"CREATE OR REPLACE TEMPORARY VIEW meant AS {made}"]
    else:
        server.run(f"DROP TABLE IF EXISTS {table}")
        server.run(f"CREATE TABLE {table} (amount int, region varchar(9))")
    queries = {
        "near": f"SELECT region AS r,\n  sum(amuont) AS value FROM {table} GROUP BY region",
        "far": f"SELECT o.weather AS value FROM {table} AS o",
    }
    got = asked(tmp_path, server, queries, allow=[table], setup=setup)
    assert got["near"].error.hint == f"Did you mean `amount` of {table}?"
    assert got["near"].error.line == 2
    assert got["far"].error.hint == f"{table} has the columns amount, region."


def test_a_place_after_as_of_is_the_owners(tmp_path: Path, postgres: Server) -> None:
    got = ask(tmp_path, postgres, "SELECT as_of() AS d, no_such_column AS b")
    assert (got.error.line, got.error.column) == (1, 22)


def test_an_unknown_table_is_named(tmp_path: Path, server: Server) -> None:
    name = f"{server.schema}no_such_table"
    got = ask(tmp_path, server, f"SELECT * FROM {name}", allow=[name])
    assert got.error.fault == "unknown-table", got.error.message
    assert "no_such_table" in got.error.message


def test_one_query_never_ends_the_others(tmp_path: Path, server: Server) -> None:
    got = asked(
        tmp_path, server, {"bad": "SELECT no_such_column AS a", "good": "SELECT 1 AS a"}, jobs=1
    )
    assert got["bad"].error.fault == "unknown-column"
    assert got["good"].rows == [(1,)]


# -- out of reach ---------------------------------------------------------------------------------


def test_a_wrong_password_is_out_of_reach_and_is_not_shown(tmp_path: Path, server: Server) -> None:
    if WRITTEN not in server.url:
        pytest.skip("no password there")
    wrong = server.url.replace(WRITTEN, "an0ther-word")
    got = asked(tmp_path, server, {"q": "SELECT 1 AS a"}, url=wrong)["q"]
    assert got.error.fault == "outside"
    assert "an0ther-word" not in got.error.message + str(got.error.hint)


def test_no_server_is_out_of_reach(tmp_path: Path, server: Server) -> None:
    gone = (
        "sqlite:////no/such/file.db"
        if server.dialect == "sqlite"
        else server.url.rpartition(":")[0] + ":1/"
    )
    got = asked(tmp_path, server, {"q": "SELECT 1 AS a"}, url=gone)["q"]
    assert got.error.fault == "outside", got.error.message
    assert "cannot be asked" in got.error.message


def test_without_the_secret_it_is_out_of_reach(tmp_path: Path, postgres: Server) -> None:
    project(tmp_path, postgres, {"q": "SELECT 1 AS a"})
    with engine(tmp_path, "", cache=tmp_path / "cache") as opened:
        error = opened.extracts(["_q"])["_q"].error
    assert error is not None
    assert error.fault == "outside"
    assert VARIABLE in str(error.hint)


def test_a_server_that_was_restarted_is_asked_again(tmp_path: Path, server: Server) -> None:
    if server.restart is None:
        pytest.skip("this one is not restarted here")
    assert ask(tmp_path / "a", server, "SELECT 1 AS a").rows == [(1,)]
    server.restart()
    assert ask(tmp_path / "b", server, "SELECT 2 AS a").rows == [(2,)]


def test_off_this_machine_the_certificate_is_checked(tmp_path: Path, postgres: Server) -> None:
    for option in ("sslmode=disable", "sslmode=require", "sslmode=prefer"):
        got = asked(
            tmp_path,
            postgres,
            {"q": "SELECT 1 AS a"},
            url=f"postgresql://u:p@db.invalid/x?{option}",
        )["q"]
        assert got.error.fault == "outside"
        assert "certificate" in str(got.error.hint)


def test_a_missing_driver_names_the_extra(tmp_path: Path) -> None:
    if importlib.util.find_spec("trino") is not None:
        pytest.skip("the driver for Trino is installed here")
    got = ask(
        tmp_path,
        Server("trino", "trino", "trino://u@127.0.0.1/db", lambda sql: None),
        "SELECT 1 AS a",
    )
    assert got.error.fault == "outside"
    assert (
        got.error.hint
        == "The driver for Trino is not installed. Run pip install 'sharekit[trino]'."
    )


def test_two_engines_are_asked_side_by_side(tmp_path: Path, farm: Farm) -> None:
    """Each in a process of its own, with its own secret; one out of reach leaves the other as it
    is."""
    first, second = farm["postgres"], farm["sqlite"]
    project(tmp_path, first, {"one": "SELECT 1 AS a"})
    toml = (tmp_path / "sharekit.toml").read_text(encoding="utf-8")
    more = '[engines.small]\nurl = "env:SMALL_URL"\ndialect = "sqlite"\nallow = ["*"]\n'
    (tmp_path / "sharekit.toml").write_text(toml + more, encoding="utf-8")
    text = "/* ---\nengine: small\n--- */\nSELECT 2 AS a"
    (tmp_path / "metrics" / "_two.sql").write_text(text, encoding="utf-8")
    for small, fault in ((second.url, None), ("", "outside")):
        environment = {**os.environ, VARIABLE: first.url, "SMALL_URL": small}
        manifest = load(tmp_path)
        with open_duckdb(manifest, as_of=AS_OF, cache_dir=None, environment=environment) as opened:
            found = opened.extracts(["_one", "_two"])
            assert found["_one"].error is None
            error = found["_two"].error
            assert (error.fault if error else None) == fault
            if fault is None:
                joined = "SELECT o.a + t.a AS a FROM metrics._one o CROSS JOIN metrics._two t"
                assert opened.query(joined).rows == ((3,),)


# -- what the role and the protocol keep ----------------------------------------------------------


def test_one_statement_by_protocol(tmp_path: Path, postgres: Server) -> None:
    """What would end the read-only transaction, had the guard let it through."""
    from sharekit.engines.remote.adapter import EngineUrl, execute
    from sharekit.engines.remote.registry import find

    adapter = find("postgresql", "postgres")
    connection = adapter.connect(EngineUrl(postgres.url), 10.0)
    execute(connection, adapter.begin)
    with pytest.raises(Exception, match=r"multiple commands|syntax error"):
        list(adapter.read(connection, "select 1) t; commit; select (1", 10).batches or ())
    execute(connection, adapter.begin)
    with pytest.raises(Exception, match=r"read-only|read-write"):
        list(
            adapter.read(
                connection, "select set_config('transaction_read_only', 'off', false)", 10
            ).batches
            or ()
        )
    connection.close()


def test_a_read_only_engine_writes_nothing(tmp_path: Path, server: Server) -> None:
    if not server.read_only:
        pytest.skip("its protocol has no read-only sessions: the role is the wall")
    from sharekit.engines.remote.adapter import EngineUrl, execute
    from sharekit.engines.remote.registry import find

    adapter = find(server.url.partition(":")[0], server.dialect)
    connection = adapter.connect(EngineUrl(server.url), 10.0)
    for statement in ("CREATE TABLE made (a int)", "INSERT INTO salaries VALUES ('x', 1)"):
        with pytest.raises(
            Exception, match=r"(?i)read.only|readonly|denied|authorized|permission|not exist"
        ):
            execute(connection, (*adapter.begin, statement))
    connection.close()


# -- advice ---------------------------------------------------------------------------------------

_SPAN = {"postgres": "interval '90 minutes'", "mysql": "TIME '01:30:00'"}
_DAY = {
    "postgres": "as_of() - 3",
    "mysql": "as_of() - INTERVAL 3 DAY",
    "sqlite": "date(as_of(), '-3 days')",
}
_WRONG = {
    "text": ("SELECT '12.5' AS value", "", 12.5),
    "commas": ("SELECT '1.234,5' AS value", "", 1234.5),
    "span": ("SELECT {span} AS value", "", 90.0),
    "day": ("SELECT {day} AS value", "value: value", 3.0),
    "months": ("SELECT '2025-10' AS month, 5 AS value", "grain: month", 5.0),
    "spelled": (
        "SELECT '31.08.2025' AS month, 4 AS value UNION ALL SELECT '30.09.2025', 4 UNION ALL"
        " SELECT '31.10.2025', 5",
        "grain: month",
        5.0,
    ),
}  # fmt: skip
"""Queries that return what no number or no date is, what they declare, and the value that the advice
makes of them."""


@pytest.mark.parametrize("name", ["postgres", "mariadb", "sqlite"])
def test_advice_works_in_the_dialect_of_the_engine(
    tmp_path: Path, farm: Farm, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    server = farm[name]
    monkeypatch.setenv(VARIABLE, server.url)
    folder = project(tmp_path, server, {})
    wrong = {
        case: (sql.format(span=_SPAN.get(server.dialect), day=_DAY[server.dialect]), front, value)
        for case, (sql, front, value) in _WRONG.items()
        if not (name == "sqlite" and case in ("span", "spelled"))  # it has neither
    }

    def results(queries: Mapping[str, str]) -> Results:
        for case, sql in queries.items():
            head = f"/* ---\ntitle: {case}\nengine: warehouse\n{wrong[case][1]}\n--- */\n"
            (folder / "metrics" / f"{case}.sql").write_text(f"{head}{sql}\n", encoding="utf-8")
        return evaluated(folder, as_of=AS_OF).results

    before = results({case: sql for case, (sql, _, _) in wrong.items()})
    followed = {}
    for case, (sql, _, _) in wrong.items():
        failure = before.results[case].failure
        assert failure is not None, case
        advice = re.search(r"query: (.+? AS (value|month))[.,]", failure.hint or "")
        assert advice is not None, (case, failure)
        more = ", value" if advice[2] == "month" else ""
        followed[case] = f"SELECT {advice[1]}{more} FROM ({sql}) AS said"
    after = results(followed)
    values = {case: reading_of(after, case) for case in wrong}
    assert values == {case: value for case, (_, _, value) in wrong.items()}


def reading_of(results: Results, case: str) -> float | None:
    result = results.results[case]
    assert result.reading is not None, result.failure
    return result.reading.value


# -- secrets --------------------------------------------------------------------------------------


def test_the_password_is_nowhere(tmp_path: Path, server: Server) -> None:
    """Not in what a build writes or prints, not in any process's arguments, whether it goes well or
    not."""
    if WRITTEN not in server.url:
        pytest.skip("no password there")
    folder = project(
        tmp_path / "p", server, {"q": "SELECT 1 AS a", "bad": "SELECT no_such_column AS a"}
    )
    head = "/* ---\ntitle: T\nkind: table\n--- */\n"
    (folder / "metrics" / "t.sql").write_text(f"{head}SELECT * FROM metrics._q", encoding="utf-8")
    (folder / "metrics" / "u.sql").write_text(f"{head}SELECT * FROM metrics._bad", encoding="utf-8")
    root = Path(__file__).parents[3]
    titles: list[bytes] = []
    for url in (
        server.url,
        server.url.replace("127.0.0.1", "127.0.0.2").replace("/analytics", "/no"),
    ):
        env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(root),
            VARIABLE: url,
            "HOME": str(tmp_path),
        }
        command = [sys.executable, "-m", "sharekit", "--debug", "--project", str(folder), "build"]
        with (folder / f"said-{len(titles)}").open("wb") as said:
            build = subprocess.Popen(
                [*command, "--as-of", "2025-11-20"], env=env, stdout=said, stderr=subprocess.STDOUT
            )
            while build.poll() is None:
                titles += _titles()
                with suppress(subprocess.TimeoutExpired):
                    build.wait(0.05)
    spellings = [text.encode() for text in (PASSWORD, WRITTEN, PASSWORD.replace("%", "%%"))]
    for path in folder.rglob("*"):
        if path.is_file():
            assert not any(text in path.read_bytes() for text in spellings), path
    assert not any(text in title for text in spellings for title in titles)


@pytest.mark.parametrize("odd", ["#", "/", "[", "@"])
def test_a_password_that_is_not_encoded_is_told_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, odd: str
) -> None:
    server = Server("none", "postgres", f"postgresql://ann:Hunter2{odd}x@127.0.0.1:1/shop", print)
    folder = project(tmp_path, server, {"q": "SELECT n FROM analytics.orders"})
    head = "/* ---\ntitle: {0}\n--- */\nSELECT sum(n) AS value FROM {1}"
    (folder / "metrics" / "data").mkdir()
    (folder / "metrics" / "data" / "here.csv").write_text("n\n41\n1\n")
    for name, table in (("here_total", "here"), ("there_total", "metrics._q")):
        (folder / "metrics" / f"{name}.sql").write_text(head.format(name, table))
    monkeypatch.setenv(VARIABLE, server.url)
    for command in (["build"], ["check"], ["doctor", "engines"]):
        said = sharekit("--debug", "--project", folder, *command)
        words = said.out + said.err
        assert said.code == 3, words
        assert "Hunter2" not in words
        assert f"{odd} as %" in words
    assert "42" in (folder / "site" / "metrics" / "here_total.md").read_text()


def _titles() -> list[bytes]:
    """The command lines of all processes."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # it may have ended by now
            found.append(path.read_bytes())
    return found


def test_the_engines_process_has_one_secret() -> None:
    given = {
        "PATH": "/bin",
        "HTTPS_PROXY": "http://p",
        "OTHER_PASSWORD": "x",
        "A_URL": "postgresql://a",
        "HOME": "/h",
    }
    assert process.environment("A_URL", given) == {
        "PATH": "/bin", "HTTPS_PROXY": "http://p", "A_URL": "postgresql://a",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrapping",
    [
        "Invalid: [FlightSQL] encoding error: ",
        "task 4: encoding error: External error: External error: ",
    ],
)
def test_what_wraps_the_words_of_an_engine_is_left_out(wrapping: str) -> None:
    error = RuntimeError(f"{wrapping}remote error: Cast error: Cannot cast '1000000'")
    assert adbc.fault(error).message == "Cast error: Cannot cast '1000000'"


@pytest.mark.parametrize("name", ["sail_flight", "sail_spark"])
def test_doctor_tries_to_create_where_no_catalog_tells(farm: Farm, name: str) -> None:
    config = EngineConfig(url=f"env:{VARIABLE}", dialect="spark", allow=("*",))
    for _ in range(2):
        report = examine("sail", config, {**os.environ, VARIABLE: farm[name].url})
        assert "its role may create tables" in [finding.what for finding in report.findings]
        assert not report.ok


@pytest.mark.parametrize(
    "words",
    [
        "h2 protocol error: error reading a body from connection (Internal; DoGet: endpoint 0: [])",
        "error reading from server: EOF",
        "write tcp 127.0.0.1:9: connection reset by peer",
        "INTERNAL: stream terminated by RST_STREAM with error code: INTERNAL_ERROR",
    ],
)
def test_what_breaks_off_under_way_is_no_fault_of_the_query(words: str) -> None:
    fault = adbc.fault(RuntimeError(f"[FlightSQL] {words}"))
    assert fault.outside
    assert words.startswith(fault.message)


@pytest.mark.parametrize("name", ["sail_flight", "sail_spark", "postgres"])
def test_what_goes_wrong_while_rows_come_is_said_as_the_engine_says_it(
    tmp_path: Path, farm: Farm, name: str
) -> None:
    server = farm[name]
    rows = "generate_series(1, 9) AS t(id)" if name == "postgres" else "range(10)"
    kind = "smallint" if name == "postgres" else "tinyint"
    sql = f"SELECT CAST(CAST(id * 1000000 AS varchar(20)) AS {kind}) AS v FROM {rows}"
    got = ask(tmp_path, server, sql, allow=["range"], functions=["generate_series"])
    said = got.error.message
    assert said.startswith("warehouse says: ")
    assert "1000000" in said
    for word in ("stored", "stream", "DoGet", "External", "encoding"):
        assert word not in said
