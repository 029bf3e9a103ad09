"""How old a value is and who answers for it, as every answer says it. Pure; the day is the
caller's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct

from sharekit.mcp.answer_types import Freshness, Owner
from sharekit.mcp.published_tree import PublishedTree
from sharekit.numbers.formats import format_day
from sharekit.numbers.periods import age_problem


class TreeAnswers(Struct, frozen=True):
    """A tree, and the day on which it is asked."""

    published: PublishedTree
    today: date

    def owner(self, key: str | None) -> Owner | None:
        person = self.published.index["people"].get(key) if key else None
        return Owner(key=key, name=person["name"], role=person["role"]) if key and person else None

    def built(self) -> Freshness:
        """Of the tree as a whole."""
        return self.freshness({"as_of": self.published.index["as_of"]})

    def freshness(self, row: Mapping[str, Any]) -> Freshness:
        """From as_of, period, data_until, max_age, failed and stale, as far as they are there.

        The build gives the data's age by its own day; whoever asks later hears of that later
        day."""
        as_of, until = day(row.get("as_of")), day(row.get("data_until"))
        age = max(0, (self.today - as_of).days) if as_of else None
        period, stale = row.get("period"), row.get("stale")
        if not row.get("failed"):
            stale = age_problem(row.get("max_age"), until, self.today) or stale
        phrases = [
            f"As of {format_day(as_of, year=True)}, {_ago(age)}"
            if as_of and age is not None
            else "No value yet"
        ]
        phrases += [f"covers {_the(period)}"] if period else []
        phrases += [f"data until {format_day(until, year=True)}"] if until else []
        sentence = "; ".join(phrases) + "." + (f" Stale: {stale.rstrip('.')}." if stale else "")
        return Freshness(
            sentence=sentence,
            as_of=as_of,
            age_days=age,
            period=period,
            data_until=until,
            stale=stale or None,
        )


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_STATUSES = {
    "achieved": "met",
    "partial": "partly met",
    "early": "too early to say",
    "unknown": "no data",
}
"""Statuses whose word on pages is another one than in data."""


def status_words(status: str) -> str:
    """A status by its word on pages, inside a sentence."""
    return _STATUSES.get(status) or status.replace("_", " ")


def _ago(days: int) -> str:
    return {0: "today", 1: "yesterday"}.get(days, f"{days:,} days ago")


def _the(period: str) -> str:
    return f"the {period}" if period.startswith("week") else period
