"""What people read when a file is wrong: one broken project for each mistake, beside the exact
words."""

from __future__ import annotations

import ast
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from golden import Golden
from source_trees import PACKAGE, nodes

from sharekit.checks import SqlFacts, check, examine, read_sql
from sharekit.checks.facts_cache import FactsCache
from sharekit.errors import ProblemsError, exit_code
from sharekit.numbers.cache.pack import TextStore
from sharekit.project.lineage import lineage
from sharekit.project.load import load, load_files
from sharekit.terminal.reports import problem_counts, problems_text

HERE = Path(__file__).parent
PROBLEMS = HERE / "problems"
BASE = PROBLEMS / "base"
CASES = sorted(path.name for path in PROBLEMS.iterdir() if path.is_dir() and path != BASE)

TWO_AUDIENCES = """[project]
name = "New York Airports"
audience = "team"

[people.maria]
name = "Maria"
[people.jonas]
name = "Jonas"

[audiences.team]
members = ["maria", "jonas"]
[audiences.board]
members = ["maria"]
"""


def words(root: Path) -> str:
    """What check says about a project, as in a terminal."""
    try:
        problems = check(load(root))
    except ProblemsError as error:
        problems = error.problems
    return (
        f"{problems_text(problems)}\n{problem_counts(problems)}, exit code {exit_code(problems)}\n"
    )


def codes(files: Mapping[str, str]) -> list[str]:
    return [problem.code for problem in check(load_files(files))]


@pytest.mark.parametrize("case", CASES)
def test_each_mistake_has_its_words(case: str, tmp_path: Path, golden: Golden) -> None:
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    shutil.copytree(
        PROBLEMS / case,
        tmp_path,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("expected.txt*"),
    )
    golden.check(words(tmp_path), PROBLEMS / case / "expected.txt")


def test_nothing_is_wrong_with_the_base_of_the_cases() -> None:
    assert check(load(BASE)) == ()


ELSEWHERE = {
    "audience-grew": "test_visible.py",
    "no-config": "test_loader.py",
    "not-utf-8": "test_loader.py",
    "file-too-large": "test_loader.py",
    "unreadable-file": "test_loader.py",
    "bad-link": "test_loader.py",
    "control-character": "test_loader.py",
    "bad-text": "only PyYAML without libyaml lets half a character through",
}
"""Codes whose files cannot well be kept in the repository."""


def codes_in_source() -> Iterator[str]:
    """Codes of problems that the loader and the checks can make, where they are written out."""
    position = {"Problem": 0, "Fault": 0, "_report": 0, "_refuse": 1}
    for path in (*PACKAGE.glob("checks/*.py"), *PACKAGE.glob("project/load/*.py"), *PACKAGE.glob("project/read/*.py"),
                 PACKAGE / "project/dashboard_body.py"):  # fmt: skip
        for node in nodes(path):
            if isinstance(node, ast.Call):
                name = (
                    node.func.attr
                    if isinstance(node.func, ast.Attribute)
                    else getattr(node.func, "id", "")
                )
                if name in position and len(node.args) > position[name]:
                    code = node.args[position[name]]
                    if isinstance(code, ast.Constant) and isinstance(code.value, str):
                        yield code.value


def test_each_code_has_a_case() -> None:
    shown = set(
        re.findall(
            r"(?:error|warning)\[([a-z0-9-]+)\]",
            "".join(p.read_text() for p in PROBLEMS.glob("*/expected.txt")),
        )
    )
    assert sorted(set(codes_in_source()) - shown - set(ELSEWHERE)) == []


def test_messages_are_one_sentence_without_a_full_stop() -> None:
    lines = re.findall(
        r"\[[a-z0-9-]+\]: (.*)", "".join(p.read_text() for p in PROBLEMS.glob("*/expected.txt"))
    )
    assert len(lines) > 150
    assert [
        line for line in lines if line.endswith(".") or line.endswith(" ") or ". " in line
    ] == []


# -- audiences ------------------------------------------------------------------------------------


def metric(front: str, sql: str) -> str:
    return f"/* ---\ntitle: A number\n{front}\n--- */\n{sql}\n"


SECRET = {
    "sharekit.toml": TWO_AUDIENCES,
    "metrics/secret.sql": metric("audience: board", "SELECT 1 AS value"),
}
READS = [
    "SELECT value FROM metrics.secret",
    "SELECT value FROM METRICS.Secret",
    'SELECT value FROM metrics."secret"',
    "FROM metrics.secret",
    "TABLE metrics.secret",
    "SELECT (SELECT max(value) FROM metrics.secret) AS value",
    "WITH a AS (SELECT * FROM metrics.secret) SELECT value FROM a",
    "WITH secret AS (SELECT 1 AS x) SELECT value FROM secret, metrics.secret",
    "VALUES ((SELECT max(value) FROM metrics.secret))",
    "PIVOT metrics.secret ON value IN (1) USING count(*)",
    "FROM (PIVOT metrics.secret ON value IN (1) USING count(*))",
    "UNPIVOT metrics.secret ON value INTO NAME n VALUE v",
    "SELECT 1 AS value LIMIT (SELECT value FROM metrics.secret)",
    "SELECT sum(1) FILTER (WHERE 1 IN (SELECT value FROM metrics.secret)) AS value",
    "SELECT 1 AS value UNION ALL SELECT value FROM metrics.secret",
    "SELECT * FROM range((SELECT value FROM metrics.secret))",
]


@pytest.mark.parametrize("sql", READS)
def test_no_query_of_a_wide_audience_reads_a_narrow_one(sql: str) -> None:
    files = {**SECRET, "metrics/open.sql": metric("", sql)}
    assert "audience-leak" in codes(files)


@pytest.mark.parametrize("sql", READS)
def test_the_same_query_for_the_narrow_audience_is_fine(sql: str) -> None:
    files = {**SECRET, "metrics/open.sql": metric("audience: board", sql)}
    assert codes(files) == []


def test_what_is_for_more_people_may_be_read() -> None:
    files = {
        "sharekit.toml": TWO_AUDIENCES,
        "metrics/open.sql": metric("audience: team", "SELECT 1 AS value"),
        "metrics/secret.sql": metric("audience: board", "SELECT value FROM metrics.open"),
    }
    assert codes(files) == []


def test_audiences_of_which_neither_holds_the_other_share_nothing() -> None:
    config = (
        TWO_AUDIENCES.replace('members = ["maria"]', 'members = ["eve"]')
        + '\n[people.eve]\nname = "Eve"\n'
    )
    files = {
        "sharekit.toml": config,
        "metrics/ours.sql": metric("audience: team", "SELECT 1 AS value"),
        "metrics/theirs.sql": metric("audience: board", "SELECT value FROM metrics.ours"),
    }
    assert codes(files) == ["audience-leak"]


# -- what adds up ---------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [None, "flights", "€", "min", "%", "km", "flights per day"])
def test_a_count_adds_up_and_a_mean_does_not_whatever_the_unit(unit: str | None) -> None:
    def codes_of(value: str) -> list[str]:
        front = f"dimensions: [a]\n{f'unit: {chr(34)}{unit}{chr(34)}' if unit else ''}"
        sql = f"SELECT a, {value} AS value FROM metrics._v GROUP BY a"
        return codes(
            {
                "sharekit.toml": TWO_AUDIENCES,
                "metrics/x.sql": metric(front, sql),
                "metrics/_v.sql": "SELECT 1 AS a, 2 AS b",
            }
        )

    assert codes_of("sum(b)") == codes_of("count(*)") == []
    assert codes_of("avg(b)") == codes_of("median(b)") == ["no-total-rule"]


@pytest.mark.parametrize(
    "grouping", ["GROUPING SETS ((d, a), (d))", "ROLLUP (d, a)", "CUBE (d, a)"]
)
def test_a_query_with_its_own_totals_needs_no_rule(grouping: str) -> None:
    sql = f"SELECT d, a, avg(v) AS value FROM metrics._v GROUP BY {grouping}"
    above = {
        "sharekit.toml": TWO_AUDIENCES,
        "metrics/_v.sql": "SELECT 1 AS d, 2 AS a, 3 AS v",
        "metrics/_t.sql": sql,
    }
    assert codes({**above, "metrics/x.sql": metric("unit: min\ndimensions: [a]", sql)}) == []
    assert (
        codes(
            {
                **above,
                "metrics/x.sql": metric(
                    "unit: min\ndimensions: [a]", "SELECT d, a, value FROM metrics._t"
                ),
            }
        )
        == []
    )


# -- facts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [*READS, "SELCT 1", "SELECT now(), random() FROM t", "SELECT a FROM t GROUP BY CUBE (a)", ""],
)
def test_facts_survive_a_cache(sql: str, tmp_path: Path) -> None:
    cache = FactsCache(tmp_path)
    assert cache(sql) == read_sql(sql)
    cache.save()
    assert FactsCache(tmp_path)(sql) == read_sql(sql)


@pytest.mark.parametrize("forged", ["", "{", "[]", "null", '{"reads": 1}', "[" * 100_000])
def test_a_forged_cache_entry_is_a_miss(forged: str, tmp_path: Path) -> None:
    cache = FactsCache(tmp_path)
    facts = cache("FROM flights")
    cache.save()
    (path,) = tmp_path.glob("facts-*")
    store = TextStore(path)
    for key in tuple(store.keys()):
        store.put(key, forged)
    store.save()
    assert FactsCache(tmp_path)("FROM flights") == facts


def test_facts_can_be_handed_in() -> None:
    asked: list[str] = []

    def remember(sql: str) -> SqlFacts:
        asked.append(sql)
        return read_sql(sql)

    manifest = load(BASE)
    assert check(manifest, facts=remember) == check(manifest)
    assert len(asked) == 3


def test_looking_at_a_project_tells_its_lineage_too() -> None:
    manifest = load(BASE)
    assert examine(manifest).lineage == lineage(manifest)


@pytest.mark.parametrize(
    ("sql", "unsteady"),
    [
        ("SELECT now()", ["now"]),
        (
            "SELECT today(), CURRENT_DATE, current_timestamp",
            ["today", "current_date", "current_timestamp"],
        ),
        ("SELECT age(d) FROM t", ["age"]),
        ("SELECT age(d, e) FROM t", []),
        ("SELECT t.now, now AS now, 'now()' FROM t -- now()", []),
        ("SELECT uuid(), gen_random_uuid()", ["uuid", "gen_random_uuid"]),
        ("SELECT * FROM t TABLESAMPLE 10%", ["sample"]),
        ("SELECT * FROM t USING SAMPLE 10% (bernoulli, 42)", []),
        ("SELECT as_of() - INTERVAL 28 DAYS", []),
        ("SELECT d AS current_day, hash(d) FROM t", []),
    ],
)
def test_clock_and_chance_are_found(sql: str, unsteady: list[str]) -> None:
    assert [spot.name for spot in read_sql(sql).unsteady] == unsteady


@pytest.mark.parametrize(
    ("sql", "outputs"),
    [
        ("SELECT a, t.b, count(*) AS n FROM t", ("a", "b", "n")),
        ('SELECT "Total" FROM t', ("total",)),
        ("SELECT * FROM t", None),
        ("FROM t", None),
        ("SELECT t.* FROM t", None),
        ("SELECT count(*) FROM t", None),
        ("SELECT COLUMNS('x.*') FROM t", None),
        ("SELECT a FROM t UNION ALL SELECT b FROM t", ("a",)),
        ("SELECT a FROM t UNION BY NAME SELECT b FROM t", None),
        ("(SELECT a FROM t)", ("a",)),
        ("WITH x AS (SELECT 1 AS a) SELECT a AS z FROM x", ("z",)),
        ("PIVOT t ON a IN (1) USING sum(b)", None),
        ("VALUES (1)", None),
    ],
)
def test_columns_are_told_only_where_the_text_tells_them(
    sql: str, outputs: tuple[str, ...] | None
) -> None:
    assert read_sql(sql).outputs == outputs


# -- what is not said -----------------------------------------------------------------------------


def test_a_thousand_files_that_miss_one_view_ask_for_its_neighbours_once(
    project: Callable[[Mapping[str, str | bytes]], Path],
) -> None:
    files = {
        f"metrics/m{index}.sql": metric("", "SELECT 1 AS value FROM metrics._wekly")
        for index in range(300)
    }
    problems = check(load(project({**files, "metrics/_weekly.sql": "SELECT 1 AS value"})))
    assert len(problems) == 300
    assert {problem.hint for problem in problems} == {"Did you mean `metrics._weekly`?"}


def test_order_is_by_file_and_line() -> None:
    files = {
        "metrics/b.sql": metric("max_age: x\nformat: y", "SELECT"),
        "metrics/a.sql": metric("owner: z", "FROM q"),
    }
    problems = check(load_files({"sharekit.toml": TWO_AUDIENCES, **files}))
    places = [(problem.place.path, problem.place.line) for problem in problems]
    assert places == sorted(places)
    assert len(places) == 5
