"""`sharekit new`: the first lines of a file, working as they stand, over a table that is there."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from datetime import date

import click
from msgspec import Struct

from sharekit.app.engine_example import engine_example
from sharekit.app.new_source import add_extract, add_source
from sharekit.app.session import Session
from sharekit.asks.similar import similar_for
from sharekit.asks.writing import with_answer
from sharekit.commands import command
from sharekit.errors import SharekitError
from sharekit.numbers.periods import parse_period
from sharekit.project.load import load
from sharekit.project.manifest import Ask, Manifest, Metric
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.read.placeholders import unedited_keys
from sharekit.project.scaffold import item, replace_text, write
from sharekit.project.scaffold.item import AskedQuestion
from sharekit.project.shapes import FiscalYear, audience_names

_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9][A-Za-z0-9_-]*)*")


class NewItem(Struct, frozen=True):
    """What was asked for, and the project it goes into."""

    session: Session
    manifest: Manifest
    name: str
    owner: str | None
    folder: str | None
    source: str | None
    objective: str | None
    period: str | None
    share: bool = False
    """Whether a key result is a share."""
    by_hand: bool = False
    """Whether a key result has check-ins in place of a query."""
    engine: str | None = None
    """Key of [engines] in which it runs."""
    question: AskedQuestion | None = None
    """What a question says about its answer."""

    def id(self, prefix: str = "") -> str:
        """The name as the id of a query, not taken yet. Raises SharekitError."""
        item_id = prefix + item.checked_name(self.name.removeprefix(prefix))
        if (existing := self.manifest.sql_item(item_id)) is not None:
            raise SharekitError(
                f"{item_id} already exists: {existing.path}", hint="Choose another name."
            )
        return item_id

    def page_id(self) -> str:
        """The name as a page's, hyphens allowed. Raises SharekitError."""
        return item.checked_name(self.name, page=True)

    def category(self) -> str:
        """The folder that a metric or view goes to. Raises SharekitError."""
        if self.folder is None:
            return "metrics"
        folder = self.folder.removeprefix("metrics/").strip("/")
        if not _FOLDER.fullmatch(folder):
            raise SharekitError(
                f"{self.folder!r} cannot be a folder", hint="Write it as in metrics/: reliability."
            )
        return f"metrics/{folder}"

    def example(self) -> item.Example | None:
        """The table to read: the one asked for, else the first with a date, else any. Raises
        SharekitError."""
        if self.engine is not None:
            return engine_example(self.session, self.manifest, self.engine, self.source)
        names = list(self.manifest.sources)
        if self.source is not None and self.source not in names:
            raise SharekitError(
                f"there is no source {self.source}",
                hint=suggestion(self.source, names, are="There are"),
            )
        if not names:
            return None
        with self.session.engine(self.manifest, self.session.as_of(None)) as engine:
            source_infos = [
                source_info
                for source_info in engine.sources().values()
                if self.source in (None, source_info.id) and not source_info.error
            ]
        times = {
            source_info.id: next(
                (
                    column.name
                    for column in source_info.columns
                    if column.kind in ("date", "timestamp")
                ),
                None,
            )
            for source_info in source_infos
        }
        first = next((name for name, time in times.items() if time), next(iter(times), None))
        return item.Example(first, times[first]) if first else None


def _metric(new_item: NewItem) -> tuple[str, str]:
    name = new_item.id()
    return f"{new_item.category()}/{name}.sql", item.metric_file(
        name, new_item.example(), new_item.owner, new_item.question
    )


def _view(new_item: NewItem) -> tuple[str, str]:
    name = new_item.id("_")
    return f"{new_item.category()}/{name}.sql", item.view_file(name, new_item.example())


def _okr(new_item: NewItem) -> tuple[str, str]:
    name = new_item.id()
    folders = {
        objective.id: objective.path.rpartition("/")[0]
        for objective in new_item.manifest.objectives.values()
    }
    folder = item.objective_for(new_item.objective, folders)
    if new_item.by_hand:
        return f"{folder}/{name}.md", item.by_hand_file(
            name, new_item.owner, new_item.session.as_of(None)
        )
    if new_item.share:
        return f"{folder}/{name}.sql", item.share_file(name, new_item.example(), new_item.owner)
    return f"{folder}/{name}.sql", item.key_result_file(
        name, new_item.example(), new_item.owner, new_item.question
    )


def _objective(new_item: NewItem) -> tuple[str, str]:
    fiscal = new_item.manifest.config.project.fiscal_year
    period = new_item.period or _quarter(new_item.session.as_of(None), fiscal)
    if parse_period(period, fiscal) is None:
        raise SharekitError(
            f"{period!r} is not a period", hint="Write it as 2026-Q4, 2026-H2, 2026-11 or 2026."
        )
    name = new_item.page_id()
    return f"metrics/okrs/{period.lower()}/{name}/objective.md", item.objective_file(
        name, period, new_item.owner
    )


def _dashboard(new_item: NewItem) -> tuple[str, str]:
    name = new_item.page_id()
    numbers = [
        metric.id
        for metric in new_item.manifest.plain_metrics.values()
        if metric.front.kind == "metric"
    ]
    return f"dashboards/{name}.md", item.dashboard_file(name, numbers, new_item.owner)


SOURCE = "source"
KINDS: Mapping[str, Callable[[NewItem], tuple[str, str]]] = {
    "metric": _metric,
    "view": _view,
    "okr": _okr,
    "objective": _objective,
    "dashboard": _dashboard,
}
EXTRACT = "source in an engine"
OKR, SHARE, BY_HAND = "OKR", "OKR that is a share", "OKR kept by hand"
TAKES: Mapping[str, frozenset[str]] = {
    "metric": frozenset(["--owner", "--folder", "--source", "--engine", "--from-ask"]),
    "view": frozenset(["--folder", "--source"]),
    OKR: frozenset(["--owner", "--source", "--engine", "--objective", "--from-ask"]),
    SHARE: frozenset(["--owner", "--source", "--objective", "--share"]),
    BY_HAND: frozenset(["--owner", "--objective", "--by-hand"]),
    "objective": frozenset(["--owner", "--period"]),
    "dashboard": frozenset(["--owner"]),
    SOURCE: frozenset(["--file", "--url", "--option"]),
    EXTRACT: frozenset(["--engine", "--source"]),
}
"""What is made -> the options that it takes; another one would be without effect."""


@command(example="sharekit new metric cancellations --folder reliability --owner maria")
@click.argument("kind", type=click.Choice([*KINDS, SOURCE]), metavar="KIND")
@click.argument("name")
@click.option("--owner", metavar="PERSON", help="Who answers for it: a key of [people].")
@click.option(
    "--folder", metavar="DIR", help="Folder below metrics/ for a metric or view: its category."
)
@click.option(
    "--source", metavar="TABLE", help="Table that the query reads. Default: the first with a date."
)
@click.option(
    "--engine",
    metavar="NAME",
    help="Engine that holds the table of a new metric, OKR or source: a key of [engines]. --source"
    " names the table.",
)
@click.option(
    "--objective", metavar="ID", help="Objective of a new key result. Default: the only one."
)
@click.option(
    "--share", is_flag=True, help="A new OKR that is a share: scored by its whole period so far."
)
@click.option(
    "--by-hand",
    is_flag=True,
    help="A new OKR without a query: its values are check-ins in the file.",
)
@click.option(
    "--from-ask",
    metavar="SLUG",
    help="Question that a new metric or OKR answers; run again to mark it as answered.",
)
@click.option("--file", metavar="PATH", help="File or glob of a new source, in the project.")
@click.option(
    "--url",
    metavar="ADDRESS",
    help="Address of a new source: https://, s3://, gs://, az:// or env:NAME.",
)
@click.option(
    "--option",
    "options",
    multiple=True,
    metavar="LINE",
    help="More of its entry: 'decimal = \",\"'.",
)
@click.option("--period", help="Period of a new objective, such as 2026-Q4. Default: this quarter.")
def new(
    session: Session,
    kind: str,
    name: str,
    owner: str | None,
    folder: str | None,
    source: str | None,
    engine: str | None,
    objective: str | None,
    by_hand: bool,
    share: bool,
    from_ask: str | None,
    file: str | None,
    url: str | None,
    options: tuple[str, ...],
    period: str | None,
) -> int:
    """Start a metric, view, OKR, objective, dashboard or source.

    Writes one new file that works as it is: it counts the rows of a table that is there. NAME
    becomes the file's name, the id, and the name that SQL uses. What it wrote is yours to replace:
    check refuses it once it is committed. With --from-ask, run it again when the number is right:
    the question is then marked as answered by it. For a source it looks at the file, address or
    table, shows what is there, and writes its entry in sharekit.toml, or the view that fetches
    it from an engine."""
    manifest = load(session.project.root)
    form = _form(kind, engine, share=share, by_hand=by_hand)
    values = {
        "--owner": owner, "--folder": folder, "--source": source, "--engine": engine,
        "--objective": objective, "--share": share or None, "--by-hand": by_hand or None,
        "--from-ask": from_ask, "--file": file, "--url": url, "--option": options or None,
        "--period": period,
    }  # fmt: skip
    _refuse_idle(form, values)
    if kind == SOURCE and engine is not None:
        return add_extract(session, manifest, name, engine, source)
    if kind == SOURCE:
        if file is None and url is None and sys.stdin.isatty():
            file, url = _ask_for_source()
        return add_source(session, manifest, name, file, url, options)
    _refuse_unknown_owner(owner, manifest)
    ask = None if from_ask is None else _question(manifest, from_ask)
    question = _asked_question(manifest, ask, name) if ask else None
    owner = owner or (ask.front.owner if ask else None)
    declared = manifest.metrics.get(name)
    if ask is not None and declared is not None and declared.front.question:
        return _record_answer(session, ask, declared)
    places = (owner, folder, source, objective, period)
    path, text = KINDS[kind](
        NewItem(session, manifest, name, *places, share, by_hand, engine, question)
    )
    write(session.project.root, {path: text})
    session.terminal.write(path)
    session.terminal.say("\n  Next: edit it, and look at it with sharekit serve.")
    if ask:
        session.terminal.say(
            f"  When it says what it should, the same command marks {ask.path} as answered by it."
        )
    return 0


def _record_answer(session: Session, ask: Ask, answer: Metric) -> int:
    """Say in the question's file what answers it. Raises SharekitError where that is still as `new`
    wrote it."""
    if answer.front.question != ask.front.question:
        raise SharekitError(
            f"{answer.id} already exists: {answer.path}", hint="Choose another name."
        )
    if unedited := unedited_keys(answer.front, answer.sql.text):
        what = ", ".join(f"`{key}`" if key else "its query" for key in unedited)
        raise SharekitError(
            f"{answer.id} answers nothing yet: {what} in {answer.path} is still as sharekit new"
            " wrote it",
            hint="Edit it, then run this again.",
        )
    file = session.project.root / ask.path
    replace_text(file, with_answer(file.read_bytes().decode("utf-8"), answer.id))
    session.terminal.write(ask.path)
    return 0


def _refuse_idle(form: str, values: Mapping[str, object]) -> None:
    """Raise SharekitError where an option was given that would be without effect."""
    for option, value in values.items():
        if value is not None and option not in TAKES[form]:
            raise SharekitError(f"{option} is not for a new {form}", hint="Leave it out.")


def _form(kind: str, engine: str | None, *, share: bool, by_hand: bool) -> str:
    """What is to be made, as a row of TAKES."""
    if kind == "okr":
        return BY_HAND if by_hand else SHARE if share else OKR
    return EXTRACT if kind == SOURCE and engine is not None else kind


def _refuse_unknown_owner(owner: str | None, manifest: Manifest) -> None:
    people = manifest.config.people
    if owner is not None and owner not in people:
        raise SharekitError(
            f"[people] has no {owner}", hint=suggestion(owner, people, are="It has")
        )


def _question(manifest: Manifest, name: str) -> Ask:
    """The question that something new answers. Raises SharekitError where it is not there, or has
    its end already."""
    ask = manifest.asks.get(name)
    if ask is None:
        hint = suggestion(
            name, manifest.asks, are="There are", none="Nobody has asked anything yet."
        )
        raise SharekitError(f"there is no question {name}", hint=hint)
    for end, key in ((ask.front.answered_by, "answered_by"), (ask.front.declined, "declined")):
        if end is not None:
            hint = f"Take `{key}` out of {ask.path} first, if that no longer holds."
            raise SharekitError(f"{name} is already closed: {key}: {end}", hint=hint)
    return ask


def _asked_question(manifest: Manifest, ask: Ask, name: str) -> AskedQuestion:
    """What its answer takes over: the question, and by what other words people will look for it."""
    near = (
        item
        for item in similar_for(ask.front.question, ask.audiences, manifest)
        if item.kind == "ask"
    )
    others = (item.title for item in near if item.id != ask.id and item.title != ask.front.question)
    plain_id = ask.id.replace("-", " ")
    synonyms = (
        () if plain_id == name.replace("_", " ") or ask.id.startswith("question-") else (plain_id,)
    )
    return AskedQuestion(
        ask.front.question,
        tuple(dict.fromkeys((*synonyms, *others))),
        audience_names(ask.front.audience),
    )


def _quarter(day: date, fiscal: FiscalYear) -> str:
    """The quarter that a day is in, as the project writes it."""
    labels = [f"{fiscal.number(day)}-Q{quarter}" for quarter in (1, 2, 3, 4)]
    for label in labels:
        period = parse_period(label, fiscal)
        if period is not None and period.start <= day <= period.end:
            return label
    raise SharekitError(f"no quarter holds {day}", hint="Name one with --period.")


def _ask_for_source() -> tuple[str | None, str | None]:
    """File and address of a new source, one of them, as a person types it."""
    answer = click.prompt(
        "  A file of the project, or an address (https://, s3://)", err=True
    ).strip()
    return (None, answer) if "://" in answer or answer.startswith("env:") else (answer, None)
