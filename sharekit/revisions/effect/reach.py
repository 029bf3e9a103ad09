"""Where a new definition moves a number: in which periods, and for which members. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sharekit.numbers.exact import difference
from sharekit.numbers.results import Reading
from sharekit.revisions.revision import MemberEffect, PeriodEffect

SAME = 1e-9
"""Relative difference below which two values are the same number, computed in another order."""


def period_effect(old: Reading, new: Reading) -> PeriodEffect | None:
    """What changes over all whole periods that both definitions have a value for; None where the
    periods cannot be compared."""
    if new.grain is None or old.grain != new.grain:
        return None
    before, after = (
        {point.on: point.value for point in reading.series if point.value is not None}
        for reading in (old, new)
    )
    effects = {day: _effect(before[day], after[day]) for day in after if day in before}
    if not effects:
        return None
    newest = max(effects)
    most = max(effects, key=lambda day: (abs(effects[day]), day))
    moved = sum(effect != 0 for effect in effects.values())
    return PeriodEffect(
        new.grain,
        len(effects),
        moved,
        newest,
        effects[newest],
        most,
        effects[most],
        gone=len(before) - len(effects),
        new=len(after) - len(effects),
    )


def member_effects(old: Reading, new: Reading) -> tuple[MemberEffect, ...]:
    """What changes for each member of the dimensions that both definitions have, where both are of
    the same period."""
    if old.period_start != new.period_start:
        return ()
    return tuple(
        effect
        for dimension in new.slices
        if dimension in old.slices
        for effect in sorted(_members(dimension, old, new), key=_largest_first)
    )


def _members(dimension: str, old: Reading, new: Reading) -> Iterator[MemberEffect]:
    before = {member_slice.member: member_slice.value for member_slice in old.slices[dimension]}
    after = {member_slice.member: member_slice.value for member_slice in new.slices[dimension]}
    name_of = {
        member_slice.member: member_slice.name
        for member_slice in (*old.slices[dimension], *new.slices[dimension])
    }
    for member in dict.fromkeys((*after, *before)):
        was, now = before.get(member), after.get(member)
        if was is not None and now is not None:
            yield MemberEffect(dimension, name_of[member], _effect(was, now))
        elif was is not None or now is not None:
            yield MemberEffect(dimension, name_of[member], None, "gone" if now is None else "new")


def _largest_first(effect: MemberEffect) -> tuple[float, str]:
    return -abs(effect.effect or 0.0), effect.member


def _effect(old: float, new: float) -> float:
    return 0.0 if math.isclose(old, new, rel_tol=SAME) else difference(new, old)
