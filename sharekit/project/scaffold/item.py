"""One new file: a metric, view, key result, objective or dashboard that works as it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from sharekit.errors import SharekitError
from sharekit.project.read.placeholders import (
    ALL,
    CHALLENGES,
    CONFIDENCE,
    DESCRIPTION,
    HELP,
    MEANING,
    PAGE,
    PLAN,
    ROWS,
    STARTED,
    TARGET,
    WHY,
)
from sharekit.project.shapes import audience_text

_ID = re.compile(r"[a-z][a-z0-9_]{0,79}")
_PAGE = re.compile(r"[a-z][a-z0-9_-]{0,79}")
_PLAIN_TABLE = re.compile(r"[a-z_][a-z0-9_]*")


class Example(Struct, frozen=True):
    """A table that a new query reads, so that it runs at once."""

    table: str
    time: str | None = None
    """A DATE or TIMESTAMP column, where it has one."""
    engine: str | None = None
    """Key of [engines], where the table lies there."""
    query: str | None = None
    """The query in that engine's dialect."""

    def counted_by_week(self) -> str:
        """A query that counts its rows: by week where it has a time column, else once."""
        if self.query is not None:
            return self.query
        if self.time is None:
            return f"SELECT count(*) AS value\nFROM {_quoted(self.table)}\n"
        # By all, since a column of the table may be called week.
        return (
            f"SELECT date_trunc('week', {_quoted(self.time)})::DATE AS week, count(*) AS value\n"
            f"FROM {_quoted(self.table)}\nGROUP BY ALL\n"
        )


class AskedQuestion(Struct, frozen=True):
    """The question that a new number answers."""

    question: str
    synonyms: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Front matter. JSON's strings and lists are YAML's too."""
        names = [quoted_text(name) for name in self.synonyms]
        return [
            f"question: {quoted_text(self.question)}",
            *([f"synonyms: [{', '.join(names)}]"] if names else []),
            *([f"audience: {audience_text(self.audiences)}"] if self.audiences else []),
        ]


def checked_name(name: str, *, page: bool = False) -> str:
    """The name itself, fit for a file, an address and SQL; hyphens only for pages. Raises
    SharekitError."""
    if (_PAGE if page else _ID).fullmatch(name):
        return name
    near = re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_0123456789")[:80]
    raise SharekitError(
        f"{name!r} cannot be a name: it takes lower-case letters, digits and _, beginning with a"
        " letter",
        hint=f"Did you mean {near}?" if near else None,
    )


def metric_file(
    name: str, example: Example | None, owner: str | None, question: AskedQuestion | None = None
) -> str:
    front = [
        f"title: {_title(name)}",
        *(question.lines() if question else ()),
        *_owner(owner),
        *_engine(example),
        *_grain(example),
        f"description: {DESCRIPTION}",
    ]
    return _sql(front, _query(example))


def view_file(name: str, example: Example | None) -> str:
    front = [f"title: {_title(name.lstrip('_'))}", f"description: {ROWS}"]
    rows = f"SELECT *\nFROM {_quoted(example.table)}\n" if example else "SELECT 1 AS value\n"
    return _sql(front, rows)


def key_result_file(
    name: str, example: Example | None, owner: str | None, question: AskedQuestion | None = None
) -> str:
    front = [
        f"title: {_title(name)}",
        *(question.lines() if question else ()),
        *_owner(owner),
        *_engine(example),
        *_grain(example),
        "direction: up",
        "type: increase",
        "baseline: 0          # the value on the period's first day; the score counts from here",
        f"target: {TARGET:g}          # the value to reach by its last day",
        f"confidence: {CONFIDENCE:g}        # yours, 0 to 10",
        f"challenges: {CHALLENGES}",
        f"plan: {PLAN}",
        f"help_wanted: {HELP}",
        f"description: {DESCRIPTION}",
    ]
    return _sql(front, _query(example))


def share_file(name: str, example: Example | None, owner: str | None) -> str:
    """A key result that is a share: scored by its whole period so far, so that one lucky week is
    not the end."""
    front = [
        f"title: {_title(name)}",
        *_owner(owner),
        "grain: week",
        'unit: "%"             # 0.9 is 90%',
        "numerator: part",
        "denominator: whole",
        "measured: period_to_date   # all parts by all wholes since the period began",
        "direction: up",
        "type: increase",
        "baseline: 0          # the share on the period's first day",
        "target: 1            # the share to reach by its last day",
        f"confidence: {CONFIDENCE:g}        # yours, 0 to 10",
        f"challenges: {CHALLENGES}",
        f"plan: {PLAN}",
        f"help_wanted: {HELP}",
        f"description: {DESCRIPTION}",
    ]
    if example is None or example.time is None:
        return _sql(front, "SELECT DATE '2026-01-05' AS day, 1 AS part, 2 AS whole\n")
    day = _quoted(example.time)
    query = f"SELECT {day}::DATE AS day, count(*) FILTER (WHERE {ALL}) AS part, count(*) AS whole\n"
    return _sql(front, f"{query}FROM {_quoted(example.table)}\nGROUP BY 1\n")


def by_hand_file(name: str, owner: str | None, on: date) -> str:
    """A key result without a query: its values are check-ins."""
    front = [
        f"title: {_title(name)}",
        *_owner(owner),
        "type: milestone",
        "baseline: 0          # steps taken on the period's first day",
        f"target: {TARGET:g}          # steps to take by its last day",
        f"confidence: {CONFIDENCE:g}        # yours, 0 to 10",
        f"challenges: {CHALLENGES}",
        f"plan: {PLAN}",
        f"help_wanted: {HELP}",
        "checkins:            # sharekit checkin adds the next",
        f"  - {{on: {on}, value: 0, note: {STARTED}}}",
    ]
    return _markdown(front, f"{DESCRIPTION}\n")


def objective_file(name: str, period: str, owner: str | None) -> str:
    front = [f"title: {_title(name)}", *_owner(owner), f"period: {period}"]
    return _markdown(front, f"{WHY}\n")


def dashboard_file(name: str, metrics: Sequence[str], owner: str | None) -> str:
    """A page that shows the first of the metrics there are; prose alone where there is none yet."""
    front = [f"title: {_title(name)}", *_owner(owner)]
    if not metrics:
        return _markdown(front, f"{PAGE}. `sharekit new metric NAME` makes the first one.\n")
    cards = "".join(f"- {metric}\n" for metric in metrics[:4])
    chart = f"- {{id: {metrics[0]}, chart: line}}\n"
    prose = f"The latest is **{{{{ {metrics[0]} }}}}**. {MEANING}\n"
    return _markdown(front, f"{prose}\n```metrics\n{cards}```\n\n```metrics\n{chart}```\n")


def objective_for(objective: str | None, folders: Mapping[str, str]) -> str:
    """The folder a key result goes to; `folders` maps objectives to theirs. Raises SharekitError
    where that is open."""
    if objective is not None and objective in folders:
        return folders[objective]
    if objective is None and len(folders) == 1:
        return next(iter(folders.values()))
    if not folders:
        raise SharekitError(
            "there is no objective to put a key result under",
            hint="Start one: sharekit new objective NAME.",
        )
    what = (
        "there are several objectives"
        if objective is None
        else f"there is no objective {objective}"
    )
    raise SharekitError(what, hint=f"Name one with --objective: {', '.join(folders)}.")


def _query(example: Example | None) -> str:
    if example is None:
        return (
            "-- Put a file in metrics/data/ and read it by its name: FROM orders\nSELECT 42 AS"
            " value\n"
        )
    return example.counted_by_week()


def _engine(example: Example | None) -> list[str]:
    return [f"engine: {example.engine}"] if example and example.engine else []


def _grain(example: Example | None) -> list[str]:
    return ["grain: week"] if example and example.time else []


def _owner(owner: str | None) -> list[str]:
    return [f"owner: {owner}"] if owner else []


def quoted_text(text: str) -> str:
    """A text in double quotes. What begins or ends a comment is spelled in hexadecimal: it would
    break the front matter's own."""
    return json.dumps(text, ensure_ascii=False).replace("*/", "*\\x2F").replace("/*", "/\\x2A")


def _title(name: str) -> str:
    """ "on_time" -> "On time"; in quotes where YAML would read it as something else than text."""
    title = re.sub(r"[_-]+", " ", name).strip().capitalize()
    return (
        f'"{title}"'
        if title.casefold() in ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
        else title
    )


def _quoted(name: str) -> str:
    return name if _PLAIN_TABLE.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _sql(front: Sequence[str], query: str) -> str:
    return "/* ---\n" + "".join(f"{line}\n" for line in front) + f"--- */\n{query}"


def _markdown(front: Sequence[str], body: str) -> str:
    return "---\n" + "".join(f"{line}\n" for line in front) + f"---\n{body}"
