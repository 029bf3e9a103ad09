"""What a revision mail says, in order: meaning, from and to, why, effect, what we will do, who to
ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar
from urllib.parse import quote

from msgspec import Struct

from sharekit.mail.blocks import ChangedRow, ChangeLine
from sharekit.mail.effect_words import EffectWords
from sharekit.mail.sentences import LEAST, WEIGHTS, Headline, weightiest
from sharekit.numbers.formats import format_change
from sharekit.project.manifest import Metric
from sharekit.project.shapes import KeyResultFront, ObjectiveFront
from sharekit.records import replace
from sharekit.revisions.revision import Reason, RevisionClass, SqlChange
from sharekit.site import links
from sharekit.site.prose import Markdown
from sharekit.visible import Visible, VisibleManifest, VisibleRevision
from sharekit.wording.declared_values import owner_text
from sharekit.wording.english import long_day
from sharekit.wording.sharing import Decision, HelpRequest, Task, decisions, points, tasks, wants
from sharekit.wording.statuses import BACK, WHY_TITLES, why_title

KIND_LABELS: Mapping[RevisionClass, str] = {
    "redefined": "Revised key result",
    "retargeted": "Revised key result",
    "rescheduled": "Revised key result",
    "reassigned": "Reassigned key result",
    "introduced": "New key result",
    "retired": "Retired key result",
    "slipped": "Slipped",
    "recovered": "Recovered",
    "restated": "Restated history",
}


class EarlierReason(Struct, frozen=True):
    """Why something was changed before the last change that a mail tells of."""

    title: str
    """"What we know now, Thursday 26 November 2026"."""
    changed: str
    """"Target: 8.0% to 9.0%", or ""."""
    why: str
    we_will: str

    @property
    def text(self) -> str:
        """All of it in a row."""
        return " ".join(filter(None, (self.changed, self.why, self.we_will)))


@dataclass(frozen=True)
class RevisionView:
    """A revision mail before it has a form."""

    project: str
    audience: str
    kind: str
    subject: str
    heading: str
    byline: str
    title: str
    rows: tuple[ChangedRow, ...]
    why_title: str
    why: str
    changes: tuple[ChangeLine, ...]
    effect: str
    earlier: tuple[EarlierReason, ...]
    """Of several changes since the last announcement, those before the last one, oldest first."""
    we_will: str
    tasks: tuple[Task, ...]
    challenges: tuple[str, ...]
    decisions: tuple[Decision, ...]
    """Those that are still open."""
    wants: tuple[HelpRequest, ...]
    touches: tuple[str, ...]
    chart_alt: str
    """"" where there is no chart."""
    chart_key: tuple[tuple[str, str], ...]
    """Colour and words of each line in the picture, which has no text of its own."""
    chart_days: tuple[str, str]
    """Days at its left and right edge."""
    chart_lines: str
    """What its gridlines stand for, since the picture has no text: "Lines at 80%, 85% and 90%"."""
    chart_values: tuple[tuple[str, ...], ...]
    """The drawn values: day, old, new."""
    owner: str
    owner_mail: str
    url: str
    """Page of the item at the revision; "" where the project has no address."""
    changes_url: str
    day: str
    """When it came to the published branch: "Friday 22 November 2013"."""
    moved: ChangedRow | None
    """The one row that says what changed."""
    weight: int
    """Its place among others: see WEIGHTS."""
    cause: str
    """The same for revisions with one cause: a view that they read, or one note; "" for its own."""
    leading: str
    """The weightiest class of the revision."""
    is_back: bool
    """Whether it was retired before, and its readers knew it."""
    image: bytes | None = field(default=None, repr=False)
    """The chart as a PNG."""

    def help_link(self) -> str:
        """A mailto: link that answers a request; "" where the owner has no address."""
        if not self.owner_mail:
            return ""
        return f"mailto:{quote(self.owner_mail, safe='@')}?subject={quote(f'{self.title}: I can help', safe='')}"


def revision_view(revision: VisibleRevision, visible: Visible) -> RevisionView:
    """Gather one revision's mail from what its audience may see, as it is after the revision."""
    manifest, results = visible.manifest, visible.results
    metric = manifest.metrics.get(revision.item)
    result = results.results.get(revision.item)
    owner = manifest.config.people.get(revision.owner or "")
    objective = manifest.objectives.get(revision.item) if metric is None else None
    front = metric.okr.front if metric and metric.okr else objective.front if objective else None
    if revision.is_gone:
        front = None  # nobody plans for it, or needs help with it, any more
    headline = Headline(revision, metric, result, manifest)
    effect = EffectWords(revision, metric, manifest)
    tree = visible.url
    anchor = "" if revision.is_gone else revision.anchor
    page = links.absolute(tree, _page(revision), anchor) if tree else ""
    note, plain = revision.note, Markdown().plain
    return RevisionView(
        project=manifest.config.project.name,
        audience=manifest.audience_name,
        kind=_kind(revision),
        subject=headline.subject(),
        heading=headline.heading(),
        byline=_byline(revision, manifest, results.as_of),
        title=revision.title,
        rows=headline.rows(),
        why_title=why_title(note.reason, revision.classes) if note else "",
        why=plain(note.why) if note else "",
        changes=_change_lines(revision, metric),
        effect=effect.sentence(),
        earlier=tuple(_earlier(reason, headline, plain) for reason in revision.earlier),
        we_will=plain(note.we_will or "") if note else "",
        tasks=_plainly(tasks(front.plan, manifest, results.as_of) if front else (), plain),
        challenges=tuple(map(plain, points(front.challenges))) if front else (),
        decisions=_plainly(_open_decisions(front, manifest, results.as_of), plain),
        wants=_plainly(_open_requests(front, manifest, results.as_of), plain),
        touches=_touches(revision, manifest),
        chart_alt=effect.chart_alt(),
        chart_key=effect.chart_key(),
        chart_days=effect.chart_days(),
        chart_lines=effect.chart_lines(),
        chart_values=effect.chart_values(),
        owner=owner_text(revision, manifest),
        owner_mail=(owner.email or "") if owner else "",
        url=page,
        changes_url=links.absolute(tree, links.CHANGES) if tree else "",
        day=long_day(_day(revision, results.as_of)),
        moved=headline.moved_row(),
        weight=_weight(revision),
        cause=cause_of(revision),
        leading=weightiest(revision.classes) or "",
        is_back=bool(revision.gone_from),
    )


def _weight(revision: VisibleRevision) -> int:
    """What loses its status leads, whatever it was that changed."""
    if revision.lost_status:
        return WEIGHTS["slipped"]
    return WEIGHTS.get(weightiest(revision.classes) or "words", LEAST)


_Line = TypeVar("_Line", Task, Decision, HelpRequest)


def _plainly(lines: Iterable[_Line], plain: Callable[[str], str]) -> tuple[_Line, ...]:
    return tuple(replace(line, what=plain(line.what)) for line in lines)


def _open_decisions(
    front: KeyResultFront | ObjectiveFront | None, manifest: VisibleManifest, as_of: date
) -> tuple[Decision, ...]:
    declared = decisions(front.decisions, manifest, as_of) if front else ()
    return tuple(decision for decision in declared if not decision.decided)


def _open_requests(
    front: KeyResultFront | ObjectiveFront | None, manifest: VisibleManifest, as_of: date
) -> tuple[HelpRequest, ...]:
    declared = wants(front.help_wanted, manifest, as_of) if front else ()
    return tuple(request for request in declared if not request.answered)


def cause_of(revision: VisibleRevision) -> str:
    """What revisions share that have one cause: the changed views and metrics that they read,
    a note word by word, or the owner who hands over."""
    shared = [f"{change.item} {change.sentence}" for change in revision.sql_changes if change.item]
    if shared and len(shared) == len(revision.sql_changes) and revision.classes == ("redefined",):
        return "\0".join(sorted(shared))
    if revision.note is not None:
        note = revision.note
        return "\0".join((",".join(revision.classes), note.reason, note.why, note.we_will or ""))
    if revision.classes == ("reassigned",):
        return "\0".join(
            f"{change.name} {change.before} {change.after}" for change in revision.fields
        )
    return ""


def _earlier(reason: Reason, headline: Headline, plain: Callable[[str], str]) -> EarlierReason:
    note = reason.note
    sentences = [
        f"{row.label}: {row.before or 'none'} to {row.after or 'none'}"
        for row in headline.rows_of(reason.fields)
    ]
    sentences += [change.sentence for change in reason.sql_changes]
    return EarlierReason(
        title=f"{WHY_TITLES[note.reason]}, {long_day(note.date)}",
        changed=f"{'; '.join(sentences)}." if sentences else "",
        why=plain(note.why),
        we_will=plain(note.we_will or ""),
    )


def _change_lines(revision: VisibleRevision, metric: Metric | None) -> tuple[ChangeLine, ...]:
    impact, front = revision.impact, metric.front if metric else None
    effects = {step.label: step.effect for step in impact.steps} if impact else {}
    unit, form = (front.unit, front.format) if front else (None, None)
    lines = [
        ChangeLine(
            change.op,
            _sentence(change),
            (
                format_change(effects[change.sentence], None, unit, form)
                if change.sentence in effects
                else ""
            ),
        )
        for change in revision.sql_changes
    ]
    rows = impact.rows if impact else ()
    return (*lines, *(ChangeLine(row.op, row.sentence, "") for row in rows))


def _sentence(change: SqlChange) -> str:
    sentence = change.sentence[:1].upper() + change.sentence[1:]
    return sentence if change.item is None else f"{sentence} (in `{change.item}`)"


def _touches(revision: VisibleRevision, manifest: VisibleManifest) -> tuple[str, ...]:
    touched = []
    for name in revision.touches:
        item = (
            manifest.metrics.get(name)
            or manifest.objectives.get(name)
            or manifest.dashboards.get(name)
        )
        if item is not None:
            touched.append(item.title)
    return tuple(touched)


def _byline(revision: VisibleRevision, manifest: VisibleManifest, as_of: date) -> str:
    person = manifest.config.people.get(revision.owner or "")
    name = owner_text(revision, manifest)
    who = f"{name}, {person.role}" if person and person.role else name
    day = long_day(_day(revision, as_of))
    return f"{who}. {day}." if who else f"{day}."


def _day(revision: VisibleRevision, as_of: date) -> date:
    """When it came to the published branch; where the as-of date is fixed before that, the note's
    day."""
    return revision.note.date if revision.note and revision.on > as_of else revision.on


def _kind(revision: VisibleRevision) -> str:
    label = KIND_LABELS.get(revision.classes[0], "Revised") if revision.classes else "Revised"
    if "introduced" in revision.classes and revision.gone_from:
        label = f"Key result {BACK.lower()}"
    if revision.kind == "key_result":
        return label
    return label.replace("key result", "number").replace("Key result", "Number")


def _page(revision: VisibleRevision) -> str:
    """Where it is told; of what is gone, which has no page, among all changes."""
    if revision.is_gone:
        return links.CHANGES
    if revision.kind == "objective":
        return links.objective_page(revision.item)
    return (
        links.key_result_page(revision.item)
        if revision.kind == "key_result"
        else links.number_page(revision.item)
    )
