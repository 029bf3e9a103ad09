"""llms.txt: what the tree holds, for assistants, in the form of llmstxt.org: a name, a summary, and
lists of links.

Each line names one thing, says what it answers and what the answer is today, and leads to its
Markdown twin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sharekit.documents import INDEX
from sharekit.preread.content import shows_digest
from sharekit.project.manifest import Metric, Objective
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import ItemEvent, recent
from sharekit.site.feeds.calendar import shows_calendar
from sharekit.site.markdown import write
from sharekit.site.number_cards import delta, has_parts_only
from sharekit.site.overview import headline
from sharekit.site.scorecard import status_mark
from sharekit.wording.english import counted, full_day
from sharekit.wording.headline import brief_period, has_headline, with_period
from sharekit.wording.scoring import scorecard_rule


def llms_text(
    tree: AudienceTree, title: str, item_events: Sequence[ItemEvent], numbers: Mapping[str, str]
) -> str:
    """`title`: name of the site. `numbers`: the lines of key results and numbers, by id. Addresses
    are whole where it is known where the tree will be published."""
    return write.document(_blocks(tree, title, item_events, numbers))


def _blocks(
    tree: AudienceTree, title: str, item_events: Sequence[ItemEvent], numbers: Mapping[str, str]
) -> Iterator[str]:
    current = tree.current_key_results
    measured = {metric.okr.objective for metric in current if metric.okr}
    yield write.heading(1, write.inline_text(title))
    summary = f"Numbers, key results and dashboards of {title}, as of {full_day(tree.as_of)}."
    yield f"> {write.inline_text(f'{summary} {headline(tree, recent(tree, item_events), current)}')}"
    yield _how_to_read(tree)
    objectives = [
        (objective, objective.id in measured or _runs(tree, objective))
        for objective in tree.manifest.objectives.values()
    ]
    now = {metric.id for metric in current}
    past_key_results = [name for name in tree.manifest.key_results if name not in now]
    yield from write.section("Overview", write.bullets(_overview(tree)))
    yield from write.section("Key results", write.bullets(numbers[metric.id] for metric in current))
    yield from write.section(
        "Objectives",
        write.bullets(_objectives(tree, (objective for objective, runs in objectives if runs))),
    )
    yield from write.section(
        "Numbers", write.bullets(numbers[name] for name in tree.manifest.listed_metrics)
    )
    yield from write.section("Dashboards", write.bullets(_dashboards(tree)))
    yield from write.section("Data", write.bullets(_data(tree)))
    optional_entries = (
        *(numbers[name] for name in past_key_results),
        *_objectives(tree, (objective for objective, runs in objectives if not runs)),
    )
    yield from write.section("Optional", write.bullets(optional_entries))


def _runs(tree: AudienceTree, objective: Objective) -> bool:
    """Whether its period is not over, where it has one."""
    period = tree.scope.period_of(objective)
    return period is None or period.end >= tree.as_of


def _how_to_read(tree: AudienceTree) -> str:
    data = links.data_file("ID", "json"), links.data_file("ID", "csv")
    addresses = " and ".join(write.code(links.absolute(tree.url, path)) for path in data)
    sentence = scorecard_rule(tree.manifest.key_results.values(), tree.manifest.config.okrs)
    rule = f" {write.inline_text(sentence)}" if sentence else ""
    return (
        "Every link but those under Data leads to Markdown; the same address with `.html` is the page for people. "
        "What stands behind a link is the headline: the last complete period, and the change on the one before. "
        "“Stale” says that a value is older than its owner allows. "
        f"All values of a number or key result are at {addresses}.{rule}"
    )


def _line(tree: AudienceTree, target: str, title: str, note: str) -> str:
    noted = f": {write.inline_text(note)}" if note else ""
    return f"{write.link(write.inline_text(title), links.absolute(tree.url, target))}{noted}"


def _overview(tree: AudienceTree) -> Iterator[str]:
    yield _line(
        tree,
        links.twin(links.HOME),
        "Overview",
        "what changed this week, the scorecard, what to decide, help wanted",
    )
    yield _line(
        tree,
        links.twin(links.CHANGES),
        "Changes",
        "every revision that was announced, with its reason",
    )
    if shows_digest(tree):
        yield _line(
            tree,
            links.twin(links.DIGEST),
            "Pre-read",
            "what the next meeting of these peers is about",
        )


def number_line(tree: AudienceTree, metric: Metric) -> str:
    """What llms.txt says about a number or key result."""
    answer = _scored(tree, metric) if metric.okr else _headline(tree, metric) or "no value"
    page = links.twin(links.metric_page(metric))
    return _line(tree, page, metric.title, _metric_note(tree, metric, answer))


def _scored(tree: AudienceTree, metric: Metric) -> str:
    """A key result's value, its target and how it stands."""
    okr = tree.result(metric).okr
    target = metric.okr.front.target if metric.okr else None
    target_text = f"target {tree.subject(metric).text(target)}" if target is not None else ""
    word = status_mark(okr.status if okr else "unknown").word.lower()
    return ", ".join(part for part in (_headline(tree, metric), target_text, word) if part)


def _objectives(tree: AudienceTree, objectives: Iterable[Objective]) -> Iterator[str]:
    for objective in objectives:
        reading = tree.scope.objective_reading(objective.id)
        members = counted(len(tree.scope.key_results_of.get(objective.id, ())), "key result")
        if reading and reading.by_objectives:
            members = f"served by {counted(len(tree.scope.children_of.get(objective.id, ())), 'objective')}"
        word = status_mark(reading.status if reading else "unknown").word.lower()
        yield _line(
            tree,
            links.twin(links.objective_page(objective.id)),
            objective.title,
            f"{members}, {word}",
        )


def _metric_note(tree: AudienceTree, metric: Metric, text: str) -> str:
    """What the number answers, the answer, and whose it is."""
    result = tree.result(metric)
    stale = "stale" if result.stale or (result.failure and result.reading) else ""
    answer = ", ".join(part for part in (text, stale) if part)
    person = tree.person(metric.owner)
    parts = (
        metric.front.question or "",
        f"{answer}.",
        f"{person.name} answers for it." if person else "",
    )
    return " ".join(part for part in parts if part)


def _dashboards(tree: AudienceTree) -> Iterator[str]:
    for dashboard in tree.manifest.dashboards.values():
        target = links.twin(links.dashboard_page(dashboard.id))
        yield _line(tree, target, dashboard.title, dashboard.front.description or "")


def _data(tree: AudienceTree) -> Iterator[str]:
    yield _line(
        tree,
        INDEX,
        "sharekit.json",
        "all of this as JSON, with the addresses of every form",
    )
    yield _line(tree, links.FEED, "feed.xml", "changes as an Atom feed")
    if shows_calendar(tree.scope):
        yield _line(
            tree, links.CALENDAR, "calendar.ics", "meetings and the days that key results name"
        )
    if tree.manifest.asks:
        yield _line(
            tree, links.ASKS_CSV, "asks.csv", "the questions that were asked, and what answers them"
        )


def _headline(tree: AudienceTree, metric: Metric) -> str:
    """The value and its change in half a sentence, for lists: "2,790 orders, +0.5% on the week
    before"."""
    subject, reading = tree.subject(metric), tree.reading(metric)
    if has_parts_only(reading):
        return "no total, its parts are on its page"
    if reading is None or not has_headline(reading):
        return counted(len(reading.table.rows), "row") if reading and reading.table else ""
    change = delta(subject, reading)
    now = with_period(subject.now(reading), brief_period(reading, tree.as_of))
    parts = (now, f"{change.change} {change.base}" if change else "")
    return ", ".join(part for part in parts if part)
