"""The twins of the pages of one thing: a number, a key result, an objective."""

from __future__ import annotations

from collections.abc import Iterator

from sharekit.site.markdown import write
from sharekit.site.markdown.blocks import (
    asked_questions,
    breakdowns,
    day_and_time,
    definition,
    history,
    in_brackets,
    notes,
    notice,
    rule,
    scorecard,
    shared_openly,
)
from sharekit.site.markdown.place import (
    MOST_ROWS,
    TwinPlace,
    changed,
    chart_table,
    data_until,
    person,
    rows_table,
)
from sharekit.site.pages.explore import Explore
from sharekit.site.pages.key_result import KeyResultView, LeadingReason, Stat
from sharekit.site.pages.metric import MetricView
from sharekit.site.pages.objective import ObjectiveView, RelatedObjective, RetiredView
from sharekit.site.pages.revision import Effect, LogArticle, SqlSides
from sharekit.site.sqltext import DiffRow, DiffSide
from sharekit.wording.english import capital, full_day

# -- a number -------------------------------------------------------------------------------------


def metric_blocks(place: TwinPlace, view: MetricView) -> Iterator[str]:
    yield _question(view.question)
    yield _headline(view)
    if old := view.deprecated:
        instead = f" Use {place.ref(old.title, old.href)} in its place." if old.title else ""
        yield f"**This number is deprecated.**{instead}"
    yield notice(view.notice)
    yield write.fact_list(_number_facts(place, view))
    yield from definition(place, view.definition, view.lineage, view.drives)
    yield from write.section("Notes", notes(place, view.notes))
    yield from write.section("Rows", *rows_table(view.table))
    yield from _over_time(view.panel)
    if moved := view.moved:
        title, sub = write.inline_text(moved.title), write.inline_text(moved.sub)
        yield from write.section(
            "What moved it", f"**{title}.** {sub}", chart_table(moved.table.table)
        )
    yield from breakdowns(view.breakdowns)
    yield from write.section("Asked by", asked_questions(view.asked))
    yield from history(place, view.log)


def _question(question: str) -> str:
    return f"> {write.opening(write.inline_text(question))}" if question else ""


def _headline(view: MetricView) -> str:
    """The value in a sentence: its period, its changes, its target."""
    if view.hero is None:
        return "It has no total; its parts are below." if view.breakdowns else ""
    changes = capital("; ".join(changed(delta) for delta in view.deltas))
    further = (
        f" {write.inline_text(part)}." for part in (view.period, changes, view.target) if part
    )
    return f"**{write.inline_text(str(view.hero))}.**{''.join(further)}"


def _number_facts(place: TwinPlace, view: MetricView) -> Iterator[tuple[str, str]]:
    yield "Owner", person(view.person)
    yield "Data until", data_until(view.fresh)
    direction = view.metric.front.direction
    yield "Better is", direction if direction in ("up", "down") else ""
    yield "Id", write.code(view.metric.id)
    yield "Data", _files(place, view.json, view.csv)
    yield from place.frame_facts()


def _files(place: TwinPlace, json: str, csv: str) -> str:
    return f"{place.ref('JSON', json)}, {place.ref('CSV', csv)}"


def _over_time(panel: Explore | None) -> Iterator[str]:
    """The newest periods of the total and of each dimension."""
    for part in panel.tables if panel else ():
        finding = write.inline_text(panel.finding) if panel and part is panel.tables[0] else ""
        yield from write.section(part.newest(MOST_ROWS), finding, chart_table(part.table.table))


# -- a key result ---------------------------------------------------------------------------------


def key_result_blocks(place: TwinPlace, view: KeyResultView) -> Iterator[str]:
    yield f"**{view.status.word}.** {write.inline_text(view.lead)}"
    yield _question(view.question)
    yield notice(view.notice)
    for reason in view.reasons:
        yield _reason(place, reason)
    yield write.bullets(_stat(stat) for stat in view.stats)
    yield write.inline_text(view.bar_text)
    yield rule(view.rule)
    yield write.fact_list(_key_result_facts(place, view))
    yield from definition(place, view.definition, view.lineage, view.drives)
    yield from shared_openly(place, view.sharing)
    yield from write.section("Notes", notes(place, view.notes))
    if pace := view.pace:
        title, sub = write.inline_text(pace.title), write.inline_text(pace.sub)
        yield from write.section("Pace", f"**{title}.** {sub}", chart_table(pace.table.table))
    if view.confidence:
        yield from write.section("Confidence", write.inline_text(view.confidence.text))
    yield from breakdowns(view.breakdowns)
    yield from write.section("Asked by", asked_questions(view.asked))
    articles = (block for article in view.log for block in _article(place, article))
    yield from write.section("Revision log", *articles)


def _stat(stat: Stat) -> str:
    written = f"{write.inline_text(stat.label)}: {write.inline_text(str(stat.value))}"
    return f"{written}, {write.inline_text(stat.note)}" if stat.note else written


def _reason(place: TwinPlace, reason: LeadingReason) -> str:
    return in_brackets(
        f"**{write.inline_text(reason.title)}.** “{place.line(reason.voice)}”", reason.who
    )


def _key_result_facts(place: TwinPlace, view: KeyResultView) -> Iterator[tuple[str, str]]:
    terms, objective = view.metric.okr, view.objective
    assert terms is not None
    yield "Objective", place.ref(objective.title, view.objective_href) if objective else ""
    yield "Owner", person(view.person)
    days = f"{full_day(terms.period.start)} to {full_day(terms.period.end)}"
    yield "Period", write.inline_text(f"{view.period}, {days}")
    yield "Type", f"{terms.front.type}, {terms.commitment}"
    yield "Data until", data_until(view.fresh)
    yield "Id", write.code(view.metric.id)
    yield "Data", _files(place, view.json, view.csv)
    yield from place.frame_facts()


def _article(place: TwinPlace, article: LogArticle) -> Iterator[str]:
    """An entry of the log: from and to, why, what follows, what it does to the number, the SQL."""
    when = day_and_time(article.moment, article.when)
    heading = ": ".join(part for part in (when, article.heading) if part)
    yield write.heading(3, write.inline_text(heading))
    yield write.bullets(map(write.inline_text, (*article.side, article.sent)))
    head = ("What", "Before", "After")
    rows = [
        [write.inline_text(cell) for cell in (row.label, row.was, row.now)] for row in article.rows
    ]
    yield write.table(head, rows) if rows else ""
    if article.why:
        yield f"**{write.inline_text(article.why_title)}:** {place.block(article.why, below=3)}"
    if article.we_will:
        yield f"**What we do about it:** {place.block(article.we_will, below=3)}"
    yield place.block(article.text, below=3)
    if article.effect:
        yield from _effect(place, article.effect)
    yield write.bullets(
        in_brackets(f"{change.op_word}: {place.line(change.text)}", change.effect)
        for change in article.changes
    )
    if article.sql:
        yield from _sides(article.sql)
    if article.touches:
        yield f"It also changes {', '.join(place.ref(title, href) for title, href in article.touches)}."


def _effect(place: TwinPlace, effect: Effect) -> Iterator[str]:
    yield " ".join(write.inline_text(part) for part in (f"{effect.title}.", effect.finding) if part)
    yield write.inline_text(f"{effect.bridge_title}:") if effect.bridge else ""
    yield write.bullets(
        f"{place.line(line.label)}: {write.inline_text(line.text)}" for line in effect.bridge
    )
    yield write.inline_text(" ".join(part for part in (effect.reach, effect.unavailable) if part))


def _sides(sql: SqlSides) -> Iterator[str]:
    versions = (f"SQL: {sql.before}; {sql.after}", sql.label)
    yield write.inline_text(", ".join(part for part in versions if part))
    yield write.fence("\n".join(line for row in sql.rows for line in _diff_lines(row)), "diff")


def _diff_lines(row: DiffRow) -> Iterator[str]:
    if row.skipped:
        yield f"  ({row.skipped} lines unchanged)"
        return
    if not row.before.sign and not row.after.sign:
        yield f"  {_text_of(row.before)}"
    if row.before.sign:
        yield f"- {_text_of(row.before)}"
    if row.after.sign:
        yield f"+ {_text_of(row.after)}"


def _text_of(side: DiffSide) -> str:
    return "".join(text for text, _ in side.parts)


# -- an objective ---------------------------------------------------------------------------------


def objective_blocks(place: TwinPlace, view: ObjectiveView) -> Iterator[str]:
    if view.status:
        what = "average score of the objectives that serve it" if view.mean else "score"
        expected = f", {view.expected} expected" if view.expected else ""
        yield f"**{view.status.word}**, {what} {view.score}{expected}."
    yield write.fact_list(_objective_facts(place, view))
    yield from write.section("Why", place.block(view.why, below=2))
    related = (
        *(
            (f"The objective that this one serves: {_related_objective(place, view.parent)}",)
            if view.parent
            else ()
        ),
        *(f"Serves this objective: {_related_objective(place, child)}" for child in view.children),
    )
    yield from write.section("Above and below", write.bullets(related))
    yield rule(view.rule)
    if view.is_bare:
        yield "It has no key results."
    if view.scorecard.rows or view.scorecard.folded:
        yield from write.section("Key results", *scorecard(place, view.scorecard))
    ended = (
        write.inline_text(f"{item.title}: {item.now}, {item.status.word}, score {item.score}")
        for item in view.ended
    )
    yield from write.section("Ended with this objective", write.bullets(ended))
    yield from shared_openly(place, view.sharing)
    yield from write.section(
        "Retired key results", write.bullets(_retired_line(place, item) for item in view.retired)
    )
    yield from history(place, view.log)


def _objective_facts(place: TwinPlace, view: ObjectiveView) -> Iterator[tuple[str, str]]:
    yield "Owner", person(view.person)
    yield "Period", write.inline_text(view.period)
    yield "Commitment", view.commitment
    yield "Id", write.code(view.objective.id)
    yield from place.frame_facts()


def _related_objective(place: TwinPlace, objective: RelatedObjective) -> str:
    word = objective.status.word if objective.status else ""
    return in_brackets(
        place.ref(objective.title, objective.href), objective.owner, word, objective.score
    )


def _retired_line(place: TwinPlace, item: RetiredView) -> str:
    reasons = " ".join(place.line(prose) for prose in (item.why, item.we_will) if prose)
    return f"{write.code(item.id)}, {write.inline_text(item.day)}: {reasons}"
