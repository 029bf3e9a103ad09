"""Rules across the manifest: one function each, all problems at once, no data needed.

The loader looked at each file alone; what it left out is not called missing here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import islice

from msgspec import Struct

from sharekit.checks import (
    configuration,
    data_sources,
    engines,
    key_results,
    leaks,
    numbers,
    pages,
    people,
    placeholders,
    queries,
    questions,
    unused_keys,
)
from sharekit.checks.checked_project import CheckedProject, Rule
from sharekit.checks.data_sources import without_data
from sharekit.checks.sql_facts import SqlFacts, read_sql
from sharekit.errors import Problem, limited
from sharekit.numbers.cache.answers import Remember, answer_anew
from sharekit.project.lineage import Lineage
from sharekit.project.manifest import Manifest, Metric, View
from sharekit.project.read.excerpt import with_excerpt

__all__ = [
    "RULES",
    "ManifestChecks",
    "SqlFacts",
    "check",
    "examine",
    "read_sql",
]

MOST_OF_A_RULE = 500
"""Problems of one rule that are looked for; people fix some and look again."""

RULES: tuple[Rule, ...] = (
    configuration.addresses,
    configuration.time_zones,
    configuration.audience_members,
    configuration.announcing,
    configuration.other_settings,
    data_sources.source_files,
    engines.declared,
    engines.settings,
    engines.only_allowed_reads,
    engines.versions_only_read,
    engines.many_metrics_on_one_table,
    people.owners,
    people.audiences,
    people.helpers,
    people.outside_owners,
    queries.one_select,
    queries.tables,
    queries.circles,
    queries.deterministic,
    queries.columns,
    numbers.additivity_rules,
    numbers.over_time,
    numbers.ratio_parts,
    numbers.totals_of_others,
    numbers.ratios,
    numbers.headlines,
    numbers.dimensions,
    numbers.formats,
    numbers.targets,
    numbers.bands,
    numbers.replacements,
    numbers.drives,
    key_results.targets_match_type,
    key_results.confidences,
    key_results.checkpoints,
    key_results.checkins,
    key_results.notes_in_order,
    key_results.retired,
    key_results.parents,
    leaks.narrower_reads,
    leaks.narrower_lookups,
    leaks.narrower_targets,
    leaks.pages,
    leaks.objectives,
    leaks.narrower_drives,
    unused_keys.keys,
    unused_keys.placement_options,
    unused_keys.rows,
    pages.readable_bodies,
    pages.blocks,
    placeholders.unedited_placeholders,
    questions.askers_are_people,
    questions.answers,
    questions.asked_twice,
)


class ManifestChecks(Struct, frozen=True):
    """What looking at a manifest without its data tells."""

    problems: tuple[Problem, ...]
    """The manifest's own, then those of every rule, in the order of files and lines, each with its
    excerpt."""
    lineage: Lineage
    """As `lineage.lineage` reads it, without parsing the queries once more."""


def examine(
    manifest: Manifest,
    *,
    facts: Callable[..., SqlFacts] = read_sql,
    remember: Remember = answer_anew,
    committed: Callable[[], Collection[str]] | None = None,
    has_data: bool = True,
) -> ManifestChecks:
    """All that is wrong in a project without looking at data, and what reads what.

    `facts` reads one query's text, `remember` answers what else is asked about texts. A caller who keeps facts by
    the text's hash saves most of the time; such a store must be trusted as the files themselves
    are, since the checks for leaks between audiences read it. `committed` gives the paths of files that
    are committed, where not all are. Without `has_data` no missing source file is reported."""
    sql_facts = {item.id: _facts_of(manifest, item, facts) for item in manifest.queries}
    project = CheckedProject(manifest, sql_facts, remember=remember, committed=committed)
    problems = [
        *manifest.problems,
        *(problem for rule in RULES for problem in islice(rule(project), MOST_OF_A_RULE)),
    ]
    reported = dict.fromkeys(problems if has_data else without_data(problems))
    ordered = limited(sorted(reported, key=_order))
    with_excerpts = tuple(with_excerpt(problem, manifest.files) for problem in ordered)
    return ManifestChecks(with_excerpts, project.lineage)


def _facts_of(manifest: Manifest, item: Metric | View, facts: Callable[..., SqlFacts]) -> SqlFacts:
    if item.front.engine is None:
        return facts(item.sql.text)
    return facts(item.sql.text, manifest.dialect_of(item))


def check(
    manifest: Manifest,
    *,
    facts: Callable[..., SqlFacts] = read_sql,
    remember: Remember = answer_anew,
    committed: Callable[[], Collection[str]] | None = None,
) -> tuple[Problem, ...]:
    """The problems that `examine` finds."""
    return examine(manifest, facts=facts, remember=remember, committed=committed).problems


def _order(problem: Problem) -> tuple[str, int, int, str]:
    place = problem.place
    return place.path, place.line or 0, place.column or 0, problem.code
