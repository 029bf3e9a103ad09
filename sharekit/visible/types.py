"""What renderers are given. Each type asks for a pass that only this package has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import InitVar, dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

from sharekit.numbers.results import ObjectiveReading, Result, Results
from sharekit.project.lineage import Lineage
from sharekit.project.manifest import Audiences, Manifest, Metric, Objective, Period
from sharekit.records import field_names
from sharekit.revisions.revision import Revision

WITHHELD = (
    "This definition reads something that is not shared with this audience, so it is not shown"
    " here."
)


PASS = object()


VisibleT = TypeVar("VisibleT")


def _check_pass(visible_thing: object, door: object) -> None:
    if door is not PASS:
        raise TypeError(f"{type(visible_thing).__name__} is made by visible_to alone")


@dataclass(frozen=True)
class VisibleManifest(Manifest):
    """What is declared, so far as one audience may see it: no files, no problems, no other
    audience."""

    audience: str = field(kw_only=True)
    members: frozenset[str] = field(kw_only=True)
    """Keys of the people who belong to the audience."""
    one_of_several: bool = field(kw_only=True)
    """Whether the project has other audiences too."""
    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)

    @cached_property
    def audiences(self) -> Mapping[str, frozenset[str]]:
        """Members of this audience alone."""
        return {self.audience: self.members}

    @property
    def several(self) -> bool:
        return self.one_of_several

    @property
    def audience_name(self) -> str:
        """Title of the audience; "" where the project declares none."""
        return self.audience_title(self.audience) if self.several or self.config.audiences else ""

    def sees(self, reader: str, owners: Audiences) -> bool:
        raise AssertionError("what is in here was let through already")


@dataclass(frozen=True)
class VisibleResults(Results):
    """Outcomes of what is visible. Objectives are scored by what is visible alone."""

    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)


@dataclass(frozen=True)
class VisibleLineage(Lineage):
    """Edges between visible items, and visible sources."""

    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)


@dataclass(frozen=True)
class VisibleRevision(Revision):
    """A revision without what its readers may not see."""

    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)


@dataclass(frozen=True)
class Visible:
    """One audience's share of a project at one moment."""

    audience: str
    manifest: VisibleManifest
    results: VisibleResults
    lineage: VisibleLineage
    revisions: tuple[VisibleRevision, ...]
    """Newest first."""
    withheld: frozenset[str]
    """Visible items whose SQL names something hidden: their SQL stays out."""
    url: str | None
    """Where its tree is published, ending in "/"; None where that is not known."""
    origin: str
    """Tells this project from others and is never shown: what it began with; "" where history does
    not know."""
    door: InitVar[object] = field(kw_only=True)

    def __post_init__(self, door: object) -> None:
        _check_pass(self, door)

    @property
    def as_of(self) -> date:
        return self.results.as_of

    def result(self, metric: str) -> Result:
        """The outcome of a metric; an empty one where it was not evaluated."""
        return self.results.results.get(metric) or Result(metric, None)

    @cached_property
    def key_results_of(self) -> Mapping[str, tuple[Metric, ...]]:
        """Objective -> its visible key results, in order."""
        groups: dict[str, list[Metric]] = {}
        for metric in self.manifest.key_results.values():
            if metric.okr:
                groups.setdefault(metric.okr.objective, []).append(metric)
        return {name: tuple(metrics) for name, metrics in groups.items()}

    @cached_property
    def children_of(self) -> Mapping[str, tuple[Objective, ...]]:
        """Objective -> visible objectives that serve it."""
        groups: dict[str, list[Objective]] = {}
        for objective in self.manifest.objectives.values():
            if objective.front.parent:
                groups.setdefault(objective.front.parent, []).append(objective)
        return {name: tuple(objectives) for name, objectives in groups.items()}

    @cached_property
    def revisions_of(self) -> Mapping[str, tuple[VisibleRevision, ...]]:
        """Item -> its revisions, newest first."""
        groups: dict[str, list[VisibleRevision]] = {}
        for revision in self.revisions:
            groups.setdefault(revision.item, []).append(revision)
        return {name: tuple(entries) for name, entries in groups.items()}

    def objective_reading(self, objective: str) -> ObjectiveReading | None:
        return self.results.objectives.get(objective)

    def period_of(self, objective: Objective) -> Period | None:
        """The objective's period: its own, else that of its first key result, else of the first
        that serves it."""
        return self._period(objective, frozenset())

    def _period(self, objective: Objective, above: frozenset[str]) -> Period | None:
        """`above`: those that asked; a circle ends where it closes."""
        if objective.period:
            return objective.period
        for metric in self.key_results_of.get(objective.id, ()):
            if metric.okr:
                return metric.okr.period
        here = above | {objective.id}
        below = (
            self._period(child, here)
            for child in self.children_of.get(objective.id, ())
            if child.id not in here
        )
        return next((period for period in below if period), None)


def make_visible(kind: Callable[..., VisibleT], base: Any, **changes: Any) -> VisibleT:
    """A visible thing from what it is a share of."""
    values = {name: getattr(base, name) for name in field_names(base)}
    return kind(**{**values, **changes}, door=PASS)
