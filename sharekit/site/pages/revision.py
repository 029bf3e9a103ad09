"""One entry of a revision log: from and to, why, what follows, what it does to the number, and the
SQL."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup
from msgspec import Struct

from sharekit import escape
from sharekit.project.manifest import Metric
from sharekit.revisions.revision import Announced, EffectStep, Impact, SqlChange
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.charts import Subject, bridge, definition_chart, plot
from sharekit.site.events import ItemEvent, what_changed
from sharekit.site.from_to_rows import FieldRow, from_to, subjects_of
from sharekit.site.prose import Prose
from sharekit.site.sqltext import DiffRow, side_by_side
from sharekit.visible import VisibleRevision
from sharekit.wording.effect import reach_words
from sharekit.wording.english import capital
from sharekit.wording.statuses import BACK, why_title


class SqlLine(Struct, frozen=True):
    """One change of the SQL as a sentence."""

    op: str
    op_word: str
    """What the sign means, in a word."""
    text: Prose
    effect: str
    """"−27", or "" where the effect of this change alone is not known."""


class SqlSides(Struct, frozen=True):
    """Two versions of the SQL."""

    rows: tuple[DiffRow, ...]
    before: str
    after: str
    label: str
    """"5c07a92 to 8be1f40"."""


class BridgeLine(Struct, frozen=True):
    """One row of the table from the old to the new number."""

    label: Prose
    text: str
    total: bool


class Effect(Struct, frozen=True):
    """What a new definition does to the number."""

    title: str
    plot: Markup
    finding: str
    bridge_title: str
    bridge: tuple[BridgeLine, ...]
    reach: str
    """In which periods and for which members the number moved."""
    unavailable: str


class LogArticle(Struct, frozen=True):
    """An entry of the log."""

    id: str
    heading: str
    moment: str
    when: str
    side: tuple[str, ...]
    rows: tuple[FieldRow, ...]
    why_title: str
    why: Prose
    we_will: Prose
    text: Prose
    """Where there is no reason: what happened, in a sentence."""
    effect: Effect | None
    changes: tuple[SqlLine, ...]
    sql: SqlSides | None
    touches: tuple[tuple[str, str], ...]
    sent: str
    """"Sent to 7 people", or ""."""


def log_articles(
    tree: AudienceTree, page: str, metric: Metric, history: Sequence[ItemEvent]
) -> tuple[LogArticle, ...]:
    """The log of a key result, newest first."""
    return tuple(_article(tree, page, metric, event) for event in history)


def _article(tree: AudienceTree, page: str, metric: Metric, event: ItemEvent) -> LogArticle:
    place = tree.prose(page, metric.path)
    note, revision = event.note, event.revision
    return LogArticle(
        id=event.id,
        heading=f"Revision {revision.number}"
        if revision and event.kind in ("revised", "new")
        else event.word,
        moment=event.moment,
        when=event.when,
        side=tuple(part for part in (*event.details, event.owner) if part),
        rows=from_to(tree, revision) if revision and revision.before is not None else (),
        why_title=why_title(note.reason, revision.classes if revision else ()) if note else "",
        why=tree.texts.with_twin(note.why if note else "", place),
        we_will=tree.texts.with_twin(note.we_will if note else "", place),
        text=_text(tree, page, metric, event) if not note else Prose(),
        effect=_effect(tree, page, revision, event.id) if revision else None,
        changes=_changes(tree, page, metric, revision) if revision else (),
        sql=_sides(revision) if revision else None,
        touches=_touches(tree, page, revision) if revision and event.kind == "revised" else (),
        sent=sent_words(revision.sent) if revision and revision.sent else "",
    )


def sent_words(sent: Announced) -> str:
    return f"Sent to {sent.people} {'person' if sent.people == 1 else 'people'}"


def _text(tree: AudienceTree, page: str, metric: Metric, event: ItemEvent) -> Prose:
    """An entry without a note still says what happened."""
    if event.voice:
        return tree.texts.with_twin(event.voice, tree.prose(page, metric.path))
    revision = event.revision
    if revision and "introduced" in revision.classes:
        return _sentence_alone(_introduced_text(subjects_of(tree, revision)[1], revision))
    if revision and revision.moved_by_data:
        return _sentence_alone(quiet_words(event))
    summary = what_changed(revision) if revision else event.word
    return _sentence_alone(f"{summary} changed." if revision else f"{summary}.")


def _sentence_alone(sentence: str) -> Prose:
    """A sentence of ours in the place of somebody's text."""
    return Prose(Markup("<p>{}</p>").format(sentence), escape.markdown(sentence))


def quiet_words(event: ItemEvent) -> str:
    """What the data did, in a sentence."""
    if event.kind == "correction":
        return "The data now gives different values for days that were already published."
    return f"It is {event.now.lower()} now, and was {event.was.lower()}. Nothing was revised."


def _introduced_text(subject: Subject, revision: VisibleRevision) -> str:
    declared = {field.name: field.after for field in revision.fields}
    target, baseline = declared.get("target", revision.first_target), declared.get("baseline")
    terms = (
        f", with target {subject.text(float(target))}" if isinstance(target, (int, float)) else ""
    )
    if terms and isinstance(baseline, (int, float)):
        terms += f" from a baseline of {subject.text(float(baseline))}"
    return f"{BACK if revision.gone_from else 'First declared'}{terms}."


def _effect(tree: AudienceTree, page: str, revision: VisibleRevision, anchor: str) -> Effect | None:
    impact, (before, subject) = revision.impact, subjects_of(tree, revision)
    if impact is None or "redefined" not in revision.classes:
        return None
    chart = (
        definition_chart(subject, impact.old_series, impact.new_series)
        if impact.old_series and impact.new_series
        else None
    )
    rows = _bridge(tree, page, subject, impact)
    reason = impact.held or impact.unavailable
    reach = reach_words(impact, subject.unit, subject.format, subject.fiscal)
    if chart is None and not rows and not reason and not reach:
        return None
    return Effect(
        title="What the new definition does to the number",
        plot=plot(chart, f"c-{anchor}", bare=True) if chart else Markup(""),
        finding=chart.finding if chart else "",
        bridge_title=f"From {_number(before, impact.old)} to {subject.text(impact.new)} today"
        if rows
        else "",
        bridge=rows,
        reach=reach,
        unavailable=capital(reason.rstrip(".")) + "." if reason else "",
    )


def _bridge(
    tree: AudienceTree, page: str, subject: Subject, impact: Impact
) -> tuple[BridgeLine, ...]:
    if impact.old is None or impact.new is None or impact.definition_effect is None:
        return ()
    place = tree.prose(page, "")
    rows = bridge(subject, impact.old, impact.new, impact.steps)
    return tuple(
        BridgeLine(tree.texts.line(capital(row.label), place), row.text, row.total) for row in rows
    )


def _number(subject: Subject, value: float | None) -> str:
    return subject.number(value) if value is not None else subject.text(None)


_OP_WORDS = {"+": "Added", "-": "Removed", "~": "Changed"}


def _changes(
    tree: AudienceTree, page: str, metric: Metric, revision: VisibleRevision
) -> tuple[SqlLine, ...]:
    subject, place = tree.subject(metric), tree.prose(page, metric.path)
    effects = _effects(revision.sql_changes, revision.impact.steps if revision.impact else ())
    rows = revision.impact.rows if revision.impact else ()
    changes = [
        (change.op, _sentence(change), effects.get(change.sentence))
        for change in revision.sql_changes
    ]
    return tuple(
        SqlLine(
            op="\N{MINUS SIGN}" if op == "-" else op,
            op_word=_OP_WORDS[op],
            text=tree.texts.line(sentence, place),
            effect=subject.change(effect) if effect is not None else "",
        )
        for op, sentence, effect in (*changes, *((row.op, row.sentence, None) for row in rows))
    )


def _sentence(change: SqlChange) -> str:
    where = f" In `metrics.{change.item}`." if change.item else ""
    return (
        capital(change.sentence)
        + ("." if where and not change.sentence.endswith(".") else "")
        + where
    )


def _effects(changes: Sequence[SqlChange], steps: Sequence[EffectStep]) -> dict[str, float]:
    """Effect of each sentence that a step of the bridge has for its label."""
    effects = {step.label: step.effect for step in steps}
    return {
        change.sentence: effects[change.sentence]
        for change in changes
        if change.sentence in effects
    }


def _sides(revision: VisibleRevision) -> SqlSides | None:
    if (
        not revision.sql_before
        or not revision.sql_after
        or revision.sql_before == revision.sql_after
    ):
        return None
    before = revision.before.commit if revision.before else None
    commits = [commit[:7] for commit in (before, revision.after.commit) if commit]
    return SqlSides(
        rows=side_by_side(revision.sql_before, revision.sql_after),
        before=f"Before, revision {revision.number - 1}" if revision.number > 1 else "Before",
        after=f"After, revision {revision.number}",
        label=" to ".join(commits),
    )


def _touches(
    tree: AudienceTree, page: str, revision: VisibleRevision
) -> tuple[tuple[str, str], ...]:
    linked = (tree.item_link(page, item) for item in revision.touches)
    return tuple(link for link in linked if link)
