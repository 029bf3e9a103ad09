"""What can be found in a tree: the entries of the search, and sharekit.json, which lists everything
for machines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sharekit import __version__
from sharekit.asks.register import Question
from sharekit.documents import CHANGES, OKRS, NumberEntry, ObjectiveRow, TreeIndex
from sharekit.numbers.results import Reading
from sharekit.project.manifest import Metric, Objective
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import Subject
from sharekit.site.exact_text import number
from sharekit.site.feeds.calendar import shows_calendar
from sharekit.site.json.documents import people_of, way_to_ask, words_of
from sharekit.site.json.search_words import dashboard_words, metric_words, objective_words
from sharekit.site.pages.asks import ask_document
from sharekit.site.pages.scoring import TITLE as HOW_WE_SCORE
from sharekit.site.scorecard import shows_scoring, status_mark
from sharekit.site.search import SearchEntry
from sharekit.wording.english import times
from sharekit.wording.headline import brief_period, has_headline, with_period
from sharekit.wording.statuses import STATUS_WORDS


def search_entries(tree: AudienceTree, numbers: Mapping[str, str]) -> Iterator[str]:
    """Key results, numbers, objectives and dashboards, each with the other words it is known by;
    and questions: all as JSON. `numbers`: the entries of key results and numbers, by id.

    A question that was answered leads to its answer; one that waits or was declined, to the ledger.
    """
    manifest = tree.manifest
    yield from (numbers[name] for name in (*manifest.key_results, *manifest.listed_metrics))
    yield from (entry.json() for entry in _other_entries(tree))
    yield from (
        numbers[name] for name, metric in manifest.plain_metrics.items() if metric.deprecated
    )


def _other_entries(tree: AudienceTree) -> Iterator[SearchEntry]:
    for objective in tree.manifest.objectives.values():
        yield SearchEntry(
            kind="Objective",
            name=objective.title,
            value="",
            note=tree.person_name(objective.front.lead),
            words=_joined_words(objective.id, *objective.front.tags),
            more=objective_words(tree, objective),
            url=links.objective_page(objective.id),
        )
    for dashboard in tree.manifest.dashboards.values():
        yield SearchEntry(
            kind="Dashboard",
            name=dashboard.title,
            value="",
            note=tree.person_name(dashboard.front.lead),
            words=_joined_words(
                dashboard.id,
                dashboard.front.description or "",
                *dashboard.front.tags,
                *tree.questions_of.get(dashboard.id, ()),
            ),
            more=dashboard_words(tree, dashboard),
            url=links.dashboard_page(dashboard.id),
        )
    if shows_scoring(tree):
        yield SearchEntry(
            kind="Page",
            name=HOW_WE_SCORE,
            value="",
            note="",
            words="score status scoring " + " ".join(STATUS_WORDS.values()),
            more="",
            url=links.SCORING,
        )
    for question in tree.asks.questions:
        if question.state != "answered":
            yield _question_entry(tree, question)


def _question_entry(tree: AudienceTree, question: Question) -> SearchEntry:
    name = question.ask.id
    return SearchEntry(
        kind="Question",
        name=question.ask.front.question,
        value="",
        note=f"{question.state}, asked {times(question.times)}",
        words=_joined_words(name, question.ask.front.declined or ""),
        more="",
        url=f"{tree.question_pages[name]}#{links.question_anchor(name)}",
    )


def search_entry(tree: AudienceTree, metric: Metric) -> SearchEntry:
    """What search knows of a number or key result."""
    subject, result = tree.subject(metric), tree.result(metric)
    status = status_mark(result.okr.status).word.lower() if result.okr else ""
    kind = "Key result" if metric.okr else "Table" if metric.front.kind == "table" else "Number"
    questions = tree.questions_of.get(metric.id, ())
    others = (tree.manifest.person(key) for key in metric.owners[1:])
    parts = (tree.person_name(metric.owner), status, "deprecated" if metric.deprecated else "")
    return SearchEntry(
        kind=kind,
        name=metric.title,
        value=_value(tree, subject, result.reading),
        note=", ".join(part for part in parts if part),
        words=_joined_words(
            metric.id,
            *others,
            metric.front.question or "",
            *metric.front.synonyms,
            *_tags(tree, metric),
            *questions,
        ),
        more=metric_words(tree, metric),
        last=metric.deprecated,
        url=links.metric_page(metric),
    )


def _value(tree: AudienceTree, subject: Subject, reading: Reading | None) -> str:
    """The value with its period, as the list of results shows it."""
    if not has_headline(reading):
        return ""
    return with_period(subject.now(reading), brief_period(reading, tree.as_of))


def _tags(tree: AudienceTree, metric: Metric) -> Iterator[str]:
    """A number's own tags, and those of the views that it reads and that may be seen."""
    yield from metric.front.tags
    for name in tree.scope.lineage.upstream(metric.id):
        if name in tree.manifest.views and name not in tree.scope.withheld:
            yield from tree.manifest.views[name].front.tags


def _joined_words(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def tree_manifest(
    tree: AudienceTree, pages: Sequence[str], numbers: Mapping[str, NumberEntry]
) -> TreeIndex:
    """The tree's table of contents. `numbers`: the entries of key results and numbers, by id."""
    config = tree.manifest.config.project
    return {
        "sharekit": __version__,
        "project": config.name,
        "url": tree.url,
        "audience": tree.scope.audience,
        "as_of": tree.as_of.isoformat(),
        "commit": tree.commit,
        "feed": links.FEED,
        "okrs": OKRS,
        "changes": CHANGES,
        "markdown": links.twin(links.HOME),
        "changes_markdown": links.twin(links.CHANGES),
        "llms": links.LLMS,
        "calendar": links.CALENDAR if shows_calendar(tree.scope) else None,
        "ask": way_to_ask(tree),
        "people": people_of(tree),
        "metrics": [numbers[name] for name in tree.manifest.metrics],
        "objectives": [
            _objective_row(tree, objective) for objective in tree.manifest.objectives.values()
        ],
        "dashboards": [
            {
                "id": dashboard.id,
                "title": dashboard.title,
                "description": tree.plain(dashboard.front.description or "") or None,
                "owner": dashboard.front.lead,
                "page": links.dashboard_page(dashboard.id),
                "markdown": links.twin(links.dashboard_page(dashboard.id)),
                "metrics": [
                    name for name in tree.placed[dashboard.id] if name in tree.manifest.metrics
                ],
            }
            for dashboard in tree.manifest.dashboards.values()
        ],
        "shared_before_asked": {"before": tree.asks.group.before, "of": tree.asks.group.total},
        "asks": [ask_document(tree, question) for question in tree.asks.questions],
        "pages": sorted(pages),
    }


def _objective_row(tree: AudienceTree, objective: Objective) -> ObjectiveRow:
    page, reading = links.objective_page(objective.id), tree.scope.objective_reading(objective.id)
    return {
        "id": objective.id,
        "title": objective.title,
        "owner": objective.front.lead,
        "page": page,
        "markdown": links.twin(page),
        "score": number(reading.score) if reading else None,
        "expected": number(reading.expected) if reading else None,
        "status": reading.status if reading else "unknown",
        "key_results": [metric.id for metric in tree.scope.key_results_of.get(objective.id, ())],
    }


def _successor(tree: AudienceTree, metric: Metric) -> str | None:
    """Id of what is to be used in a deprecated number's place, where readers may see it."""
    return metric.front.replaced_by if metric.front.replaced_by in tree.manifest.metrics else None


def number_entry(tree: AudienceTree, metric: Metric) -> NumberEntry:
    """What the table of contents says about a number or key result."""
    result = tree.result(metric)
    return {
        "id": metric.id,
        "kind": "key_result" if metric.okr else metric.front.kind,
        "title": metric.title,
        "owner": metric.owner,
        "state": metric.front.state,
        "replaced_by": _successor(tree, metric),
        "page": links.metric_page(metric),
        "data": links.data_file(metric.id, "json"),
        "csv": links.data_file(metric.id, "csv"),
        "badge": links.badge_file(metric.id) if metric.front.kind == "metric" else None,
        "status": result.okr.status if result.okr else None,
        "embed": links.embed_page(metric.id),
        "markdown": links.twin(links.metric_page(metric)),
        "words": words_of(tree, metric),
    }
