"""What happened, without what an audience may not see, or could not see then."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sharekit.project.manifest import TARGET_METRIC, Audiences, Readers
from sharekit.records import replace
from sharekit.revisions.revision import (
    PAGE_TEXT,
    EffectStep,
    FieldChange,
    Impact,
    PastName,
    Reason,
    Revision,
    SqlChange,
)
from sharekit.visible.hidden import Hidden
from sharekit.visible.notes import NotesInSight
from sharekit.visible.readers import Door

HELD_BACK = "Held: the query fails."
NOT_SHARED = "a part of the definition that is not shared here"
"""Label of a step towards a new definition that names what is out of sight; its effect stays, so
that all add up."""
_GONE = "The old definition no longer runs."
Openings = Mapping[str, Revision]
"""Item -> the revision by which it was opened to a reader from whom all of it was kept before."""


def openings_to(door: Door, revisions: Iterable[Revision]) -> Openings:
    """Those of a reader. `revisions` are oldest first."""
    first: dict[str, Revision] = {}
    for revision in revisions:
        if door.readers(revision.readers) and not _is_for_others(door, revision):
            first.setdefault(revision.item, revision)
    return {item: revision for item, revision in first.items() if revision.opens}


def _is_for_others(door: Door, revision: Revision) -> bool:
    """Of something that was opened: whether it tells a reader who knew it that it is new, or one
    who did not what changed."""
    return bool(revision.former) and door.readers(revision.former) is revision.opens


def shown_revision(
    door: Door, revision: Revision, hidden: Hidden, openings: Openings, notes: NotesInSight
) -> Revision | None:
    """The revision without what is out of sight; None where its item is, and where it is of those
    who knew the item before it was opened, or of those who did not."""
    if revision.item in hidden.ids or not door.readers(revision.readers):
        return None
    if _is_for_others(door, revision):
        return None
    knew = revision.gone_from if door.readers(revision.gone_from) else ()
    revision = replace(
        revision,
        readers=_own_readers(door, revision.readers),
        former=(),
        gone_from=_own_readers(door, knew),
    )
    if opening := openings.get(revision.item):
        # The target that it was introduced with among others stays there.
        revision = replace(revision, original_target=opening.first_target)
    if _was_narrower(door, revision.fields):
        revision = replace(
            revision,
            before=None,
            fields=(),
            sql_before=None,
            sql_changes=(),
            impact=None,
            original_target=None,
            earlier=(),
        )
    names_hidden = hidden.named_in(revision.sql_before) or hidden.named_in(revision.sql_after)
    return replace(
        revision,
        sql_before=None if names_hidden else revision.sql_before,
        sql_after=None if names_hidden else revision.sql_after,
        fields=_fields(door, revision.fields, hidden),
        sql_changes=tuple(
            sql_change for sql_change in revision.sql_changes if not _mentions(sql_change, hidden)
        ),
        impact=_impact(revision, hidden, names_hidden=names_hidden),
        note=revision.note if notes.has(revision.item, revision.note) else None,
        earlier=tuple(
            _reason(door, reason, hidden)
            for reason in revision.earlier
            if notes.has(revision.item, reason.note)
        ),
        touches=tuple(name for name in revision.touches if name not in hidden.ids),
    )


def _reason(door: Door, reason: Reason, hidden: Hidden) -> Reason:
    """An earlier reason, its changes cut as those of the revision are."""
    sql_changes = tuple(
        sql_change for sql_change in reason.sql_changes if not _mentions(sql_change, hidden)
    )
    return Reason(reason.note, _fields(door, reason.fields, hidden), sql_changes)


def _fields(door: Door, changes: Iterable[FieldChange], hidden: Hidden) -> tuple[FieldChange, ...]:
    """Declared values that changed, naming nothing out of sight, by a title that the readers
    could see then."""
    visible_fields = (
        _without_hidden(change, hidden.ids) for change in changes if change.name != "audience"
    )
    return tuple(
        replace(change, was=_past_name(door, change.was), now=_past_name(door, change.now))
        for change in visible_fields
    )


def _past_name(door: Door, past_name: PastName | None) -> PastName | None:
    if past_name is None or not door.readers(past_name.readers):
        return None
    return replace(past_name, readers=_own_readers(door, past_name.readers))


def _own_readers(door: Door, readers: Readers) -> Readers:
    """The readers, without audiences that this one need not know of."""
    if len(readers) < 2:
        return readers
    return door.today.readers((door.audience,))


def _was_narrower(door: Door, changes: tuple[FieldChange, ...]) -> bool:
    """Whether the item has just been opened to this audience: its former self stays where it
    was.

    Where its audience was only given another name, the comparison of the two states has looked
    at who belonged to it, and found the same people."""
    former = [_declared_audiences(change) for change in changes if change.name == "audience"]
    audiences = [tuple(name for name in names if name in door.today.audiences) for names in former]
    return any(names and not door.today.sees(door.audience, names) for names in audiences)


def _declared_audiences(change: FieldChange) -> Audiences:
    """The audiences that something had before its `audience` changed; none where it named none."""
    before = change.before
    names = before if isinstance(before, list) else [before]
    return tuple(name for name in names if isinstance(name, str))


def _mentions(change: SqlChange, hidden: Hidden) -> bool:
    return change.item in hidden.ids or hidden.mentioned_in(change.sentence)


def _impact(revision: Revision, hidden: Hidden, *, names_hidden: bool) -> Impact | None:
    """The effect, its steps adding up as before, in words that tell of nothing out of sight.

    `names_hidden`: whether the SQL names something hidden. An engine's own words about such a query may
    tell anything of it, and counts of rows by condition go with the SQL."""
    impact = revision.impact
    if impact is None:
        return None
    cut = [
        sql_change.sentence for sql_change in revision.sql_changes if _mentions(sql_change, hidden)
    ]

    def is_visible(step: EffectStep) -> bool:
        reveals = hidden.mentioned_in(step.label) or any(sentence in step.label for sentence in cut)
        return not reveals and hidden.ids.isdisjoint(step.items)

    steps = tuple(
        step if is_visible(step) else EffectStep(NOT_SHARED, step.effect) for step in impact.steps
    )
    gone, held = impact.unavailable, impact.held
    blind = bool(cut) or names_hidden
    return replace(
        impact,
        steps=steps,
        members=tuple(
            member_effect
            for member_effect in impact.members
            if not hidden.mentioned_in(member_effect.member)
        ),
        unavailable=_GONE if gone and (blind or hidden.mentioned_in(gone)) else gone,
        held=HELD_BACK if held and (blind or hidden.mentioned_in(held)) else held,
        rows=(
            ()
            if names_hidden
            else tuple(row for row in impact.rows if not hidden.mentioned_in(row.sentence))
        ),
        target=None if impact.target and impact.target.metric in hidden.ids else impact.target,
    )


def _without_hidden(change: FieldChange, hidden: Collection[str]) -> FieldChange:
    """A reference to something hidden becomes "not declared". What a page's text was is told to
    nobody: it places numbers and links files."""

    def clean(value: object) -> object:
        if isinstance(value, str):
            return None if _refers_to(value, hidden) else value
        if isinstance(value, (list, tuple)):
            return [entry for entry in value if not _refers_to(entry, hidden)]
        if isinstance(value, Mapping):
            return {key: entry for key, entry in value.items() if not _refers_to(entry, hidden)}
        return value

    if change.name == PAGE_TEXT:
        return FieldChange(change.name, None, None)
    before, after = clean(change.before), clean(change.after)
    was = change.was if before == change.before else None
    return FieldChange(
        change.name, before, after, was, change.now if after == change.after else None
    )


def _refers_to(value: object, hidden: Collection[str]) -> bool:
    """Whether a declared value is the id of something hidden, or a column of it."""
    if not isinstance(value, str):
        return False
    name = value.removeprefix(TARGET_METRIC)
    return name in hidden or name.partition(".")[0] in hidden
