"""`sharekit status`: the scorecard in a terminal or as JSON, for those who are in one already."""

from __future__ import annotations

from datetime import date

from msgspec import to_builtins

from sharekit.app.evaluation import evaluated_as_of
from sharekit.app.session import Session
from sharekit.build import Evaluation, visible_share
from sharekit.commands import as_of_option, command, format_option
from sharekit.errors import errors_among, exit_code
from sharekit.site.json.number_document import data_document, document_text
from sharekit.terminal.summary import scorecard


@command(example="sharekit status")
@format_option("text", "json")
@as_of_option
def status(session: Session, form: str, as_of: date | None) -> int:
    """Show the scorecard.

    Every objective with its key results: value, target, score, what the pace expects, status and
    trend."""
    evaluation = evaluated_as_of(session, as_of)
    if form == "json":
        session.terminal.data(document_text(_document(evaluation, session.commit)))
    else:
        session.terminal.write("\n".join(scorecard(evaluation.manifest, evaluation.results)))
    failures = errors_among(evaluation.problems)
    session.terminal.say_problems(failures)
    return exit_code(failures)


def _document(evaluation: Evaluation, commit: str | None) -> dict[str, object]:
    """Objectives with their scores, and below each the documents of its key results."""
    shares = {
        audience: visible_share(evaluation, audience) for audience in evaluation.manifest.audiences
    }
    return {
        "as_of": evaluation.results.as_of.isoformat(),
        "objectives": [
            {
                "id": objective.id,
                "title": objective.title,
                "owner": objective.front.lead,
                "period": objective.period.shown if objective.period else None,
                **{
                    key: value
                    for key, value in to_builtins(
                        evaluation.results.objectives[objective.id]
                    ).items()
                    if key != "id"
                },
                "key_results": [
                    data_document(shares[metric.audiences[0]], metric.id, commit=commit)
                    for metric in evaluation.manifest.key_results.values()
                    if metric.okr and metric.okr.objective == objective.id
                ],
            }
            for objective in evaluation.manifest.objectives.values()
        ],
    }
