"""Rules: what runs in an engine names one that is declared, and only reads there what it may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sharekit.checks.checked_project import CheckedProject, query_place
from sharekit.errors import Place, Problem, QueryError
from sharekit.project.lineage import engine_table
from sharekit.project.manifest import Metric, View
from sharekit.project.read.did_you_mean import suggestion

CROWD = 5
"""So many metrics over one table want one extract: measured, it is 3.8 times as fast, and the table
is read once."""
_ANY_DAY = date(2000, 1, 1)


def declared(project: CheckedProject) -> Iterator[Problem]:
    """`engine:` names one of [engines], and what runs there is a table anyway."""
    engines = project.manifest.config.engines
    for item in project.manifest.engine_items.values():
        name = item.front.engine or ""
        written = any(key.startswith(f"engines.{name}.") for key in project.config_places)
        if name not in engines and not written:  # else what is wrong there is said there
            none = f"Declare [engines.{name}] in sharekit.toml."
            hint = suggestion(name, engines, are="Engines", none=none)
            yield Problem(
                "unknown-engine", f"there is no engine `{name}`", item.at("engine"), hint=hint
            )
        if isinstance(item, View) and item.front.materialize:
            message = "what an engine returns is already a table"
            yield Problem(
                "materialize-engine",
                message,
                item.at("materialize"),
                hint="Leave `materialize` out.",
            )


def settings(project: CheckedProject) -> Iterator[Problem]:
    """`allow` holds names of tables, and nobody has to guess which of `keep` and `version`
    counts."""
    if not project.manifest.config.engines:
        return
    from sharekit.engines.remote.guard import patterns  # loads sqlglot, which takes its time

    for name, engine in project.manifest.config.engines.items():
        key = f"engines.{name}"
        for entry in patterns(engine.allow):
            message = f"`{entry}` in `allow` does not name tables"
            hint = 'Write schema.table, or schema.* for all of a schema: allow = ["analytics.*"].'
            yield Problem("bad-allow", message, project.config_at(f"{key}.allow"), hint=hint)
        if engine.keep is not None and engine.version is not None:
            message = "`keep` and `version` both decide when rows are fetched again"
            yield Problem(
                "keep-and-version",
                message,
                project.config_at(f"{key}.keep"),
                hint="Leave one of them out.",
            )


def only_allowed_reads(project: CheckedProject) -> Iterator[Problem]:
    """What runs in an engine only reads, and only what is allowed: decided without a driver, and
    before it is sent."""
    if not project.manifest.engine_items:
        return
    from sharekit.engines.remote.guard import EngineRules

    for item in project.manifest.engine_items.values():
        engine = project.manifest.config.engines.get(item.front.engine or "")
        if engine is None or project.facts[item.id].fault is not None:
            continue
        fence = EngineRules(
            item.front.engine or "", engine.dialect, tuple(engine.allow), tuple(engine.functions)
        )
        try:
            fence.guarded(item.sql.text, _ANY_DAY)
        except QueryError as error:
            place = Place(item.path, item.sql.first_line)
            if error.line is not None:
                place = query_place(item, error.line, error.column, error.length)
            yield Problem(f"engine-{error.fault}", error.message, place, hint=error.hint)


def versions_only_read(project: CheckedProject) -> Iterator[Problem]:
    """`version` is a query as any other: one SELECT, of what is allowed."""
    engines = {
        name: engine
        for name, engine in project.manifest.config.engines.items()
        if engine.version is not None
    }
    if not engines:
        return
    from sharekit.engines.remote.guard import EngineRules  # loads sqlglot, which takes its time

    for name, engine in engines.items():
        fence = EngineRules(name, engine.dialect, tuple(engine.allow), tuple(engine.functions))
        try:
            fence.guarded(engine.version or "", _ANY_DAY)
        except QueryError as error:
            place = project.config_at(f"engines.{name}.version")
            message = f"`version` of the engine {name}: {error.message}"
            yield Problem(f"engine-{error.fault}", message, place, hint=error.hint)


def many_metrics_on_one_table(project: CheckedProject) -> Iterator[Problem]:
    """Many metrics over one table of an engine ask it again and again."""
    readers: dict[str, list[Metric]] = {}
    for item in project.manifest.engine_items.values():
        if isinstance(item, Metric):
            for read in project.facts[item.id].reads:
                readers.setdefault(
                    engine_table(item.front.engine or "", read.full_name), []
                ).append(item)
    for table, metrics in sorted(readers.items()):
        if len(metrics) >= CROWD:
            yield Problem(
                "engine-crowd",
                f"{len(metrics)} metrics each ask for {table}",
                metrics[0].at("engine"),
                hint=(
                    "One view (_name.sql) with `engine:` can fetch what they need once; metrics"
                    " read metrics._name."
                ),
                severity="warning",
            )
