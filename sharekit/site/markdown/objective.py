"""The twin of an objective's page."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.project.manifest import Objective
from sharekit.site import links
from sharekit.site.context import AudienceTree
from sharekit.site.markdown import write
from sharekit.site.markdown.openness import shared_openly
from sharekit.site.markdown.prose import ProseWriter, prose
from sharekit.site.markdown.shared import as_of, owner, page_address, ref, scorecard, scored
from sharekit.site.parts import status_mark
from sharekit.wording.phrases import full_day
from sharekit.wording.scoring import objectives_rule, scorecard_rule


def objective_twin(tree: AudienceTree, objective: Objective) -> str:
    return write.document(_blocks(tree, objective))


def _blocks(tree: AudienceTree, objective: Objective) -> Iterator[str]:
    page = links.objective_page(objective.id)
    texts = prose(tree, page, objective.path)
    reading = tree.scope.objective_reading(objective.id)
    yield write.heading(1, write.inline_text(objective.title))
    judged = scored(reading.score, reading.expected) if reading else ""
    word = status_mark(reading.status if reading else "unknown").word
    yield f"**{word}**" + (f", score {judged}." if judged else ".")
    yield write.facts(_facts(tree, page, objective))
    yield from write.section("Why", texts.block(objective.why, below=2))
    members = tree.scope.key_results_of.get(objective.id, ())
    settings = tree.manifest.config.okrs
    if members:
        rule = scorecard_rule(members, settings)
        yield from write.section(
            "Key results", scorecard(tree, page, members), write.inline_text(rule)
        )
    else:
        yield write.inline_text(objectives_rule(settings))
    yield from shared_openly(tree, texts, objective.front, objective.front.lead)
    yield from write.section("Retired key results", write.bullets(_retired(texts, objective)))


def _facts(tree: AudienceTree, page: str, objective: Objective) -> Iterator[tuple[str, str]]:
    front, period = objective.front, tree.scope.period_of(objective)
    yield "Owner", owner(tree, front.lead)
    yield "As of", as_of(tree)
    if period:
        yield (
            "Period",
            write.inline_text(
                f"{period.shown}, {full_day(period.start)} to {full_day(period.end)}"
            ),
        )
    yield "Commitment", front.commitment or ""
    parent = tree.manifest.objectives.get(front.parent or "")
    yield "Serves", ref(page, links.objective_page(parent.id), parent.title) if parent else ""
    children = tree.scope.children_of.get(objective.id, ())
    yield (
        "Served by",
        ", ".join(ref(page, links.objective_page(child.id), child.title) for child in children),
    )
    yield "Id", write.code(objective.id)
    yield "Page", page_address(tree, page)


def _retired(texts: ProseWriter, objective: Objective) -> Iterator[str]:
    for retired in reversed(objective.front.retired):
        we_will = f" {texts.line(retired.we_will)}" if retired.we_will else ""
        yield f"{write.code(retired.id)}, {full_day(retired.date)}: {texts.line(retired.why)}{we_will}"
