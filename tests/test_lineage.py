"""What reads what: order, circles, and everything above and below."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharekit.engines.duckdb.guard import Guard
from sharekit.errors import QueryError
from sharekit.project.lineage import Lineage, lineage
from sharekit.project.load import load_files
from sharekit.sqldiff.parse import tables_read


def of(**edges: str) -> Lineage:
    """a="b c" means that a reads b and c."""
    return Lineage({name: tuple(reads.split()) for name, reads in edges.items()}, {})


GRAPHS = st.integers(1, 7).flatmap(
    lambda size: st.lists(
        st.tuples(st.integers(0, size - 1), st.integers(0, size)), max_size=14
    ).map(
        lambda pairs: Lineage(
            {str(a): tuple(dict.fromkeys(str(c) for b, c in pairs if b == a)) for a in range(size)},
            {},
        )
    )
)
"""Small graphs in which some read what is not there."""


def test_it_is_read_off_the_queries() -> None:
    texts = {
        "sharekit.toml": '[project]\nname = "x"\n',
        "metrics/_v.sql": "SELECT * FROM flights JOIN Carriers USING (code)",
        "metrics/a.sql": (
            "/* ---\ntitle: A\n--- */ WITH flights AS (SELECT 1) FROM flights, metrics._V,"
            " metrics._v"
        ),
        "metrics/b.sql": "/* ---\ntitle: B\n--- */ SELECT this is no SQL (",
    }
    found = lineage(load_files(texts))
    assert found.items == {"_v": (), "a": ("_v",), "b": ()}
    assert found.sources == {"_v": ("flights", "carriers"), "a": (), "b": ()}
    assert found.all_sources("a") == ("carriers", "flights")


@pytest.mark.parametrize(
    ("sql", "reads"),
    [
        ("SELECT * FROM a, metrics.b AS c JOIN d ON true", ["a", "metrics.b", "d"]),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", ["a"]),
        ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", []),
        ("WITH b AS (SELECT * FROM a), a AS (SELECT 1) SELECT * FROM b", ["a"]),
        ("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT * FROM r", []),
        ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a), a", ["a"]),
        ("WITH a AS (SELECT 1) SELECT * FROM metrics.a", ["metrics.a"]),
        ("WITH A AS (SELECT 1) SELECT (SELECT max(x) FROM a)", []),
        ("PIVOT t ON x IN (1) USING sum(y)", ["t"]),
        ("VALUES ((SELECT max(x) FROM t))", ["t"]),
        ("SELECT * FROM 'x.csv'", ["x.csv"]),
        ("SELECT * FROM read_csv('x.csv')", []),
    ],
)
def test_tables_that_a_query_reads(sql: str, reads: list[str]) -> None:
    found = tables_read(sql)
    assert [f"{read.schema}.{read.name}".lstrip(".") for read in found] == reads
    assert all(sql[read.column - 1 :].startswith(read.name) for read in found if "'" not in sql)


def test_above_and_below_come_nearest_first() -> None:
    graph = of(a="b", b="c d", c="", d="e", e="")
    assert graph.upstream("a") == ("b", "c", "d", "e")
    assert graph.downstream("e") == ("d", "b", "a")
    assert graph.upstream("c") == ()


def test_order_is_from_what_is_read_to_what_reads() -> None:
    assert of(a="b", b="c", c="", d="e", e="d", f="d", g="absent").order() == (
        "c",
        "g",
        "b",
        "a",
        "d",
        "e",
        "f",
    )


@pytest.mark.parametrize(
    ("graph", "circle"),
    [
        (of(a="b", b="c", c=""), ()),
        (of(a="a"), ("a", "a")),
        (of(a="b", b="c", c="b"), ("b", "c", "b")),
        (of(x="", a="x b", b="a"), ("a", "b", "a")),
        (of(a="absent"), ()),
    ],
)
def test_circles(graph: Lineage, circle: tuple[str, ...]) -> None:
    assert graph.circle() == circle


@given(GRAPHS)
def test_a_circle_is_found_exactly_where_order_fails(graph: Lineage) -> None:
    order = graph.order()
    assert sorted(order) == sorted(graph.items)
    place = {name: index for index, name in enumerate(order)}
    late = [
        name
        for name in graph.items
        for read in graph.items[name]
        if read in place and place[read] >= place[name]
    ]
    circle = graph.circle()
    assert bool(circle) == bool(late)
    assert all(after in graph.items[before] for before, after in pairwise(circle))
    assert circle[:1] == circle[-1:]


@pytest.mark.slow
@given(GRAPHS)
def test_below_is_above_turned_round(graph: Lineage) -> None:
    for one in graph.items:
        for other in graph.items:
            assert (other in graph.upstream(one)) == (one in graph.downstream(other))


def test_many_paths_are_walked_once() -> None:
    layers = [[f"n{layer}_{index}" for index in range(4)] for layer in range(200)]
    edges = {
        name: tuple(below)
        for layer, below in zip(layers, [*layers[1:], []], strict=True)
        for name in layer
    }
    graph = Lineage(edges, {})
    assert graph.circle() == ()
    assert graph.order()[0] == "n199_0"
    assert len(graph.upstream("n0_0")) == 4 * 199


def test_a_long_chain_is_no_recursion() -> None:
    graph = Lineage({f"n{index}": (f"n{index + 1}",) for index in range(5_000)}, {})
    assert graph.circle() == ()
    assert graph.order()[0] == "n4999"


# -- the same tables as DuckDB sees ---------------------------------------------------------------

QUERIES = Path(__file__).with_name("queries_that_read.sql").read_text(encoding="utf-8").split(";\n")
"""Many ways to name a table, some of them made to hide it."""


@pytest.fixture(scope="module")
def cursor() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection.cursor()


@pytest.mark.parametrize("sql", QUERIES)
def test_no_table_that_duckdb_reads_is_missed(sql: str, cursor: duckdb.DuckDBPyConnection) -> None:
    guard = Guard(["flights"], ["secret", "open"])
    try:
        reads = guard.parse(cursor, sql).reads
    except (QueryError, duckdb.Error):
        return  # it never runs, so it reads nothing
    seen = {read.name.lower() for read in tables_read(sql)}
    assert {*reads.items, *reads.sources} <= seen
