"""The revisions that a line of states comes to, as a build numbers them."""

from __future__ import annotations

from collections.abc import Iterable

from sharekit.history import PastState
from sharekit.revisions.history_walk import history_steps, number_revisions
from sharekit.revisions.revision import Revision


def revisions_along(states: Iterable[PastState]) -> tuple[Revision, ...]:
    return number_revisions(
        [revision for step in history_steps(states) for revision in step.revisions]
    )
