"""`sharekit show`: one number as a person reads it, or as the document that the site publishes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import click

from sharekit.app.closing import as_closed
from sharekit.app.inputs import CACHE, head
from sharekit.app.published_before import earlier
from sharekit.app.session import Session
from sharekit.build import evaluated, share_of
from sharekit.commands import as_of_option, command
from sharekit.errors import exit_code
from sharekit.site.json.number import data_document, json_text
from sharekit.terminal.console import rows_text
from sharekit.terminal.reports import text
from sharekit.terminal.summary import number


@command(example="sharekit show on_time_departures --format json")
@click.argument("item", metavar="ID")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help="Default: text."
)
@as_of_option
def show(session: Session, item: str, form: str, as_of: date | None) -> int:
    """Show one number: value, change, owner, definition.

    ID is a metric or key result. The JSON is the document that the site has at data/ID.json.
    """
    root, commit = session.project.root, head(session.project.root) or None
    known = earlier(session, remote=False)
    with session.terminal.progress() as tell:
        cache, day = root / CACHE, session.as_of(as_of)
        found = evaluated(
            root,
            as_of=day,
            commit=commit,
            cache_dir=cache,
            only=item,
            known=known,
            history=session.history,
            tell=tell,
        )
    result = found.results.results[item]
    found = replace(found, manifest=as_closed(found.manifest, found.results))
    if form == "json":
        share = share_of(found, found.manifest.metrics[item].audience)
        session.terminal.data(json_text(data_document(share, item, commit=commit)))
    else:
        session.terminal.write("\n".join(number(found.manifest, found.lineage, result)))
        if result.reading is not None and result.reading.table is not None:
            session.terminal.write(
                "\n" + rows_text(result.reading.table, "table", width=session.terminal.width)
            )
    if result.failure is not None:
        session.terminal.talk(text((result.failure,), color=session.terminal.paints[1]))
        return exit_code((result.failure,))
    return 0
