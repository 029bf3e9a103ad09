"""`sharekit show`: one number as a person reads it, or as the document that the site publishes."""

from __future__ import annotations

from datetime import date

import click

from sharekit.app.evaluation import evaluated_as_of
from sharekit.app.session import Session
from sharekit.build import visible_share
from sharekit.commands import as_of_option, command, format_option
from sharekit.errors import exit_code
from sharekit.site.json.number_document import data_document, document_text
from sharekit.terminal.console import rows_text
from sharekit.terminal.summary import number


@command(example="sharekit show on_time_departures --format json")
@click.argument("item", metavar="ID")
@format_option("text", "json")
@as_of_option
def show(session: Session, item: str, form: str, as_of: date | None) -> int:
    """Show one number: value, change, owner, definition.

    ID is a metric or key result. The JSON is the document that the site has at data/ID.json.
    """
    evaluation = evaluated_as_of(session, as_of, only=item)
    result = evaluation.results.results[item]
    if form == "json":
        share = visible_share(evaluation, evaluation.manifest.metrics[item].audiences[0])
        session.terminal.data(document_text(data_document(share, item, commit=session.commit)))
    else:
        session.terminal.write("\n".join(number(evaluation.manifest, evaluation.lineage, result)))
        if result.reading is not None and result.reading.table is not None:
            session.terminal.write(
                "\n" + rows_text(result.reading.table, "table", width=session.terminal.width)
            )
    if result.failure is not None:
        session.terminal.say_problems((result.failure,))
        return exit_code((result.failure,))
    return 0
