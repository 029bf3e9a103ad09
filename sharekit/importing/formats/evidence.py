"""Evidence: named queries in Markdown pages, and components that show their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from sharekit.importing.model import Collected, Definitions, ForeignMetric, Model, ModelField
from sharekit.importing.reading import Folder

_QUERY = re.compile(
    r"^```(?:sql[ \t]+)?([A-Za-z_]\w*)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL
)
_COMPONENT = re.compile(
    r"<(BigValue|Value|LineChart|BarChart|AreaChart|ScatterPlot|BubbleChart|Histogram|FunnelChart|DataTable|SankeyDiagram|USMap|CalendarHeatmap|Heatmap)\b([^>]{0,4000}?)/?>"
)
_ATTRIBUTE = re.compile(
    r"(\w+)\s*=\s*(?:\{\s*\[?([^{}\]]{1,400}?)\]?\s*\}|\"([^\"]*)\"|'([^']*)'|([\w.]+))"
)
_REFERENCE = re.compile(r"\$\{\s*(\w+)\s*\}")
_INPUT = re.compile(r"\$\{\s*((?:inputs|params|\$page)\b[^}]*)\}")
_TIME = re.compile(r"(^|_)(date|day|week|month|quarter|year|time|timestamp)$|_at$")
_OTHER_LANGUAGES = frozenset(
    [
        "sql",
        "bash",
        "sh",
        "shell",
        "js",
        "javascript",
        "python",
        "py",
        "json",
        "yaml",
        "yml",
        "html",
        "svelte",
        "css",
        "markdown",
        "md",
        "text",
        "toml",
        "typescript",
        "ts",
        "csv",
        "r",
        "diff",
    ]
)
_SERIES = frozenset(("LineChart", "AreaChart", "BarChart", "CalendarHeatmap"))


def read_evidence(folder: Folder, dialect: str) -> Definitions:
    """Queries of pages become views; a column that a component shows as one value, or along time,
    becomes a metric."""
    collected = Collected()
    for path in folder.paths(".md"):
        page = folder.text(path)
        if page is not None and "```" in page:
            _page(page, path, dialect, collected)
    return collected.result(folder.unread)


def _page(page: str, path: str, dialect: str, collected: Collected) -> None:
    stem = PurePosixPath(path).with_suffix("").as_posix().removeprefix("pages/")
    queries = {
        name: text.strip().rstrip(";")
        for name, text in _QUERY.findall(page)
        if name.casefold() not in _OTHER_LANGUAGES
    }
    names = {name: f"{stem}.{name}" for name in queries}
    refused = dict(_refusals(queries))
    for name in queries:
        query_with_ctes = None if name in refused else _with_read_queries(name, queries)
        if query_with_ctes is None:
            refused.setdefault(name, "it reads itself")
            collected.leave(names[name], "query", path, refused[name])
            continue
        columns = _columns_shown(page, name)
        fields = tuple(
            ModelField(column, role="time" if _TIME.search(column) else "value")
            for column in columns
        )
        collected.models.append(Model(names[name], path, query_with_ctes, dialect, True, fields))
    shown_columns: set[tuple[str, str]] = set()
    for component, attributes in _components(page):
        query = attributes.get("data", "")
        if component == "Value" or query not in queries:
            continue
        for column in _values(component, attributes):
            if (query, column) in shown_columns:
                continue
            shown_columns.add((query, column))
            if query in refused:
                collected.leave(f"{query}.{column}", "metric", path, refused[query])
            elif component != "BigValue" and not _TIME.search(attributes.get("x", "")):
                why = f"<{component}> does not run along time; its query is a view"
                collected.leave(f"{query}.{column}", "metric", path, why)
            else:
                collected.definitions.append(
                    _metric(component, attributes, column, query, names[query], path, dialect)
                )


def _metric(
    component: str,
    attributes: Mapping[str, str],
    column: str,
    query: str,
    model: str,
    path: str,
    dialect: str,
) -> ForeignMetric:
    losses = []
    if series := attributes.get("series"):
        losses.append(f"it is not sliced by {series}")
    if component == "BigValue" and attributes.get("sparkline"):
        losses.append(f"its sparkline along {attributes['sparkline']} is not carried")
    return ForeignMetric(
        column,
        path,
        column,
        dialect,
        model,
        attributes.get("title") or None,
        prefix=query,
        time=attributes.get("x") if component != "BigValue" else None,
        aggregated=False,
        losses=tuple(losses),
    )


def _components(page: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    prose = _QUERY.sub("", page)
    for name, attributes in _COMPONENT.findall(prose):
        yield (
            name,
            {
                key: next((v for v in values if v), "")
                for key, *values in _ATTRIBUTE.findall(attributes)
            },
        )


def _values(component: str, attributes: Mapping[str, str]) -> list[str]:
    """The columns whose values a component shows."""
    if component == "BigValue":
        columns = attributes.get("value", "")
    elif component in _SERIES:
        columns = attributes.get("y", "") or attributes.get("value", "")
    else:
        return []
    return [
        name.strip(" '\"")
        for name in columns.split(",")
        if re.fullmatch(r"\w+", name.strip(" '\""))
    ]


def _columns_shown(page: str, query: str) -> list[str]:
    columns: dict[str, None] = {}
    for component, attributes in _components(page):
        if attributes.get("data") == query:
            columns |= dict.fromkeys(_values(component, attributes))
            if re.fullmatch(r"\w+", attributes.get("x", "")) and _values(component, attributes):
                columns[attributes["x"]] = None
    return list(columns)


def _refusals(queries: Mapping[str, str]) -> Mapping[str, str]:
    """Why queries cannot be carried: they, or ones that they read, change with what a reader
    picks."""
    refused: dict[str, str] = {}
    for name, query in queries.items():
        if match := _INPUT.search(query):
            refused[name] = f"it depends on what a reader picks: `{match[0][:60]}`"
        elif unknown := [
            read_query for read_query in _REFERENCE.findall(query) if read_query not in queries
        ]:
            refused[name] = f"it reads ${{{unknown[0]}}}, which is not a query of this page"
    while spread := {
        name: f"it reads {read_query}: {refused[read_query]}"[:300]
        for name, query in queries.items()
        if name not in refused
        for read_query in _REFERENCE.findall(query)
        if read_query in refused
    }:
        refused |= spread
    return refused


def _with_read_queries(name: str, queries: Mapping[str, str]) -> str | None:
    """The query after those that it reads, each under WITH; None where it reads itself."""
    order: list[str] = []
    waiting: list[tuple[str, bool]] = [(name, False)]
    begun: set[str] = set()
    while waiting:
        here, read = waiting.pop()
        if read:
            order.append(here)
        elif here not in begun:
            begun.add(here)
            waiting.append((here, True))
            waiting += [(read_query, False) for read_query in _REFERENCE.findall(queries[here])]
        elif here not in order:
            return None
    if order == [name]:
        return queries[name]
    ctes = [
        f"query_{read_name} AS (\n{_REFERENCE.sub(_cte_name, queries[read_name])}\n)"
        for read_name in order
    ]
    return f"WITH {', '.join(ctes)}\nSELECT * FROM query_{name}"


def _cte_name(reference: re.Match[str]) -> str:
    return f"query_{reference[1]}"
