"""The words of a thing's page by which search finds it, beyond its name: what it means, what its
owner shares of it, who has a part in it, its members, and the names in its SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from sharekit.project.manifest import Dashboard, Metric, Objective
from sharekit.project.shapes import KeyResultFront, ObjectiveFront
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.pages.notes import notes_of
from sharekit.wording import sharing

MOST_MEMBERS = 60
"""Members of a dimension that are found by name."""
_WORD = re.compile(r"[^\W_]+(?:[-'’_][^\W_]+)*")
_BLOCK = re.compile(r"^```.*?^```|\{\{.*?\}\}|\]\([^)]*\)|<[^>]*>", re.S | re.M)
_SQL_NAME = re.compile(r"\b[a-z_][a-z0-9_]{2,}\b", re.I)
_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "all and any array as asc avg between bigint boolean by case cast coalesce count cross date"
        " date_diff date_trunc desc distinct double else end exclude exists extract false filter first"
        " float from full group grouping having inner integer interval into join last lateral left"
        " like limit max min not null nullif offset order outer over partition qualify range right"
        " round row rows select sets sum text then timestamp true try_cast union unnest using values"
        " varchar when where window with within",
    )
)


def metric_words(tree: AudienceTree, metric: Metric) -> str:
    """Of a number's or key result's page."""
    front, scope = metric.front, tree.scope
    texts = [
        front.description or "",
        *front.dimensions,
        *(note.text for _, note in notes_of(tree, metric)),
    ]
    if isinstance(front, KeyResultFront):
        texts += _shared_texts(tree, front, metric.owner)
    reading = tree.reading(metric)
    for members in (reading.slices if reading else {}).values():
        texts += [
            word for member in members[:MOST_MEMBERS] for word in (member.member, member.label)
        ]
    for name in scope.lineage.upstream(metric.id):
        item = tree.manifest.sql_item(name)
        texts += [name, (item.front.title or "") if item else ""]
    texts += scope.lineage.sources.get(metric.id, ())
    if metric.id not in scope.withheld and not metric.by_hand:
        texts += sql_names(metric.sql.text)
    return distinct_words(texts)


def objective_words(tree: AudienceTree, objective: Objective) -> str:
    """Of an objective's page; what its key results say is found with them."""
    texts = [objective.why, *_shared_texts(tree, objective.front, objective.front.lead)]
    texts += [metric.title for metric in tree.scope.key_results_of.get(objective.id, ())]
    return distinct_words(texts)


def dashboard_words(tree: AudienceTree, dashboard: Dashboard) -> str:
    """Of a dashboard's page: its prose and the titles of what it places."""
    placed = (tree.manifest.metrics.get(name) for name in sorted(tree.placed[dashboard.id]))
    texts = [dashboard.body, *(metric.title for metric in placed if metric)]
    return distinct_words(texts)


def distinct_words(texts: Iterable[str]) -> str:
    """Every word once, in the order in which they come."""
    distinct: dict[str, str] = {}
    for text in texts:
        for word in _WORD.findall(_BLOCK.sub(" ", text)):
            distinct.setdefault(word.casefold(), word)
    return " ".join(distinct.values())


def sql_names(sql: str) -> Iterator[str]:
    """Names of tables, columns and functions, without the words of the language."""
    plain = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.S)
    return (name for name in _SQL_NAME.findall(plain) if name.lower() not in _KEYWORDS)


def _shared_texts(
    tree: AudienceTree, front: KeyResultFront | ObjectiveFront, owner: str | None
) -> list[str]:
    """Challenges, plan, decisions, help and offers, with the people named in them."""
    manifest, today = tree.manifest, tree.as_of
    texts = [*sharing.points(front.challenges)]
    for task in sharing.tasks(front.plan, manifest, today):
        texts += [task.what, task.who]
    for decision in sharing.decisions(front.decisions, manifest, today):
        texts += [decision.what, decision.who, decision.decided]
    for want in sharing.wants(front.help_wanted, manifest, today):
        texts += [want.what, want.who, want.answered]
    for offer in sharing.offers(front.offers, owner, manifest, today):
        texts += [offer.what, offer.who]
    return texts
