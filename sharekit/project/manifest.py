"""All that is declared, resolved: what a project is at one commit. Nothing here knows a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from unicodedata import bidirectional

from msgspec import Struct

from sharekit.errors import Place, Problem
from sharekit.project.shapes import (
    AskFront,
    Commitment,
    Config,
    DashboardFront,
    KeyResultFront,
    MetricFront,
    ObjectiveFront,
    SourceConfig,
    ViewFront,
    audience_names,
)

EVERYONE = "everyone"
"""Name of the audience that stands in where a project declares none."""


def default_audiences(config: Config) -> tuple[str, ...]:
    """The audiences of whatever names none."""
    declared = list(config.audiences)
    only = declared[0] if len(declared) == 1 else EVERYONE
    return audience_names(config.project.audience) or (only,)


def bidi_isolated(name: str) -> str:
    """A name that reads from right to left, between marks that keep what stands beside it ("…,
    69c3558") in order."""
    mark = "\N{LEFT-TO-RIGHT MARK}"
    return (
        f"{mark}{name}{mark}"
        if any(bidirectional(letter) in ("R", "AL") for letter in name)
        else name
    )


def people_text(manifest: Manifest, owner: object) -> str:
    """Who answers for something, by name: one person, or several with the first in front."""
    keys = owner if isinstance(owner, (list, tuple)) else [owner]
    return ", ".join(manifest.person(str(key)) for key in keys)


class Period(Struct, frozen=True):
    """A span of days, both ends included."""

    label: str
    """As people write it: "2013-Q4"; for free dates "1 Oct 2013 to 31 Dec 2013"."""
    start: date
    end: date
    name: str = ""
    """As pages write it, where that is something else: "Q2 FY2027 (Jul to Sep 2026)"."""

    @property
    def shown(self) -> str:
        """Its name on pages, in mails and in data."""
        return self.name or self.label

    @property
    def days(self) -> int:
        """Days from the first to the last one; the denominator of elapsed share."""
        return (self.end - self.start).days


class Sql(Struct, frozen=True):
    """A query as its author wrote it, without the front matter."""

    text: str
    first_line: int = 1
    """Line of the file on which `text` begins; add it to positions inside the text."""


Audiences = tuple[str, ...]
"""Whom something is for: keys of audiences, sorted. People of any of them may see it."""


class AudienceThen(Struct, frozen=True):
    """An audience and who belonged to it at a moment."""

    name: str
    members: tuple[str, ...] = ()


Readers = tuple[AudienceThen, ...]
"""Whom something was for at a moment: people of any of these audiences."""


@dataclass(frozen=True)
class DeclaredItem:
    """What every declared file has."""

    id: str
    path: str
    """POSIX path relative to the project folder."""
    audiences: Audiences
    """Whom it is for, resolved."""
    keys: Mapping[str, Place] = field(default_factory=dict, repr=False)
    """Where each front-matter value stands: "target", "revisions[0].why"."""

    def at(self, key: str) -> Place:
        """The place of a front-matter value, or of the file's head where the key is not written."""
        return self.keys.get(key, Place(self.path, 1, 1))

    @property
    def audience_key(self) -> str:
        """Its audiences as one word, to compare and to name things by."""
        return ",".join(self.audiences)


@dataclass(frozen=True)
class View(DeclaredItem):
    """A shared view: `FROM metrics._operated`. Its id begins with `_`."""

    front: ViewFront = field(default_factory=ViewFront)
    sql: Sql = field(default=Sql(""))

    @property
    def definition(self) -> str:
        """The query that defines it."""
        return self.sql.text


class KeyResultTerms(Struct, frozen=True):
    """What a key result promises, resolved against its objective."""

    objective: str
    period: Period
    commitment: Commitment
    front: KeyResultFront


TARGET_METRIC = "metrics."
"""How a target begins that names another metric."""


@dataclass(frozen=True)
class Metric(DeclaredItem):
    """A number, and a key result where `okr` is there."""

    front: MetricFront = field(default_factory=lambda: MetricFront(title="?"))
    sql: Sql = field(default=Sql(""))
    okr: KeyResultTerms | None = None
    """The promise; None for a plain metric."""
    owner: str | None = None
    """Key of [people]: its own, else its objective's."""
    by_hand: bool = False
    """Whether its values are its check-ins; `sql` then only lets other queries read them."""
    dialect: str = "duckdb"
    """In which `sql` is written: that of the engine it names."""

    @property
    def title(self) -> str:
        return self.front.title

    @property
    def target_metric(self) -> str | None:
        """The metric that its target names: `target: metrics.ID`."""
        target = self.front.target
        is_metric = isinstance(target, str) and target.startswith(TARGET_METRIC)
        return str(target).removeprefix(TARGET_METRIC) if is_metric else None

    @property
    def target_column(self) -> str | None:
        """The column of its query that its target names."""
        target = self.front.target
        return target if isinstance(target, str) and self.target_metric is None else None

    @property
    def targets_column(self) -> str | None:
        """The column of its query that has the target of each row's member."""
        return self.front.targets if isinstance(self.front.targets, str) else None

    @property
    def columns_by_key(self) -> Mapping[str, str]:
        """Key of its front matter -> the column of its query that it names."""
        front = self.front
        columns = {
            "time": front.time,
            "value": front.value,
            "numerator": front.numerator,
            "denominator": front.denominator,
            "target": self.target_column,
            "targets": self.targets_column,
            **{f"dimensions[{at}]": name for at, name in enumerate(front.dimensions)},
        }
        return {key: name for key, name in columns.items() if name is not None}

    @property
    def definition(self) -> str:
        """The query that defines its number; "" of one that is kept by hand, whose check-ins are no
        definition."""
        return "" if self.by_hand else self.sql.text

    @property
    def deprecated(self) -> bool:
        """Whether people are to use something else."""
        return self.front.state == "deprecated"

    @property
    def owners(self) -> tuple[str, ...]:
        """Everybody who answers for it: its own owners, else its objective's."""
        return self.front.owners or ((self.owner,) if self.owner else ())

    @property
    def category(self) -> str:
        """Folder below `metrics/`, "" at the top: how numbers are grouped."""
        return "/".join(self.path.split("/")[1:-1])


@dataclass(frozen=True)
class Objective(DeclaredItem):
    """A goal that key results measure."""

    front: ObjectiveFront = field(default_factory=lambda: ObjectiveFront(title="?"))
    why: str = ""
    """Markdown below the front matter."""
    why_line: int = 1
    period: Period | None = None

    @property
    def title(self) -> str:
        return self.front.title


def renamed_objectives(
    before: Mapping[str, Objective], after: Mapping[str, Objective]
) -> Mapping[str, str]:
    """Old id -> new id of objectives whose folder got another name: to people, who know its title
    and its period, it is the same one. That of the next period is another."""

    def names(these: Mapping[str, Objective], those: Mapping[str, Objective]) -> dict[object, str]:
        return {
            (item.title, str(item.front.period)): name
            for name, item in sorted(these.items())
            if name not in those
        }

    added = names(after, before)
    gone = names(before, after)
    return {name: added[identity] for identity, name in gone.items() if identity in added}


@dataclass(frozen=True)
class Dashboard(DeclaredItem):
    """A page of prose with metrics placed in it. Its id is the file's path below `dashboards/`
    without `.md`."""

    front: DashboardFront = field(default_factory=lambda: DashboardFront(title="?"))
    body: str = ""
    """Markdown below the front matter."""
    body_line: int = 1
    declared: bool = True
    """Whether somebody wrote it; else it was made of a folder, and is no part of what people shared
    or changed."""

    @property
    def title(self) -> str:
        return self.front.title


@dataclass(frozen=True)
class Ask(DeclaredItem):
    """A question that somebody asked. Its id is the file's name without its ending."""

    front: AskFront = field(kw_only=True)

    @property
    def first(self) -> date:
        """Day it was asked first."""
        return min(asking.on for asking in self.front.asked)


class Source(Struct, frozen=True):
    """A table that SQL may read under its own name."""

    id: str
    paths: tuple[str, ...]
    """Files, POSIX, relative to the project folder, in order; empty where none matched."""
    config: SourceConfig
    place: Place
    """Where it is declared; for a file in metrics/data/, the file."""
    digests: tuple[str, ...] = ()
    """Content hash of each path, where known (a git blob id serves)."""
    same_as: tuple[str, ...] = ()
    """For each path the file that it is, links followed; where it is empty, the paths
    themselves."""

    @property
    def audiences(self) -> Audiences:
        """Whom its own entry keeps it for; none where it sets no limit."""
        return audience_names(self.config.audience)

    @property
    def tables(self) -> frozenset[tuple[str, str]]:
        """What its rows are, whatever it is called: files or an address, and of a database the
        table in it, as DuckDB finds it in any case."""
        table = (self.config.table or "").lower() if self.config.is_lake else ""
        if self.paths and all(path.endswith(".duckdb") for path in self.paths):
            table_name = (self.config.table or self.id).lower()
            table = table_name if "." in table_name else f"main.{table_name}"
        places = self.same_as or self.paths or filter(None, [self.config.url])
        return frozenset((place, table) for place in places)


def _may_overlap(first: str, second: str) -> bool:
    """Whether two addresses may name the same rows. Which objects a wildcard finds is not known
    before they are listed, so two with one beginning may."""
    beginnings = [re.split(r"[*?\[]", address)[0] for address in (first, second)]
    if [first, second] == beginnings:
        return first == second
    return first != "" and (
        bool(second)
        and (beginnings[0].startswith(beginnings[1]) or beginnings[1].startswith(beginnings[0]))
    )


@dataclass(frozen=True)
class Manifest:
    """A project, whole and resolved. Mappings are in a stable order: by id, dashboards by `order`
    then title."""

    root: str
    """Absolute folder of the project, or "" when read from a commit."""
    config: Config
    config_path: str
    sources: Mapping[str, Source]
    views: Mapping[str, View]
    metrics: Mapping[str, Metric]
    """Plain metrics and key results."""
    objectives: Mapping[str, Objective]
    dashboards: Mapping[str, Dashboard]
    asks: Mapping[str, Ask] = field(default_factory=dict)
    """Questions that were asked, by id."""
    files: Mapping[str, str] = field(repr=False, default_factory=dict)
    """Text of every declared file by path, for excerpts, hashes and side-by-side SQL."""
    problems: tuple[Problem, ...] = ()
    """What the loader found wrong in single files; those files are left out above."""
    commit: str | None = None
    """Commit it was read at, or HEAD of its folder; None outside git."""
    broken: frozenset[str] = frozenset()
    """Names that are declared and left out for their problems: rules across files do not call them
    unknown."""

    @cached_property
    def key_results(self) -> Mapping[str, Metric]:
        return {name: metric for name, metric in self.metrics.items() if metric.okr is not None}

    @cached_property
    def plain_metrics(self) -> Mapping[str, Metric]:
        return {name: metric for name, metric in self.metrics.items() if metric.okr is None}

    @cached_property
    def declared_dashboards(self) -> Mapping[str, Dashboard]:
        """Dashboards that somebody wrote; those made of folders are pages of the site and nothing
        that was declared."""
        return {name: page for name, page in self.dashboards.items() if page.declared}

    @cached_property
    def listed_metrics(self) -> Mapping[str, Metric]:
        """Plain metrics that lists show: those that are not deprecated."""
        return {
            name: metric for name, metric in self.plain_metrics.items() if not metric.deprecated
        }

    @cached_property
    def audiences(self) -> Mapping[str, frozenset[str]]:
        """Members of each audience by key. A project that declares none has EVERYONE."""
        people = frozenset(self.config.people)
        declared = {
            key: people if audience.members is None else frozenset(audience.members)
            for key, audience in self.config.audiences.items()
        }
        used = {name for item in self._items() for name in item.audiences} - set(declared)
        return declared | ({EVERYONE: people} if not declared or EVERYONE in used else {})

    @property
    def default_audiences(self) -> Audiences:
        """The audiences of whatever names none."""
        return default_audiences(self.config)

    @property
    def several(self) -> bool:
        """Whether there is more than one audience, each with a tree of its own."""
        return len(self.audiences) > 1

    @cached_property
    def kept_for(self) -> Mapping[str, frozenset[Audiences]]:
        """Source -> whom its rows are kept for, by its own entry or by another's over the same
        file. Where several entries keep them, only those may read them who are meant by each."""
        limits: dict[tuple[str, str], set[Audiences]] = {}
        fetched: list[tuple[str, Audiences]] = []
        for source in self.sources.values():
            if not source.audiences:
                continue
            for table in source.tables:
                limits.setdefault(table, set()).add(source.audiences)
            if source.config.url is not None:
                fetched.append((source.config.url, source.audiences))
        keepers_of: dict[str, frozenset[Audiences]] = {}
        for name, source in self.sources.items():
            keepers = {source.audiences} if source.audiences else set()
            keepers.update(
                audiences
                for url, audiences in fetched
                if _may_overlap(url, source.config.url or "")
            )
            keepers_of[name] = frozenset(
                keepers.union(*(limits.get(table, set()) for table in source.tables))
            )
        return keepers_of

    def hidden_tables(self, source: Source) -> tuple[str, ...]:
        """Tables of a source's .duckdb file that another source keeps for people who may not all
        see this one: what a view in that file must not read."""
        keepers = self.kept_for.get(source.id, frozenset())
        may_read = any if keepers else all  # where nobody keeps it, every audience may read it
        everybody = frozenset((name,) for name in self.audiences)
        places = {place for place, table in source.tables if table}
        hidden = {
            table
            for other_source in self.sources.values()
            for place, table in other_source.tables
            if place in places
            and not all(
                may_read(self.all_see(readers, owners) for readers in keepers or everybody)
                for owners in self.kept_for[other_source.id]
            )
        }
        return tuple(sorted(hidden))

    def sees(self, reader: str, owners: Audiences) -> bool:
        """Whether audience `reader` may see what is for `owners`: it is one of them, or each of its
        members belongs to one.

        An audience without members sees what is its own and nothing else.
        """
        if reader in owners:
            return True
        inside = self.audiences.get(reader, frozenset())
        return bool(inside) and inside <= self.people_of(owners)

    def all_see(self, readers: Audiences, owners: Audiences) -> bool:
        """Whether each of these audiences may see what is for `owners`."""
        return all(self.sees(reader, owners) for reader in readers)

    def people_of(self, audiences: Audiences) -> frozenset[str]:
        """Keys of the people who belong to any of these audiences."""
        return frozenset().union(*(self.audiences.get(name, frozenset()) for name in audiences))

    def readers(self, audiences: Audiences) -> Readers:
        """Whom something is for, with who belongs to it in this state."""
        return tuple(self._audiences_now.get(name) or AudienceThen(name) for name in audiences)

    @cached_property
    def _audiences_now(self) -> Mapping[str, AudienceThen]:
        return {
            name: AudienceThen(name, tuple(sorted(people)))
            for name, people in self.audiences.items()
        }

    def person(self, key: str | None) -> str:
        """Name of a person for display; the key itself where [people] does not know it, "" for
        none."""
        if key is None:
            return ""
        person = self.config.people.get(key)
        return bidi_isolated(person.name) if person else key

    def audience_title(self, key: str) -> str:
        audience = self.config.audiences.get(key)
        return (audience.title if audience else None) or key.replace("_", " ").capitalize()

    def dialect_of(self, item: Metric | View) -> str:
        """The dialect in which an item's SQL is written: that of the engine it names, else
        DuckDB's."""
        engine = self.config.engines.get(item.front.engine or "")
        return engine.dialect if engine is not None else "duckdb"

    @property
    def queries(self) -> tuple[Metric | View, ...]:
        """Everything that SQL may read as `metrics.<name>`: views, then metrics and key results."""
        return (*self.views.values(), *self.metrics.values())

    @cached_property
    def engine_items(self) -> Mapping[str, Metric | View]:
        """Views and metrics that run in an engine, by id."""
        return {item.id: item for item in self.queries if item.front.engine is not None}

    def sql_item(self, name: str) -> Metric | View | None:
        """The metric, key result or view that SQL calls `metrics.<name>`."""
        return self.metrics.get(name) or self.views.get(name)

    def _items(self) -> tuple[DeclaredItem, ...]:
        return (
            *self.views.values(),
            *self.metrics.values(),
            *self.objectives.values(),
            *self.dashboards.values(),
            *self.asks.values(),
        )
