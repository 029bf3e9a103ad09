"""Old and new definition on the same data, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from sharekit.numbers.exact import change_between
from sharekit.numbers.results import Point, Reading, Result
from sharekit.project.manifest import Manifest
from sharekit.records import replace
from sharekit.revisions.effect.reach import member_effects, period_effect
from sharekit.revisions.meaning import Comparer
from sharekit.revisions.revision import CLASSES, EffectStep, Impact, Revision, SqlChange, TargetMove

Measure = Callable[[Manifest, str], Result]
"""Runs one metric of a manifest on today's data. A failure is in the result, not raised."""
PERIODS = 12
"""How many periods of both definitions stand side by side."""
HELD = "Held: the query fails:"
"""How the sentence begins that stands where nothing may be said about a number."""
RUNS_BOTH = frozenset({"redefined", "retargeted", "rescheduled"})
"""Classes whose number or judgement differs before and after."""


def on_todays_data(old: Manifest, today: Manifest) -> Manifest:
    """An old state of the project over today's files: its SQL and bindings, today's rows, today's
    settings."""
    sources = {
        name: replace(
            source,
            digests=today.sources[name].digests
            if name in today.sources and today.sources[name].paths == source.paths
            else (),
        )
        for name, source in old.sources.items()
    }
    # Engines are today's: an old address or an old `allow` is nobody's to ask with.
    config = old.config.model_copy(update={"engines": today.config.engines})
    return replace(old, root=today.root, config=config, sources=sources, commit=None)


def impact_of(
    revision: Revision,
    before: Manifest,
    after: Manifest,
    measure: Measure,
    *,
    compare: Comparer | None = None,
) -> Impact | None:
    """The effect of a revision; None where it has none on any number. `before` is over today's data
    already.

    `compare` names the steps of a
    redefinition; without it there are none. An old query that no longer runs is said so, in a
    sentence."""
    item = revision.item
    if (
        item not in before.metrics
        or item not in after.metrics
        or not RUNS_BOTH.intersection(revision.classes)
    ):
        return None
    new = measure(after, item)
    if new.failure is not None:
        return Impact(None, None, None, None, None, held=held_words(new))
    old = measure(before, item)
    redefined = "redefined" in revision.classes
    old_value, new_value = _value(old), _value(new)
    no_longer_runs = redefined and old.failure is not None
    side_by_side = redefined and not no_longer_runs and not _in_other_unit(before, after, old, new)
    steps: tuple[EffectStep, ...] = ()
    if side_by_side and compare is not None and old_value is not None and new_value is not None:
        steps = _steps(revision, before, after, measure, compare, (old_value, new_value))
    was, now = (old.reading, new.reading) if side_by_side else (None, None)
    return Impact(
        published=None,
        old=None if no_longer_runs else old_value,
        new=new_value,
        data_effect=None,
        definition_effect=change_between(new_value, old_value) if side_by_side else None,
        old_series=_last(old) if side_by_side else (),
        new_series=_last(new) if side_by_side or no_longer_runs else (),
        steps=steps,
        score_before=old.okr.score if old.okr and not no_longer_runs else None,
        score_after=new.okr.score if new.okr else None,
        status_before=old.okr.status if old.okr and not no_longer_runs else None,
        status_after=new.okr.status if new.okr else None,
        over_time=period_effect(was, now) if was and now else None,
        members=member_effects(was, now) if was and now else (),
        target=_target_move(revision, before, after, old, new),
        unavailable=_unavailable(old) if no_longer_runs else None,
    )


def _in_other_unit(before: Manifest, after: Manifest, old: Result, new: Result) -> bool:
    """Whether the values are in two units, so that their difference means nothing; of a unit that
    was only called otherwise the values are the same."""
    was, now = before.metrics[old.id].front.unit, after.metrics[new.id].front.unit
    return was != now and not _are_equal(old.reading, new.reading)


def _target_move(
    revision: Revision, before: Manifest, after: Manifest, old: Result, new: Result
) -> TargetMove | None:
    """Where the target is another metric, before as after, and that has another value now."""
    was, now = (state.metrics[revision.item].target_metric for state in (before, after))
    if now is None or was != now or old.reading is None or new.reading is None:
        return None
    earlier, later = old.reading.target, new.reading.target
    if earlier is None or later is None or earlier == later:
        return None
    return TargetMove(now, earlier, later)


def confirm_equal_values(
    revision: Revision, before: Manifest, after: Manifest, measure: Measure
) -> Revision:
    """A revision of form alone, looked at on today's data: equal form with unequal values is a
    redefinition."""
    if revision.item not in before.metrics or revision.item not in after.metrics:
        return revision
    if is_only_moved(revision):
        return _as_moved(revision, before, after, measure)
    if revision.classes != ("cosmetic",):
        return revision
    old, new = measure(before, revision.item), measure(after, revision.item)
    if old.failure is not None or new.failure is not None or _are_equal(old.reading, new.reading):
        return revision
    change = SqlChange("~", "returns other values on today's data, although it reads the same")
    return replace(
        revision,
        classes=("redefined",),
        sql_changes=(change,),
        sql_before=before.metrics[revision.item].sql.text,
        sql_after=after.metrics[revision.item].sql.text,
    )


def is_only_moved(revision: Revision) -> bool:
    """Whether all that changed in its SQL is where it runs: the rows decide what that means."""
    changes = revision.sql_changes
    return (
        bool(changes) and all(change.moved for change in changes) and not _says_otherwise(revision)
    )


def _says_otherwise(revision: Revision) -> bool:
    """Whether declared values besides the query make it a redefinition."""
    return any(change.name in REDEFINING for change in revision.fields)


def _as_moved(revision: Revision, before: Manifest, after: Manifest, measure: Measure) -> Revision:
    """A query that runs elsewhere now and returns the same rows is no redefinition."""
    old, new = measure(before, revision.item), measure(after, revision.item)
    if (
        old.failure is not None
        or new.failure is not None
        or not _are_equal(old.reading, new.reading)
    ):
        return revision
    return as_unchanged(revision)


def as_unchanged(revision: Revision) -> Revision:
    """The revision as it is where the rows are the same after the move."""
    classes = tuple(name for name in revision.classes if name not in ("redefined", "words")) or (
        "cosmetic",
    )
    return replace(revision, classes=classes, sql_changes=(), sql_before=None, sql_after=None)


REDEFINING = frozenset(name for name, kind in CLASSES.items() if kind == "redefined")


def _steps(
    revision: Revision,
    before: Manifest,
    after: Manifest,
    measure: Measure,
    compare: Comparer,
    ends: tuple[float, float],
) -> tuple[EffectStep, ...]:
    """Effects of the changes one at a time, if each stage on the way runs and can be told apart."""
    from sharekit.revisions.effect.steps import one_change_manifests

    item = revision.item
    changed = tuple(dict.fromkeys(change.item for change in revision.sql_changes if change.item))
    stages = one_change_manifests(item, before, after, changed)
    if not stages:
        return ()
    values = [ends[0]]
    for stage in stages:
        value = _value(measure(stage, item))
        if value is None:
            return ()
        values.append(value)
    values.append(ends[1])
    path = (before, *stages, after)
    steps = [
        _step(item, earlier, later, changed, compare, values[place + 1] - values[place])
        for place, (earlier, later) in enumerate(pairwise(path))
    ]
    return tuple(steps) if all(step.label for step in steps) else ()


def _step(
    item: str,
    earlier: Manifest,
    later: Manifest,
    changed: Sequence[str],
    compare: Comparer,
    effect: float,
) -> EffectStep:
    """What differs between two stages, in the words of the comparison."""
    sentences: list[str] = []
    items: list[str] = []
    for name in (item, *changed):
        old, new = earlier.sql_item(name), later.sql_item(name)
        if old is not None and new is not None and old.sql.text != new.sql.text:
            sentences += (
                change.sentence
                for change in compare(old.sql.text, new.sql.text, earlier.dialect_of(old)).changes
            )
            items += [name] if name != item else []
    return EffectStep("; ".join(dict.fromkeys(sentences)), effect, tuple(items))


def _value(result: Result) -> float | None:
    return result.reading.value if result.reading is not None and result.failure is None else None


def _last(result: Result) -> tuple[Point, ...]:
    return result.reading.series[-PERIODS:] if result.reading is not None else ()


def _unavailable(result: Result) -> str:
    reason = result.failure.message.rstrip(".") if result.failure else "it failed"
    return f"The old definition no longer runs: {reason}."


def held_words(result: Result) -> str:
    """Why nothing is said about a number: its query fails."""
    reason = result.failure.message.rstrip(".") if result.failure else "it failed"
    return f"{HELD} {reason}."


def _are_equal(old: Reading | None, new: Reading | None) -> bool:
    """Equal values, compared as what peers see: headline, series, slices and rows."""
    if old is None or new is None:
        return old is new
    return _numbers_of(old) == _numbers_of(new)


def _numbers_of(reading: Reading) -> tuple[object, ...]:
    begun = (*reading.partial, *reading.unsettled, reading.open_point)
    return reading.value, reading.series, begun, reading.slices, reading.table
