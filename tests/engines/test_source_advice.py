"""Every hint about how a source is written works when it is followed: the text it suggests is what
the tests write."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from enginekit import failure, manifest, opened

from sharekit.engines.duckdb.engine import DuckDBEngine
from sharekit.numbers.results import Cell
from sharekit.project.shapes import SourceConfig


def open_with(root: Path, content: bytes, options: dict[str, object]) -> DuckDBEngine:
    (root / "t.csv").write_bytes(content)
    config = SourceConfig.model_validate({"path": "t.csv", **options})
    return opened(manifest(root, {"t": config}))


def suggested(hint: str | None) -> list[dict[str, object]]:
    """What a hint says to write under [sources.t], each of its choices."""
    found = re.search(r"Write (.+?) under \[sources\.\w+\]", hint or "")
    assert found is not None, hint
    choices = re.sub(r" \([^()]*\)", "", found[1]).split(" or ")
    parts = re.compile(r'(\w+) = ("[^"]*"|\[[^\]]*\])')
    return [
        tomllib.loads("\n".join(f"{k} = {v}" for k, v in parts.findall(choice)))
        for choice in choices
    ]


def values(
    root: Path, content: bytes, choices: Iterable[dict[str, object]], sql: str
) -> list[Cell]:
    """What a query of t returns, with each of these options for its file."""
    (root / "t.csv").write_bytes(content)
    sources = {
        f"t{number}": SourceConfig.model_validate({"path": "t.csv", **options})
        for number, options in enumerate(choices)
    }
    with opened(manifest(root, sources)) as engine:
        assert all(info.error is None for info in engine.sources().values())
        return [engine.query(of_table(name, sql)).rows[0][0] for name in sources]


def value(root: Path, content: bytes, options: dict[str, object], sql: str) -> Cell:
    (answer,) = values(root, content, [options], sql)
    return answer


def of_table(name: str, sql: str) -> str:
    return re.sub(r"\bt\b", name, sql)


def table(case: str) -> str:
    """The table of the engine below that has the file of a case."""
    return "t_" + re.sub(r"\W", "_", case)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckDBEngine]:
    """The files of all cases, each a table of its own."""
    root = tmp_path_factory.mktemp("cases")
    files = {name: content for name, (content, *_) in {**FAILS, **AMBIGUOUS, **COUNTS}.items()}
    files |= {name: amounts(written) for name, (written, _) in AMOUNTS.items()}
    sources = {}
    for name, content in files.items():
        (root / f"{table(name)}.csv").write_bytes(content)
        delimiter = {"delimiter": ";"} if name in AMOUNTS else {}
        config = {"path": f"{table(name)}.csv", **delimiter}
        sources[table(name)] = SourceConfig.model_validate(config)
    assert len(sources) == len(FAILS) + len(AMBIGUOUS) + len(COUNTS) + len(AMOUNTS)
    with opened(manifest(root, sources)) as engine:
        yield engine


SUM = "SELECT sum(amount) FROM t"
DAY = "SELECT max(day)::DATE::VARCHAR FROM t"
FAILS: dict[str, tuple[bytes, str, dict[str, Cell]]] = {
    "decimal comma": (
        b"day;amount\n2026-11-02;1,5\n2026-11-03;2,25\n",
        SUM,
        {'{"decimal": ","}': 3.75},
    ),
    "decimal comma and thousands points": (
        b"day;amount\n2026-11-02;1.234,50\n2026-11-03;99\n",
        SUM,
        {'{"decimal": ",", "thousands": "."}': 1333.5},
    ),
    "thousands commas": (
        b'day,amount\n2026-11-02,"1,250.50"\n2026-11-03,"12,400"\n',
        SUM,
        {'{"thousands": ","}': 13650.5},
    ),
    "thousands blanks that do not break": (
        "day;amount\n2026-11-02;1\u202f250,50\n2026-11-03;12\u00a0400,00\n".encode(),
        SUM,
        {'{"decimal": ",", "thousands": " "}': 13650.5},
    ),
    "thousands apostrophes": (
        b"day,amount\n2026-11-02,1'250.5\n2026-11-03,3\n",
        SUM,
        {'{"thousands": "\'"}': 1253.5},
    ),
    "commas of either kind": (
        b'day,amount\n2026-11-02,"1,250"\n2026-11-03,"2,000"\n',
        SUM,
        {'{"decimal": ","}': 3.25, '{"thousands": ","}': 3250},
    ),
    "words for nothing": (
        b"day,amount\n2026-11-02,5\n2026-11-03,n/a\n2026-11-04,7\n",
        SUM,
        {'{"nulls": ["n/a"]}': 12},
    ),
    "names of months": (
        b'day,amount\n"Oct 8, 2026",4\n"Sep 26, 2026",5\n',
        DAY,
        {'{"date_format": "%b %d, %Y"}': "2026-10-08"},
    ),
    "full names of months": (
        b"day,amount\n8 October 2026,4\n26 September 2026,5\n",
        DAY,
        {'{"date_format": "%d %B %Y"}': "2026-10-08"},
    ),
    "months alone": (
        b"day,amount\nSep 2026,4\nOct 2026,5\n",
        DAY,
        {'{"date_format": "%b %Y"}': "2026-10-01"},
    ),
    "months by number": (
        b"day,amount\n2026-09,4\n2026-10,5\n",
        DAY,
        {'{"date_format": "%Y-%m"}': "2026-10-01"},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FAILS)
def test_hint_of_a_failed_query_works(engine: DuckDBEngine, root: Path, name: str) -> None:
    content, sql, choices = FAILS[name]
    asked = SUM if sql == SUM else "SELECT max(day::DATE) FROM t"
    found = suggested(failure(engine, of_table(table(name), asked)).hint)
    assert {repr(each).replace("'", '"') for each in found} == {
        repr(eval(choice)).replace("'", '"') for choice in choices
    }
    answers = values(root, content, map(eval, choices), sql)
    assert answers == list(choices.values())


AMBIGUOUS: dict[str, tuple[bytes, str, set[Cell]]] = {
    "slashes": (b"day,amount\n01/02/2026,1\n05/03/2026,2\n", DAY, {"2026-03-05", "2026-05-03"}),
    "dashes": (b"day,amount\n01-02-2026,1\n05-03-2026,2\n", DAY, {"2026-03-05", "2026-05-03"}),
    "points": (b"day,amount\n01.02.2026,1\n05.03.2026,2\n", DAY, {"2026-03-05", "2026-05-03"}),
    "years of two digits": (b"day,amount\n25/12/26,1\n", DAY, {"2026-12-25", "2025-12-26"}),
    "times of day": (
        b"day,amount\n01/02/2026 10:30,1\n05/03/2026 9:15,2\n",
        DAY,
        {"2026-03-05", "2026-05-03"},
    ),
    "thousands or decimals": (
        b"day;amount\n2026-01-01;1.250\n2026-01-02;12.400\n",
        SUM,
        {13.65, 13650},
    ),
    "thousands or decimals, by tabs": (
        b"day\tamount\n2026-01-01\t1.250\n2026-01-02\t500\n",
        SUM,
        {501.25, 1750},
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", AMBIGUOUS)
def test_what_can_be_read_in_two_ways_is_asked_and_never_guessed(
    engine: DuckDBEngine, root: Path, name: str
) -> None:
    content, sql, wanted = AMBIGUOUS[name]
    info = engine.sources()[table(name)]
    assert "can be read in" in (info.error or "")
    assert set(values(root, content, suggested(info.hint), sql)) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"day,amount\n01/02/2026,1\n13/03/2026,2\n", "2026-03-13"),
        (b"day,amount\n01/02/2026,1\n03/13/2026,2\n", "2026-03-13"),
        (b"day,amount\n2026/3/5,1\n", "2026-03-05"),
    ],
)
def test_what_can_be_read_in_one_way_is_read(root: Path, content: bytes, wanted: str) -> None:
    assert value(root, content, {}, DAY) == wanted


@pytest.mark.slow
def test_late_day_beyond_the_sample_decides_the_order(root: Path) -> None:
    rows = b"01/02/2026,1\n" * 12_000
    assert value(root, b"day,amount\n" + rows + b"03/13/2026,1\n", {}, DAY) == "2026-03-13"


COUNTS = {
    "Excel's days": (b"day,amount\n46296,4\n46266,5\n", "2026-10-01"),
    "years": (b"day,amount\n2024,5\n2025,7\n", "2025-01-01"),
    "days without signs between": (b"day,amount\n20261001,5\n20260930,7\n", "2026-10-01"),
    "months without signs between": (b"day,amount\n202610,5\n202609,7\n", "2026-10-01"),
    "seconds": (b"day,amount\n1790812800,5\n", "2026-10-01"),
    "milliseconds": (b"day,amount\n1790812800000,5\n", "2026-10-01"),
    "quarters": (b"day,amount\n2026-Q3,5\n2026-Q4,5\n", "2026-10-01"),
    "quarters first": (b"day,amount\nQ3 2026,5\nQ4 2026,5\n", "2026-10-01"),
    "weeks": (b"day,amount\n2026-W40,5\n", "2026-09-28"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", COUNTS)
def test_sql_that_is_suggested_for_counted_days_works(engine: DuckDBEngine, name: str) -> None:
    hint = failure(engine, f"SELECT max(day::DATE) FROM {table(name)}").hint or ""
    found = re.search(r"Write (.+?)(?: AS day| in the query)\.", hint)
    assert found is not None, hint
    asked = f"SELECT max({found[1]})::VARCHAR FROM {table(name)}"
    assert engine.query(asked).rows == ((COUNTS[name][1],),)


AMOUNTS = {
    "signs of a currency": (["€1,123.45", "-€10", "€0.55"], 1114.0),
    "signs behind": (["1.123,45 €", "10,55 €"], 1134.0),
    "codes of a currency": (["1123.45 EUR", "10.55 EUR"], 1134.0),
    "codes before": (["USD 1,123.45", "USD -10.45"], 1113.0),
    "brackets for minus": (["1,123.45", "(10.45)"], 1113.0),
    "minus behind": (["1123.45", "10.45-"], 1113.0),
    "another minus": (["1123.45", "\N{MINUS SIGN}10.45"], 1113.0),
    "thousands": (["1.5k", "2k"], 3500.0),
    "percent": (["12.5%", "7.5 %"], 0.2),
    "percent with commas": (["12,5%", "7,5 %"], 0.2),
}


def amounts(written: Sequence[str]) -> bytes:
    return ("day;amount\n" + "".join(f'2026-10-01;"{amount}"\n' for amount in written)).encode()


@pytest.mark.slow
@pytest.mark.parametrize("name", AMOUNTS)
def test_sql_that_is_suggested_for_amounts_works(engine: DuckDBEngine, name: str) -> None:
    hint = failure(engine, f"SELECT sum(amount) FROM {table(name)}").hint or ""
    found = re.search(r"Write (.+) in the query\.$", hint)
    assert found is not None, hint
    total = engine.query(f"SELECT sum({found[1]}) FROM {table(name)}").rows[0][0]
    assert total == pytest.approx(AMOUNTS[name][1])


@pytest.mark.slow
def test_an_amount_with_a_unit_that_reads_in_two_ways_has_both(root: Path) -> None:
    with open_with(root, b"day;amount\n2026-10-01;1.250 EUR\n", {"delimiter": ";"}) as engine:
        hint = failure(engine, "SELECT sum(amount) FROM t").hint or ""
        found = re.search(r"Write (.+) or (.+) in the query, as the file means it\.$", hint)
        assert found is not None, hint
        totals = {engine.query(f"SELECT sum({sql}) FROM t").rows[0][0] for sql in found.groups()}
    assert totals == {1.25, 1250}


def test_total_row_is_named_with_its_line_and_left_out_as_the_hint_says(root: Path) -> None:
    with open_with(root, b"month,n\n2026-09-01,5\n2026-10-01,7\nTotal,12\n", {}) as engine:
        hint = failure(engine, "SELECT sum(n) FROM t WHERE month::DATE > '2026-01-01'").hint or ""
        assert "`Total` (line 4)" in hint
        where = re.search(r"WHERE .+?\)", hint)
        cast = re.search(r"CAST\(.+?\)", hint)
        assert where is not None
        assert cast is not None
        sql = f"SELECT max(d)::VARCHAR, sum(n) FROM (SELECT {cast[0]} AS d, n FROM t {where[0]})"
        assert engine.query(sql).rows == (("2026-10-01", 12),)


@pytest.mark.slow
def test_line_is_right_after_values_of_several_lines(root: Path) -> None:
    content = b'note,n\n"a\nb\nc",1\n\nplain,2\n"x\ny",oops\n'
    with open_with(root, content, {"columns": {"n": "INTEGER"}}) as engine:
        assert engine.sources()["t"].error == "line 7: `oops` in column n is no INTEGER"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("windows-1252", "city,n\nK\u00f6ln \u20ac,5\n".encode("cp1252")),
        (None, "city,n\nK\u00f6ln \u20ac,5\n".encode("utf-16")),
        (None, "\ufeffcity,n\nK\u00f6ln \u20ac,5\n".encode()),
        ("cp1250", "city,n\nKraków,5\n".encode("cp1250")),
    ],
)
def test_text_is_read_in_its_encoding(root: Path, encoding: str | None, content: bytes) -> None:
    options: dict[str, object] = {"encoding": encoding} if encoding else {}
    found = value(root, content, options, "SELECT city FROM t")
    assert found in ("K\u00f6ln \u20ac", "Kraków")


@pytest.mark.slow
def test_hint_for_text_that_is_not_utf8_works(root: Path) -> None:
    content = "city,n\nK\u00f6ln,5\n".encode("cp1252")
    with open_with(root, content, {}) as engine:
        hint = engine.sources()["t"].hint or ""
    found = re.search(r'encoding = "(.+?)"', hint)
    assert found is not None
    assert value(root, content, {"encoding": found[1]}, "SELECT city FROM t") == "K\u00f6ln"


@pytest.mark.slow
def test_format_for_each_column(root: Path) -> None:
    content = b"ordered,paid\n01/02/2026,02/01/2026\n"
    options = {"date_format": {"ordered": "%d/%m/%Y", "paid": "%m/%d/%Y"}}
    assert value(root, content, options, "SELECT count(*) FROM t WHERE ordered = paid") == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"date_format": "%Y"}, 'no column is written as date_format = "%Y"'),
        (
            {"date_format": {"day": "%m/%d/%Y"}},
            "line 3: `13/02/2026` in column day is not written as %m/%d/%Y",
        ),
        ({"date_format": {"dya": "%m/%d/%Y"}}, "`date_format` names dya, but it has: day, amount"),
        ({"columns": {"amount": "INTEGER"}}, "line 3: `1,5` in column amount is no INTEGER"),
    ],
)
def test_option_that_does_not_fit_is_told_with_the_place(
    root: Path, options: dict[str, object], words: str
) -> None:
    with open_with(root, b'day,amount\n01/02/2026,1\n13/02/2026,"1,5"\n', options) as engine:
        assert words in (engine.sources()["t"].error or "")


def test_declared_types_are_read_in_the_notation_of_the_file(root: Path) -> None:
    content = b"day;amount;zip\n31.12.2026;1.234,50;01220\n"
    options = {
        "decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y",
        "columns": {"amount": "DECIMAL(12, 2)", "day": "DATE", "zip": "VARCHAR"},
    }  # fmt: skip
    with open_with(root, content, options) as engine:
        assert [column.type for column in engine.sources()["t"].columns] == [
            "DATE",
            "DECIMAL(12,2)",
            "VARCHAR",
        ]
        assert engine.query("SELECT day::VARCHAR, amount::VARCHAR, zip FROM t").rows == (
            ("2026-12-31", "1234.50", "01220"),
        )


def test_codes_stay_text_and_whole_numbers_exact(root: Path) -> None:
    content = (
        b"zip,id,flag,nothing\n01220,9007199254740993,true,\n1220,99999999999999999999,false,\n"
    )
    with open_with(root, content, {}) as engine:
        types = [column.type for column in engine.sources()["t"].columns]
        assert types == ["VARCHAR", "HUGEINT", "BOOLEAN", "VARCHAR"]
        assert not engine.sources()["t"].notes, "a code is no number that went wrong"
        assert engine.query("SELECT count(DISTINCT zip), max(id)::VARCHAR FROM t").rows == (
            (2, "99999999999999999999"),
        )


def test_header_below_a_title_and_a_delimiter_of_its_own(root: Path) -> None:
    content = b"Sales of 2026\n\nday~amount\n2026-01-01~5\n"
    assert value(root, content, {"header_row": 3, "delimiter": "~"}, SUM) == 5


@pytest.mark.slow
def test_names_with_blanks_are_offered_in_quotes(root: Path) -> None:
    with open_with(root, b"day,net sales, gross sales \n2026-01-01,5,6\n", {}) as engine:
        for sql in (
            "SELECT sum(net) FROM t",
            "SELECT sum(net sales) FROM t",
            "SELECT sum(netsales) FROM t",
        ):
            assert '"net sales"' in (failure(engine, sql).hint or ""), sql
        assert engine.query('SELECT sum("net sales") + sum("gross sales") FROM t').rows == ((11,),)


@pytest.mark.slow
def test_missing_column_lists_all_that_there_are(root: Path) -> None:
    names = [f"column_{number}" for number in range(90)]
    with open_with(
        root, f"{','.join(names)}\n{','.join('1' for _ in names)}\n".encode(), {}
    ) as engine:
        hint = failure(engine, "SELECT amount FROM t").hint or ""
        assert all(name in hint for name in names)


def test_hints_reach_through_views(root: Path) -> None:
    (root / "t.csv").write_bytes(b"day;amount\n2026-11-02;1,5\n")
    items = {"_v": "SELECT day, amount AS a FROM t", "m": "SELECT sum(a) AS value FROM metrics._v"}
    with opened(manifest(root, {"t": "t.csv"}, items)) as engine:
        assert suggested(failure(engine, items["m"]).hint) == [{"decimal": ","}]


EMPTY = b'id,start,ended\n1,2026-09-01,2026-10-05\n2,2026-09-02,\n3,2026-09-03,""\n'


@pytest.mark.parametrize(
    ("wrong", "advised", "followed", "count"),
    [
        ("ended = ''", "write IS NULL instead of = ''", "ended IS NULL", 2),
        ("ended <> ''", "IS NOT NULL instead of <> ''", "ended IS NOT NULL", 1),
        ("coalesce(ended, '') < as_of()", "NULL instead of '' elsewhere", "coalesce(ended, NULL) > as_of()", 1),
        ("start > '01.09.2026'", "'2026-12-31'", "start > '2026-09-01'", 2),
        ("id = 'two'", "without quotes", "id = 2", 1),
    ],
)  # fmt: skip
def test_a_text_in_the_query_itself_is_no_row_to_leave_out(
    root: Path, wrong: str, advised: str, followed: str, count: int
) -> None:
    with open_with(root, EMPTY, {}) as engine:
        error = failure(engine, f"SELECT count(*) FROM t WHERE {wrong}")
        assert advised in (error.hint or "")
        assert "leave such rows out" not in (error.hint or "")
        rows = engine.query(f"SELECT count(*) FROM t WHERE {followed}").rows
    assert rows == ((count,),)
