"""The answers as text, for clients that show or read no structured content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sharekit.escape import to_json
from sharekit.mcp.answer_types import (
    Change,
    ChangesAnswer,
    Dimension,
    FoundItem,
    KeyResultAnswer,
    NumberAnswer,
    ObjectiveAnswer,
    OkrsAnswer,
    Owner,
    Point,
    QuestionsAnswer,
    SearchAnswer,
    Shared,
    TableAnswer,
)
from sharekit.mcp.freshness import status_words
from sharekit.numbers.formats import format_score, format_value
from sharekit.wording.english import times


def search_text(answer: SearchAnswer) -> str:
    if not answer.found:
        ask = f" A person can ask for it: {answer.ask}" if answer.ask else ""
        return f"Nothing shared here comes close.{ask}"
    lines = [_item_line(item) for item in answer.found]
    return "\n\n".join([*lines, *_more(answer.total - len(answer.found))])


def _item_line(item: FoundItem) -> str:
    head = f"{item.title} ({item.kind.replace('_', ' ')} `{item.id}`)"
    status = status_words(item.status) if item.status else ""
    period = item.freshness.period if item.freshness and item.text else None
    facts = ", ".join(part for part in (item.text, period, status) if part)
    age = item.freshness.sentence if item.freshness else None
    return _lines(
        f"{head}: {facts}" if facts else head,
        item.question,
        age,
        item.note,
        _owner(item.owner),
        item.url,
    )


def number_text(answer: NumberAnswer) -> str:
    facts = ", ".join(
        part
        for part in (
            answer.text or "no value",
            answer.freshness.period if answer.text else None,
            *answer.compared,
            *answer.notes,
        )
        if part
    )
    target = f"Target: {answer.target_text}." if answer.target_text else None
    definition = answer.definition
    left = f" ({answer.series_left_out} older ones left out)" if answer.series_left_out else ""
    return _lines(
        answer.title if answer.table else f"{answer.title}: {facts}",
        answer.freshness.sentence,
        target,
        _okr(answer),
        _owner(answer.owner),
        f"Question: {answer.question}" if answer.question else None,
        f"Definition: {definition.description}" if definition.description else None,
        f"Series{left}: {_points(answer, answer.series)}" if answer.series else None,
        *(_dimension(answer, name, dimension) for name, dimension in answer.dimensions.items()),
        _table(answer.table) if answer.table else None,
        (
            f"SQL:\n{definition.sql.strip()}"
            if definition.sql
            else "The SQL is not shown to this audience."
        ),
        answer.url,
    )


def _okr(answer: NumberAnswer) -> str | None:
    okr = answer.okr
    if okr is None:
        return None
    score = f", score {format_score(okr['score'])}" if okr["score"] is not None else ""
    expected = f", {okr['expected']:.2f} expected" if okr["expected"] is not None else ""
    return f"Key result of `{okr['objective']}`: {status_words(okr['status'])}{score}{expected}."


def _points(answer: NumberAnswer, points: Iterable[Point]) -> str:
    return ", ".join(
        f"{on.isoformat()} {format_value(value, answer.unit, answer.format)}"
        for on, value in points
    )


def _dimension(answer: NumberAnswer, name: str, dimension: Dimension) -> str:
    members = dimension.members.items()
    if any(member.series for _, member in members):
        return "\n".join(
            [
                f"By {name}:",
                *(f"  {key}: {_points(answer, member.series)}" for key, member in members),
            ]
        )
    more = f", and {dimension.left_out} more" if dimension.left_out else ""
    return f"By {name}: {', '.join(f'{key} {member.text}' for key, member in members)}{more}"


def _table(table: TableAnswer) -> str:
    rows = [to_json(row) for row in table.rows]
    return "\n".join([to_json(table.columns), *rows, *_more(table.left_out)])


def okrs_text(answer: OkrsAnswer) -> str:
    if not answer.objectives:
        return _lines(
            "No objective matches.",
            f"Periods: {', '.join(answer.periods)}" if answer.periods else None,
        )
    objectives = [_objective(objective) for objective in answer.objectives]
    return "\n\n".join([answer.freshness.sentence, *objectives, answer.rule])


def _objective(objective: ObjectiveAnswer) -> str:
    period = f", {objective.period.label}" if objective.period else ""
    return _lines(
        f"Objective: {objective.title}"
        ""
        f" (`{objective.id}`{period}){f': {_status_line(objective)}' if objective.score is not None else ''}",
        _owner(objective.owner),
        *objective.why,
        *_openly(objective),
        *("\n" + _key_result(key_result) for key_result in objective.key_results),
    )


def _key_result(key_result: KeyResultAnswer) -> str:
    target = (
        f", target {key_result.target}"
        if key_result.target
        else f", to stay within {' to '.join(key_result.band)}"
        if key_result.band
        else ""
    )
    first = f" (at first {key_result.original_target})" if key_result.original_target else ""
    period = key_result.freshness.period
    now = f"{key_result.text} ({period})" if period and "(" not in period else key_result.text
    base = f" from {key_result.baseline}" if key_result.baseline else ""
    return _lines(
        f"- {key_result.title} (`{key_result.id}`): {now}{base}{target}{first}; {_status_line(key_result)}",
        key_result.freshness.sentence,
        _owner(key_result.owner),
        *_openly(key_result),
    )


def _status_line(item: ObjectiveAnswer | KeyResultAnswer) -> str:
    score = f", score {format_score(item.score)}" if item.score is not None else ""
    expected = f", {item.expected:.2f} expected" if item.expected is not None else ""
    return f"{status_words(item.status)}{score}{expected}"


def _openly(item: Shared) -> Iterator[str]:
    yield from (f"Challenge: {text}" for text in item.challenges)
    for decision in item.decisions:
        until = f" (by {decision.by})" if decision.by else ""
        decided = f"; decided: {decision.decided}" if decision.decided else ""
        yield f"Decision asked for: {decision.what}{_of_whom(decision.who)}{until}{decided}"
    for task in item.plan:
        day = task.done_on if task.state == "done" else task.due
        yield f"Plan: {task.what}{_of_whom(task.who)} ({task.state}{f', {day}' if day else ''})"
    for want in item.help_wanted:
        detail = ", ".join(
            part for part in (want.how_much, f"by {want.by}" if want.by else None) if part
        )
        answered = f"; answered: {want.answered}" if want.answered else ""
        yield f"Help wanted: {want.what}{_of_whom(want.who)}{f' ({detail})' if detail else ''}{answered}"
    for offer in item.offers:
        yield (
            f"Offer: {offer.what}{_of_whom(offer.who)}{f' (until {offer.until})' if offer.until else ''}"
        )


def _of_whom(who: str | None) -> str:
    return f", {who}" if who else ""


def changes_text(answer: ChangesAnswer) -> str:
    if not answer.changes:
        return f"Nothing changed. {answer.freshness.sentence}"
    changes = [_change(change) for change in answer.changes]
    return "\n\n".join([*changes, *_more(answer.total - len(answer.changes))])


def _change(change: Change) -> str:
    has_sentences = change.fields or not change.now
    moved = (
        ""
        if has_sentences
        else f": {change.was} to {change.now}"
        if change.was
        else f": {change.now}"
    )
    return _lines(
        f"{change.on} {change.kind}: {change.title} (`{change.item}`){moved}",
        *(f"{row.name}: {row.was} to {row.now}" for row in change.fields if row.was != row.now),
        *(f"Definition: {text}" for text in change.definition),
        f"Why: {change.why}" if change.why else None,
        f"We will: {change.we_will}" if change.we_will else None,
        _owner(change.owner),
        change.url,
    )


def questions_text(answer: QuestionsAnswer) -> str:
    questions = [
        _lines(
            f"{question.question} (`{question.id}`): {question.state}, asked"
            f" {times(question.times)}, first on"
            f" {question.first_asked}",
            f"Answered by `{question.answered_by}`." if question.answered_by else None,
            f"Promised for {question.promised}." if question.promised else None,
            question.declined,
            _owner(question.owner),
            question.url,
        )
        for question in answer.questions
    ]
    return "\n\n".join(questions) or "No question matches."


def _owner(owner: Owner | None) -> str | None:
    return f"Owner: {owner.name}{f', {owner.role}' if owner.role else ''}" if owner else None


def _more(number: int) -> list[str]:
    return [f"And {number} more."] if number > 0 else []


def _lines(*lines: str | None) -> str:
    return "\n".join(line for line in lines if line)
