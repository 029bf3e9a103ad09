"""Rill: metrics views (dimensions and measures over a model or table), and models in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from sharekit.importing.expressions import reads_files
from sharekit.importing.model import Collected, Definitions, ForeignMetric, Model, ModelField
from sharekit.importing.reading import Folder, mapping, named_entries, text
from sharekit.project.shapes import Grain

_PRESETS: Mapping[str, tuple[str | None, str | None]] = {
    "currency_usd": (None, "usd"),
    "currency_eur": ("€", None),
    "percentage": ("%", None),
    "humanize": (None, None),
    "none": (None, None),
}
"""Preset -> unit and format here."""
_GRAINS: Mapping[str, Grain] = {g: g for g in ("day", "week", "month", "quarter", "year")}
_NO_MEASURE = ("window", "per", "requires")


def read_rill(folder: Folder, dialect: str) -> Definitions:
    """Every metrics view; a model in SQL that one reads becomes its view's query."""
    collected = Collected()
    roots = [PurePosixPath(path).parent.as_posix() for path in folder.paths("rill.yaml")]
    queries = _queries(folder, roots)
    for path in folder.paths(".yaml", ".yml"):
        document = folder.yaml(path)
        kind = text(document.get("type"))
        is_old = (
            not kind and "measures" in document and ("model" in document or "table" in document)
        )
        if kind == "metrics_view" or is_old:
            _metrics_view(document, path, queries, roots, dialect, collected)
        elif kind in ("alert", "report", "api", "canvas", "explore", "theme", "component"):
            collected.leave(PurePosixPath(path).stem, kind, path, f"sharekit has no {kind}")
    return collected.result(folder.unread)


def _root(path: str, roots: Sequence[str]) -> str:
    """The folder of the project that a file belongs to."""
    above = [root for root in roots if root == "." or path.startswith(f"{root}/")]
    return max(above, key=len, default=".")


def _is_open(rule: object, security: Mapping[str, Any]) -> bool:
    """Whether a rule holds nothing back."""
    return rule == "access" and security["access"] in (True, "true")


def _queries(folder: Folder, roots: Sequence[str]) -> Mapping[tuple[str, str], str]:
    """Models in SQL, by their project and name."""
    queries: dict[tuple[str, str], str] = {}
    for path in folder.paths(".sql"):
        name = PurePosixPath(path).stem
        if (query := folder.text(path)) is not None:
            queries[_root(path, roots), name] = query.strip().rstrip(";")
    return queries


def _metrics_view(
    declared: Mapping[str, Any],
    path: str,
    queries: Mapping[tuple[str, str], str],
    roots: Sequence[str],
    dialect: str,
    collected: Collected,
) -> None:
    name = text(declared.get("name")) or PurePosixPath(path).stem
    measures = list(named_entries(_with_names(declared.get("measures"), "measure")))
    security = mapping(declared.get("security"))
    rules = ", ".join(sorted(str(rule) for rule in security if not _is_open(rule, security)))
    if rules:
        why = f"its security ({rules}) has no place here: give what it shows an audience"
        collected.leave(name, "model", path, why)
        for measure in measures:
            collected.leave(
                text(measure.get("name")),
                "metric",
                path,
                f"the security ({rules}) of its metrics view {name} has no place here",
            )
        return
    source = text(declared.get("model")) or text(declared.get("table"))
    if not source:
        collected.leave(name, "model", path, "it names no `model` or `table`")
        return
    query = queries.get((_root(path, roots), source))
    if query is not None and reads_files(query, dialect):
        query = None
        collected.leave(source, "query", path, "it reads files itself: bring its rows as a table")
    time = text(declared.get("timeseries")) or None
    fields = [
        _dimension(entry, time)
        for entry in named_entries(_with_names(declared.get("dimensions"), ""))
    ]
    grain = _GRAINS.get(text(declared.get("smallest_time_grain")))
    if time is not None and all(field.name != time for field in fields):
        fields.insert(0, ModelField(time, role="time", grain=grain))
    collected.models.append(
        Model(
            name,
            path,
            query if query is not None else source,
            dialect,
            query is not None,
            tuple(fields),
            time,
            title=text(declared.get("display_name")) or text(declared.get("title")) or None,
            description=text(declared.get("description")) or None,
        )
    )
    for measure in measures:
        _measure(measure, name, path, dialect, collected)


def _with_names(value: object, prefix: str) -> list[Mapping[str, Any]]:
    """Entries with a name each: older files leave it out."""
    measures: list[Mapping[str, Any]] = []
    for number, entry in enumerate(value if isinstance(value, list) else []):
        if isinstance(entry, Mapping):
            name = (
                text(entry.get("name")) or text(entry.get("column")) or text(entry.get("property"))
            )
            measures.append({**entry, "name": name or (f"{prefix}_{number}" if prefix else "")})
    return measures


def _dimension(entry: Mapping[str, Any], time: str | None) -> ModelField:
    name = text(entry.get("name"))
    column = text(entry.get("column")) or text(entry.get("property"))
    expression = text(entry.get("expression")) or (column if column != name else None)
    return ModelField(name, expression or None, "time" if name == time else "dimension")


def _measure(
    measure: Mapping[str, Any], view: str, path: str, dialect: str, collected: Collected
) -> None:
    name = text(measure.get("name"))
    kind = text(measure.get("type")) or "simple"
    special = [key for key in _NO_MEASURE if measure.get(key)]
    if kind != "simple" or special:
        what = ", ".join([*([f"type: {kind}"] if kind != "simple" else []), *special])
        collected.leave(name, "metric", path, f"it is made of other measures or periods ({what})")
        return
    if not (expression := text(measure.get("expression"))):
        collected.leave(name, "metric", path, "it has no expression")
        return
    preset = text(measure.get("format_preset"))
    unit, format = _PRESETS.get(preset, (None, None))
    losses = (
        [] if not preset or preset in _PRESETS else [f"its format `{preset}` is not known here"]
    )
    collected.definitions.append(
        ForeignMetric(
            name,
            path,
            expression,
            dialect,
            view,
            text(measure.get("display_name")) or text(measure.get("label")) or None,
            text(measure.get("description")) or None,
            unit=unit,
            format=text(measure.get("format_d3")) or format,
            losses=tuple(losses),
        )
    )
