"""The one door: what an audience may see of a project at one moment, and the only maker of what
renderers are given.

    visible_to("team", manifest, results, lineage, revisions) -> Visible

Pages, mails, chat messages, pre-reads, feeds, calendars, JSON, twins and MCP are made from a
`Visible` and from the types in it. Those types can be made nowhere else: each asks for a pass that
only this package has, and `replace` on one of them fails. So a renderer need not know who may see
what, and cannot forget to ask.

Who may see what is decided here, the past included. A thing is for its audience, or its several
audiences, and for every audience whose members all belong to those. Whoever joins an audience may
read its past: what counts is who belongs to it today. Of an audience that is no longer declared it
counts who belonged to it then. A thing that was opened to more people shows them what it is, not
what it was.

`readers` decides, `hidden` names what is out of sight, `declared`, `results` and `revisions` cut,
`share` puts together, and `types` has what comes out. Everybody else imports from here."""

from __future__ import annotations

from sharekit.visible.manifest import visible_manifest
from sharekit.visible.readers import (
    Gone,
    LastReaders,
    all_see,
    all_see_item,
    all_see_revision,
    answer_to,
    audiences_of_source,
    audiences_reading,
    could_see_before,
    declared_by_id,
    mailbox,
    may_see_end,
    person_sees,
    readers_before,
    readers_of,
    sees_audiences,
    sees_item,
    still_readers,
    was_opened,
)
from sharekit.visible.results import FAILED, NOT_RENEWED
from sharekit.visible.revisions import HELD_BACK, NOT_SHARED
from sharekit.visible.share import unrestricted, visible_to
from sharekit.visible.types import (
    WITHHELD,
    Visible,
    VisibleLineage,
    VisibleManifest,
    VisibleResults,
    VisibleRevision,
)

__all__ = [
    "FAILED",
    "HELD_BACK",
    "NOT_RENEWED",
    "NOT_SHARED",
    "WITHHELD",
    "Gone",
    "LastReaders",
    "Visible",
    "VisibleLineage",
    "VisibleManifest",
    "VisibleResults",
    "VisibleRevision",
    "all_see",
    "all_see_item",
    "all_see_revision",
    "answer_to",
    "audiences_of_source",
    "audiences_reading",
    "could_see_before",
    "declared_by_id",
    "mailbox",
    "may_see_end",
    "person_sees",
    "readers_before",
    "readers_of",
    "sees_audiences",
    "sees_item",
    "still_readers",
    "unrestricted",
    "visible_manifest",
    "visible_to",
    "was_opened",
]
