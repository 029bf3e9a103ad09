"""What comes close to a question: metrics, dashboards and earlier questions, nearest first.

Words are compared one by one, each with its nearest in the other text (rapidfuzz's Jaro-Winkler, so
that "cancelled" meets "cancellations"), and weighted by how rare they are in the project (inverse
document frequency, Spärck Jones 1972): where everything is about flights, "flights" tells little.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import log
from typing import Literal

from msgspec import Struct
from rapidfuzz.distance import JaroWinkler

from sharekit.project.manifest import Audiences, Manifest
from sharekit.visible import visible_manifest

MOST = 5
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


class SimilarItem(Struct, frozen=True):
    """Something that may already answer a question."""

    kind: Kind
    id: str
    title: str
    """Title of the metric or dashboard; the earlier question."""
    nearness: float
    """0 to 1."""


class SearchText(Struct, frozen=True):
    """One of the texts that something is known by."""

    kind: Kind
    id: str
    title: str
    words: frozenset[str]
    trust: float
    """1 for titles and questions; less for descriptions, which name much besides."""


def similar_items(question: str, manifest: Manifest) -> tuple[SimilarItem, ...]:
    """What comes close, nearest first, each once. Give it what an audience may see to leave out all
    else."""
    return ranked(question, _texts(manifest))[:MOST]


def similar_for(question: str, audiences: Audiences, manifest: Manifest) -> tuple[SimilarItem, ...]:
    """The same, of what each of these audiences may see."""
    groups = [ranked(question, _texts(visible_manifest(name, manifest))) for name in audiences]
    common = set.intersection(*({(item.kind, item.id) for item in group} for group in groups))
    return tuple(item for item in groups[0] if (item.kind, item.id) in common)[:MOST]


class SimilarityRules(Struct, frozen=True):
    """What counts as close."""

    least: float
    """Nearness from which something is told."""
    lean: float
    """The beta of van Rijsbergen's F: 1 wants the same again, more forgives a text for what it says
    beyond."""
    strange: float
    """What a word that is in none of the texts weighs, as a share of the rarest that is in one."""


SAME_QUESTION = SimilarityRules(least=CLOSE, lean=1.0, strange=1.0)
SEARCH = SimilarityRules(least=0.25, lean=3.0, strange=0.2)
"""A few words: a text may well say more than they do, and some may be words that nobody uses
here."""


def ranked(
    question: str, texts: Iterable[SearchText], manner: SimilarityRules = SAME_QUESTION
) -> tuple[SimilarItem, ...]:
    """Of these texts all that are near enough, nearest first, each item once."""
    search_texts = [text for text in texts if text.words]
    likeness = _Likeness.of(significant_words(question), _weights(search_texts), manner)
    best: dict[tuple[str, str], SimilarItem] = {}
    for text in search_texts:
        nearness = text.trust * likeness.nearness(text.words, manner.lean)
        key = (text.kind, text.id)
        if nearness >= manner.least and (key not in best or nearness > best[key].nearness):
            best[key] = SimilarItem(text.kind, text.id, text.title, nearness)
    return tuple(
        sorted(
            best.values(),
            key=lambda close: (-round(close.nearness, 9), close.kind != "metric", close.id),
        )
    )


def significant_words(text: str) -> frozenset[str]:
    """The words of a text that carry meaning, in small letters."""
    return frozenset(
        word for word in _WORD.findall(text.lower()) if word not in IDLE and len(word) > 1
    )


def _texts(manifest: Manifest) -> Iterable[SearchText]:
    for metric in manifest.metrics.values():
        front = metric.front
        sure = [metric.title, front.question or "", metric.id.replace("_", " "), *front.synonyms]
        yield from (
            SearchText("metric", metric.id, metric.title, significant_words(text), 1.0)
            for text in sure
        )
        yield SearchText(
            "metric",
            metric.id,
            metric.title,
            significant_words(f"{metric.title} {front.description or ''}"),
            0.85,
        )
    for dashboard in manifest.dashboards.values():
        yield SearchText(
            "dashboard", dashboard.id, dashboard.title, significant_words(dashboard.title), 1.0
        )
        yield SearchText(
            "dashboard",
            dashboard.id,
            dashboard.title,
            significant_words(dashboard.front.description or ""),
            0.85,
        )
    for ask in manifest.asks.values():
        yield SearchText(
            "ask", ask.id, ask.front.question, significant_words(ask.front.question), 1.0
        )


def _weights(texts: Sequence[SearchText]) -> dict[str, float]:
    """ln(1 + N / n) for each word: N items, n of which have it."""
    items: dict[tuple[str, str], set[str]] = {}
    for text in texts:
        items.setdefault((text.kind, text.id), set()).update(text.words)
    counts = Counter(word for item in items.values() for word in item)
    return {word: log(1 + len(items) / number) for word, number in counts.items()}


class _Likeness(Struct, frozen=True):
    """The words of a question against all that are known."""

    question_weights: Mapping[str, float]
    """Each word with its weight."""
    weights: Mapping[str, float]
    alike: Mapping[str, Mapping[str, float]]
    """Word of the question -> known words that count as the same, and how much."""

    @classmethod
    def of(
        cls, question_words: frozenset[str], weights: Mapping[str, float], manner: SimilarityRules
    ) -> _Likeness:
        strange = manner.strange * max(weights.values(), default=1.0)
        alike = {word: dict(_alike(word, weights)) for word in sorted(question_words)}
        weighted = {
            word: weights[max(sorted(partners), key=partners.__getitem__)] if partners else strange
            for word, partners in alike.items()
        }
        return cls(weighted, weights, alike)

    def nearness(self, text_words: frozenset[str], lean: float) -> float:
        """Weighted harmonic mean of how much of each side's weight has a partner on the other."""
        pairs = [
            (word, similar_word, how)
            for word in self.alike
            for similar_word, how in self.alike[word].items()
            if similar_word in text_words
        ]
        if not pairs:
            return 0.0
        forth: dict[str, float] = {}
        back: dict[str, float] = {}
        for word, similar_word, how in pairs:
            forth[word] = max(forth.get(word, 0.0), how)
            back[similar_word] = max(back.get(similar_word, 0.0), how)
        recall = _share(forth, self.question_weights, self.question_weights)
        precision = _share(back, self.weights, sorted(text_words))
        return (1 + lean**2) * recall * precision / (recall + lean**2 * precision)


def _alike(word: str, words: Iterable[str]) -> Iterator[tuple[str, float]]:
    for text_word in words:
        how = JaroWinkler.similarity(word, text_word)
        if how >= SAME_WORD:
            yield text_word, how


def _share(
    partners: Mapping[str, float], weights: Mapping[str, float], words: Iterable[str]
) -> float:
    """How much of the weight of these words has a partner."""
    total = sum(weights[word] for word in words)
    return sum(weights[word] * how for word, how in partners.items()) / total
