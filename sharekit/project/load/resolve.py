"""Parsed files -> Manifest: what items inherit from objectives and from the project. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import TypeVar

from sharekit.errors import Place, Problem
from sharekit.numbers.periods import free_period, parse_period
from sharekit.okr.checkins import newest_confidence, values_as_sql
from sharekit.project.load.markdown_pages import folder_dashboards
from sharekit.project.load.parse import ParsedFile
from sharekit.project.load.sources import sources
from sharekit.project.manifest import (
    Ask,
    Dashboard,
    DeclaredItem,
    KeyResultTerms,
    Manifest,
    Metric,
    Objective,
    Period,
    Sql,
    View,
    default_audiences,
)
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.shapes import (
    AskFront,
    Config,
    DashboardFront,
    KeyResultFront,
    MetricFront,
    ObjectiveFront,
    PeriodDates,
    ViewFront,
    audience_names,
)

ItemT = TypeVar("ItemT", bound=DeclaredItem)


def resolve(
    *,
    config: Config,
    config_places: Mapping[str, Place],
    config_path: str,
    parsed: Sequence[ParsedFile],
    data_files: Sequence[str],
    digests: Mapping[str, str],
    same_as: Mapping[str, str],
    broken: frozenset[str],
) -> Manifest:
    """All that is declared, resolved. Problems are those of one file that show only beside the
    others."""
    resolver = _ItemResolver(config, broken)
    files = resolver.first_by_id(parsed)
    resolver.objectives = _by_id(filter(None, map(resolver.objective, files)))
    metrics = _by_id(filter(None, map(resolver.metric, files)))
    if any(file.kind == "dashboard" for file in parsed):
        dashboards = [dashboard for dashboard in map(resolver.dashboard, files) if dashboard]
    else:
        dashboards = folder_dashboards(metrics.values(), resolver.audiences)
    tables, source_problems = sources(
        config, config_places, config_path, data_files, digests, same_as
    )
    return Manifest(
        root="",
        config=config,
        config_path=config_path,
        sources=tables,
        views=_by_id(filter(None, map(resolver.view, files))),
        metrics=metrics,
        objectives=resolver.objectives,
        dashboards={dashboard.id: dashboard for dashboard in sorted(dashboards, key=_order)},
        asks=_by_id(filter(None, map(resolver.ask, files))),
        problems=(*resolver.problems, *source_problems),
        broken=frozenset(resolver.broken),
    )


def _by_id(items: Iterable[ItemT]) -> dict[str, ItemT]:
    return {item.id: item for item in sorted(items, key=lambda item: item.id)}


def _order(dashboard: Dashboard) -> tuple[float, str, str]:
    return dashboard.front.order, dashboard.title, dashboard.id


class _ItemResolver:
    """Turns one parsed file after another into an item; notes problems and what had to be left
    out."""

    def __init__(self, config: Config, broken: Iterable[str]) -> None:
        self.config = config
        self.broken = set(broken)
        self.problems: list[Problem] = []
        self.objectives: Mapping[str, Objective] = {}
        self.audiences = default_audiences(config)
        """Audiences of everything that names none."""

    def first_by_id(self, parsed: Sequence[ParsedFile]) -> list[ParsedFile]:
        """Files without problems; of several with one id, the first by path."""
        path_of: dict[str, str] = {}
        parsed_files: list[ParsedFile] = []
        for file in parsed:
            if file.kind in ("dashboard", "ask"):
                parsed_files.append(file)
            elif file.id not in path_of:
                path_of[file.id] = file.path
                parsed_files.append(file)
            else:
                place = file.keys.get("id", Place(file.path, 1, 1))
                message = f"the id `{file.id}` is taken by {path_of[file.id]}"
                hint = "Rename one of the files, or give it an `id:` of its own."
                self.problems.append(Problem("duplicate-id", message, place, hint=hint))
        return [file for file in parsed_files if file.front is not None]

    def _mark_broken(self, file: ParsedFile, problem: Problem | None) -> None:
        self.broken.add(file.id)
        if problem:
            self.problems.append(problem)

    # -- items
    # -------------------------------------------------------------------------------------------------

    def view(self, file: ParsedFile) -> View | None:
        front = file.front
        if not isinstance(front, ViewFront):
            return None
        sql = Sql(file.rest, file.rest_line)
        return View(
            file.id,
            file.path,
            audience_names(front.audience) or self.audiences,
            file.keys,
            front,
            sql,
        )

    def dashboard(self, file: ParsedFile) -> Dashboard | None:
        front = file.front
        if not isinstance(front, DashboardFront):
            return None
        return Dashboard(
            file.id,
            file.path,
            audience_names(front.audience) or self.audiences,
            file.keys,
            front,
            file.rest,
            file.rest_line,
        )

    def ask(self, file: ParsedFile) -> Ask | None:
        front = file.front
        if not isinstance(front, AskFront):
            return None
        return Ask(
            file.id,
            file.path,
            audience_names(front.audience) or self.audiences,
            file.keys,
            front=front,
        )

    def objective(self, file: ParsedFile) -> Objective | None:
        front = file.front
        if not isinstance(front, ObjectiveFront):
            return None
        period = None
        if front.period is not None:
            period = self.period(file, front.period)
            if period is None:
                return None
        audiences = audience_names(front.audience) or self.audiences
        return Objective(
            file.id, file.path, audiences, file.keys, front, file.rest, file.rest_line, period
        )

    def metric(self, file: ParsedFile) -> Metric | None:
        front = file.front
        if not isinstance(front, MetricFront):
            return None
        if file.kind == "by_hand" and isinstance(front, KeyResultFront):
            if front.description and file.rest.strip():
                self.problems.append(_two_descriptions(file))
            front = _kept_by_hand(front, file.rest)
        sql = Sql(file.rest, file.rest_line)
        engine = self.config.engines.get(front.engine or "")
        dialect = "duckdb" if engine is None else engine.dialect
        if isinstance(front, KeyResultFront):
            confidence = newest_confidence(front.checkins, front.confidence)
            front = front.model_copy(update={"confidence": confidence})
            sql = Sql(values_as_sql(front.checkins)) if file.kind == "by_hand" else sql
        if not isinstance(front, KeyResultFront):
            audiences = audience_names(front.audience) or self.audiences
            return Metric(
                file.id,
                file.path,
                audiences,
                file.keys,
                front,
                sql,
                None,
                front.lead,
                False,
                dialect,
            )
        objective = self.objective_of(file, front)
        if objective is None:
            return None
        period = self.period(file, front.period) if front.period is not None else objective.period
        if period is None:
            if front.period is None:
                self._mark_broken(file, _no_period(file, objective))
            return None
        commitment = front.commitment or objective.front.commitment or "committed"
        terms = KeyResultTerms(objective.id, period, commitment, front)
        audiences = audience_names(front.audience) or objective.audiences
        owner = front.lead or objective.front.lead
        hand = file.kind == "by_hand"
        return Metric(
            file.id, file.path, audiences, file.keys, front, sql, terms, owner, hand, dialect
        )

    # -- what key results inherit
    # --------------------------------------------------------------------------------

    def objective_of(self, file: ParsedFile, front: KeyResultFront) -> Objective | None:
        """The objective a key result names, or that of its folder."""
        if front.objective is not None:
            if front.objective in self.objectives:
                return self.objectives[front.objective]
            problem = (
                None
                if front.objective in self.broken
                else self._unknown_objective(file, front.objective)
            )
            self._mark_broken(file, problem)
            return None
        folder = file.path.rpartition("/")[0]
        for objective in self.objectives.values():
            if objective.path.rpartition("/")[0] == folder:
                return objective
        self._mark_broken(file, None if file.beside_objective else _no_objective(file))
        return None

    def _unknown_objective(self, file: ParsedFile, name: str) -> Problem:
        hint = suggestion(
            name, self.objectives, are="Objectives", none="There is no objective.md yet."
        )
        place = file.keys.get("objective", Place(file.path, 1, 1))
        return Problem("unknown-objective", f"there is no objective `{name}`", place, hint=hint)

    def period(self, file: ParsedFile, written: str | PeriodDates) -> Period | None:
        """A period as declared; a problem is noted and the file left out where it is none."""
        place = file.keys.get("period", Place(file.path, 1, 1))
        if isinstance(written, PeriodDates):
            if written.start < written.end:
                return free_period(written.start, written.end)
            place = file.keys.get("period.end", place)
            message = f"the period ends on {written.end} and begins on {written.start}"
            self._mark_broken(
                file,
                Problem(
                    "period-order", message, place, hint="Write an end that comes after the start."
                ),
            )
            return None
        period = parse_period(written, self.config.project.fiscal_year)
        if period is None:
            hint = "Write 2013-Q4, 2013-H2, 2013-11, 2013 or {start: 2013-10-01, end: 2013-12-31}."
            self._mark_broken(
                file,
                Problem(
                    "bad-period", f'"{written}" is not understood as a period', place, hint=hint
                ),
            )
        return period


def _kept_by_hand(front: KeyResultFront, prose: str) -> KeyResultFront:
    """Its prose says what it is, as `description` does of one with a query."""
    return (
        front
        if front.description or not prose.strip()
        else front.model_copy(update={"description": prose.strip()})
    )


def _two_descriptions(file: ParsedFile) -> Problem:
    return Problem(
        "two-descriptions",
        "`description` and the prose below both say what it is",
        file.keys["description"],
        hint="Remove `description`, or move its words into the prose.",
    )


def _no_objective(file: ParsedFile) -> Problem:
    key = next((key for key in ("period", "baseline") if key in file.keys), "")
    return Problem(
        "no-objective",
        f"`{key}` makes this a key result, and it belongs to no objective",
        file.keys.get(key, Place(file.path, 1, 1)),
        hint=f"Add {PurePosixPath(file.path).with_name('objective.md')}, or write `objective: id`.",
    )


def _no_period(file: ParsedFile, objective: Objective) -> Problem:
    return Problem(
        "no-period",
        "neither the key result nor its objective has a period",
        Place(file.path, 1, 1),
        hint=f"Write `period: 2013-Q4` in {objective.path}, or here.",
    )
