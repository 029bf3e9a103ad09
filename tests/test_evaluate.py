"""Evaluation of whole projects on the real engine: results, failures, staleness, and what the cache
spares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from sharekit.engines import Engine, Query, QueryResult
from sharekit.engines.duckdb.engine import open_duckdb
from sharekit.errors import Problem
from sharekit.numbers.cache import Cache
from sharekit.numbers.evaluate import evaluate
from sharekit.numbers.evaluate.cache_keys import squeeze
from sharekit.numbers.measure import member
from sharekit.numbers.results import Column, Results, Rows, SourceInfo
from sharekit.project.lineage import lineage
from sharekit.project.load import load
from sharekit.project.manifest import Manifest

pytestmark = pytest.mark.slow

AS_OF = date(2013, 11, 22)
Project = Callable[[Mapping[str, str | bytes]], Path]

CONFIG = """[project]
name = "New York Airports"

[people.maria]
name = "Maria Okafor"
"""
FLIGHTS = """
SELECT DATE '2013-09-02' + (i % 81)::INTEGER AS flight_date, ['JFK', 'LGA', 'EWR'][1 + i % 3] AS origin,
       (i * 7919) % 13 AS dep_delay
FROM range(8100) AS t(i)
"""
WEEKLY = """/* ---
title: Weekly
--- */
SELECT date_trunc('week', flight_date)::DATE AS week, origin,
       count(*) FILTER (WHERE dep_delay < 9) AS on_time, count(*) AS scheduled
FROM flights GROUP BY ALL
"""
ON_TIME = """/* ---
title: On-time departures
owner: maria
unit: "%"
direction: up
dimensions: [origin]
numerator: on_time
denominator: scheduled
max_age: 8 days
--- */
SELECT week, origin, on_time, scheduled FROM metrics._weekly
"""
COUNT = """/* ---
title: Flights
owner: maria
--- */
SELECT count(*) AS value FROM flights
"""
OBJECTIVE = """---
title: We leave when we say
owner: maria
period: 2013-Q4
---
Because.
"""


def key_result(target: float = 0.99, extra: str = "") -> str:
    return f"""/* ---
title: JFK leaves on time
owner: maria
unit: "%"
type: increase
baseline: 0.5
target: {target}
{extra}--- */
SELECT week, on_time / scheduled AS value FROM metrics.on_time WHERE origin = 'JFK'
"""


@pytest.fixture(scope="session")
def flights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A Parquet file of flights from 2 September to 21 November 2013."""
    path = tmp_path_factory.mktemp("data") / "flights.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({FLIGHTS}) TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


@pytest.fixture
def files(flights: bytes) -> dict[str, str | bytes]:
    return {
        "sharekit.toml": CONFIG,
        "metrics/data/flights.parquet": flights,
        "metrics/_weekly.sql": WEEKLY,
        "metrics/on_time.sql": ON_TIME,
        "metrics/count.sql": COUNT,
    }


class Counting:
    """The engine it is given, with what it was asked written down."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name, self.version, self.dialect = engine.name, engine.version, engine.dialect
        self.ran: list[str] = []
        """Metrics whose query was run; what else is asked, as for the days of members, has no
        name."""
        self.parsed = 0

    def sources(self) -> Mapping[str, SourceInfo]:
        return self._engine.sources()

    def canonical(self, sql: str) -> str:
        self.parsed += 1
        return self._engine.canonical(sql)

    def columns(self, sql: str) -> tuple[Column, ...]:
        return self._engine.columns(sql)

    def query(self, sql: str) -> Rows:
        return self._engine.query(sql)

    def run(self, queries: Sequence[Query]) -> Iterator[QueryResult]:
        self.ran += [query.id for query in queries if query.id != query.sql]
        return self._engine.run(queries)

    def close(self) -> None:
        self._engine.close()


def evaluated(root: Path, *, cache: bool = False, as_of: date = AS_OF) -> tuple[Results, Counting]:
    """Results of the project in a folder, and the engine that was asked."""
    manifest = load(root)
    assert not manifest.problems, manifest.problems
    folder = root / ".cache"
    with open_duckdb(manifest, as_of=as_of, cache_dir=folder) as engine:
        counting = Counting(engine)
        return evaluate(manifest, counting, as_of, cache=Cache(folder) if cache else None), counting


def only(results: Results, code: str) -> Problem:
    (found,) = [problem for problem in results.problems if problem.code == code]
    return found


def test_a_project_comes_to_its_numbers(project: Project, files: dict[str, str | bytes]) -> None:
    files["metrics/okrs/q4/objective.md"] = OBJECTIVE
    files["metrics/okrs/q4/jfk.sql"] = key_result(0.8)
    root = project(files)
    results, engine = evaluated(root)
    with duckdb.connect() as connection:
        expected = connection.execute(
            "SELECT avg((dep_delay < 9)::INT), avg((dep_delay < 9)::INT) FILTER (WHERE origin ="
            f" 'JFK') FROM ({FLIGHTS}) WHERE flight_date BETWEEN DATE '2013-11-11' AND DATE"
            " '2013-11-17'"
        ).fetchone()
    assert expected is not None
    assert list(results.results) == ["count", "jfk", "on_time"], "in the manifest's order"
    assert engine.ran.index("on_time") < engine.ran.index("jfk"), "what others read comes first"
    assert results.problems == ()
    count, on_time, jfk = (results.results[name] for name in ("count", "on_time", "jfk"))
    assert count.reading is not None
    assert count.reading.value == 8100
    assert on_time.reading is not None
    assert on_time.reading.value == pytest.approx(expected[0])
    assert on_time.reading.data_until == date(2013, 11, 21)
    slice_ = member(on_time.reading, "JFK")
    assert slice_ is not None
    assert slice_.value == pytest.approx(expected[1])
    assert jfk.okr is not None
    assert jfk.okr.current == pytest.approx(expected[1])
    assert (on_time.stale, on_time.failure, on_time.as_of, on_time.from_cache) == (
        None,
        None,
        AS_OF,
        False,
    )
    assert results.objectives["q4"].score == jfk.okr.score
    assert results.sources["flights"].data_until == date(2013, 11, 21)
    assert evaluated(root)[0] == results, "the same inputs, the same results"


def test_one_bad_metric_never_stops_the_others(
    project: Project, files: dict[str, str | bytes]
) -> None:
    files["metrics/bad.sql"] = (
        "/* ---\ntitle: Bad\nowner: maria\n--- */\nSELECT count(*) AS value\nFROM flights WHERE"
        " orgin = 'JFK'\n"
    )
    files["metrics/worse.sql"] = (
        "/* ---\ntitle: Worse\nowner: maria\n--- */\nSELECT value * 2 AS value FROM metrics.bad\n"
    )
    files["metrics/empty.sql"] = (
        "/* ---\ntitle: Empty\nowner: maria\n--- */\nSELECT 1 AS value FROM flights WHERE false\n"
    )
    results, _ = evaluated(project(files))
    good = results.results["on_time"]
    assert good.reading is not None
    bad = results.results["bad"]
    assert (bad.reading, bad.as_of) == (None, None)
    assert bad.failure is not None
    assert (bad.failure.code, bad.failure.phase) == ("unknown-column", "data")
    assert (bad.failure.place.path, bad.failure.place.line) == (
        "metrics/bad.sql",
        6,
    ), "the line of the file"
    assert bad.failure.place.column == 20
    assert (6, "FROM flights WHERE orgin = 'JFK'") in bad.failure.excerpt
    assert "origin" in (bad.failure.hint or "")
    assert bad.stale is not None
    assert bad.stale.startswith("It failed today: ")
    worse = results.results["worse"].failure
    assert worse is not None
    assert "metrics.bad" in f"{worse.message} {worse.hint}"
    assert results.results["empty"].failure == only(results, "empty-result")
    assert [problem.place.path for problem in results.problems] == [
        "metrics/bad.sql",
        "metrics/empty.sql",
        "metrics/worse.sql",
    ]


def test_a_failure_keeps_the_last_good_value_of_its_day(
    project: Project, files: dict[str, str | bytes]
) -> None:
    files["metrics/okrs/q4/objective.md"] = OBJECTIVE
    files["metrics/okrs/q4/jfk.sql"] = key_result(0.8)
    root = project(files)
    before = evaluated(root, cache=True, as_of=date(2013, 11, 20))[0].results["jfk"]
    broken = key_result(0.8).replace("metrics.on_time", "metrics.on_tim")
    project({"metrics/okrs/q4/jfk.sql": broken})
    after = evaluated(root, cache=True)[0]
    jfk = after.results["jfk"]
    assert jfk.reading == before.reading
    assert jfk.okr == before.okr, "judged as of its own day"
    assert jfk.as_of == date(2013, 11, 20)
    assert jfk.failure is not None
    assert jfk.stale is not None
    assert jfk.stale.endswith("; this is the value of 20 Nov 2013.")
    assert after.objectives["q4"].score == before.okr.score if before.okr else False


def test_the_last_good_value_is_never_of_a_later_day(
    project: Project, files: dict[str, str | bytes]
) -> None:
    root = project(files)
    assert evaluated(root, cache=True)[0].results["on_time"].reading is not None
    then = evaluated(root, cache=True, as_of=date(2003, 1, 1))[0].results["on_time"]
    assert then.failure is not None
    assert then.failure.code == "empty-result"
    assert then.reading is None


def test_the_last_good_value_never_moves_to_another_audience(
    project: Project, files: dict[str, str | bytes]
) -> None:
    audiences = '\n[audiences.team]\nmembers = ["maria"]\n\n[audiences.all]\n'
    files["sharekit.toml"] = CONFIG.replace('Airports"', 'Airports"\naudience = "team"') + audiences
    root = project(files)
    evaluated(root, cache=True)
    project(
        {
            "metrics/count.sql": (
                COUNT.replace("owner: maria", "owner: maria\naudience: all").replace(
                    "flights", "flihgts"
                )
            )
        }
    )
    assert evaluated(root, cache=True)[0].results["count"].reading is None


def test_old_data_are_called_stale(project: Project, files: dict[str, str | bytes]) -> None:
    results, _ = evaluated(project(files), as_of=date(2013, 11, 30))
    assert results.results["on_time"].stale == "Data is 9 days old; its limit is 8 days."
    assert results.results["count"].stale is None, "no limit, no complaint"
    warning = only(results, "stale")
    assert warning.severity == "warning"
    assert warning.message == "On-time departures: data is 9 days old; its limit is 8 days"
    assert warning.place.line == 9
    assert evaluated(project({}), as_of=date(2013, 11, 29))[0].results["on_time"].stale is None


HOLIDAYS = "day,name\n2013-07-04,Independence Day\n2013-09-02,Labor Day\n"
JOINED = COUNT.replace(
    "FROM flights", "FROM flights WHERE flight_date NOT IN (FROM holidays SELECT day)"
).replace("owner: maria", "owner: maria\nmax_age: 8 days")


def test_a_lookup_table_with_dates_makes_nothing_stale_once_it_says_so(
    project: Project, files: dict[str, str | bytes]
) -> None:
    """An entry with `time` alone is of the file of that name in metrics/data/."""
    files |= {"metrics/data/holidays.csv": HOLIDAYS, "metrics/count.sql": JOINED}
    root = project(files)
    before = evaluated(root, cache=True)[0].results["count"]
    assert before.stale == "Data is 81 days old; its limit is 8 days."
    project({"sharekit.toml": f'{CONFIG}\n[sources.holidays]\ntime = "none"\n'})
    after = evaluated(root, cache=True)[0].results["count"]
    assert after.stale is None
    assert after.reading is not None
    assert after.reading.data_until == date(2013, 11, 21), "that of the flights"
    assert before.reading is not None
    assert after.reading.value == before.reading.value
    late = evaluated(root, cache=True, as_of=date(2013, 11, 30))[0].results["count"]
    assert late.stale == "Data is 9 days old; its limit is 8 days.", "the flights still count"


def test_off_track_wants_an_explanation(project: Project, files: dict[str, str | bytes]) -> None:
    files["metrics/okrs/q4/objective.md"] = OBJECTIVE
    files["metrics/okrs/q4/jfk.sql"] = key_result(5.0)
    files["metrics/okrs/q4/lga.sql"] = key_result(5.0, "challenges: Fog.\n")
    root = project(files)
    for wanted, severity in ((None, "warning"), ("error", "error"), ("off", None)):
        if wanted is not None:
            project({"sharekit.toml": f'{CONFIG}\n[okrs]\nexplain_off_track = "{wanted}"\n'})
        results, _ = evaluated(root, cache=True)
        judged = {name: result.okr.status for name, result in results.results.items() if result.okr}
        assert judged == {"jfk": "off_track", "lga": "off_track"}
        assert [(found.code, found.severity, found.place.path) for found in results.problems] == (
            [("off-track-unexplained", severity, "metrics/okrs/q4/jfk.sql")] if severity else []
        )


def test_an_unknown_member_in_prose_is_an_error(
    project: Project, files: dict[str, str | bytes]
) -> None:
    files["dashboards/operations.md"] = (
        "---\ntitle: Operations\n---\nJFK is at {{ on_time[JFK] }}, and\n"
        "LGA at {{ on_time[LGB] }} of {{ count[JFK] }}; not `{{ on_time[X] }}`.\n"
    )
    results, _ = evaluated(project(files))
    lga, count = results.problems
    assert (lga.code, lga.severity, lga.phase) == ("unknown-member", "error", "data")
    assert (lga.place.line, lga.place.column) == (5, 8)
    assert "`LGB`" in lga.message
    assert lga.hint is not None
    assert "LGA" in lga.hint
    assert count.hint == "count has no dimensions."


def test_a_source_that_cannot_be_read_is_named_once(
    project: Project, files: dict[str, str | bytes]
) -> None:
    files["metrics/data/flights.parquet"] = b"no parquet at all"
    files["metrics/data/unused.parquet"] = b"nor this"
    files["metrics/answer.sql"] = (
        "/* ---\ntitle: Answer\nowner: maria\n--- */\nSELECT 42 AS value\n"
    )
    results, _ = evaluated(project(files))
    assert results.results["answer"].reading is not None
    assert results.results["count"].failure is not None
    found, unused = results.problems
    assert found.code == unused.code == "unreadable-source", (
        "not once more for each metric that reads it"
    )
    assert (found.severity, unused.severity) == ("error", "warning")
    assert found.place.path == "metrics/data/flights.parquet"
    assert (
        found.hint
        == "Export it again: a Parquet file ends in the bytes PAR1. Read by count and on_time."
    )


# -- the cache ------------------------------------------------------------------------------------


def test_nothing_changed_and_nothing_runs(project: Project, files: dict[str, str | bytes]) -> None:
    root = project(files)
    first, _ = evaluated(root, cache=True)
    second, engine = evaluated(root, cache=True)
    assert (engine.ran, engine.parsed) == ([], 0)
    assert all(result.from_cache for result in second.results.values())
    assert [result.reading for result in second.results.values()] == [
        result.reading for result in first.results.values()
    ]


def test_formatting_runs_nothing_again(project: Project, files: dict[str, str | bytes]) -> None:
    root = project(files)
    first, _ = evaluated(root, cache=True)
    project(
        {
            "metrics/_weekly.sql": WEEKLY.replace(
                "FROM flights", "-- every one of them\n  FROM   flights"
            )
        }
    )
    second, engine = evaluated(root, cache=True)
    assert (engine.ran, engine.parsed) == ([], 0), "comments and spacing are not even parsed"
    project(
        {
            "metrics/_weekly.sql": (
                WEEKLY.replace("count(*)", "COUNT( * )").replace("FROM flights", "from flights")
            )
        }
    )
    third, engine = evaluated(root, cache=True)
    assert (engine.ran, engine.parsed) == ([], 2), "another spelling of the same parse"
    readings = [
        [result.reading for result in each.results.values()] for each in (first, second, third)
    ]
    assert readings[0] == readings[1] == readings[2]
    assert evaluated(root, cache=True)[1].parsed == 0


def test_what_changed_runs_again_and_nothing_else(
    project: Project, files: dict[str, str | bytes]
) -> None:
    root = project(files)
    evaluated(root, cache=True)
    for path, before, after, ran in (
        ("metrics/_weekly.sql", "dep_delay < 9", "dep_delay < 8", ["on_time"]),
        ("metrics/count.sql", "count(*)", "count(*) + 1", ["count"]),
        ("metrics/on_time.sql", "direction: up", "direction: down", ["on_time"]),
        (
            "metrics/on_time.sql",
            "title: On-time departures\n",
            "title: Punctuality\nquestion: When?\n",
            [],
        ),
        (
            "sharekit.toml",
            "[people.maria]",
            'week_start = "sunday"\n\n[people.maria]',
            ["count", "on_time"],
        ),
    ):
        text = files[path]
        assert isinstance(text, str)
        assert before in text
        project({path: text.replace(before, after)})
        _, engine = evaluated(root, cache=True)
        assert engine.ran == ran, (path, after)
        project({path: text})
    cached, engine = evaluated(root, cache=True)
    assert engine.ran == [], "the older results are still there"
    fresh, _ = evaluated(root)
    assert [each.reading for each in cached.results.values()] == [
        each.reading for each in fresh.results.values()
    ]


def test_other_rows_and_another_day_run_again(
    project: Project, files: dict[str, str | bytes], tmp_path: Path
) -> None:
    root = project(files)
    evaluated(root, cache=True)
    assert evaluated(root, cache=True, as_of=date(2013, 11, 23))[1].ran == ["count", "on_time"]
    assert evaluated(root, cache=True)[1].ran == [], "yesterday's are still there"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY ({FLIGHTS} WHERE i <> 5) TO '{tmp_path / 'other.parquet'}' (FORMAT parquet)"
        )
    project({"metrics/data/flights.parquet": (tmp_path / "other.parquet").read_bytes()})
    results, engine = evaluated(root, cache=True)
    assert engine.ran == ["count", "on_time"]
    assert results.results["count"].reading is not None
    assert results.results["count"].reading.value == 8099


def test_a_failure_in_the_rows_is_remembered_until_its_file_changes(
    project: Project, files: dict[str, str | bytes]
) -> None:
    empty = (
        "/* ---\ntitle: Empty\nowner: maria\n--- */\nSELECT 1 AS value FROM flights WHERE false\n"
    )
    files["metrics/empty.sql"] = empty
    root = project(files)
    first, _ = evaluated(root, cache=True)
    second, engine = evaluated(root, cache=True)
    assert engine.ran == []
    assert second.results["empty"].failure == first.results["empty"].failure
    project(
        {
            "metrics/empty.sql": empty.replace(
                "title: Empty", "title: Empty\ndescription: Moves a line down."
            )
        }
    )
    third, engine = evaluated(root, cache=True)
    assert engine.ran == ["empty"], "its problem names a line"
    assert only(third, "empty-result").place.line == 6


def test_a_known_lineage_is_the_lineage(project: Project, files: dict[str, str | bytes]) -> None:
    root = project(files)
    evaluated(root, cache=True)
    manifest: Manifest = load(root)
    with open_duckdb(manifest, as_of=AS_OF, cache_dir=root / ".cache") as engine:
        counting = Counting(engine)
        results = evaluate(
            manifest, counting, AS_OF, cache=Cache(root / ".cache"), lineage=lineage(manifest)
        )
    assert counting.ran == [], "a lineage that is handed in finds the same results"
    assert all(result.from_cache for result in results.results.values())


@pytest.mark.parametrize(
    ("sql", "squeezed"),
    [
        ("SELECT  1 -- one\n  AS x /* two */ FROM t", "SELECT 1 AS x FROM t"),
        ("\nSELECT '--  no comment', \"a  b\"\n", "SELECT '--  no comment', \"a  b\""),
        ("SELECT 'it''s  --' -- x", "SELECT 'it''s  --'"),
        ("SELECT a - -1", "SELECT a - -1"),
        ("SELECT $$ a  b $$ -- x", "SELECT $$ a  b $$ -- x"),
        ("SELECT E'\\'  --' -- x", "SELECT E'\\'  --' -- x"),
        ("/* a /* b */ c */ SELECT  1", "/* a /* b */ c */ SELECT  1"),
    ],
)
def test_only_comments_and_spacing_are_squeezed_out(sql: str, squeezed: str) -> None:
    assert squeeze(sql) == squeezed
    assert squeeze(squeezed) == squeezed
