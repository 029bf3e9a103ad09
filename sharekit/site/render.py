"""One audience's whole tree: every page, data file, feed, badge and shared file, as artifacts. No
I/O, no clock.

    render_site(visible_to("airports", manifest, results, lineage)) -> list[Artifact]

The same input gives the same bytes, in the same order, whatever the order of its mappings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from sharekit.artifacts import Artifact
from sharekit.documents import CHANGES, INDEX, OKRS
from sharekit.preread.content import digest_view, shows_digest
from sharekit.preread.message import digest_markdown
from sharekit.project.manifest import Dashboard, Metric, Objective
from sharekit.records import replace
from sharekit.site import links
from sharekit.site.assets import load_assets
from sharekit.site.audience_tree import (
    COMMIT,
    FULL_DAY,
    ISO_DAY,
    OLD_FROM,
    SHORT_COMMIT,
    AudienceTree,
)
from sharekit.site.badge import badge_artifact
from sharekit.site.drawn_pages import (
    DrawnPages,
    ListEntries,
    PageCache,
    filled,
    packed,
    unpacked,
)
from sharekit.site.events import ItemEvent, NewsTags, events, recent
from sharekit.site.feeds.atom import feed
from sharekit.site.feeds.calendar import calendar, shows_calendar
from sharekit.site.frame import PageRenderer
from sharekit.site.json.documents import changes_document, scorecard_document
from sharekit.site.json.index import number_entry, search_entries, search_entry, tree_manifest
from sharekit.site.json.llms import llms_text, number_line
from sharekit.site.json.number_document import csv_text, data_document, document_text
from sharekit.site.markdown.twins import twin_text
from sharekit.site.old_pages import old_from
from sharekit.site.page_keys import PageKeys
from sharekit.site.pages.alignment import alignment_page, shows_alignment
from sharekit.site.pages.asks import asks_csv, asks_pages, shows_asks
from sharekit.site.pages.changes import changes_pages, owners_of
from sharekit.site.pages.dashboard import dashboard_page
from sharekit.site.pages.history import history_of
from sharekit.site.pages.home import home_page
from sharekit.site.pages.key_result import key_result_page
from sharekit.site.pages.listing import dashboards_page, numbers_pages, okrs_page
from sharekit.site.pages.metric import metric_page
from sharekit.site.pages.missing import missing_page
from sharekit.site.pages.objective import objective_page
from sharekit.site.pages.page import Page
from sharekit.site.pages.preread import digest_page
from sharekit.site.pages.scoring import scoring_page
from sharekit.site.processes import LEAST, map_in_processes
from sharekit.site.scorecard import shows_scoring
from sharekit.site.search import index_script
from sharekit.visible import Visible
from sharekit.wording.english import full_day


def render_site(
    visible: Visible,
    *,
    meeting_moves: int = 0,
    commit: str | None = None,
    cache: PageCache | None = None,
) -> list[Artifact]:
    """Everything that goes into one audience's tree, by path.

    `meeting_moves`: how often the audience's meeting was moved. `commit`: default the manifest's.
    `cache` has pages of earlier builds: what would come out the same is taken from there.
    """
    commit = commit or visible.manifest.commit
    tree = AudienceTree(visible, COMMIT if commit else None, undated=True)
    assets = load_assets()
    happened = events(tree)
    old_day = old_from(tree)
    framer = PageRenderer(tree, assets, OLD_FROM if old_day else "")
    drawn = _drawn(framer, list(_jobs(tree, happened)), cache)
    artifacts = [artifact for drawn_pages in drawn for artifact in drawn_pages.artifacts]
    artifacts += _asks(tree)
    artifacts += _feeds(tree, happened, framer.title)
    artifacts += _documents(tree, happened)
    artifacts += _calendar(tree, meeting_moves)
    entries = [drawn_pages.entries for drawn_pages in drawn if drawn_pages.entries]
    artifacts += _texts(tree, happened, framer.site_name, entries)
    pages = [path for drawn_pages in drawn for path in drawn_pages.pages]
    artifacts += _indexes(tree, pages, entries)
    texts = {
        COMMIT: commit or "",
        SHORT_COMMIT: (commit or "")[:7],
        OLD_FROM: old_day,
        ISO_DAY: tree.as_of.isoformat(),
        FULL_DAY: full_day(tree.as_of),
    }
    artifacts = [filled(artifact, texts) for artifact in artifacts]
    artifacts += assets.artifacts(charts=any(drawn_pages.charts for drawn_pages in drawn))
    return sorted(_distinct(artifacts), key=lambda artifact: artifact.path)


def dashboards_alone(visible: Visible) -> list[Artifact]:
    """The pages of the declared dashboards and nothing else of the tree."""
    tree = AudienceTree(visible)
    happened = events(tree)
    framer = PageRenderer(tree, load_assets(), old_from(tree))
    tags = NewsTags(tree, recent(tree, happened))
    declared = list(tree.manifest.declared_dashboards.values())
    history = history_of(tree, happened)

    def page(dashboard: Dashboard) -> Artifact:
        drawn_page = dashboard_page(tree, dashboard, happened, tags, history.get(dashboard.id, []))
        return Artifact(drawn_page.path, framer.html(drawn_page).encode())

    return map_in_processes(page, declared)


class Job(Struct, frozen=True):
    """Makes pages and what stands beside them. Jobs know nothing of each other, so that cores can
    share them."""

    key: str | None
    """Of all that it draws from; None for what is drawn in every build."""
    draw: Callable[[PageRenderer], DrawnPages]


def _drawn(framer: PageRenderer, jobs: Sequence[Job], cache: PageCache | None) -> list[DrawnPages]:
    """What all jobs make: from the cache, or drawn now and remembered."""
    cached = {
        at: cached_pages for at, job in enumerate(jobs) if (cached_pages := _from_cache(job, cache))
    }
    missing = [at for at in range(len(jobs)) if at not in cached]
    if len(missing) >= 2 * LEAST:
        framer.tree.warm()
        framer.warm()
    new = map_in_processes(lambda at: jobs[at].draw(framer), missing)
    for at, drawn_pages in zip(missing, new, strict=True):
        if cache is not None and (key := jobs[at].key):
            cache.put(key, packed(drawn_pages))
    by_job = cached | dict(zip(missing, new, strict=True))
    return [by_job[at] for at in range(len(jobs))]


def _from_cache(job: Job, cache: PageCache | None) -> DrawnPages | None:
    content = cache.get(job.key) if cache is not None and job.key else None
    return None if content is None else unpacked(content)


def _draw_pages(
    framer: PageRenderer, pages: Iterable[Page], other_files: Iterable[Artifact] = ()
) -> DrawnPages:
    all_pages = tuple(pages)
    html = tuple(Artifact(page.path, framer.html(page).encode()) for page in all_pages)
    twins = (_twin(framer, page) for page in all_pages if page.twin)
    return DrawnPages(
        (*html, *(twin for twin in twins if twin), *other_files),
        tuple(page.path for page in all_pages),
        any(page.charts for page in all_pages),
    )


def _jobs(tree: AudienceTree, item_events: tuple[ItemEvent, ...]) -> Iterator[Job]:
    tags = NewsTags(tree, recent(tree, item_events))
    history = history_of(tree, item_events)
    keys = PageKeys(tree, item_events, tags, history)
    for metric in tree.manifest.metrics.values():
        draw = partial(_metric_job, tree, metric, history.get(metric.id, []))
        yield Job(keys.metric(metric), draw)
    for dashboard in tree.manifest.dashboards.values():
        yield Job(
            keys.dashboard(dashboard),
            partial(
                _dashboard_job, tree, dashboard, item_events, tags, history.get(dashboard.id, [])
            ),
        )
    for objective in tree.manifest.objectives.values():
        past = history.get(objective.id, [])
        yield Job(keys.objective(objective), partial(_objective_job, tree, objective, tags, past))
    yield Job(None, lambda framer: _draw_pages(framer, _lists(tree, item_events, tags)))


def _metric_job(
    tree: AudienceTree, metric: Metric, history: list[ItemEvent], framer: PageRenderer
) -> DrawnPages:
    make = key_result_page if metric.okr else metric_page
    other_files = (
        *_data(tree, metric),
        framer.embed(metric),
    )
    drawn = _draw_pages(framer, [make(tree, metric, history)], other_files)
    return replace(drawn, entries=_list_entries(tree, metric))


def _list_entries(tree: AudienceTree, metric: Metric) -> ListEntries:
    return ListEntries(
        metric.id,
        index=number_entry(tree, metric),
        search=search_entry(tree, metric).json(),
        llms=number_line(tree, metric),
    )


def _dashboard_job(
    tree: AudienceTree,
    dashboard: Dashboard,
    item_events: tuple[ItemEvent, ...],
    tags: NewsTags,
    history: list[ItemEvent],
    framer: PageRenderer,
) -> DrawnPages:
    return _draw_pages(framer, [dashboard_page(tree, dashboard, item_events, tags, history)])


def _objective_job(
    tree: AudienceTree,
    objective: Objective,
    tags: NewsTags,
    history: list[ItemEvent],
    framer: PageRenderer,
) -> DrawnPages:
    return _draw_pages(framer, [objective_page(tree, objective, tags, history)])


def _twin(framer: PageRenderer, page: Page) -> Artifact | None:
    text = twin_text(framer.tree, framer.site_name, page)
    return Artifact(page.twin, text.encode()) if text is not None else None


def _lists(
    tree: AudienceTree, item_events: tuple[ItemEvent, ...], tags: NewsTags
) -> Iterator[Page]:
    """The pages that are not of one thing alone."""
    yield home_page(tree, item_events, tags)
    if tree.manifest.listed_metrics:
        yield from numbers_pages(tree)
    if tree.manifest.objectives:
        yield okrs_page(tree, tags)
    if shows_scoring(tree):
        yield scoring_page(tree)
    if tree.manifest.dashboards:
        yield dashboards_page(tree)
    yield from changes_pages(tree, item_events)
    if shows_digest(tree):
        yield digest_page(tree, item_events)
    if shows_alignment(tree):
        yield alignment_page(tree)
    if shows_asks(tree):
        yield from asks_pages(tree)
    yield missing_page(tree)


def _data(tree: AudienceTree, metric: Metric) -> Iterator[Artifact]:
    """The files beside a number's page."""
    result = tree.result(metric)
    document = data_document(tree.scope, metric.id, commit=tree.commit)
    document["as_of"] = tree.day_of(result)
    yield Artifact(links.data_file(metric.id, "json"), document_text(document).encode())
    yield Artifact(links.data_file(metric.id, "csv"), csv_text(result).encode())
    if metric.front.kind == "metric":
        yield badge_artifact(tree.subject(metric), result)


def _asks(tree: AudienceTree) -> Iterator[Artifact]:
    if tree.manifest.asks:
        yield Artifact(links.ASKS_CSV, asks_csv(tree).encode())


def _feeds(
    tree: AudienceTree, item_events: tuple[ItemEvent, ...], title: str
) -> Iterator[Artifact]:
    yield Artifact(
        links.FEED, feed(tree, item_events, title=f"{title}: changes", path=links.FEED).encode()
    )
    for key, name in owners_of(item_events).items():
        path = links.owner_feed(key)
        text = feed(tree, item_events, title=f"{title}: changes of {name}", path=path, owner=key)
        yield Artifact(path, text.encode())


def _documents(tree: AudienceTree, item_events: tuple[ItemEvent, ...]) -> Iterator[Artifact]:
    yield Artifact(OKRS, document_text(scorecard_document(tree)).encode())
    yield Artifact(CHANGES, document_text(changes_document(tree, item_events)).encode())


def _calendar(tree: AudienceTree, moves: int) -> Iterator[Artifact]:
    if shows_calendar(tree.scope):
        yield Artifact(links.CALENDAR, calendar(tree.scope, moves=moves))


def _texts(
    tree: AudienceTree,
    item_events: tuple[ItemEvent, ...],
    title: str,
    entries: Sequence[ListEntries],
) -> Iterator[Artifact]:
    """What an assistant reads first."""
    if shows_digest(tree):
        text = digest_markdown(digest_view(tree, item_events=item_events), tree.url)
        yield Artifact(links.twin(links.DIGEST), text.encode())
    lines = {entry.metric: entry.llms for entry in entries}
    yield Artifact(links.LLMS, llms_text(tree, title, item_events, lines).encode())


def _indexes(
    tree: AudienceTree, pages: list[str], entries: Sequence[ListEntries]
) -> Iterator[Artifact]:
    searchable = search_entries(tree, {entry.metric: entry.search for entry in entries})
    yield Artifact(links.SEARCH, index_script(searchable).encode())
    document = tree_manifest(tree, pages, {entry.metric: entry.index for entry in entries})
    yield Artifact(INDEX, document_text(document).encode())


def _distinct(artifacts: Iterable[Artifact]) -> list[Artifact]:
    """Artifacts by path. Two files for one path would lose one of them without a word."""
    by_path: dict[str, Artifact] = {}
    for artifact in artifacts:
        assert artifact.path not in by_path, f"two files for {artifact.path}"
        by_path[artifact.path] = artifact
    return list(by_path.values())
