"""One audience's share of a project, put together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sharekit.numbers.results import Results
from sharekit.project.lineage import Lineage
from sharekit.project.manifest import EVERYONE, Manifest, Metric, View
from sharekit.revisions.revision import Revision
from sharekit.visible.hidden import hidden_from
from sharekit.visible.manifest import shown_lineage, shown_manifest
from sharekit.visible.notes import notes_in_sight
from sharekit.visible.readers import Door, Gone
from sharekit.visible.results import shown_results
from sharekit.visible.revisions import openings_to, shown_revision
from sharekit.visible.types import (
    PASS,
    Visible,
    VisibleLineage,
    VisibleManifest,
    VisibleResults,
    VisibleRevision,
    make_visible,
)


def visible_to(
    audience: str,
    manifest: Manifest,
    results: Results,
    lineage: Lineage,
    revisions: Iterable[Revision] = (),
    *,
    past: Iterable[Revision] | None = None,
    unknown_until: date | None = None,
    gone: Gone | None = None,
    today: Manifest | None = None,
    url: str | None = None,
    origin: str = "",
) -> Visible:
    """Everything of a project that `audience` may see.

    `past`: all that ever happened, oldest first, which tells when something was for others alone;
    by default `revisions`. `unknown_until`: the day up to which it does not tell, because older
    commits are not here. `gone`: what was declared once, so that its names stay with those who
    knew them. `today` says who belongs to which audience and what is for whom now, where `manifest`
    is an earlier state: what became narrower since is out of sight."""
    door = Door(audience, manifest, today or manifest, gone or {})
    all_revisions = tuple(revisions)
    openings = openings_to(door, all_revisions)
    opened = {item: revision.on for item, revision in openings.items()}
    notes = notes_in_sight(door, all_revisions if past is None else past, unknown_until)
    shown = shown_manifest(door, opened, notes)
    hidden = hidden_from(door, shown, all_revisions)
    queries: list[Metric | View] = [*shown.metrics.values(), *shown.views.values()]
    withheld = frozenset(item.id for item in queries if hidden.named_in(item.sql.text))
    cut = (shown_revision(door, revision, hidden, openings, notes) for revision in all_revisions)
    ordered = sorted(
        (revision for revision in cut if revision is not None),
        key=lambda revision: (revision.after.on, revision.number, revision.id),
        reverse=True,
    )
    return Visible(
        audience=audience,
        manifest=shown,
        results=shown_results(results, manifest, shown, withheld, hidden, ordered),
        lineage=shown_lineage(lineage, shown, withheld),
        revisions=tuple(make_visible(VisibleRevision, revision) for revision in ordered),
        withheld=withheld,
        url=url,
        origin=origin,
        door=PASS,
    )


def unrestricted(
    revision: Revision, manifest: Manifest, results: Results
) -> tuple[VisibleRevision, Visible]:
    """A revision as the person sees it who has the repository itself, in a terminal: nothing is out
    of sight there."""
    shown = make_visible(VisibleRevision, revision)
    audience = next(iter(revision.audiences), EVERYONE)
    everything = Visible(
        audience=audience,
        manifest=make_visible(
            VisibleManifest,
            manifest,
            audience=audience,
            members=manifest.audiences.get(audience, frozenset()),
            one_of_several=manifest.several,
        ),
        results=make_visible(VisibleResults, results),
        lineage=VisibleLineage({}, {}, door=PASS),
        revisions=(shown,),
        withheld=frozenset(),
        url=None,
        origin="",
        door=PASS,
    )
    return shown, everything
