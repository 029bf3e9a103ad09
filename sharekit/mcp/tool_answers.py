"""The answers: one number, the scorecard, the changes and the questions of a tree, each as its
documents have it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sharekit.documents import (
    ChangeEntry,
    ComparedValue,
    KeyResultEntry,
    MemberValues,
    Number,
    ObjectiveEntry,
    QuestionEntry,
    QuestionState,
    TableRows,
)
from sharekit.errors import SharekitError
from sharekit.mcp.answer_types import (
    Change,
    ChangesAnswer,
    Compared,
    DefinitionAnswer,
    Dimension,
    Happened,
    KeyResultAnswer,
    Member,
    NumberAnswer,
    ObjectiveAnswer,
    OkrsAnswer,
    Point,
    QuestionAnswer,
    QuestionsAnswer,
    TableAnswer,
)
from sharekit.mcp.freshness import TreeAnswers
from sharekit.mcp.published_tree import PublishedTree
from sharekit.mcp.search import similar_entries
from sharekit.numbers.exact import LARGEST_WHOLE, ExactNumber
from sharekit.numbers.formats import format_value
from sharekit.project.read.did_you_mean import either, nearest, suggestion

MOST_MEMBERS = 20
"""Members of a dimension that nobody asked for."""
MOST_ROWS = 100
EVERY = "all"


# -- one number -----------------------------------------------------------------------------------


def number(tree: TreeAnswers, name: str, periods: int, dimension: str | None) -> NumberAnswer:
    """One number, with so many of its latest periods. Raises SharekitError where it is not in the
    tree."""
    published = tree.published
    row = published.metrics.get(name)
    if row is None:
        raise SharekitError(
            "there is no number with this id here", hint=_suggestion(published, name)
        )
    figures, words = published.number(name), row["words"]
    slices = figures["slices"]
    if dimension is not None and dimension not in slices:
        none = "It has no dimensions."
        raise SharekitError(
            "this number has no such dimension",
            hint=suggestion(dimension, slices, are="It has", none=none),
        )
    return NumberAnswer(
        id=name,
        kind=figures["kind"],
        title=figures["title"],
        text=words["text"],
        value=_figure(figures["value"]),
        unit=figures["unit"],
        format=words["format"],
        freshness=tree.freshness(words),
        compared=words["compared"],
        notes=words["notes"],
        dated_notes=[Happened(**note) for note in figures["dated_notes"]],
        previous=_compared_value(figures["previous"]),
        year_ago=_compared_value(figures["year_ago"]),
        target=_figure(figures["target"]),
        target_text=words["target"],
        question=words["question"],
        synonyms=words["synonyms"],
        owner=tree.owner(figures["owner"]),
        definition=DefinitionAnswer(description=words["description"], **figures["definition"]),
        grain=figures["grain"],
        series=_series(figures["series"], periods),
        series_left_out=max(0, len(figures["series"]) - periods),
        dimensions={
            key: _dimension(
                members, figures["unit"], words["format"], periods if key == dimension else 0
            )
            for key, members in slices.items()
        },
        table=_table(figures["table"]),
        okr=dict(figures["okr"]) if figures["okr"] else None,
        asked=[ask["question"] for ask in published.index["asks"] if ask["answered_by"] == name],
        url=published.address(row["page"]),
    )


def _suggestion(published: PublishedTree, name: str) -> str:
    """Ids that look like this one, else numbers whose words come close to it."""
    alike_ids = nearest(name, published.metrics)
    if not alike_ids:
        alike_ids = tuple(
            item.id
            for item in similar_entries(published, name.replace("_", " "))
            if item.kind == "metric"
        )[:2]
    if alike_ids:
        return f"Did you mean {either(f'`{similar_name}`' for similar_name in alike_ids)}?"
    return "Look for it with search_numbers."


def _compared_value(comparison: ComparedValue | None) -> Compared | None:
    return Compared.model_validate(comparison) if comparison else None


def _figure(value: Number | None) -> float | None:
    """A number of a document that was read: its digits are in a float, or in an ExactNumber."""
    assert not isinstance(value, Decimal)
    return value


def _series(points: Sequence[Sequence[Any]], most: int) -> list[Point]:
    return [(date.fromisoformat(first), value) for first, value in (points[-most:] if most else ())]


def _dimension(
    members: Mapping[str, MemberValues], unit: str | None, form: str | None, periods: int
) -> Dimension:
    """All members with their series where it was asked for, else the largest without."""
    listed_members = list(members.items())[: None if periods else MOST_MEMBERS]
    members_shown = {
        name: Member(
            value=_figure(member["value"]),
            text=str(format_value(_figure(member["value"]), unit, form)),
            label=member["label"],
            target=_figure(member["target"]),
            count=_figure(member["count"]),
            series=_series(member["series"], periods),
        )
        for name, member in listed_members
    }
    return Dimension(members=members_shown, left_out=len(members) - len(listed_members))


def _table(table: TableRows | None) -> TableAnswer | None:
    if table is None:
        return None
    rows = table["rows"]
    listed_rows = [[_cell(cell) for cell in row] for row in rows[:MOST_ROWS]]
    return TableAnswer(
        columns=table["columns"], rows=listed_rows, left_out=max(0, len(rows) - MOST_ROWS)
    )


def _cell(cell: Any) -> Any:
    """A cell with every digit: as text where many clients would round the number."""
    if isinstance(cell, ExactNumber):
        return f"{cell.digits:f}"
    return str(cell) if isinstance(cell, int) and abs(cell) > LARGEST_WHOLE else cell


# -- the scorecard --------------------------------------------------------------------------------


def okrs(
    tree: TreeAnswers, owner: str | None, period: str | None, status: str | None
) -> OkrsAnswer:
    """Objectives of a period (default: the current one), of one owner, with key results of one
    status."""
    published = tree.published
    rows = published.scorecard["objectives"]
    labels = list(dict.fromkeys(row["period"]["label"] for row in rows if row["period"]))
    rows_of_period = _of_period(rows, labels, period, date.fromisoformat(published.index["as_of"]))
    key = _owner(published, rows, owner) if owner is not None else None
    objectives = [_objective(tree, row, key, status) for row in rows_of_period]
    filtered = key is not None or status is not None
    return OkrsAnswer(
        freshness=tree.built(),
        rule=published.scorecard["rule"],
        periods=labels,
        objectives=[
            objective
            for objective in objectives
            if objective.key_results or not filtered or _is_itself_asked_for(objective, key, status)
        ],
    )


def _is_itself_asked_for(objective: ObjectiveAnswer, key: str | None, status: str | None) -> bool:
    """Whether the objective itself is what was asked for, though none of its key results is."""
    owned = key is None or (objective.owner is not None and objective.owner.key == key)
    return owned and (status is None or objective.status == status)


def _of_period(
    rows: Sequence[ObjectiveEntry], labels: Sequence[str], asked_period: str | None, today: date
) -> Sequence[ObjectiveEntry]:
    if asked_period == EVERY:
        return rows
    if asked_period is not None:
        if asked_period not in labels:
            none = "No objective has a period."
            raise SharekitError(
                "no objective has that period",
                hint=suggestion(asked_period, [*labels, EVERY] if labels else [], none=none),
            )
        return [row for row in rows if row["period"] and row["period"]["label"] == asked_period]
    now = [
        row
        for row in rows
        if row["period"] and row["period"]["start"] <= today.isoformat() <= row["period"]["end"]
    ]
    last = max((row["period"]["end"] for row in rows if row["period"]), default=None)
    return now or [row for row in rows if not row["period"] or row["period"]["end"] == last]


def _owner(published: PublishedTree, rows: Iterable[ObjectiveEntry], asked_owner: str) -> str:
    """The key of a person, by key or name."""
    people = published.index["people"]
    names: dict[str, str] = {person["name"].casefold(): key for key, person in people.items()}
    names |= {key: key for key in people}
    if owner := names.get(asked_owner) or names.get(asked_owner.casefold()):
        return owner
    owners = {item["owner"] for row in rows for item in (row, *row["key_results"]) if item["owner"]}
    written = [name for key in sorted(owners) for name in (key, published.person(key) or key)]
    raise SharekitError(
        "nobody of that name owns anything here",
        hint=suggestion(asked_owner, written, are="Owners"),
    )


def _objective(
    tree: TreeAnswers, row: ObjectiveEntry, owner: str | None, status: str | None
) -> ObjectiveAnswer:
    owned = owner is None or row["owner"] == owner
    key_results = [
        key_result
        for key_result in row["key_results"]
        if (owned or key_result["owner"] == owner)
        and (status is None or key_result["status"] == status)
    ]
    return ObjectiveAnswer(
        **_with_owner_and_address(tree, row)
        | {"key_results": [_key_result(tree, key_result) for key_result in key_results]}
    )


def _key_result(tree: TreeAnswers, row: KeyResultEntry) -> KeyResultAnswer:
    words = tree.published.metrics[row["id"]]["words"]
    return KeyResultAnswer(**_with_owner_and_address(tree, row), freshness=tree.freshness(words))


def _with_owner_and_address(
    tree: TreeAnswers, row: ObjectiveEntry | KeyResultEntry | ChangeEntry | QuestionEntry
) -> dict[str, Any]:
    """A row with its owner by name and the address of its page."""
    owner, url = tree.owner(row["owner"]), tree.published.address(row["page"])
    return {**row, "owner": owner, "url": url}


# -- what changed ---------------------------------------------------------------------------------


def changes(tree: TreeAnswers, since: date | None, item: str | None, limit: int) -> ChangesAnswer:
    """The latest changes, since a day and of one item where given."""
    published = tree.published
    if item is not None:
        _refuse_unknown(published, item)
    matching = [
        row
        for row in published.changes
        if (since is None or row["on"] >= since.isoformat())
        and (item is None or row["item"] == item)
    ]
    return ChangesAnswer(
        freshness=tree.built(),
        changes=[
            Change.model_validate(_with_owner_and_address(tree, row)) for row in matching[:limit]
        ],
        total=len(matching),
    )


def _refuse_unknown(published: PublishedTree, item: str) -> None:
    index = published.index
    rows = (*index["metrics"], *index["objectives"], *index["dashboards"])
    names = {row["id"] for row in rows}
    names |= {row["item"] for row in published.changes}
    if item not in names:
        hint = suggestion(item, names, are="There are") or "Look for it with search_numbers."
        raise SharekitError("nothing here has this id", hint=hint)


# -- questions ------------------------------------------------------------------------------------


def questions(tree: TreeAnswers, state: QuestionState | None) -> QuestionsAnswer:
    """What people asked, those that wait first."""
    index = tree.published.index
    asks = [row for row in index["asks"] if state is None or row["state"] == state]
    return QuestionsAnswer(
        freshness=tree.built(),
        questions=[
            QuestionAnswer.model_validate(_with_owner_and_address(tree, row)) for row in asks
        ],
        ask=index["ask"],
    )
