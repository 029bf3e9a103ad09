"""How a number is defined: its meaning, its SQL and that of the views it reads, its lineage, owner
and age."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from sharekit.numbers.results import Reading, TotalRule
from sharekit.project.manifest import Dashboard, Metric, View
from sharekit.project.shapes import OverTime
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import NamedLineage, Node
from sharekit.site.prose import Prose
from sharekit.site.sqltext import SqlText
from sharekit.visible import WITHHELD
from sharekit.wording.english import and_list, plain_words

BY_HAND = "It is kept by hand: its values are the owner’s check-ins."


class DefinitionRow(Struct, frozen=True):
    """One line of the list below the SQL."""

    label: str
    text: str


class SharedView(Struct, frozen=True):
    """A view that the number reads."""

    id: str
    title: str
    meaning: str
    sql: SqlText
    sql_label: str
    withheld: str


class DefinitionView(Struct, frozen=True):
    """A number's definition, as its disclosure shows it."""

    title: str
    summary: str
    meaning: Prose
    sql: SqlText
    """Empty where it must not be shown; `withheld` then says so."""
    sql_label: str
    withheld: str
    flow_before: str
    flow_after: str
    rows: tuple[DefinitionRow, ...]
    views: tuple[SharedView, ...]


def definition(tree: AudienceTree, page: str, metric: Metric) -> DefinitionView:
    front = metric.front
    hidden = metric.id in tree.scope.withheld
    lines = tree.scope.lineage
    readers = [title_of(tree, name) for name in lines.readers.get(metric.id, ())]
    items = [title_of(tree, name) for name in lines.items.get(metric.id, ())]
    reads = (*lines.sources.get(metric.id, ()), *items)
    placed = [dashboard.title for dashboard in dashboards_with(tree, metric.id)]
    return DefinitionView(
        title=metric.title,
        summary=", ".join(
            part for part in (tree.person_name(metric.owner), tree.short_commit) if part
        ),
        meaning=tree.texts.line(front.description, tree.prose(page, metric.path)),
        sql=SqlText("" if hidden or metric.by_hand else metric.sql.text.strip("\n")),
        sql_label=f"SQL of {metric.title}",
        withheld=WITHHELD if hidden else BY_HAND if metric.by_hand else "",
        flow_before=plain_words(reads),
        flow_after=plain_words((*readers, *placed)),
        rows=tuple(definition_rows(tree, metric)),
        views=tuple(_views(tree, metric)),
    )


def dashboards_with(tree: AudienceTree, metric: str) -> list[Dashboard]:
    """Visible dashboards that place a metric or name it in prose, in order."""
    return [
        dashboard
        for name, dashboard in tree.manifest.dashboards.items()
        if metric in tree.placed[name]
    ]


def definition_rows(tree: AudienceTree, metric: Metric) -> Iterator[DefinitionRow]:
    """What else there is to know: who answers, other names, how it adds up, how old it may be."""
    front = metric.front
    people = [person for key in metric.owners if (person := tree.person(key))]
    if people:
        names = [
            f"{person.name}, {person.role}" if person.role else person.name for person in people
        ]
        yield DefinitionRow("Owner" if len(names) == 1 else "Owners", "; ".join(names))
    if front.synonyms:
        yield DefinitionRow("Also called", and_list(front.synonyms))
    if front.dimensions:
        yield DefinitionRow("Sliced by", and_list(front.dimensions))
    reading = tree.reading(metric)
    if adds := _adds_up(metric, reading):
        yield DefinitionRow("Adds up", adds)
    if reading is not None and reading.over_time in OVER_TIME:
        yield DefinitionRow("Over time", OVER_TIME[reading.over_time])
    target_metric = tree.manifest.metrics.get(metric.target_metric or "")
    if target_metric is not None:
        yield DefinitionRow("Target", f"The value of {target_metric.title}, period by period")
    elif metric.target_column is not None:
        yield DefinitionRow("Target", f"The column {metric.target_column} of the query")
    for name in tree.scope.lineage.all_sources(metric.id):
        source = tree.manifest.sources.get(name)
        if source and source.config.description and metric.id not in tree.scope.withheld:
            yield DefinitionRow(f"Source {name}", source.config.description)
    if front.missing == "zero":
        yield DefinitionRow("No rows", "A period without rows counts as zero")
    if front.missing == "last":
        yield DefinitionRow("No rows", "A period or slice without rows has its last measurement")
    if front.max_age:
        yield DefinitionRow("Fresh", f"Data older than {front.max_age} is called stale")
    if front.tags:
        yield DefinitionRow("Tags", ", ".join(front.tags))


OVER_TIME: Mapping[OverTime | None, str] = {
    "last": "A level: a period has its last measurement, the headline is the newest one",
    "mean": "A period has the mean of its rows",
    "max": "A period has the largest of its rows",
    "min": "A period has the smallest of its rows",
}
"""What is done with several rows of one period, where it is not what everybody expects."""
TOTALS: Mapping[TotalRule | None, str] = {
    "sum": "The total is the sum of the slices",
    "given": "Its query returns the total",
    "none": "Slices do not add up, and there is no total",
}


def _adds_up(metric: Metric, reading: Reading | None) -> str:
    """What was done to get the total; "" where there is nothing to add up, or nothing was read."""
    front = metric.front
    if reading is None:
        return ""
    if front.headline is not None:
        return f"Slices do not add up; {front.headline} speaks for the number"
    if reading.rule == "ratio":
        return f"Sum of {front.numerator} divided by sum of {front.denominator}"
    return TOTALS.get(reading.rule, "") if front.dimensions else ""


def _views(tree: AudienceTree, metric: Metric) -> Iterator[SharedView]:
    for name in tree.scope.lineage.upstream(metric.id):
        item: Metric | View | None = tree.manifest.sql_item(name)
        if item is None:
            continue
        hidden = name in tree.scope.withheld
        if isinstance(item, Metric) and item.by_hand:
            continue
        yield SharedView(
            id=f"metrics.{name}",
            title=item.front.title or name,
            meaning=" ".join(
                part for part in (item.front.description, _answers(tree, item)) if part
            ),
            sql=SqlText("" if hidden else item.sql.text.strip("\n")),
            sql_label=f"SQL of {item.front.title or name}",
            withheld=WITHHELD if hidden else "",
        )


def _answers(tree: AudienceTree, item: Metric | View) -> str:
    """Who answers for a shared view."""
    person = tree.person(item.front.lead) if isinstance(item, View) else None
    return f"{person.name} answers for it." if person else ""


def lineage(tree: AudienceTree, page: str, metric: Metric) -> NamedLineage:
    """What it reads, and what reads it."""
    visible_lineage = tree.scope.lineage
    reads = [_node(tree, page, name) for name in visible_lineage.items.get(metric.id, ())]
    reads += [Node(name) for name in visible_lineage.sources.get(metric.id, ())]
    readers = [_node(tree, page, name) for name in visible_lineage.readers.get(metric.id, ())]
    readers += [
        Node(dashboard.title, links.href(page, links.dashboard_page(dashboard.id)))
        for dashboard in dashboards_with(tree, metric.id)
    ]
    return NamedLineage(metric.title, tuple(reads), tuple(readers))


def drives(tree: AudienceTree, page: str, metric: Metric) -> tuple[tuple[str, str], ...]:
    """Titles and addresses of what the number is declared to move."""
    linked = (tree.item_link(page, item) for item in metric.front.drives)
    return tuple(link for link in linked if link)


def _node(tree: AudienceTree, page: str, name: str) -> Node:
    metric = tree.manifest.metrics.get(name)
    href = links.href(page, links.metric_page(metric)) if metric else None
    return Node(title_of(tree, name), href)


def title_of(tree: AudienceTree, name: str) -> str:
    """What people call a number or view; its name in SQL where it has no title."""
    item = tree.manifest.sql_item(name)
    return item.front.title or name if item else name
