"""The member that speaks for a number without a total: `headline: p50`. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.errors import Problem, ProblemsError
from sharekit.numbers.measure.columns import column_problem
from sharekit.numbers.measure.comparisons import YEAR_AGO, comparison, declared_comparisons
from sharekit.numbers.results import Comparison, Reading, Slice
from sharekit.project.manifest import Metric
from sharekit.project.read.did_you_mean import suggestion
from sharekit.records import replace


def with_headline_member(metric: Metric, reading: Reading, *, has_total: bool) -> Reading:
    """The reading with the value, series and comparisons of the slice that `headline` names.

    Raises ProblemsError where the number has a total, or no member of that name; and where the
    file asks for something of a total, and there is neither a total nor a member that speaks.
    """
    name = metric.front.headline
    if name is None:
        if not has_total and (problems := list(_about_the_total(metric, reading))):
            raise ProblemsError(problems)
        return reading
    if has_total:
        raise ProblemsError([_has_total(metric)])
    member_slices = [member_slice for slices in reading.slices.values() for member_slice in slices]
    member_slice = next(
        (member_slice for member_slice in member_slices if member_slice.member == name), None
    )
    if member_slice is None:
        members = [member_slice.member for member_slice in member_slices]
        hint = suggestion(name, members, are="It has")
        raise ProblemsError(
            [
                column_problem(
                    metric,
                    "unknown-member",
                    f"there is no member `{name}`",
                    key="headline",
                    hint=hint,
                )
            ]
        )
    return replace(
        reading,
        value=member_slice.value,
        series=member_slice.series,
        comparisons=_comparisons(metric, reading, member_slice),
        headline=name,
    )


def _about_the_total(metric: Metric, reading: Reading) -> Iterator[Problem]:
    front = metric.front
    kinds = [kind for kind in front.compare or () if kind != "target"]
    idle = [f"compare: {kinds[0]}"] if kinds else []
    idle += ["chart: bar"] if front.chart == "bar" and reading.grain else []
    for option in idle:
        key, _, _ = option.partition(":")
        message = f"`{option}` is about the total, but there is none"
        hint = f"Write `headline: member` to make one member the headline, or take `{key}` out."
        yield column_problem(metric, "no-effect", message, key=key, hint=hint)


def _comparisons(metric: Metric, reading: Reading, member_slice: Slice) -> tuple[Comparison, ...]:
    comparisons: list[Comparison] = []
    for kind in declared_comparisons(metric):
        if kind == "target" and member_slice.value is not None and reading.target is not None:
            comparisons.append(
                comparison("target", None, member_slice.value, reading.target, metric.front)
            )
        elif kind == "previous" and member_slice.previous is not None:
            comparisons.append(member_slice.previous)
        elif kind == "year_ago" and reading.grain is not None and member_slice.value is not None:
            back = YEAR_AGO[reading.grain]
            base = member_slice.series[-1 - back] if len(member_slice.series) > back else None
            if base is not None and base.value is not None:
                comparisons.append(
                    comparison(kind, base.on, member_slice.value, base.value, metric.front)
                )
    return tuple(comparisons)


def _has_total(metric: Metric) -> Problem:
    return column_problem(
        metric,
        "headline-of-total",
        "`headline` names a slice, but this number has a total",
        key="headline",
        hint="Take `headline` out; or write `total: none`, and the slice becomes the headline.",
    )
