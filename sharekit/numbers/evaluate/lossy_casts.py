"""Rows that a query loses without a word: what TRY_CAST and its like make NULL is left out of sums
and of time. sqlglot is loaded for the first query that has such a cast."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sharekit.engines import Engine
from sharekit.engines.sources.advice import Advice
from sharekit.errors import Place, Problem, QueryError
from sharekit.project.manifest import Metric, View

if TYPE_CHECKING:
    from sharekit.numbers.evaluate.lossy_cast_counts import LossyCast

_TRIES = re.compile(r"\btry(?:_cast|_strptime)?\s*\(", re.IGNORECASE)


def losses(
    engine: Engine, item: Metric | View, advice: Advice, *, failed: bool = False
) -> Iterator[Problem]:
    """A warning for each cast of a query that loses rows, once for casts of the same values.

    Of a query that failed only what can be counted is told: the loss may be why.
    """
    spots = list(_TRIES.finditer(item.sql.text))
    if not spots:
        return
    from sharekit.numbers.evaluate.lossy_cast_counts import lossy_casts

    counted = set()
    for number, lossy_cast in enumerate(lossy_casts(item.sql.text)):
        if lossy_cast.count is not None and lossy_cast.count in counted:
            continue
        counted.add(lossy_cast.count)
        problem = _loss_message_and_hint(engine, lossy_cast, failed)
        if problem is not None:
            message, hint = problem
            place = _place(item, spots[min(number, len(spots) - 1)])
            hint = advice.hint(item.sql.text, "") or hint
            yield Problem("lost-rows", message, place, hint=hint, severity="warning", phase="data")


def _loss_message_and_hint(engine: Engine, cast: LossyCast, failed: bool) -> tuple[str, str] | None:
    row = None
    if cast.count is not None:
        try:
            row = engine.query(cast.count).rows[0]
        except QueryError:
            row = None
    if row is None and failed:
        return None
    if row is None:
        message = (
            f"what {cast.name} cannot read becomes NULL, and how many rows that loses cannot be"
            " counted here"
        )
        return (
            message,
            "Cast in a view of its own, straight from the source, so that it can be counted.",
        )
    total, lost, example = row
    if not isinstance(lost, int) or lost == 0:
        return None
    example_text = str(example) if len(str(example)) <= 40 else f"{str(example)[:37]}..."
    hint = (
        "Correct them, say under [sources] how they are written, or leave them out by name: <>"
        f" '{example_text}'."
    )
    return (
        (
            f"{cast.name} makes NULL of {lost:,} of {total:,} values, such as `{example_text}`: their rows"
            " are lost"
        ),
        hint,
    )


def _place(item: Metric | View, spot: re.Match[str]) -> Place:
    before = item.sql.text[: spot.start()]
    line = item.sql.first_line + before.count("\n")
    column = len(before) - (before.rfind("\n") + 1) + 1
    return Place(item.path, line, column, len(spot[0].rstrip("(").rstrip()))
