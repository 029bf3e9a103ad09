"""Rules across the manifest: one function each, all problems at once, no data needed.

Each file alone was judged by the loader; what it left out is not called missing here.
"""

from __future__ import annotations

from collections.abc import Callable

from sharekit.checks import configuration, data_sources, key_results, leaks, numbers, pages, people, queries, questions
from sharekit.checks.context import Project, Rule
from sharekit.checks.sql_facts import SqlFacts, facts_from_json, facts_to_json, read_sql
from sharekit.errors import Problem
from sharekit.manifest import Manifest
from sharekit.reading.excerpt import with_excerpt

__all__ = ["RULES", "SqlFacts", "check", "facts_from_json", "facts_to_json", "read_sql"]

RULES: tuple[Rule, ...] = (
    configuration.addresses,
    configuration.time_zones,
    configuration.audience_members,
    configuration.announcing,
    configuration.other_settings,
    data_sources.source_files,
    people.owners,
    people.audiences,
    people.helpers,
    people.outside_owners,
    queries.one_select,
    queries.tables,
    queries.circles,
    queries.steady,
    queries.columns,
    numbers.totals,
    numbers.ratios,
    numbers.dimensions,
    numbers.formats,
    numbers.targets,
    numbers.drives,
    key_results.promises,
    key_results.checkpoints,
    key_results.notes,
    key_results.retired,
    key_results.parents,
    leaks.reads,
    leaks.pages,
    leaks.objectives,
    leaks.links,
    pages.bodies,
    pages.blocks,
    questions.asked,
    questions.answers,
)


def check(manifest: Manifest, *, facts: Callable[[str], SqlFacts] = read_sql) -> tuple[Problem, ...]:
    """All that is wrong in a project without looking at data: the manifest's own problems, then every rule.

    In the order of files and lines, each with its excerpt. `facts` reads one query's text; a caller who keeps facts
    by the text's hash saves most of the time.
    """
    told = {name: facts(view.sql.text) for name, view in manifest.views.items()}
    told |= {name: facts(metric.sql.text) for name, metric in manifest.metrics.items()}
    project = Project(manifest, told)
    found = [*manifest.problems, *(problem for rule in RULES for problem in rule(project))]
    ordered = sorted(dict.fromkeys(found), key=_order)
    return tuple(with_excerpt(problem, manifest.files) for problem in ordered)


def _order(problem: Problem) -> tuple[str, int, int, str]:
    place = problem.place
    return place.path, place.line or 0, place.column or 0, problem.code
