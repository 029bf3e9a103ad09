"""What serves what: company objectives, the teams' objectives below them, their key results, and
the numbers that move those. Nested lists, so that it reads without JavaScript; what an audience may
not see is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from markupsafe import Markup
from msgspec import Struct

from sharekit.project.manifest import Metric, Objective
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import bullet, bullet_text
from sharekit.site.overview import status_of
from sharekit.site.pages.page import Page
from sharekit.site.scorecard import ScoringLine, StatusMark, score_text, scoring_line, status_mark
from sharekit.wording.english import and_list, capital, counted, spelled
from sharekit.wording.headline import has_headline

MOST_DRIVERS = 12
"""Numbers named below one key result; the others are counted."""


class Driver(Struct, frozen=True):
    """A number that moves a key result."""

    title: str
    href: str
    value: str
    how: str
    """"read by its query", "named as what drives it", or both."""
    owner: str


class KeyResultNode(Struct, frozen=True):
    """A key result with the numbers below it."""

    title: str
    href: str
    now: str
    score: str
    status: StatusMark
    owner: str
    bar: Markup
    bar_text: str
    drivers: tuple[Driver, ...]
    left_out: int


class ObjectiveNode(Struct, frozen=True):
    """An objective with its key results and the objectives that serve it."""

    title: str
    href: str
    score: str
    mean: bool
    """Whether that is the mean of those that serve it."""
    status: StatusMark
    owner: str
    period: str
    key_results: tuple[KeyResultNode, ...]
    children: tuple[ObjectiveNode, ...]


def shows_alignment(tree: AudienceTree) -> bool:
    """Whether any visible objective serves a visible one, or any visible number drives a visible
    one."""
    return bool(tree.scope.children_of) or any(_Alignment(tree).drives.values())


class AlignmentView(Struct, frozen=True):
    """What the page places."""

    headline: str
    roots: tuple[ObjectiveNode, ...]
    alone: tuple[Driver, ...]
    rule: ScoringLine | None


def alignment_page(tree: AudienceTree) -> Page:
    aligned = _Alignment(tree)
    roots = tuple(aligned.objective(root, frozenset()) for root in aligned.roots)
    objectives, children = (
        len(tree.manifest.objectives),
        sum(map(len, tree.scope.children_of.values())),
    )
    headline = _headline(objectives, children)
    return Page(
        path=links.ALIGNMENT,
        template="alignment.html",
        title="Alignment",
        description=headline,
        section="alignment",
        entrance=True,
        view=AlignmentView(
            headline=headline,
            roots=roots,
            alone=tuple(aligned.alone),
            rule=scoring_line(tree, links.ALIGNMENT),
        ),
    )


def _headline(objectives: int, children: int) -> str:
    """ "Two of three objectives serve another one."."""
    if not children:
        return f"{capital(counted(objectives, 'objective'))}, and the numbers that move them."
    serve = "serves" if children == 1 else "serve"
    return (
        f"{capital(spelled(children))} of {counted(objectives, 'objective')} {serve} another one."
    )


class _Alignment(Struct, frozen=True, dict=True):
    """The graph of one tree. Circles, which checks refuse, end where they close."""

    tree: AudienceTree

    @cached_property
    def roots(self) -> tuple[Objective, ...]:
        """Objectives that serve none that is shown here; of a circle, its first."""
        objectives = self.tree.manifest.objectives
        tops = [
            objective
            for objective in objectives.values()
            if objective.front.parent not in objectives
        ]
        reached = {objective.id for top in tops for objective in self._below(top)}
        for objective in objectives.values():
            if objective.id not in reached:
                tops.append(objective)
                reached |= {below.id for below in self._below(objective)}
        return tuple(sorted(tops, key=self._newest_first))

    def _newest_first(self, objective: Objective) -> tuple[int, bool, str]:
        period = self.tree.scope.period_of(objective)
        heads = objective.id in self.tree.scope.children_of
        return (-period.end.toordinal() if period else 0, not heads, objective.title)

    def _below(self, top: Objective) -> Iterator[Objective]:
        waiting, visited = [top], set[str]()
        while waiting:
            objective = waiting.pop()
            if objective.id not in visited:
                visited.add(objective.id)
                yield objective
                waiting += self.tree.scope.children_of.get(objective.id, ())

    @cached_property
    def drives(self) -> Mapping[str, tuple[str, ...]]:
        """Metric -> visible metrics that say they drive it."""
        metrics = self.tree.manifest.metrics
        drives: dict[str, list[str]] = {}
        for name, metric in metrics.items():
            for driven in metric.front.drives:
                if driven in metrics and driven != name:
                    drives.setdefault(driven, []).append(name)
        return {name: tuple(by) for name, by in drives.items()}

    def objective(self, objective: Objective, above: frozenset[str]) -> ObjectiveNode:
        tree, here = self.tree, above | {objective.id}
        reading, period = (
            tree.scope.objective_reading(objective.id),
            tree.scope.period_of(objective),
        )
        children = [
            child for child in tree.scope.children_of.get(objective.id, ()) if child.id not in here
        ]
        key_results = tree.scope.key_results_of.get(objective.id, ())
        return ObjectiveNode(
            title=objective.title,
            href=links.href(links.ALIGNMENT, links.objective_page(objective.id)),
            score=score_text(reading.score if reading else None),
            mean=reading is not None and reading.by_objectives,
            status=status_mark(reading.status if reading else "unknown"),
            owner=tree.manifest.person(objective.front.lead),
            period=period.shown if period else "",
            key_results=tuple(self._key_result(metric) for metric in key_results),
            children=tuple(self.objective(child, here) for child in children),
        )

    def _key_result(self, metric: Metric) -> KeyResultNode:
        tree, result = self.tree, self.tree.result(metric)
        drivers = tuple(self._drivers(metric))
        return KeyResultNode(
            title=metric.title,
            href=links.href(links.ALIGNMENT, links.metric_page(metric)),
            now=tree.subject(metric).now(result.reading),
            score=score_text(result.okr.score if result.okr else None),
            status=status_mark(status_of(tree, metric)),
            owner=tree.manifest.person(metric.owner),
            bar=bullet(result.okr) if result.okr else Markup(""),
            bar_text=bullet_text(result.okr) if result.okr else "",
            drivers=drivers[:MOST_DRIVERS],
            left_out=max(0, len(drivers) - MOST_DRIVERS),
        )

    def _drivers(self, metric: Metric) -> Iterator[Driver]:
        """Numbers that its query reads, nearest first, then those that say they drive it."""
        tree = self.tree
        read = [
            name for name in tree.scope.lineage.upstream(metric.id) if name in tree.manifest.metrics
        ]
        drivers = self.drives.get(metric.id, ())
        for name in dict.fromkeys((*read, *drivers)):
            how = [
                word
                for word, names in (
                    ("read by its query", read),
                    ("named as what drives it", drivers),
                )
                if name in names
            ]
            yield self._driver(tree.manifest.metrics[name], and_list(how))

    def _driver(self, metric: Metric, how: str) -> Driver:
        reading = self.tree.reading(metric)
        value = self.tree.subject(metric).now(reading) if has_headline(reading) else ""
        href = links.href(links.ALIGNMENT, links.metric_page(metric))
        return Driver(metric.title, href, value, how, self.tree.manifest.person(metric.owner))

    @property
    def alone(self) -> Sequence[Driver]:
        """Plain numbers that move no key result, so far as anybody has said."""
        manifest = self.tree.manifest
        moving = {name for by in self.drives.values() for name in by}
        for metric in manifest.key_results.values():
            moving |= set(self.tree.scope.lineage.upstream(metric.id))
        return [
            self._driver(metric, "")
            for name, metric in manifest.plain_metrics.items()
            if name not in moving
        ]
