"""Finds numbers, objectives, dashboards and earlier questions by the words that people use for
them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from sharekit.asks.similar import SEARCH, SearchText, SimilarItem, ranked, significant_words
from sharekit.mcp.answer_types import FoundItem, FoundKind, SearchAnswer
from sharekit.mcp.freshness import TreeAnswers
from sharekit.mcp.published_tree import PublishedTree
from sharekit.wording.english import times

KINDS: Mapping[str, FoundKind] = {"metric": "number", "key_result": "key_result", "table": "table"}
_SURE, _LESS = 1.0, 0.85


def search(tree: TreeAnswers, query: str, limit: int) -> SearchAnswer:
    """What comes close to a query; everything by title where the query is empty."""
    items = _Items(tree)
    entries = (
        similar_entries(tree.published, query) if query.strip() else _everything(tree.published)
    )
    return SearchAnswer(
        found=[items.item(item) for item in entries[:limit]],
        total=len(entries),
        ask=None if entries else tree.published.index["ask"],
    )


def similar_entries(published: PublishedTree, query: str) -> Sequence[SimilarItem]:
    """Everything that comes close, nearest first; deprecated numbers last."""
    return _deprecated_last(published, ranked(query, _texts(published), SEARCH))


def _deprecated_last(
    published: PublishedTree, items: Sequence[SimilarItem]
) -> Sequence[SimilarItem]:
    rows = published.metrics
    return sorted(
        items,
        key=lambda close: close.kind == "metric" and rows[close.id].get("state") == "deprecated",
    )


def _everything(published: PublishedTree) -> Sequence[SimilarItem]:
    all_items = {
        (text.kind, text.id): SimilarItem(text.kind, text.id, text.title, 1.0)
        for text in _texts(published)
    }
    order = ("metric", "objective", "dashboard", "ask")
    titled = sorted(
        all_items.values(),
        key=lambda close: (order.index(close.kind), close.title.casefold(), close.id),
    )
    return _deprecated_last(published, titled)


def _texts(published: PublishedTree) -> Iterable[SearchText]:
    index = published.index
    for row in index["metrics"]:
        words, name, title = row["words"], row["id"], row["title"]
        questions = [ask["question"] for ask in index["asks"] if ask["answered_by"] == name]
        sure = [
            title,
            words["question"] or "",
            name.replace("_", " "),
            *words["synonyms"],
            *questions,
        ]
        yield from (
            SearchText("metric", name, title, significant_words(text), _SURE) for text in sure
        )
        loose = (f"{title} {words['description'] or ''}", f"{title} {' '.join(words['tags'])}")
        yield from (
            SearchText("metric", name, title, significant_words(text), _LESS) for text in loose
        )
    for objective in index["objectives"]:
        name, title = objective["id"], objective["title"]
        for text in (title, name):
            yield SearchText("objective", name, title, significant_words(text), _SURE)
    for dashboard in index["dashboards"]:
        name, title = dashboard["id"], dashboard["title"]
        yield SearchText("dashboard", name, title, significant_words(title), _SURE)
        loose_words = significant_words(dashboard["description"] or "")
        yield SearchText("dashboard", name, title, loose_words, _LESS)
    for ask in index["asks"]:
        if ask["state"] != "answered":  # an answered one leads to its answer
            for text in (ask["question"], ask["id"]):
                yield SearchText("ask", ask["id"], ask["question"], significant_words(text), _SURE)


class _Items(Struct, frozen=True):
    """What was found, as an answer tells it."""

    tree: TreeAnswers

    def item(self, close: SimilarItem) -> FoundItem:
        match close.kind:
            case "metric":
                return self._number(close)
            case "ask":
                return self._question(close)
            case kind:
                return self._page(kind, close)

    def _number(self, close: SimilarItem) -> FoundItem:
        row = self.tree.published.metrics[close.id]
        words = row["words"]
        return FoundItem(
            kind=KINDS[row["kind"]],
            id=close.id,
            title=close.title,
            nearness=_rounded(close),
            text=words["text"],
            question=words["question"],
            freshness=self.tree.freshness(words),
            status=row["status"],
            owner=self.tree.owner(row["owner"]),
            url=self.tree.published.address(row["page"]),
        )

    def _question(self, close: SimilarItem) -> FoundItem:
        row = next(ask for ask in self.tree.published.index["asks"] if ask["id"] == close.id)
        return FoundItem(
            kind="question",
            id=close.id,
            title=close.title,
            nearness=_rounded(close),
            status=row["state"],
            owner=self.tree.owner(row["owner"]),
            note=row["declined"]
            or f"asked {times(row['times'])}, first on {row['first_asked']}; nobody has answered it yet",
            url=self.tree.published.address(row["page"]),
        )

    def _page(self, kind: FoundKind, close: SimilarItem) -> FoundItem:
        index = self.tree.published.index
        row = next(
            row for row in (*index["objectives"], *index["dashboards"]) if row["id"] == close.id
        )
        return FoundItem(
            kind=kind,
            id=close.id,
            title=close.title,
            nearness=_rounded(close),
            owner=self.tree.owner(row["owner"]),
            url=self.tree.published.address(row["page"]),
        )


def _rounded(close: SimilarItem) -> float:
    return round(min(close.nearness, 1.0), 3)
