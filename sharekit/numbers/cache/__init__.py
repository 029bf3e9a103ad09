"""What earlier builds found out: results by key, what is known of each SQL text, and the last good
results.

A folder with two files, `results` and `texts`. Nothing in it is needed: a missing, damaged or
foreign entry is a miss. Entries are JSON and never run. What a key consists of is decided where
results are made (evaluate.cache_keys)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from msgspec import Struct

from sharekit.numbers.cache.codec import FORMAT, CachedReading, decode, encode
from sharekit.numbers.cache.pack import TextStore, text_key
from sharekit.numbers.cache.recent import Recent
from sharekit.numbers.results import Result
from sharekit.read_json import read_json
from sharekit.records import replace

__all__ = ["MOST_KEPT", "Cache", "CachedReading", "QueryFacts"]

MOST_KEPT = 3
"""Results kept of one metric: of today, and of other days or branches built in turn."""


class QueryFacts(Struct, frozen=True):
    """What is known of the SQL of a metric or view."""

    text: str
    """The SQL, comments and spacing squeezed out."""
    meaning: str
    """Equal for texts that parse to the same thing: the digest of the first of them."""
    items: tuple[str, ...]
    """Metrics and views it names."""
    sources: tuple[str, ...]
    """Plain tables it names."""


class Cache:
    """Results and facts of earlier builds. Nothing is written before `save`."""

    def __init__(self, folder: Path) -> None:
        self._results = TextStore(folder / f"results-{FORMAT}")
        self._texts = TextStore(folder / f"texts-{FORMAT}", most_bytes=32 * 1024**2)
        self._readings = Recent[CachedReading]()

    def reading(self, key: str) -> CachedReading | None:
        """What is kept under a key; None where there is nothing."""
        text = self._results.get(key)
        if text is None:
            return None
        digest = text_key(text)
        reading = self._readings.get(digest)
        if reading is None:
            try:
                reading = replace(decode(text), digest=digest)
            except ValueError:
                self._results.drop(key)
                return None
            self._readings.put(digest, reading)
        return reading

    def keep_reading(self, item: str, key: str, reading: CachedReading) -> str:
        """Keep a reading of a metric under a key, besides the MOST_KEPT - 1 newest others of that
        metric. Returns the digest of its text."""
        text = encode(reading)
        self._results.put(key, text)
        about = self._item_record(item)
        keys = [earlier_key for earlier_key in _texts(about.get("keys")) if earlier_key != key][
            -(MOST_KEPT - 1) :
        ]
        good = about.get("good")
        for old in set(_texts(about.get("keys"))) - {*keys, key, good}:
            self._results.drop(old)
        self._note(item, {**about, "keys": [*keys, key]})
        return text_key(text)

    def keep_good(self, item: str, key: str, as_of: date, audience: str) -> None:
        """Remember the reading under a key as the last good one of a metric, and the last one
        used."""
        about = self._item_record(item)
        keys = [earlier_key for earlier_key in _texts(about.get("keys")) if earlier_key != key]
        good = {"keys": [*keys, key], "good": key, "as_of": as_of.isoformat(), "audience": audience}
        if good != about:
            old = about.get("good")
            if old != key and old not in _texts(about.get("keys")) and isinstance(old, str):
                self._results.drop(old)
            self._note(item, good)

    def last_good(self, item: str, audience: str) -> Result | None:
        """The last good result of a metric; None where there is none, or it belonged to another
        audience."""
        about = self._item_record(item)
        key, as_of = about.get("good"), about.get("as_of")
        if (
            not isinstance(key, str)
            or not isinstance(as_of, str)
            or about.get("audience") != audience
        ):
            return None
        cached_reading = self.reading(key)
        try:
            return (
                None
                if cached_reading is None or cached_reading.reading is None
                else Result(item, cached_reading.reading, as_of=date.fromisoformat(as_of))
            )
        except ValueError:
            return None

    def text(self, item: str) -> QueryFacts | None:
        """What is known of the SQL that a metric or view last had."""
        entry = self._load(f"sql:{item}")
        try:
            return QueryFacts(
                str(entry["text"]),
                str(entry["meaning"]),
                tuple(_texts(entry["items"])),
                tuple(_texts(entry["sources"])),
            )
        except KeyError:
            return None

    def keep_text(self, item: str, facts: QueryFacts) -> None:
        """Keep what is known of the SQL of a metric or view."""
        entry = {
            "text": facts.text,
            "meaning": facts.meaning,
            "items": facts.items,
            "sources": facts.sources,
        }
        self._texts.put(f"sql:{item}", json.dumps(entry))

    def save(self) -> None:
        """Write what is new. Never raises: without a cache the next build is slower and otherwise
        the same."""
        self._results.save()
        self._texts.save()

    def end_build(self) -> None:
        """Drop from memory what this build and the one before did not read."""
        self._readings.end_build()

    def _item_record(self, item: str) -> dict[str, Any]:
        return self._load(f"item:{item}")

    def _note(self, item: str, entry: dict[str, Any]) -> None:
        self._texts.put(f"item:{item}", json.dumps(entry))

    def _load(self, key: str) -> dict[str, Any]:
        try:
            entry = read_json(self._texts.get(key) or "{}")
        except ValueError:
            return {}
        return entry if isinstance(entry, dict) else {}


def _texts(value: object) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
