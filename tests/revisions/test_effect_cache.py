"""What was weighed is remembered for as long as it holds, and no longer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import test_effect as small

from sharekit.engines.duckdb.engine import open_duckdb
from sharekit.numbers.cache.pack import TextStore
from sharekit.project.load import load
from sharekit.project.manifest import Manifest
from sharekit.revisions.effect.measure import EffectMeasurer, with_effects
from sharekit.revisions.find import Comparer, find_revisions
from sharekit.revisions.revision import Revision
from sharekit.sqldiff.compare import compare_sql

pytestmark = pytest.mark.slow


def revisions_between(old: Manifest, new: Manifest, compare: Comparer) -> Sequence[Revision]:
    return find_revisions(
        old,
        new,
        before_moment=small.moment("a"),
        after_moment=small.moment("b"),
        as_of=small.AS_OF,
        compare=compare,
    )


def weighed(
    folder: Path, before: Path, *, sources: bool = True
) -> tuple[float | None, EffectMeasurer]:
    """Effect of the change from one project to the other, on the second one's data."""
    old, new = load(before), load(folder)
    compare = Comparer(compare_sql)
    found = revisions_between(old, new, compare)
    with open_duckdb(new, as_of=small.AS_OF, cache_dir=None) as engine:
        known = dict(engine.sources()) if sources else None
    measurer = EffectMeasurer(new, small.AS_OF, compare, folder / ".sharekit", known)
    (revision,) = with_effects(found, measurer, old, new)
    measurer.save()
    return revision.impact.new if revision.impact else None, measurer


def test_new_data_are_weighed_anew(tmp_path: Path) -> None:
    small.project(tmp_path / "a", small.OLD)
    small.project(tmp_path / "b", small.NEW)
    assert weighed(tmp_path / "b", tmp_path / "a")[0] == 1
    data = tmp_path / "b/metrics/data/orders.csv"
    data.write_text(small.ROWS + "\n2024-02-09,paid,full,7", encoding="utf-8")
    assert weighed(tmp_path / "b", tmp_path / "a")[0] == 2


def counted(tmp_path: Path, before: str, after: str) -> list[str]:
    """What the effect of a change says about rows."""
    small.project(tmp_path / "a", before)
    small.project(tmp_path / "b", after)
    old, new = load(tmp_path / "a"), load(tmp_path / "b")
    compare = Comparer(compare_sql)
    found = revisions_between(old, new, compare)
    (revision,) = with_effects(found, EffectMeasurer(new, small.AS_OF, compare, None), old, new)
    return [each.sentence for each in revision.impact.rows] if revision.impact else []


def test_a_changed_filter_says_how_many_rows_it_is_about(tmp_path: Path) -> None:
    """Fifteen rows, of which three are cancelled and three refunded."""
    less = small.OLD.replace("state <> 'cancelled'", "state <> 'cancelled' AND state <> 'refunded'")
    assert counted(tmp_path / "less", small.OLD, less) == [
        "3 of 12 rows no longer count: `state <> 'refunded'` leaves them out"
    ]
    assert counted(tmp_path / "more", less, small.OLD) == [
        "3 of 12 rows count now, without `state <> 'refunded'`"
    ]
    other = small.OLD.replace("count(*)", "count(DISTINCT office)")
    assert counted(tmp_path / "other", small.OLD, other) == []


def test_the_same_data_are_not_asked_again(tmp_path: Path) -> None:
    small.project(tmp_path / "a", small.OLD)
    small.project(tmp_path / "b", small.NEW)
    first, _ = weighed(tmp_path / "b", tmp_path / "a")
    again, measurer = weighed(tmp_path / "b", tmp_path / "a")
    assert first == again
    assert "_results_so_far" not in vars(measurer), "nothing was run, nor looked for"


def test_without_knowing_the_data_nothing_is_remembered(tmp_path: Path) -> None:
    small.project(tmp_path / "a", small.OLD)
    small.project(tmp_path / "b", small.NEW)
    weighed(tmp_path / "b", tmp_path / "a", sources=False)
    assert not list((tmp_path / "b/.sharekit").glob("effects-*"))


def test_a_damaged_memory_costs_the_queries_again(tmp_path: Path) -> None:
    small.project(tmp_path / "a", small.OLD)
    small.project(tmp_path / "b", small.NEW)
    weighed(tmp_path / "b", tmp_path / "a")
    (memory,) = (tmp_path / "b/.sharekit").glob("effects-*")
    store = TextStore(memory)
    for key in tuple(store.keys()):
        store.put(key, '{"old": "no"}')
    store.save()
    assert weighed(tmp_path / "b", tmp_path / "a")[0] == 1
    memory.write_text("{", encoding="utf-8")
    assert weighed(tmp_path / "b", tmp_path / "a")[0] == 1
