"""What comes close to a question: metrics, dashboards and earlier questions, nearest first.

Words are compared one by one, each with its nearest in the other text (rapidfuzz's Jaro-Winkler, so that
"cancelled" meets "cancellations"), and weighed by how rare they are in the project (inverse document frequency,
Spärck Jones 1972): where everything is about flights, "flights" tells little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Literal

from rapidfuzz.distance import JaroWinkler

from sharekit.manifest import Manifest

CLOSE = 0.5
"""Nearness from which a text is worth showing."""
SAME_WORD = 0.86
"""Likeness from which two words count as one."""
_WORD = re.compile(r"[^\W_]+")
IDLE = frozenset(
    {
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "how",
        "i",
        "in",
        "is",
        "it",
        "its",
        "many",
        "me",
        "much",
        "my",
        "of",
        "on",
        "or",
        "our",
        "per",
        "say",
        "should",
        "so",
        "some",
        "than",
        "that",
        "the",
        "their",
        "them",
        "there",
        "these",
        "they",
        "this",
        "to",
        "us",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "whom",
        "whose",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "last",
        "week",
        "month",
        "year",
        "now",
        "today",
        "number",
        "numbers",
    }
)


Kind = Literal["metric", "objective", "dashboard", "ask"]


@dataclass(frozen=True)
class Close:
    """Something that may already answer a question."""

    kind: Kind
    id: str
    title: str
    """Title of the metric or dashboard; the earlier question."""
    nearness: float
    """0 to 1."""


@dataclass(frozen=True)
class Text:
    """One of the texts that something is known by."""

    kind: Kind
    id: str
    title: str
    words: frozenset[str]
    trust: float
    """1 for titles and questions; less for descriptions, which name much besides."""


def close_to(question: str, manifest: Manifest, *, audience: str | None = None, most: int = 5) -> tuple[Close, ...]:
    """What comes close, nearest first, each once. With an audience, only what it may see."""
    return ranked(question, _texts(manifest, audience))[:most]


def ranked(question: str, texts: Iterable[Text], *, least: float = CLOSE, lean: float = 1.0) -> tuple[Close, ...]:
    """Of these texts all that are at least so near, nearest first, each item once.

    `lean` is the beta of van Rijsbergen's F: 1 wants the same question again, more forgives a text for what it says
    beyond the words that somebody looks for.
    """
    known = [text for text in texts if text.words]
    weights = _weights(known)
    asked = words(question)
    best: dict[tuple[str, str], Close] = {}
    for text in known:
        nearness = text.trust * _nearness(asked, text.words, weights, lean)
        key = (text.kind, text.id)
        if nearness >= least and (key not in best or nearness > best[key].nearness):
            best[key] = Close(text.kind, text.id, text.title, nearness)
    return tuple(sorted(best.values(), key=lambda close: (-round(close.nearness, 9), close.kind != "metric", close.id)))


def words(text: str) -> frozenset[str]:
    """The words of a text that carry meaning, in small letters."""
    return frozenset(word for word in _WORD.findall(text.lower()) if word not in IDLE and len(word) > 1)


def _texts(manifest: Manifest, audience: str | None) -> Iterable[Text]:
    def seen(owner: str) -> bool:
        return audience is None or manifest.sees(audience, owner)

    for metric in manifest.metrics.values():
        if seen(metric.audience):
            front = metric.front
            sure = [metric.title, front.question or "", metric.id.replace("_", " "), *front.synonyms]
            yield from (Text("metric", metric.id, metric.title, words(text), 1.0) for text in sure)
            yield Text("metric", metric.id, metric.title, words(f"{metric.title} {front.description or ''}"), 0.85)
    for dashboard in manifest.dashboards.values():
        if seen(dashboard.audience):
            yield Text("dashboard", dashboard.id, dashboard.title, words(dashboard.title), 1.0)
            yield Text("dashboard", dashboard.id, dashboard.title, words(dashboard.front.description or ""), 0.85)
    for ask in manifest.asks.values():
        if seen(ask.audience):
            yield Text("ask", ask.id, ask.front.question, words(ask.front.question), 1.0)


def _weights(texts: Sequence[Text]) -> dict[str, float]:
    """ln(1 + N / n) for each word: N items, n of which have it."""
    items: dict[tuple[str, str], set[str]] = {}
    for text in texts:
        items.setdefault((text.kind, text.id), set()).update(text.words)
    found = Counter(word for item in items.values() for word in item)
    return {word: log(1 + len(items) / number) for word, number in found.items()}


def _nearness(asked: frozenset[str], other: frozenset[str], weights: dict[str, float], lean: float) -> float:
    """Weighted harmonic mean of how much of each text's weight has a partner in the other."""
    rare = max(weights.values(), default=1.0)

    def covered(these: frozenset[str], those: frozenset[str]) -> float:
        whole = sum(weights.get(word, rare) for word in these)
        return sum(weights.get(word, rare) * _likeness(word, those) for word in these) / whole if whole else 0.0

    there, back = covered(asked, other), covered(other, asked)
    return (1 + lean**2) * there * back / (there + lean**2 * back) if there and back else 0.0


def _likeness(word: str, those: frozenset[str]) -> float:
    if word in those:
        return 1.0
    best = max((JaroWinkler.similarity(word, other) for other in those), default=0.0)
    return best if best >= SAME_WORD else 0.0
