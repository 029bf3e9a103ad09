"""What is out of sight: names that must not be said."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from sharekit.project.lineage import SCHEMA
from sharekit.revisions.revision import Revision
from sharekit.visible.readers import Door, declared_by_id
from sharekit.visible.types import VisibleManifest

_REFERENCE = re.compile(rf'\b{SCHEMA}"?\s*\.\s*"?(\w+)', re.I)


class Hidden(Struct, frozen=True):
    """Ids that must not be named."""

    ids: frozenset[str]
    names: frozenset[str]
    """Those that SQL, and a sentence about it, may name."""
    references: re.Pattern[str] | None
    """Matches SQL that reads one of them."""

    def named_in(self, sql: str | None) -> bool:
        return bool(sql and self.references and self.references.search(sql))

    def mentioned_in(self, sentence: str) -> bool:
        return any(word in self.names for word in re.findall(r"\w+", sentence.lower()))


def hidden_from(door: Door, shown: VisibleManifest, revisions: Iterable[Revision]) -> Hidden:
    """What is out of sight, also of what is gone or of today's. A reference is `metrics.<id>` for
    items and the bare name for sources; a text search rather than a parse, so that SQL that cannot
    be parsed is no way around it."""
    states = door.states
    former = {
        name
        for name, readers in door.gone.items()
        if not any(
            declared_by_id(name, manifest) or name in manifest.sources for manifest in states
        )
        and not door.former(readers)
    }
    if door.today.several:
        former |= _names_without_readers(door, revisions)
    items = {
        name
        for manifest in states
        for name in (*manifest.metrics, *manifest.views)
        if shown.sql_item(name) is None
    }
    items = {name for name in items if not _gone_in_sight(name, door)}
    sources = {name for name in door.manifest.sources if name not in shown.sources}
    sources |= {name for name, declared in door.today.sources.items() if not door.source(declared)}
    items_and_former, bare = sorted(items | former), sorted(sources | former)
    patterns = (
        [rf'\b{SCHEMA}"?\s*\.\s*"?(?:{"|".join(map(re.escape, items_and_former))})\b']
        if items_and_former
        else []
    )
    patterns += [rf"\b(?:{'|'.join(map(re.escape, bare))})\b"] if bare else []
    pages = {
        name
        for manifest in states
        for name, item in (*manifest.objectives.items(), *manifest.dashboards.items())
        if not door.item(item)
    }
    names = frozenset(items | sources | former)
    return Hidden(names | pages, names, re.compile("|".join(patterns), re.I) if patterns else None)


def _names_without_readers(door: Door, revisions: Iterable[Revision]) -> set[str]:
    """Names of metrics and views in the SQL of revisions of which nobody knows any more whom they
    were for."""
    texts = (sql for entry in revisions for sql in (entry.sql_before, entry.sql_after) if sql)
    names_read = {name.lower() for sql in texts for name in _REFERENCE.findall(sql)}
    return {
        name
        for name in names_read
        if name not in door.gone and not any(manifest.sql_item(name) for manifest in door.states)
    }


def _gone_in_sight(name: str, door: Door) -> bool:
    """Whether something of today that the state at hand does not have yet may be seen all the
    same."""
    item = door.today.sql_item(name)
    return (
        name not in door.manifest.metrics
        and name not in door.manifest.views
        and bool(item and door.item(item))
    )
