"""The guard by itself, on DuckDB's own parse."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_accepted_queries import ACCEPTED

from sharekit.engines.duckdb.guard import (
    DENIED_FUNCTIONS,
    TABLE_FUNCTIONS,
    Guard,
    GuardRefusal,
    TablesRead,
    canonical,
    fold_name,
    parse_one,
)

NAMES = ("flights", "carriers", "Straße")
ITEMS = ("_operated", "on_time")


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as connection:
        yield connection


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard(NAMES, ITEMS)


@pytest.mark.parametrize(
    ("sql", "sources", "items"),
    [
        ("FROM flights", ("flights",), ()),
        ("SELECT 1", (), ()),
        ("FROM FLIGHTS, main.Carriers, flights AS f", ("flights", "carriers"), ()),
        (
            "FROM metrics._operated JOIN METRICS.ON_TIME USING (origin)",
            (),
            ("_operated", "on_time"),
        ),
        ('SELECT * FROM "Straße"', ("Straße",), ()),
        (
            "WITH a AS (FROM flights) SELECT (SELECT count(*) FROM metrics.on_time) FROM a",
            ("flights",),
            ("on_time",),
        ),
        ("SELECT * FROM carriers WHERE EXISTS (FROM flights)", ("carriers", "flights"), ()),
        ("PIVOT flights ON origin IN ('JFK') USING count(*)", ("flights",), ()),
        ("SELECT list_transform([1], lambda x: (SELECT count(*) FROM flights))", ("flights",), ()),
    ],
)
def test_it_tells_what_is_read(
    cursor: Any, guard: Guard, sql: str, sources: Any, items: Any
) -> None:
    reads = guard.parse(cursor, sql).reads

    assert (set(reads.sources), set(reads.items)) == (set(sources), set(items))
    assert len(reads.sources) == len(set(reads.sources))


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_lets_realistic_queries_through(cursor: Any, guard: Guard, name: str) -> None:
    assert isinstance(guard.parse(cursor, ACCEPTED[name]).reads, TablesRead)


@pytest.mark.parametrize(
    ("sql", "message", "hint", "at"),
    [
        (
            "SELECT * FROM read_csv('x.csv')",
            "the table function read_csv is not allowed here",
            (
                "Put the file in metrics/data/, or declare it under [sources], and read it by its"
                " table name."
            ),
            "read_csv",
        ),
        (
            "SELECT 1, getenv('HOME')",
            "the function getenv is not allowed here",
            "A query may only compute from the declared tables.",
            "getenv",
        ),
        (
            "SELECT * FROM 'x.csv'",
            "files cannot be read by name: 'x.csv'",
            (
                "Put the file in metrics/data/, or declare it under [sources], and read it by its"
                " table name."
            ),
            "'x.csv'",
        ),
        (
            "SELECT * FROM strasse",
            "there is no table `strasse`",
            "Did you mean `Straße`?",
            "strasse",
        ),
        (
            "SELECT * FROM on_time",
            "there is no table `on_time`",
            "Did you mean `metrics.on_time`?",
            "on_time",
        ),
        (
            "WITH flights AS (SELECT 1) FROM flights",
            (
                "the WITH query `flights` has the name of a source, so it is unclear which of them is read"
            ),
            "Give it another name, such as `flights_filtered`.",
            None,
        ),
        ("SELECT ?", "a query has no parameters", "Write the value instead of ? or $1.", None),
        ("", "there is no query", "Write one SELECT.", None),
        (
            "SELECT 1; SELECT 2; SELECT 3",
            "these are 3 statements",
            "Write exactly one SELECT.",
            None,
        ),
        (
            "PIVOT flights ON origin USING count(*)",
            "a PIVOT must name its values",
            "Write them: PIVOT t ON carrier IN ('AA', 'DL') USING sum(flights).",
            None,
        ),
        (
            "DROP TABLE flights",
            "DROP is not allowed here",
            "Write exactly one SELECT; it can begin with WITH or FROM.",
            None,
        ),
    ],
)
def test_refusal_has_words_a_way_out_and_a_place(
    cursor: Any, guard: Guard, sql: str, message: str, hint: str, at: str | None
) -> None:
    with pytest.raises(GuardRefusal) as caught:
        guard.parse(cursor, sql)

    assert caught.value.message == message
    assert caught.value.hint == hint
    if at is not None:
        assert caught.value.offset == sql.index(at)


def test_place_is_counted_in_bytes(cursor: Any, guard: Guard) -> None:
    sql = "SELECT 'Zürich' FROM nowhere"
    with pytest.raises(GuardRefusal) as caught:
        guard.parse(cursor, sql)
    assert caught.value.offset == sql.encode().index(b"nowhere")


# -- what a later DuckDB may bring ----------------------------------------------------------------


def statement(node: dict[str, Any]) -> dict[str, Any]:
    return {"error": False, "statements": [{"node": node}]}


def select(**changes: Any) -> dict[str, Any]:
    return {
        "type": "SELECT_NODE",
        "select_list": [],
        "from_table": {"type": "EMPTY"},
        "cte_map": {"map": []},
    } | changes


@pytest.mark.parametrize(
    "node",
    [
        {"type": "NEW_NODE"},
        {"type": "INSERT_QUERY_NODE"},
        select(from_table={"type": "NEW_TABLE_REF"}),
        select(from_table={"type": "COPY_REF"}),
        select(from_table={"type": "SHOW_REF"}),
        select(select_list=[{"class": "NEW_EXPRESSION", "type": "X"}]),
        select(select_list=[{"class": ["FUNCTION"], "type": "FUNCTION"}])
        | {"modifiers": [{"type": "INTO_MODIFIER"}]},
        select(modifiers=[{"type": "INTO_MODIFIER"}]),
        select(select_list=[{"class": "FUNCTION", "function_name": "getenv"}]),
        select(
            select_list=[
                {
                    "class": "FUNCTION",
                    "function_name": "lower",
                    "qualified_name": {"path": ["getenv"]},
                }
            ]
        ),
        select(select_list=[{"class": "WINDOW", "function_name": "current_setting"}]),
        select(
            from_table={
                "type": "TABLE_FUNCTION",
                "function": {"class": "FUNCTION", "function_name": "new_reader"},
            }
        ),
        select(
            from_table={
                "type": "TABLE_FUNCTION",
                "function": {"class": "OTHER", "function_name": "range"},
            }
        ),
        select(from_table={"type": "TABLE_FUNCTION"}),
        select(from_table={"type": "BASE_TABLE", "table_name": "flights", "catalog_name": "other"}),
        select(
            from_table={
                "type": "BASE_TABLE",
                "table_name": "flights",
                "qualified_name": {"path": ["a", "flights"]},
            }
        ),
        select(from_table={"type": "BASE_TABLE", "table_name": "flights", "schema_name": "other"}),
        select(from_table={"type": "BASE_TABLE"}),
        select(cte_map={"map": [{"key": "flights", "value": {"query_node": select()}}]}),
        select(
            cte_map={"map": [{"key": "x", "value": {"query_node": {"type": "DELETE_QUERY_NODE"}}}]}
        ),
        select(cte_map={"map": [{"key": "x", "value": {"query": {"node": {"type": "NEW_NODE"}}}}]}),
        select(select_list=[{"class": "SUBQUERY", "subquery": {"node": {"type": "NEW_NODE"}}}]),
        {
            "type": "JOIN",
            "cte_map": {"map": [{"key": "x", "value": {"query_node": {"type": "NEW_NODE"}}}]},
        },
        select(somewhere={"deep": [{"inside": {"type": "NEW_NODE"}}]}),
    ],
)
def test_unknown_kinds_of_nodes_are_refused(guard: Guard, node: dict[str, Any]) -> None:
    with pytest.raises(GuardRefusal):
        guard.tables_read(statement(node))


def test_only_one_statement_is_judged(guard: Guard) -> None:
    with pytest.raises(ValueError, match="too many"):
        guard.tables_read({"statements": [{"node": select()}, {"node": select()}]})


SUSPICIOUS = re.compile(
    r"secret|setting|file|read|write|log|env|quer|sleep|attach|load|http|pragma|duckdb|glob|exec|sql|plan|sniff|scan"
    r"|var$|variable|sequence|nextval|currval|setval|seed|extension|resource|profil|checkpoint|privilege|catalog|path"
)
HARMLESS = {
    "log", "log10", "log2", "json_extract_path", "json_extract_path_text", "parse_path", "parse_dirpath",
    "parse_dirname", "parse_filename", "path_join", "current_catalog", "array_cross_product", "list_var_pop",
    "list_var_samp", "var_pop", "var_samp", "is_histogram_other_bin", "add_parquet_key",
}  # fmt: skip


def test_no_function_that_sounds_of_the_outside_is_let_through(cursor: Any, guard: Guard) -> None:
    kinds = ("scalar", "aggregate", "macro")
    names = cursor.execute(
        "SELECT DISTINCT function_name, function_type FROM duckdb_functions()"
    ).fetchall()
    suspects = sorted(
        {name for name, kind in names if kind in kinds and SUSPICIOUS.search(name)} - HARMLESS
    )
    through = []
    for name in suspects:
        node = select(select_list=[{"class": "FUNCTION", "function_name": name}])
        try:
            guard.tables_read(statement(node))
        except GuardRefusal:
            continue
        through.append(name)
    assert through == []


def test_no_table_function_but_the_listed_ones_is_let_through(cursor: Any, guard: Guard) -> None:
    kinds = "('table', 'table_macro', 'pragma')"
    rows = cursor.execute(
        f"SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type IN {kinds}"
    )
    through = set()
    for (name,) in rows.fetchall():
        function = {"class": "FUNCTION", "function_name": name.upper()}
        try:
            guard.tables_read(
                statement(select(from_table={"type": "TABLE_FUNCTION", "function": function}))
            )
        except GuardRefusal:
            continue
        through.add(name)
    assert through <= TABLE_FUNCTIONS
    assert not TABLE_FUNCTIONS & DENIED_FUNCTIONS


# -- texts nobody thought of ----------------------------------------------------------------------

PIECES = st.sampled_from(
    ["SELECT", "FROM", "flights", "main", "metrics", "on_time", ".", ",", "(", ")", "*", "'x.csv'", '"a"', "1", "WITH",
     "a", "AS", "read_text", "WHERE", "UNION", "ALL", ";", "--", "\n", "/*", "*/", "JOIN", "USING", "=", "getenv",
     "VALUES", "TABLE", "PIVOT", "ON", "IN", "DESCRIBE", "é", "\u200b", "$1", "?", "::", "INT", "LATERAL", "[", "]"]
)  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(PIECES, max_size=25))
def test_any_text_is_judged_or_refused(cursor: Any, guard: Guard, pieces: list[str]) -> None:
    sql = " ".join(pieces)
    try:
        parsed = guard.parse(cursor, sql)
    except (GuardRefusal, duckdb.Error):
        return
    tree = json.dumps(json.loads(parsed.tree)).lower()
    assert set(parsed.reads.sources) <= set(NAMES)
    assert "x.csv" not in re.findall(r'"table_name": "([^"]*)"', tree)
    assert "read_text" not in re.findall(r'"function_name": "([^"]*)"', tree)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    gaps=st.lists(
        st.sampled_from([" ", "\n", "\t ", " /* x; */ ", " -- y\n"]), min_size=11, max_size=11
    ),
    upper=st.booleans(),
)
def test_spacing_comments_and_case_of_keywords_do_not_matter(
    cursor: Any, gaps: list[str], upper: bool
) -> None:
    words = [
        "select",
        "origin",
        ",",
        "count(*)",
        "as",
        "n",
        "from",
        "flights",
        "group",
        "by",
        "origin",
        "limit 3",
    ]
    keywords = {"select", "as", "from", "group", "by", "limit 3"}
    written = [word.upper() if upper and word in keywords else word for word in words]
    spaced = written[0] + "".join(gap + word for gap, word in zip(gaps, written[1:], strict=True))

    assert canonical(parse_one(cursor, spaced)[1]) == canonical(
        parse_one(cursor, " ".join(words))[1]
    )


@given(st.text())
def test_folding_is_for_ascii_alone(name: str) -> None:
    folded = fold_name(name.encode("utf-8", "replace").decode())

    assert fold_name(folded) == folded
    assert all(
        a == b or (a.isascii() and a.lower() == b)
        for a, b in zip(name, folded, strict=True)
        if a.isprintable()
    )
