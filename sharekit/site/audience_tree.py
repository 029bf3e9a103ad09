"""What every page of one tree shares: the cut, the address, the parser, and how things are named
and linked."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from urllib.parse import unquote, urlsplit

from msgspec import Struct, field

from sharekit.asks.register import AskLedger, ask_ledger
from sharekit.numbers.results import Reading, Result
from sharekit.project.dashboard_body import MetricsBlock, Part, ProseBlock, TableBlock, parse_body
from sharekit.project.manifest import Dashboard, Metric, Objective
from sharekit.records import replace
from sharekit.site import links
from sharekit.site.charts import Subject
from sharekit.site.prose import Markdown, TextPage
from sharekit.visible import Visible, VisibleManifest
from sharekit.wording.english import full_day, initials

PLACEHOLDER = "SharekitPlaceholder"
"""How texts begin that stand in drawn pages for what changes when nothing else on them does."""
COMMIT = f"{PLACEHOLDER}Commit"
"""For the commit that pages are of."""
SHORT_COMMIT = f"{PLACEHOLDER}ShortCommit"
"""For its first seven characters."""
OLD_FROM = f"{PLACEHOLDER}OldFrom"
"""For the day from which readers are warned that pages are old."""
ISO_DAY = f"{PLACEHOLDER}IsoDay"
"""For the as-of day as 2013-11-22."""
FULL_DAY = f"{PLACEHOLDER}FullDay"
"""For the as-of day as 22 November 2013."""
MOST_QUESTIONS = 200
"""Questions on one page of the ledger."""


class Person(Struct, frozen=True):
    """Somebody who answers for something."""

    key: str
    name: str
    role: str
    initials: str
    email: str


class AudienceTree(Struct, frozen=True, dict=True):
    """One audience's tree while it is being rendered."""

    scope: Visible
    commit: str | None = None
    """The commit that pages are of, or COMMIT, which stands for it until they are written."""
    undated: bool = False
    """Whether ISO_DAY and FULL_DAY stand for the as-of day until pages are written."""
    texts: Markdown = field(default_factory=Markdown)

    @property
    def url(self) -> str | None:
        """Where the tree will be published, ending in "/"; None where that is not known."""
        return self.scope.url

    @property
    def short_commit(self) -> str:
        """The commit as people read it; "" where there is none."""
        return SHORT_COMMIT if self.commit == COMMIT else (self.commit or "")[:7]

    @property
    def manifest(self) -> VisibleManifest:
        return self.scope.manifest

    @property
    def as_of(self) -> date:
        return self.scope.as_of

    @property
    def iso_day(self) -> str:
        """The as-of day as frames and files have it."""
        return ISO_DAY if self.undated else self.as_of.isoformat()

    def day_of(self, result: Result) -> str | None:
        """The day that a result is of, as files have it."""
        if result.as_of == self.as_of:
            return self.iso_day
        return result.as_of.isoformat() if result.as_of else None

    @property
    def full_day(self) -> str:
        """The as-of day as people read it in frames."""
        return FULL_DAY if self.undated else full_day(self.as_of)

    def result(self, metric: Metric) -> Result:
        return self.scope.result(metric.id)

    def reading(self, metric: Metric) -> Reading | None:
        return self.result(metric).reading

    def subject(self, metric: Metric, title: str | None = None) -> Subject:
        reading = self.reading(metric)
        fiscal = self.manifest.config.project.fiscal_year
        subject = Subject.of(metric, reading.grain if reading else None, title, fiscal)
        return replace(subject, level=reading is not None and reading.measured_on is not None)

    def person(self, key: str | None) -> Person | None:
        """A person by key; a name that is no key stands for itself."""
        if not key:
            return None
        person_config = self.manifest.config.people.get(key)
        name = self.manifest.person(key)
        return Person(
            key,
            name,
            (person_config.role or "") if person_config else "",
            initials(person_config.name if person_config else key),
            (person_config.email or "") if person_config else "",
        )

    def person_name(self, key: str | None) -> str:
        """The name of a person by key; "" where it is nobody's."""
        return self.manifest.person(key) if key else ""

    @cached_property
    def units(self) -> tuple[str, ...]:
        """What its numbers count, each once: pages keep a number and its unit on one line."""
        units = {metric.front.unit for metric in self.manifest.metrics.values()}
        return tuple(sorted(unit for unit in units if unit))

    @cached_property
    def page_of_file(self) -> Mapping[str, str]:
        """Path of a declared file -> its page, for links that people write between files."""
        pages = {
            metric.path: links.metric_page(metric) for metric in self.manifest.metrics.values()
        }
        pages |= {
            objective.path: links.objective_page(objective.id)
            for objective in self.manifest.objectives.values()
        }
        return pages | {
            dashboard.path: links.dashboard_page(dashboard.id)
            for dashboard in self.manifest.dashboards.values()
        }

    @cached_property
    def bodies(self) -> Mapping[str, tuple[Part, ...]]:
        """Dashboard -> its parts in order."""
        return {name: parse_body(dashboard) for name, dashboard in self.manifest.dashboards.items()}

    @cached_property
    def placed(self) -> Mapping[str, tuple[str, ...]]:
        """Dashboard -> ids that it places, in order, then those that it names in prose."""
        return {name: _placed_numbers(blocks) for name, blocks in self.bodies.items()}

    @cached_property
    def with_twin(self) -> frozenset[str]:
        """The pages that have a Markdown twin."""
        manifest = self.manifest
        return frozenset(
            (
                links.HOME,
                links.CHANGES,
                links.DIGEST,
                *map(links.metric_page, manifest.metrics.values()),
                *map(links.objective_page, manifest.objectives),
                *map(links.dashboard_page, manifest.dashboards),
            )
        )

    def warm(self) -> None:
        """Work out once what many pages share, before the work is spread over several processes."""
        computed = (
            self.placed,
            self.page_of_file,
            self.current_key_results,
            self.scope.lineage.readers,
            self.shared_on,
            self.with_twin,
        )
        assert all(
            value is not None
            for value in (*computed, self.asks, self.question_pages, self.scope.key_results_of)
        )

    def prose(self, page: str, source: str) -> TextPage:
        """Where the texts of the file `source` are shown."""
        return TextPage(self._resolver(page, source))

    def plain(self, text: str) -> str:
        """A declared text without its Markdown, as one line."""
        return self.texts.inline(text, TextPage(lambda _: None)).striptags()

    def _resolver(self, page: str, source: str) -> Callable[[str], str | None]:
        folder = posixpath.dirname(source)

        def resolve(address: str) -> str | None:
            url_parts = urlsplit(address)
            path = posixpath.normpath(posixpath.join(folder, unquote(url_parts.path)))
            target = self.page_of_file.get(path)
            return links.href(page, target, unquote(url_parts.fragment)) if target else None

        return resolve

    @cached_property
    def current_key_results(self) -> tuple[Metric, ...]:
        """Key results whose period holds the as-of date; where none does, those of the latest
        period begun or ended."""
        key_results = [metric for metric in self.manifest.key_results.values() if metric.okr]
        now = [
            metric
            for metric in key_results
            if metric.okr and metric.okr.period.start <= self.as_of <= metric.okr.period.end
        ]
        if now:
            return tuple(now)
        past = [
            metric.okr.period.end
            for metric in key_results
            if metric.okr and metric.okr.period.end < self.as_of
        ]
        latest = max(past, default=None) or max(
            (metric.okr.period.end for metric in key_results if metric.okr), default=None
        )
        return tuple(
            metric for metric in key_results if metric.okr and metric.okr.period.end == latest
        )

    def objectives_of(self, metrics: tuple[Metric, ...]) -> tuple[Objective, ...]:
        """The objectives of these key results, in declared order."""
        objective_ids = {metric.okr.objective for metric in metrics if metric.okr}
        return tuple(
            objective
            for objective in self.manifest.objectives.values()
            if objective.id in objective_ids
        )

    def served_by(self, objectives: Iterable[Objective]) -> tuple[Objective, ...]:
        """All objectives that these serve, directly or through others, in declared order."""
        all_objectives = self.manifest.objectives
        served_ids: set[str] = set()
        for objective in objectives:
            parent = objective.front.parent
            while parent is not None and parent in all_objectives and parent not in served_ids:
                served_ids.add(parent)
                parent = all_objectives[parent].front.parent
        return tuple(served for served in all_objectives.values() if served.id in served_ids)

    @cached_property
    def shared_on(self) -> Mapping[str, date]:
        """Metric or dashboard -> the day on which this audience first had it, where history knows
        it.

        Where the as-of date is fixed, commits go on after it: what they introduced was there on a
        day that git cannot tell."""
        fixed = self.manifest.config.project.as_of is not None
        new = [
            revision
            for revision in self.scope.revisions
            if revision.before is None and not (fixed and revision.on >= self.as_of)
        ]
        return {
            revision.item: revision.on
            for revision in sorted(new, key=lambda newer: newer.on, reverse=True)
        }

    @cached_property
    def asks(self) -> AskLedger:
        """The questions that this audience may see, and how much it had before anyone asked."""
        return ask_ledger(self.manifest, self.as_of, shared_on=self.shared_on)

    @cached_property
    def question_pages(self) -> Mapping[str, str]:
        """Question -> the page of the ledger on which it stands."""
        ids = [question.ask.id for question in self.asks.questions]
        return {
            name: links.numbered_page(links.ASKS, 1 + at // MOST_QUESTIONS)
            for at, name in enumerate(ids)
        }

    @cached_property
    def questions_of(self) -> Mapping[str, tuple[str, ...]]:
        """Metric or dashboard -> the questions that it answers, in people's words."""
        by_item: dict[str, list[str]] = {}
        for question in self.asks.questions:
            if question.state == "answered":
                by_item.setdefault(question.ask.front.answered_by or "", []).append(
                    question.ask.front.question
                )
        return {name: tuple(questions) for name, questions in by_item.items()}

    def item_link(self, page: str, item: str) -> tuple[str, str] | None:
        """Title and address of anything visible by id: metric, key result, objective or
        dashboard."""
        metric = self.manifest.metrics.get(item)
        if metric:
            return metric.title, links.href(page, links.metric_page(metric))
        objective = self.manifest.objectives.get(item)
        if objective:
            return objective.title, links.href(page, links.objective_page(item))
        dashboard: Dashboard | None = self.manifest.dashboards.get(item)
        return (
            (dashboard.title, links.href(page, links.dashboard_page(item))) if dashboard else None
        )


def _placed_numbers(blocks: tuple[Part, ...]) -> tuple[str, ...]:
    placed: dict[str, None] = {}
    inline_numbers: dict[str, None] = {}
    for block in blocks:
        if isinstance(block, MetricsBlock):
            placed.update(dict.fromkeys(entry.id for entry in block.metrics))
        elif isinstance(block, TableBlock):
            placed[block.table.id] = None
        elif isinstance(block, ProseBlock):
            inline_numbers.update(dict.fromkeys(number.id for number in block.numbers))
    return tuple(placed | inline_numbers)
