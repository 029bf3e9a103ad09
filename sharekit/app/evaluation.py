"""A project as `show` and `status` look at it: computed as of a day, with how closed key results
ended."""

from __future__ import annotations

from datetime import date

from sharekit.app.caches import Caches
from sharekit.app.closed_key_results import with_closed_terms
from sharekit.app.inputs import CACHE
from sharekit.app.ledger_for_pages import read_earlier_state
from sharekit.app.session import Session
from sharekit.build import Evaluation, evaluated
from sharekit.records import replace


def evaluated_as_of(session: Session, day: date | None, *, only: str | None = None) -> Evaluation:
    """What the project's files say on a day, by default today. `only`: one number, with what it
    reads."""
    ledger = read_earlier_state(session, remote=False)
    with session.terminal.progress() as tell:
        evaluation = evaluated(
            session.project.root,
            as_of=session.as_of(day),
            commit=session.commit,
            caches=Caches(session.project.root / CACHE),
            only=only,
            ledger_facts=ledger,
            history=session.history,
            tell=tell,
        )
    return replace(evaluation, manifest=with_closed_terms(evaluation.manifest, evaluation.results))
