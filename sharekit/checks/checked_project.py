"""What every rule looks at, gathered once, and the words that many rules share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from sharekit.checks.sql_facts import SqlFacts
from sharekit.errors import Place, Problem
from sharekit.numbers.additivity import Outputs, outputs_by_item
from sharekit.numbers.cache.answers import Remember, answer_anew
from sharekit.project.dashboard_body import DashboardBody, read_body
from sharekit.project.lineage import SCHEMA, Lineage, engine_table, with_lookups
from sharekit.project.manifest import EVERYONE, Audiences, Dashboard, Manifest, Metric, View
from sharekit.project.read.config_text import config_values
from sharekit.project.read.did_you_mean import suggestion
from sharekit.project.shapes import AudienceNames
from sharekit.wording.english import and_list

Rule = Callable[["CheckedProject"], Iterator[Problem]]


class CheckedProject(Struct, frozen=True, dict=True):
    """A manifest with what its texts tell."""

    manifest: Manifest
    facts: Mapping[str, SqlFacts]
    """By id of a metric, key result or view."""
    committed: Callable[[], Collection[str]] | None = None
    """Tells the paths of files that are committed; None where all are, as in a project read at a
    commit."""

    def is_committed(self, path: str) -> bool:
        return self.committed is None or path in self._committed_paths

    @cached_property
    def _committed_paths(self) -> Collection[str]:
        return self.committed() if self.committed is not None else ()

    remember: Remember = answer_anew

    def outputs(self, item: str) -> Outputs:
        """How the columns of a metric add up."""
        return self._outputs(item)

    @cached_property
    def _outputs(self) -> Callable[[str], Outputs]:
        def text(name: str) -> str | None:
            query = self.manifest.sql_item(name)
            return query.sql.text if query else None

        return outputs_by_item(text, self.lineage.upstream, self.remember)

    @cached_property
    def lineage(self) -> Lineage:
        """Direct reads, from the facts: as `lineage.lineage` tells them, without parsing again."""
        items: dict[str, tuple[str, ...]] = {}
        sources: dict[str, tuple[str, ...]] = {}
        for name, facts in self.facts.items():
            item = self.manifest.sql_item(name)
            if item is not None and item.front.engine is not None:
                tables = (engine_table(item.front.engine, read.full_name) for read in facts.reads)
                items[name], sources[name] = (), tuple(dict.fromkeys(tables))
                continue
            reads = [(read.schema.lower(), read.name.lower()) for read in facts.reads]
            items[name] = tuple(dict.fromkeys(table for schema, table in reads if schema == SCHEMA))
            sources[name] = tuple(
                dict.fromkeys(table for schema, table in reads if schema != SCHEMA)
            )
        return with_lookups(Lineage(items, sources), self.manifest)

    @cached_property
    def bodies(self) -> tuple[tuple[Dashboard, DashboardBody], ...]:
        return tuple(
            (dashboard, read_body(dashboard)) for dashboard in self.manifest.dashboards.values()
        )

    @cached_property
    def config_places(self) -> Mapping[str, Place]:
        text = self.manifest.files.get(self.manifest.config_path, "")
        return config_values(text, self.manifest.config_path).places

    def config_at(self, path: str) -> Place:
        """The place of a configured value, or of the file where it is not written."""
        return self.config_places.get(path, Place(self.manifest.config_path, 1, 1))

    @property
    def local_queries(self) -> Iterator[Metric | View]:
        """Those that run here, over the sources."""
        yield from (item for item in self.queries if item.front.engine is None)

    @property
    def queries(self) -> Iterator[Metric | View]:
        yield from self.manifest.views.values()
        yield from self.manifest.metrics.values()

    @cached_property
    def audiences(self) -> frozenset[str]:
        """Names that `audience:` may say."""
        return frozenset(self.manifest.config.audiences) | {EVERYONE}

    def unknown(
        self, what: str, name: str, names: Mapping[str, object], place: Place, *, none: str
    ) -> Iterator[Problem]:
        """Nothing where the name is known or was left out for its own problems; else
        `unknown-WHAT`.

        `none` is the hint where no such thing is declared at all.
        """
        if name in names or name in self.manifest.broken:
            return
        plural = f"{what.capitalize()}s" if what != "person" else "People"
        hint = self.hint(what, name, lambda: suggestion(name, names, are=plural, none=none))
        yield Problem(f"unknown-{what}", f"there is no {what} `{name}`", place, hint=hint)

    def hint(self, group: str, name: str, make: Callable[[], str | None]) -> str | None:
        """The hint for one unknown name, looked for once: a thousand files may miss the same
        view."""
        if (group, name) not in self._hints:
            self._hints[group, name] = make()
        return self._hints[group, name]

    @cached_property
    def _hints(self) -> dict[tuple[str, str], str | None]:
        return {}

    def may_see(self, readers: Audiences, owners: Audiences) -> bool:
        """Whether each of the audiences `readers` may see what is for `owners`. An unknown one is
        reported where it is named."""
        return not self.blind(readers, owners)

    def blind(self, readers: Audiences, owners: Audiences) -> Audiences:
        """Those of `readers` that may not."""
        if not {*readers, *owners} <= self.audiences:
            return ()
        return tuple(reader for reader in readers if not self.manifest.sees(reader, owners))

    def unknown_audiences(
        self, declared: AudienceNames | None, place_at: Callable[[str], Place], key: str, none: str
    ) -> Iterator[Problem]:
        """Each audience that a value names and nobody declared, where it stands below `key`."""
        names = dict.fromkeys(self.audiences)
        if isinstance(declared, str):
            yield from self.unknown("audience", declared, names, place_at(key), none=none)
        for index, name in enumerate(declared if isinstance(declared, list) else ()):
            yield from self.unknown("audience", name, names, place_at(f"{key}[{index}]"), none=none)


def quoted(audiences: Audiences) -> str:
    """Names of audiences in a message: "`board` and `leads`"."""
    return and_list([f"`{name}`" for name in audiences])


def query_place(item: Metric | View, line: int, column: int | None, length: int = 1) -> Place:
    """A place inside a query's text as a place in its file."""
    return Place(item.path, item.sql.first_line + line - 1, column, length)
