"""What pages say in words, for machines: the scorecard as okrs.json, the announcements as
changes.json, and the words of each number in sharekit.json. Everything is in plain text, without
Markdown; everything absent is null or empty."""

from __future__ import annotations

from collections.abc import Sequence

from sharekit.documents import (
    ChangeEntry,
    ChangesDocument,
    FromToEntry,
    KeyResultEntry,
    NumberWords,
    ObjectiveEntry,
    OkrsDocument,
    PeriodEntry,
    PersonEntry,
    SharedEntry,
)
from sharekit.numbers.results import Reading
from sharekit.project.manifest import Metric, Objective, Period
from sharekit.project.shapes import KeyResultFront, ObjectiveFront
from sharekit.revisions.revision import SqlChange
from sharekit.site import links
from sharekit.site.ask_link import ask_way
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.events import ItemEvent, announced_events, page_of
from sharekit.site.exact_text import iso_day, number
from sharekit.site.from_to_rows import from_to
from sharekit.site.json.number_document import stale_reason
from sharekit.site.number_cards import delta_of
from sharekit.visible import VisibleRevision
from sharekit.wording import sharing as openness
from sharekit.wording.english import capital
from sharekit.wording.headline import headline_period
from sharekit.wording.scoring import scorecard_rule

# -- in sharekit.json -----------------------------------------------------------------------------


def words_of(tree: AudienceTree, metric: Metric) -> NumberWords:
    """What a number is called and how it reads: its headline, and what that is of and compared
    with."""
    front, result, subject = metric.front, tree.result(metric), tree.subject(metric)
    reading = result.reading
    target = result.okr.target if result.okr else reading.target if reading else None
    return {
        "question": front.question,
        "synonyms": list(front.synonyms),
        "description": _plain_text(tree, front.description),
        "tags": list(front.tags),
        "format": front.format,
        "text": subject.now(reading) if reading and reading.table is None else None,
        "period": headline_period(reading) or None if reading else None,
        "compared": _comparison_texts(tree, metric, reading) if reading else [],
        "notes": list(reading.notes) if reading else [],
        "target": subject.text(target) if target is not None else None,
        "as_of": tree.day_of(result),
        "data_until": iso_day(reading.data_until) if reading else None,
        "max_age": front.max_age,
        "failed": result.failure is not None,
        "stale": stale_reason(result),
    }


def _comparison_texts(tree: AudienceTree, metric: Metric, reading: Reading) -> list[str]:
    subject = tree.subject(metric)
    return [
        f"{delta.change} {delta.base}"
        for delta in (
            delta_of(subject, comparison)
            for comparison in reading.comparisons
            if comparison.kind != "target"
        )
    ]


def way_to_ask(tree: AudienceTree) -> str | None:
    """Address at which a question that nothing answers is asked."""
    way = ask_way(tree.manifest)
    return way.href if way else None


def people_of(tree: AudienceTree) -> dict[str, PersonEntry]:
    """Those who answer for something in the tree: key -> name and role."""
    manifest = tree.manifest
    owners = [
        *(metric.owner for metric in manifest.metrics.values()),
        *(objective.front.lead for objective in manifest.objectives.values()),
        *(dashboard.front.lead for dashboard in manifest.dashboards.values()),
        *(question.leader for question in tree.asks.questions),
    ]
    people = {key: tree.person(key) for key in sorted({key for key in owners if key})}
    return {
        key: {"name": person.name, "role": person.role or None}
        for key, person in people.items()
        if person
    }


# -- okrs.json ------------------------------------------------------------------------------------


def scorecard_document(tree: AudienceTree) -> OkrsDocument:
    """Every objective with its key results: where they stand, and what their owners share about
    them."""
    return {
        "as_of": tree.as_of.isoformat(),
        "rule": scorecard_rule(tree.manifest.key_results.values(), tree.manifest.config.okrs),
        "objectives": [
            _objective(tree, objective) for objective in tree.manifest.objectives.values()
        ],
    }


def _objective(tree: AudienceTree, objective: Objective) -> ObjectiveEntry:
    front, reading = objective.front, tree.scope.objective_reading(objective.id)
    period = tree.scope.period_of(objective)
    return {
        "id": objective.id,
        "title": objective.title,
        "owner": front.lead,
        "period": _period(period) if period else None,
        "commitment": front.commitment,
        "parent": front.parent if front.parent in tree.manifest.objectives else None,
        "status": reading.status if reading else "unknown",
        "score": number(reading.score) if reading else None,
        "expected": number(reading.expected) if reading else None,
        "why": [text for point in openness.points(objective.why) if (text := tree.plain(point))],
        **_shared_entry(tree, front, front.lead),
        "retired": [
            {
                "id": retired.id,
                "on": retired.date.isoformat(),
                "why": tree.plain(retired.why),
                "we_will": _plain_text(tree, retired.we_will),
            }
            for retired in front.retired
        ],
        "page": links.objective_page(objective.id),
        "key_results": [
            _key_result(tree, metric) for metric in tree.scope.key_results_of.get(objective.id, ())
        ],
    }


def _key_result(tree: AudienceTree, metric: Metric) -> KeyResultEntry:
    result, subject, terms = tree.result(metric), tree.subject(metric), metric.okr
    assert terms is not None, "scope lists key results here"
    okr = result.okr
    baseline, band = terms.front.baseline, terms.front.band
    target = okr.target if okr else terms.front.target
    original = okr.original_target if okr else None
    return {
        "id": metric.id,
        "title": metric.title,
        "owner": metric.owner,
        "period": _period(terms.period),
        "type": terms.front.type,
        "commitment": terms.commitment,
        "text": subject.now(result.reading),
        "baseline": subject.text(baseline) if baseline is not None else None,
        "target": subject.text(target) if target is not None else None,
        "original_target": subject.text(original)
        if original is not None and original != target
        else None,
        "band": [subject.text(end) for end in band] if band else None,
        "status": okr.status if okr else "unknown",
        "score": number(okr.score) if okr else None,
        "expected": number(okr.expected) if okr else None,
        "confidence": number(terms.front.confidence),
        "as_of": iso_day(result.as_of),
        "stale": stale_reason(result),
        **_shared_entry(tree, terms.front, metric.owner),
        "page": links.metric_page(metric),
        "data": links.data_file(metric.id, "json"),
    }


def _shared_entry(
    tree: AudienceTree, front: KeyResultFront | ObjectiveFront, owner: str | None
) -> SharedEntry:
    """Challenges, decisions asked for, plan, help wanted and offers, each with its people by name
    and its days."""
    manifest, today = tree.manifest, tree.as_of
    return {
        "challenges": [tree.plain(text) for text in openness.points(front.challenges)],
        "decisions": [
            {
                "what": tree.plain(decision.what),
                "who": decision.who or None,
                "by": iso_day(decision.by),
                "decided": _plain_text(tree, decision.decided),
            }
            for decision in openness.decisions(front.decisions, manifest, today)
        ],
        "plan": [
            {
                "what": tree.plain(task.what),
                "who": task.who or None,
                "due": iso_day(task.due),
                "state": task.state,
                "done_on": iso_day(task.done_on),
            }
            for task in openness.tasks(front.plan, manifest, today)
        ],
        "help_wanted": [
            {
                "what": tree.plain(request.what),
                "who": request.who or None,
                "how_much": request.how_much or None,
                "by": iso_day(request.by),
                "answered": _plain_text(tree, request.answered),
            }
            for request in openness.wants(front.help_wanted, manifest, today)
        ],
        "offers": [
            {
                "what": tree.plain(offer.what),
                "who": offer.who or None,
                "until": iso_day(offer.until),
            }
            for offer in openness.offers(front.offers, owner, manifest, today)
        ],
    }


def _period(period: Period) -> PeriodEntry:
    return {"label": period.shown, "start": period.start.isoformat(), "end": period.end.isoformat()}


# -- changes.json ---------------------------------------------------------------------------------


def changes_document(tree: AudienceTree, item_events: Sequence[ItemEvent]) -> ChangesDocument:
    """All announcements, newest first: what happened, from what to what, and why."""
    return {
        "as_of": tree.as_of.isoformat(),
        "changes": [_change(tree, event) for event in announced_events(item_events)],
    }


def _change(tree: AudienceTree, event: ItemEvent) -> ChangeEntry:
    page, note, revision = page_of(tree, event), event.note, event.revision
    return {
        "item": event.item,
        "title": event.title,
        "kind": event.kind,
        "on": event.on.isoformat(),
        "owner": event.owner_key or None,
        "was": event.was or None,
        "now": event.now or None,
        "reason": note.reason if note else None,
        "why": _plain_text(tree, event.voice),
        "we_will": _plain_text(tree, note.we_will) if note else None,
        "details": list(event.details),
        "fields": _fields(tree, revision),
        "definition": [_sentence(tree, sql_change) for sql_change in revision.sql_changes]
        if revision
        else [],
        "page": f"{page}#{event.id}" if page else None,
    }


def _fields(tree: AudienceTree, revision: VisibleRevision | None) -> list[FromToEntry]:
    """What it was and what it is, as the from-to table of the page has it."""
    if revision is None or revision.before is None:
        return []
    return [{"name": row.label, "was": row.was, "now": row.now} for row in from_to(tree, revision)]


def _sentence(tree: AudienceTree, change: SqlChange) -> str:
    where = f" (in metrics.{change.item})" if change.item else ""
    return capital(tree.plain(change.sentence)) + where


def _plain_text(tree: AudienceTree, text: str | None) -> str | None:
    return tree.plain(text) or None if text else None
