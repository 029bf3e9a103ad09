"""What a whole dashboard can be switched by: the members of a dimension that most of its numbers share,
and how far back its charts reach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field

from sharekit.numbers.measure.member_order import member_order
from sharekit.numbers.periods import Span, parse_span
from sharekit.numbers.results import Slice
from sharekit.project.dashboard_body import (
    MetricsBlock,
)
from sharekit.project.manifest import Dashboard, Metric
from sharekit.project.shapes import MetricPlacement
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import (
    ALL,
    member_key,
)
from sharekit.site.pages.explore import Switch, SwitchOption, dimension_words

MOST_SWITCHED = 12
"""Members of a dimension that a dashboard can be switched to."""


class DashboardSwitch(Struct, frozen=True):
    """What the whole dashboard can be switched by."""

    dimension: str = ""
    members: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """Member -> what people call it."""
    ranges: Mapping[str, Span | None] | None = None
    """Key -> how far back; "" is as each chart was placed, None everything."""

    @property
    def apart(self) -> str:
        """What a part says that does not follow the switch of members."""
        return f"Not by {dimension_words(self.dimension)}" if self.dimension else ""


def switch_of(tree: AudienceTree, dashboard: Dashboard) -> DashboardSwitch:
    """The dimension that most of the placed numbers share, where its members are few enough to
    choose from; and the ranges of dates that the placed lines reach back."""
    shared: dict[str, list[tuple[Slice, ...]]] = {}
    spans: dict[str, Span] = {}
    lines = 0
    for entry, metric in placements(tree, dashboard):
        reading = tree.reading(metric)
        for name, slices in reading.slices.items() if reading else ():
            if 1 < len(slices) <= MOST_SWITCHED:
                shared.setdefault(name, []).append(slices)
        ranked = entry.chart == "bar" and entry.by and not entry.last
        if reading and reading.series and entry.chart in ("line", "bar", "stacked") and not ranked:
            lines += 1
            if entry.last and (span := parse_span(entry.last)):
                spans[entry.last] = span
    dimension = max(shared, key=lambda name: len(shared[name]), default="")
    if dimension and len(shared[dimension]) < 2:
        dimension = ""
    members = {
        member_slice.member: member_slice.name
        for slices in shared.get(dimension, ())
        for member_slice in slices
    }
    if len(members) > MOST_SWITCHED:
        dimension, members = "", {}
    ordered = member_order(
        _declared_order(tree, dashboard, dimension),
        members,
        tree.manifest.config.project.week_start,
    )
    return DashboardSwitch(
        dimension,
        tuple(ordered or sorted(members)),
        members,
        _ranges(spans) if lines else None,
    )


def placements(
    tree: AudienceTree, dashboard: Dashboard
) -> Iterator[tuple[MetricPlacement, Metric]]:
    for part in tree.bodies[dashboard.id]:
        for entry in part.metrics if isinstance(part, MetricsBlock) else ():
            if entry.id in tree.manifest.metrics:
                yield entry, tree.manifest.metrics[entry.id]


def _declared_order(
    tree: AudienceTree, dashboard: Dashboard, dimension: str
) -> Sequence[str] | None:
    """The order of members that one of the placed numbers declares."""
    placed = (metric.front.order.get(dimension) for _, metric in placements(tree, dashboard))
    return next((order for order in placed if order), None)


def _ranges(spans: Mapping[str, Span]) -> Mapping[str, Span | None]:
    """As placed, a quarter, a year, everything; a range that says the same as another is left
    out."""
    placed = {round(span.days) for span in spans.values()}
    offered: dict[str, Span | None] = {
        "": None,
        "3-months": Span(3, "month"),
        "year": Span(1, "year"),
        "all": None,
    }
    return {
        key: span for key, span in offered.items() if span is None or round(span.days) not in placed
    }


def switches(choice: DashboardSwitch, *, has_charts: bool) -> Iterator[Switch]:
    """The switches that the page shows."""
    if choice.dimension:
        options = [
            SwitchOption(ALL, "All"),
            *(SwitchOption(member_key(member), choice.names[member]) for member in choice.members),
        ]
        label = dimension_words(choice.dimension).capitalize()
        yield Switch("member", choice.dimension, label, tuple(options), ALL, lights=True)
    if choice.ranges and has_charts:
        labels = {"": "As placed", "3-months": "3 months", "year": "A year", "all": "All"}
        options = [SwitchOption(key or "written", labels[key]) for key in choice.ranges]
        yield Switch("range", "last", "Charts reach back", tuple(options), "written")
