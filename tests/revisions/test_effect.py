"""Effects on real rows: old and new SQL in the real engine, steps that add up, and an old query
that no longer runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from sharekit.engines.duckdb.engine import open_duckdb
from sharekit.history.moment import Moment
from sharekit.numbers.evaluate import evaluate
from sharekit.numbers.results import Result
from sharekit.project.load import load
from sharekit.project.manifest import Manifest
from sharekit.records import replace
from sharekit.revisions.effect import confirm_equal_values, impact_of, on_todays_data
from sharekit.revisions.effect.measure import EffectMeasurer
from sharekit.revisions.effect.steps import queries_between
from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.published_values import PublishedValue, with_data_effect
from sharekit.revisions.revision import Impact, Revision
from sharekit.sqldiff.compare import compare_sql

pytestmark = pytest.mark.slow

AS_OF = date(2024, 4, 1)
CONFIG = '[project]\nname = "P"\n'
ROWS = "day,state,plan,office\n" + "\n".join(
    f"2024-0{month}-0{day},{state},{plan},{office}"
    for month in (1, 2, 3)
    for day, state, plan, office in [
        (1, "paid", "full", 1),
        (2, "paid", "trial", 2),
        (3, "refunded", "full", 3),
        (4, "paid", "full", 1),
        (5, "cancelled", "full", 4),
    ]
)
FRONT = (
    "/* ---\ntitle: Orders\nowner: ann\ngrain: month\nunit: orders\nbaseline: 0\ntarget: 10\n---"
    " */\n"
)
OLD = (
    "SELECT date_trunc('month', day)::DATE AS month, count(*) AS value FROM orders "
    "WHERE state <> 'cancelled' GROUP BY 1"
)
NEW = (
    "SELECT date_trunc('month', day)::DATE AS month, count(DISTINCT office) AS value FROM orders "
    "WHERE state NOT IN ('cancelled', 'refunded') AND plan <> 'trial' GROUP BY 1"
)


def project(folder: Path, sql: str, view: str = "", source: str = "orders") -> Manifest:
    files = {
        "sharekit.toml": CONFIG + '[people.ann]\nname = "Ann"\n',
        f"metrics/data/{source}.csv": ROWS,
        "metrics/okrs/q/objective.md": "---\ntitle: O\nowner: ann\nperiod: 2024-H1\n---\n",
        "metrics/okrs/q/sold.sql": FRONT + sql,
    } | ({"metrics/_kept.sql": view} if view else {})
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    manifest = load(folder)
    assert manifest.problems == ()
    return manifest


def measure(manifest: Manifest, item: str) -> Result:
    with open_duckdb(manifest, as_of=AS_OF, cache_dir=None) as engine:
        return evaluate(manifest, engine, AS_OF).results[item]


def moment(commit: str) -> Moment:
    return Moment(commit, datetime(2024, 4, 1, tzinfo=UTC), "Ann")


def compared(before: Manifest, after: Manifest) -> tuple[Revision, Impact | None]:
    compare = Comparer(compare_sql)
    found = find_revisions(
        before,
        after,
        before_moment=moment("a"),
        after_moment=moment("b"),
        as_of=AS_OF,
        compare=compare,
    )
    old = on_todays_data(before, after)
    revision = confirm_equal_values(found[0], old, after, measure)
    return revision, impact_of(revision, old, after, measure, compare=compare)


def test_data_and_definition_effects_are_told_apart(tmp_path: Path) -> None:
    revision, impact = compared(project(tmp_path / "a", OLD), project(tmp_path / "b", NEW))
    assert impact is not None
    newest = impact.old_series[-1].on
    weighed = replace(revision, impact=impact)
    for published in (
        PublishedValue(3, newest),
        PublishedValue(7, newest + timedelta(days=31), series=((newest, 3),)),
    ):
        told_apart = with_data_effect(weighed, published).impact
        assert told_apart is not None
        assert (told_apart.published, told_apart.old, told_apart.new) == (3, 4, 1)
        assert (told_apart.data_effect, told_apart.definition_effect) == (1, -3)
    for silent in (None, PublishedValue(None), PublishedValue(3, newest - timedelta(days=31))):
        assert with_data_effect(weighed, silent) == weighed
    assert [point.value for point in impact.old_series] == [4, 4]
    assert [point.value for point in impact.new_series] == [1, 1]
    assert impact.over_time is not None
    assert (impact.over_time.periods, impact.over_time.moved) == (2, 2)
    assert (impact.over_time.newest, impact.over_time.newest_effect) == (date(2024, 2, 1), -3)
    assert (impact.score_before, impact.score_after) == (
        pytest.approx(0.4),
        pytest.approx(0.1),
    )


def test_the_effects_of_several_changes_add_up_to_the_whole(tmp_path: Path) -> None:
    _, impact = compared(project(tmp_path / "a", OLD), project(tmp_path / "b", NEW))
    assert impact is not None
    assert [step.effect for step in impact.steps] == [-1, -1, -1]
    assert sum(step.effect for step in impact.steps) == impact.definition_effect
    assert all(step.label for step in impact.steps)


def test_filters_that_moved_take_no_step_away(tmp_path: Path) -> None:
    moved = OLD.replace(
        "state <> 'cancelled'", "office <> 2 AND state <> 'cancelled' AND state <> 'refunded'"
    )
    _, impact = compared(project(tmp_path / "a", OLD), project(tmp_path / "b", moved))
    assert impact is not None
    assert [step.effect for step in impact.steps] == [-1, -1]
    assert all(step.label for step in impact.steps)


def test_a_change_in_a_view_is_a_step_of_its_own(tmp_path: Path) -> None:
    kept, less = (
        "SELECT * FROM orders WHERE state <> 'cancelled'",
        "SELECT * FROM orders WHERE state = 'paid'",
    )
    before = project(
        tmp_path / "a", OLD.replace("orders WHERE state <> 'cancelled'", "metrics._kept"), kept
    )
    after = project(
        tmp_path / "b",
        NEW.replace(
            "orders WHERE state NOT IN ('cancelled', 'refunded') AND", "metrics._kept WHERE"
        ),
        less,
    )
    _, impact = compared(before, after)
    assert impact is not None
    assert [step.effect for step in impact.steps] == [-1, -1, -1]


def test_an_old_query_that_no_longer_runs_is_said_so(tmp_path: Path) -> None:
    before = project(tmp_path / "a", OLD)
    after = project(tmp_path / "b", NEW.replace("FROM orders", "FROM sales"), source="sales")
    _, impact = compared(before, after)
    assert impact is not None
    assert impact.unavailable is not None
    assert impact.unavailable.startswith("The old definition no longer runs: ")
    assert (impact.old, impact.new, impact.steps) == (None, 1, ())


def test_a_new_target_judges_the_same_number_anew(tmp_path: Path) -> None:
    before, after = project(tmp_path / "a", OLD), project(tmp_path / "b", OLD)
    path = tmp_path / "b/metrics/okrs/q/sold.sql"
    path.write_text(
        path.read_text(encoding="utf-8").replace("target: 10", "target: 5"), encoding="utf-8"
    )
    revision, impact = compared(before, load(tmp_path / "b"))
    assert revision.classes == ("retargeted",)
    assert impact is not None
    assert (impact.old, impact.new, impact.definition_effect) == (4, 4, None)
    assert (impact.score_before, impact.score_after) == (
        pytest.approx(0.4),
        pytest.approx(0.8),
    )
    assert after.metrics


def test_new_dates_score_the_same_number_again(tmp_path: Path) -> None:
    before, _ = project(tmp_path / "a", OLD), project(tmp_path / "b", OLD)
    path = tmp_path / "b/metrics/okrs/q/objective.md"
    path.write_text(path.read_text(encoding="utf-8").replace("2024-H1", "2024"), encoding="utf-8")
    after = load(tmp_path / "b")
    revision, impact = compared(before, after)
    assert revision.classes == ("rescheduled",)
    assert impact is not None
    assert (impact.old, impact.new) == (4, 4)
    measured = EffectMeasurer(after, AS_OF, Comparer(compare_sql)).weighed(revision, before, after)
    assert measured.impact == impact


def test_equal_form_with_unequal_values_is_a_redefinition(tmp_path: Path) -> None:
    before, after = (
        project(tmp_path / "a", OLD),
        project(tmp_path / "b", OLD.replace("SELECT", "select")),
    )
    revision, impact = compared(before, after)
    assert (revision.classes, impact) == (("cosmetic",), None)
    other = project(tmp_path / "c", NEW)
    found = confirm_equal_values(revision, before, other, measure)
    assert found.classes == ("redefined",)
    assert "although it reads the same" in found.sql_changes[0].sentence


@pytest.mark.parametrize(
    ("before", "after", "stages"),
    [
        ("SELECT a FROM t WHERE x = 1", "SELECT a FROM t WHERE x = 2", 0),
        ("SELECT a FROM t WHERE x = 1", "SELECT a FROM t WHERE x = 1 AND y = 2 AND z = 3", 1),
        ("SELECT a FROM t WHERE x = 1", "SELECT a FROM t WHERE y = 2 AND x = 1", 0),
        ("SELECT a FROM t WHERE x = 1", "SELECT a FROM t WHERE z = 3 AND x = 1 AND y = 2", 1),
        ("SELECT a FROM t WHERE x = 1", "SELECT b FROM u", 2),
        (
            "WITH c AS (SELECT 1 AS a) SELECT a FROM c",
            "WITH c AS (SELECT 2 AS a) SELECT a + 1 AS a FROM c",
            1,
        ),
        ("SELECT a FROM t UNION SELECT b FROM u", "SELECT a FROM t", 0),
        ("not sql at all (", "SELECT 1", 0),
    ],
)
def test_stages_lie_between_the_two_queries(before: str, after: str, stages: int) -> None:
    found = queries_between(before, after)
    assert len(found) == stages
    assert before not in found
    assert after not in found


def test_queries_on_the_way_keep_the_words_of_their_author() -> None:
    """`~` means one thing before DuckDB 2.0 and another since, so it must not become a function on
    the way."""
    before = "SELECT count(DISTINCT a, b) AS value FROM t WHERE kind ~ 'x' AND n > 1"
    stages = queries_between(before, before.replace("n > 1", "n > 2").replace("DISTINCT a, b", "*"))
    assert stages == ("SELECT COUNT(DISTINCT a, b) AS value FROM t WHERE kind ~ 'x' AND n > 2",)
