"""`sharekit status`: the scorecard without a browser."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date

import click

from sharekit.app.closing import as_closed
from sharekit.app.inputs import CACHE, head
from sharekit.app.published_before import earlier
from sharekit.app.session import Session
from sharekit.build import Evaluated, evaluated, share_of
from sharekit.commands import as_of_option, command
from sharekit.errors import exit_code
from sharekit.site.json.number import data_document, json_text
from sharekit.terminal.reports import text
from sharekit.terminal.summary import scorecard


@command(example="sharekit status")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Default: text."
)
@as_of_option
def status(session: Session, form: str, as_of: date | None) -> int:
    """Show the scorecard.

    Every objective with its key results: value, target, grade, what the pace expects, status and
    trend."""
    root, commit = session.project.root, head(session.project.root) or None
    known = earlier(session, remote=False)
    with session.terminal.progress() as tell:
        cache, day = root / CACHE, session.as_of(as_of)
        found = evaluated(
            root,
            as_of=day,
            commit=commit,
            cache_dir=cache,
            known=known,
            history=session.history,
            tell=tell,
        )
    shown = as_closed(found.manifest, found.results)
    if form == "json":
        session.terminal.data(json_text(_document(replace(found, manifest=shown), commit)))
    else:
        session.terminal.write("\n".join(scorecard(shown, found.results)))
    failures = tuple(problem for problem in found.problems if problem.severity == "error")
    session.terminal.talk(text(failures, color=session.terminal.paints[1]))
    return exit_code(failures)


def _document(found: Evaluated, commit: str | None) -> dict[str, object]:
    """Objectives with their grades, and below each the documents of its key results."""
    shares = {each: share_of(found, each) for each in found.manifest.audiences}
    return {
        "as_of": found.results.as_of.isoformat(),
        "objectives": [
            {
                "id": objective.id,
                "title": objective.title,
                "owner": objective.front.lead,
                "period": objective.period.shown if objective.period else None,
                **{
                    key: value
                    for key, value in asdict(found.results.objectives[objective.id]).items()
                    if key != "id"
                },
                "key_results": [
                    data_document(shares[metric.audience], metric.id, commit=commit)
                    for metric in found.manifest.key_results.values()
                    if metric.okr and metric.okr.objective == objective.id
                ],
            }
            for objective in found.manifest.objectives.values()
        ],
    }
