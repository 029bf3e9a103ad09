"""Finds numbers, objectives, dashboards and earlier questions by the words that people use for
them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sharekit.asks.similar import SEARCH, Close, Text, ranked, words
from sharekit.mcp.responses import Teller, often
from sharekit.mcp.shapes import Found, FoundKind, SearchAnswer
from sharekit.mcp.tree import Published

Row = Mapping[str, Any]
KINDS: Mapping[str, FoundKind] = {"metric": "number", "key_result": "key_result", "table": "table"}
_SURE, _LESS = 1.0, 0.85


def search(teller: Teller, query: str, limit: int) -> SearchAnswer:
    """What comes close to a query; everything by title where the query is empty."""
    items = _Items(teller)
    found = near(teller.published, query) if query.strip() else _everything(teller.published)
    return SearchAnswer(
        found=[items.found(each) for each in found[:limit]],
        total=len(found),
        ask=None if found else teller.published.index["ask"],
    )


def near(published: Published, query: str) -> Sequence[Close]:
    """Everything that comes close, nearest first; deprecated numbers last."""
    return _deprecated_last(published, ranked(query, _texts(published), SEARCH))


def _deprecated_last(published: Published, found: Sequence[Close]) -> Sequence[Close]:
    rows = published.metrics
    return sorted(
        found,
        key=lambda close: close.kind == "metric" and rows[close.id].get("state") == "deprecated",
    )


def _everything(published: Published) -> Sequence[Close]:
    every = {
        (text.kind, text.id): Close(text.kind, text.id, text.title, 1.0)
        for text in _texts(published)
    }
    order = ("metric", "objective", "dashboard", "ask")
    titled = sorted(
        every.values(),
        key=lambda close: (order.index(close.kind), close.title.casefold(), close.id),
    )
    return _deprecated_last(published, titled)


def _texts(published: Published) -> Iterable[Text]:
    index = published.index
    for row in index["metrics"]:
        said, name, title = row["words"], row["id"], row["title"]
        asked = [each["question"] for each in index["asks"] if each["answered_by"] == name]
        sure = [title, said["question"] or "", name.replace("_", " "), *said["synonyms"], *asked]
        yield from (Text("metric", name, title, words(text), _SURE) for text in sure)
        loose = (f"{title} {said['description'] or ''}", f"{title} {' '.join(said['tags'])}")
        yield from (Text("metric", name, title, words(text), _LESS) for text in loose)
    for row in index["objectives"]:
        yield Text("objective", row["id"], row["title"], words(row["title"]), _SURE)
        yield Text("objective", row["id"], row["title"], words(row["id"]), _SURE)
    for row in index["dashboards"]:
        yield Text("dashboard", row["id"], row["title"], words(row["title"]), _SURE)
        yield Text("dashboard", row["id"], row["title"], words(row["description"] or ""), _LESS)
    for row in index["asks"]:
        if row["state"] != "answered":  # an answered one leads to its answer
            yield from (
                Text("ask", row["id"], row["question"], words(each), _SURE)
                for each in (row["question"], row["id"])
            )


@dataclass(frozen=True)
class _Items:
    """What was found, as an answer tells it."""

    teller: Teller

    def found(self, close: Close) -> Found:
        match close.kind:
            case "metric":
                return self._number(close)
            case "ask":
                return self._question(close)
            case kind:
                return self._page(kind, close)

    def _number(self, close: Close) -> Found:
        row = self.teller.published.metrics[close.id]
        said = row["words"]
        return Found(
            kind=KINDS[row["kind"]],
            id=close.id,
            title=close.title,
            nearness=_rounded(close),
            text=said["text"],
            question=said["question"],
            freshness=self.teller.freshness(said),
            status=row["status"],
            owner=self.teller.owner(row["owner"]),
            url=self.teller.published.address(row["page"]),
        )

    def _question(self, close: Close) -> Found:
        row = self._row("asks", close)
        return Found(
            kind="question",
            id=close.id,
            title=close.title,
            nearness=_rounded(close),
            status=row["state"],
            owner=self.teller.owner(row["owner"]),
            note=row["declined"]
            or f"asked {often(row['times'])}, first on {row['first_asked']}; nobody has answered it yet",
            url=self.teller.published.address(row["page"]),
        )

    def _page(self, kind: FoundKind, close: Close) -> Found:
        row = self._row(f"{kind}s", close)
        return Found(
            kind=kind,
            id=close.id,
            title=close.title,
            nearness=_rounded(close),
            owner=self.teller.owner(row["owner"]),
            url=self.teller.published.address(row["page"]),
        )

    def _row(self, section: str, close: Close) -> Row:
        rows: Iterable[Row] = self.teller.published.index[section]
        return next(row for row in rows if row["id"] == close.id)


def _rounded(close: Close) -> float:
    return round(min(close.nearness, 1.0), 3)
