"""What happened, as a page tells it: revisions found in git, and the notes that owners wrote in
their files.

A revision that carries a note is one event; a note that no revision carries (its commit is not part
of the history at hand) is an event of its own, so that nothing an owner announced is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from sharekit.mail.sentences import newest_value
from sharekit.project.manifest import Metric
from sharekit.project.shapes import NoAnnouncement, RevisionNote
from sharekit.records import replace
from sharekit.revisions.revision import ItemKind, RevisionClass
from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.from_to_rows import leading_change, subjects_of
from sharekit.site.icons import Icon
from sharekit.visible import VisibleRevision
from sharekit.wording.declared_values import aspect, owner_text
from sharekit.wording.english import and_list, capital, counted, near_day, times
from sharekit.wording.meetings import previous_meeting
from sharekit.wording.statuses import BACK, CLASS_WORDS, STATUS_WORDS

Kind = Literal[
    "slipped",
    "revised",
    "retired",
    "decision",
    "challenge",
    "met",
    "recovered",
    "correction",
    "checkin",
    "update",
    "answered",
    "new",
    "words",
]
WORST_FIRST: tuple[Kind, ...] = (
    "slipped", "retired", "revised", "decision", "challenge", "met", "recovered", "correction", "checkin", "update",
    "answered", "new", "words",
)  # fmt: skip
KIND_WORDS: dict[Kind, tuple[str, str, Icon]] = {
    "revised": ("Revised", "Revised", "revised"),
    "slipped": ("Slipped", "Slipped", "slipped"),
    "met": ("Met", "Met", "met"),
    "recovered": ("Recovered", "Recovered", "recovered"),
    "decision": ("To decide", "Decisions", "decide"),
    "challenge": ("Challenge", "Challenges", "challenge"),
    "checkin": ("Check-in", "Check-ins", "todo"),
    "update": ("Update", "Updates", "todo"),
    "correction": ("Correction", "Corrections", "correct"),
    "answered": ("Answered", "Answered", "answered"),
    "new": ("New", "New", "new"),
    "retired": ("Retired", "Retired", "retired"),
    "words": ("Reworded", "Reworded", "correct"),
}
"""Of each kind: its word, the word of its filter, its icon."""
_KINDS: dict[RevisionClass, Kind] = {
    "redefined": "revised",
    "retargeted": "revised",
    "rescheduled": "revised",
    "reassigned": "revised",
    "introduced": "new",
    "retired": "retired",
    "slipped": "slipped",
    "recovered": "recovered",
    "restated": "correction",
    "check_in": "checkin",
    "words": "words",
}
ASKED = "asks/"
"""Before a question's id: no metric, objective or dashboard is called so."""
SHOWN_LATER: frozenset[RevisionClass] = frozenset({"cosmetic"})
"""Says nothing to anybody."""


class ItemEvent(Struct, frozen=True):
    """One thing that happened to one item."""

    kind: Kind
    id: str
    """Anchor on the item's own page, and part of the feed's id."""
    item: str
    title: str
    on: date
    moment: str
    """Exact time as ISO 8601, or the day."""
    when: str
    """"21 Nov, 16:20", or "21 Nov"; "" for what was there on a day that nobody knows: committed
    after a fixed as-of date, without an owner's date."""
    owner_key: str
    owner: str
    was: str
    now: str
    """From and to in one line; `was` is "" where there is nothing before, both where nothing can be
    said shortly."""
    voice: str
    """The owner's own words; Markdown."""
    details: tuple[str, ...]
    """"Definition, baseline and target"; what is not the owner's words."""
    revision: VisibleRevision | None = None
    note: RevisionNote | None = None

    @property
    def word(self) -> str:
        back = self.kind == "new" and self.revision is not None and self.revision.gone_from
        return BACK if back else KIND_WORDS[self.kind][0]

    @property
    def icon(self) -> Icon:
        return KIND_WORDS[self.kind][2]


def events(tree: AudienceTree) -> tuple[ItemEvent, ...]:
    """Everything that happened to what is in the tree, newest first."""
    listed_revisions = [
        revision for revision in tree.scope.revisions if set(revision.classes) - SHOWN_LATER
    ]
    happened = list(
        _in_step(
            tree,
            [
                _of_revision(tree, revision)
                for revision in listed_revisions
                if not revision.moved_by_data
            ],
        )
    )
    happened += [
        _of_revision(tree, revision) for revision in listed_revisions if revision.moved_by_data
    ]
    noted = {
        (revision.item, revision.note.date, revision.note.why)
        for revision in tree.scope.revisions
        if revision.note
    }
    begun = _history_begins(tree)
    happened += [
        _of_note(tree, metric, note)
        for metric in tree.manifest.metrics.values()
        for note in metric.front.revisions
        if isinstance(note, RevisionNote) and (metric.id, note.date, note.why) not in noted
        if note.date >= begun.get(metric.id, date.min)
    ]
    happened += answers(tree)
    by_name = sorted(
        happened, key=lambda event: (WORST_FIRST.index(event.kind), event.title, event.item)
    )
    by_number = sorted(by_name, key=_number, reverse=True)
    # What has no day was there before all that is dated alike.
    return tuple(
        sorted(
            by_number, key=lambda event: (event.on, event.moment, bool(event.when)), reverse=True
        )
    )


def _history_begins(tree: AudienceTree) -> dict[str, date]:
    """Item -> the day before which it has no history, for those that came after the others: an
    older note was copied along with the file. What was there when history begins may be older than
    that."""
    introduced = [revision for revision in tree.scope.revisions if "introduced" in revision.classes]
    first = min((revision.after.on for revision in introduced), default=None)
    return {revision.item: revision.on for revision in introduced if revision.after.on != first}


def _in_step(tree: AudienceTree, item_events: Iterable[ItemEvent]) -> Iterator[ItemEvent]:
    """Revisions of each item in the order of their numbers: where a note dates one back (see
    `_of_revision`), those before it that have no date of their own are no later than it."""
    latest: dict[str, date] = {}
    for event in sorted(item_events, key=_number, reverse=True):
        newest = latest.get(event.item, event.on)
        if (
            event.on > newest
            and event.note is None
            and len(event.moment) == len(newest.isoformat())
        ):
            when = near_day(newest, tree.as_of) if event.when else ""
            event = replace(event, on=newest, moment=newest.isoformat(), when=when)
        latest[event.item] = min(newest, event.on)
        yield event


def _number(event: ItemEvent) -> int:
    """Place in its item's history; 0 for what is no revision."""
    return event.revision.number if event.revision and not event.revision.moved_by_data else 0


def answers(tree: AudienceTree) -> Iterator[ItemEvent]:
    """Questions that had to wait and were answered: they tell what is new here because somebody
    asked."""
    for question in tree.asks.questions:
        on = question.shared_on
        if on is None or on > tree.as_of or question.before:
            continue
        waited = f"shared after {question.days} day{'' if question.days == 1 else 's'}"
        yield ItemEvent(
            kind="answered",
            id=links.question_anchor(question.ask.id),
            item=f"{ASKED}{question.ask.id}",
            title=question.ask.front.question,
            on=on,
            moment=on.isoformat(),
            when=near_day(on, tree.as_of),
            owner_key=question.leader or "",
            owner=tree.manifest.person(question.leader),
            was="",
            now="",
            voice="",
            details=(f"Asked {times(question.times)}, {waited}",),
        )


def announced_events(item_events: Iterable[ItemEvent]) -> tuple[ItemEvent, ...]:
    """Those that the changes page and the feed carry: what has a day."""
    return tuple(event for event in item_events if event.kind != "words" and event.when)


def recent(tree: AudienceTree, item_events: Iterable[ItemEvent]) -> tuple[ItemEvent, ...]:
    """Announced events since the last meeting, weightiest first."""
    since, until = (
        previous_meeting(tree.scope),
        tree.as_of + timedelta(days=1),
    )  # a commit may be a time zone ahead
    recent_events = [event for event in announced_events(item_events) if since <= event.on <= until]
    return tuple(sorted(recent_events, key=weight))


_PROMISES: tuple[RevisionClass, ...] = ("retargeted", "redefined", "rescheduled")


def weight(event: ItemEvent) -> tuple[int, int, int]:
    """Place in a list of news, lowest first: lost status, retired, new target, redefined, new dates,
    then by kind; what happened to a key result before what happened to a dashboard."""
    revision = event.revision
    classes = revision.classes if revision else ()
    place = WORST_FIRST.index(event.kind)
    of = 1 if revision is not None and revision.kind == "dashboard" else 0
    if revision is not None and revision.lost_status:
        place = WORST_FIRST.index("slipped")
    elif event.kind == "revised" and classes and not set(classes) & set(_PROMISES):
        place = len(WORST_FIRST)  # a new owner, and nothing else
    inside = min(
        (at for at, name in enumerate(_PROMISES) if name in classes), default=len(_PROMISES)
    )
    return of, place, inside


def page_of(tree: AudienceTree, event: ItemEvent) -> str | None:
    """The page of the item it happened to; None where the item is gone."""
    if event.item.startswith(ASKED):
        return tree.question_pages.get(event.item.removeprefix(ASKED))
    metric = tree.manifest.metrics.get(event.item)
    if metric:
        return links.metric_page(metric)
    if event.item in tree.manifest.objectives:
        return links.objective_page(event.item)
    return links.dashboard_page(event.item) if event.item in tree.manifest.dashboards else None


def page_link(tree: AudienceTree, page: str, event: ItemEvent) -> str:
    """Address of the top of the item's page; "" where the item is gone. A question is a place on
    its page."""
    target = page_of(tree, event)
    if not target:
        return ""
    return links.href(page, target, event.id if event.item.startswith(ASKED) else "")


def link_of(tree: AudienceTree, page: str, event: ItemEvent) -> str:
    """Address of the event on its item's page; "" where the item is gone."""
    target = page_of(tree, event)
    return links.href(page, target, event.id) if target else ""


def _is_checkin(revision: VisibleRevision) -> bool:
    """Whether the owner said where the key result is; a plan, a request or an offer is only an
    update."""
    return any(field.name in ("checkins", "confidence") for field in revision.fields)


def _kind(revision: VisibleRevision) -> Kind:
    classes = set(revision.classes)
    decisions_change = next((field for field in revision.fields if field.name == "decisions"), None)
    after = revision.impact.status_after if revision.impact else None
    if after == "achieved" and classes & {"recovered", "slipped"}:
        return "met"
    if (
        classes == {"check_in"}
        and decisions_change
        and _new_texts(decisions_change.before, decisions_change.after)
    ):
        return "decision"
    if classes == {"check_in"} and any(field.name == "challenges" for field in revision.fields):
        return "challenge"
    if classes <= {"check_in", "words"} and "check_in" in classes and not _is_checkin(revision):
        return "update"
    kinds = [_KINDS[name] for name in revision.classes if name in _KINDS]
    return min(kinds, key=WORST_FIRST.index) if kinds else "words"


def _of_revision(tree: AudienceTree, revision: VisibleRevision) -> ItemEvent:
    was, now = _short_from_to(tree, revision)
    moment = revision.after.on
    note, silent = revision.note, revision.no_announcement
    # Where the as-of date is fixed, commits go on after the day that the pages are of: those are
    # told as of that day, without a time, and with a note by the owner's own date; what is new has
    # no day then. What the data did by themselves has no time either.
    late = revision.moved_by_data or (
        tree.manifest.config.project.as_of is not None and revision.on >= tree.as_of
    )
    on = revision.on if revision.moved_by_data or not late else note.date if note else tree.as_of
    kind = _kind(revision)
    when = "" if late and kind == "new" and note is None else near_day(on, tree.as_of)
    return ItemEvent(
        kind=kind,
        id=revision.anchor,
        item=revision.item,
        title=revision.title,
        on=on,
        moment=on.isoformat() if late else moment.isoformat(),
        when=when if late else f"{when}, {moment:%H:%M}",
        owner_key=revision.owner or "",
        owner=owner_text(revision, tree.manifest),
        was=was,
        now=now,
        voice=_voice(revision, note, silent),
        details=_details(tree, revision, silent, kind, judged=now in STATUS_WORDS.values()),
        revision=revision,
        note=note,
    )


def _of_note(tree: AudienceTree, metric: Metric, note: RevisionNote) -> ItemEvent:
    return ItemEvent(
        kind="revised",
        id=note_anchor(note),
        item=metric.id,
        title=metric.title,
        on=note.date,
        moment=note.date.isoformat(),
        when=near_day(note.date, tree.as_of),
        owner_key=metric.owner or "",
        owner=tree.manifest.person(metric.owner),
        was="",
        now="",
        voice=note.why,
        details=(),
        note=note,
    )


def note_anchor(note: RevisionNote) -> str:
    return f"n-{note.date.isoformat()}"


def _short_from_to(tree: AudienceTree, revision: VisibleRevision) -> tuple[str, str]:
    """The one pair that says most: what became of the status, else the field that moved."""
    classes, impact = set(revision.classes), revision.impact
    if "introduced" in classes and revision.before is None:
        return "", _original_promise(tree, revision)
    if (
        classes & {"slipped", "recovered"}
        and impact
        and impact.status_before
        and impact.status_after
    ):
        return STATUS_WORDS[impact.status_before], STATUS_WORDS[impact.status_after]
    if classes <= {"check_in", "words"} and (pair := _checked_in(revision)):
        _, subject = subjects_of(tree, revision)
        return (subject.text(pair[0]) if pair[0] is not None else "", subject.text(pair[1]))
    return leading_change(tree, revision)


def _original_promise(tree: AudienceTree, revision: VisibleRevision) -> str:
    """What was promised when an item came: its number is another one by now, its first target is
    not."""
    first = revision.first_target
    _, subject = subjects_of(tree, revision)
    return "" if first is None else f"Target {subject.text(first)}"


def _checked_in(revision: VisibleRevision) -> tuple[float | None, float] | None:
    """The value before the newest check-in and that of it, where check-ins have values."""
    change = next((field for field in revision.fields if field.name == "checkins"), None)
    now = newest_value(change.after) if change else None
    return None if change is None or now is None else (newest_value(change.before), now)


def _voice(
    revision: VisibleRevision, note: RevisionNote | None, silent: NoAnnouncement | None
) -> str:
    if note:
        return note.why
    if silent:
        return silent.because
    for name in ("checkins", "decisions", "challenges", "help_wanted", "plan"):
        change = next((field for field in revision.fields if field.name == name), None)
        if change and (texts := _new_texts(change.before, change.after)):
            return texts[-1] if name == "checkins" else texts[0]
    return ""


def _new_texts(before: object, after: object) -> list[str]:
    """What stands after and did not stand before, of text or lists of text or of {what: ...}."""
    old, new = _texts(before), _texts(after)
    return [text for text in new if text not in old]


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, (list, tuple)):
        return []
    texts = [
        entry.get("what") or entry.get("note") if isinstance(entry, dict) else entry
        for entry in value
    ]
    return [entry for entry in texts if isinstance(entry, str)]


def _unmoved_sentence(tree: AudienceTree, revision: VisibleRevision) -> str:
    """ "The number stays at 86.5%": where both definitions read the same."""
    impact = revision.impact
    if impact is None or impact.old is None or impact.new is None:
        return ""
    before, subject = subjects_of(tree, revision)
    now = subject.text(impact.new)
    return f"The number stays at {now}" if before.text(impact.old) == now else ""


_NEW: dict[ItemKind, str] = {
    "key_result": "New key result",
    "metric": "New number",
    "objective": "New objective",
    "dashboard": "New dashboard",
    "view": "New shared view",
}


def what_changed(revision: VisibleRevision) -> str:
    """ "Definition, baseline and target": the side note of a revision; "" where its kind says it
    all."""
    classes = set(revision.classes)
    if "introduced" in classes:
        return BACK if revision.gone_from else _NEW[revision.kind]
    if "restated" in classes:
        return f"{capital(counted(len(revision.fields), 'past value'))} changed, the definition did not"
    aspects = ["definition"] if "redefined" in classes else []
    aspects += [aspect(field.name) for field in revision.fields]
    if not aspects:
        aspects = [
            CLASS_WORDS[name].lower()
            for name in revision.classes
            if name not in ("slipped", "recovered", "retired")
        ]
    return capital(and_list(list(dict.fromkeys(aspects))))


def _details(
    tree: AudienceTree,
    revision: VisibleRevision,
    silent: NoAnnouncement | None,
    kind: Kind,
    *,
    judged: bool,
) -> tuple[str, ...]:
    """What the kind and the line do not say. `judged`: whether the line says already how the status
    changed."""
    details = [] if kind in ("decision", "challenge") else [what_changed(revision)]
    if "redefined" in revision.classes:
        details.append(_unmoved_sentence(tree, revision))
    if revision.after_end:
        details.append(
            f"It stays as it ended in {revision.after_end}"
            if revision.goes_on_in
            else f"After the end of {revision.after_end}: it stays as it ended"
        )
    impact = revision.impact
    before, after = (
        (impact.status_before, impact.status_after)
        if impact and not judged and not revision.after_end
        else (None, None)
    )
    if before and after and before != after:
        details.append(f"{STATUS_WORDS[before]} to {STATUS_WORDS[after].lower()}")
    if impact is not None and impact.held:
        details.append("Held: the query fails")
    if silent:
        details.append("Not announced")
    if revision.note_missing:
        details.append("No reason given")
    return tuple(detail for detail in details if detail)


class NewsTags(Struct, frozen=True):
    """This week's news of key results, to stand beside their names."""

    tree: AudienceTree
    events: tuple[ItemEvent, ...]

    def on(self, page: str) -> dict[str, tuple[str, Icon, str]]:
        """Key result -> word, icon and address of its tag."""
        tags: dict[str, tuple[str, Icon, str]] = {}
        for event in self.events:
            if event.kind in ("revised", "slipped") and event.item not in tags:
                tags[event.item] = (event.word, event.icon, link_of(self.tree, page, event))
        return tags
