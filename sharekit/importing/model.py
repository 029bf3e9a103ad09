"""The one inner form of all formats: models with fields, links between them, and definitions of
metrics over them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct, field

from sharekit.project.shapes import Direction, Grain

Role = Literal["dimension", "time", "value"]


class ModelField(Struct, frozen=True):
    """A column of a model: one of its table, or an expression over its rows."""

    name: str
    expression: str | None = None
    """SQL over one row of the model's table; None for the table's own column."""
    role: Role = "value"
    grain: Grain | None = None
    """Of a time: how fine it is."""
    dialect: str = ""


class Model(Struct, frozen=True):
    """Rows that metrics are counted over: a table or a query."""

    name: str
    """Unique; definitions and links use it."""
    place: str
    """File that declares it."""
    source: str
    """A table's name, or a query."""
    dialect: str
    is_query: bool = False
    fields: tuple[ModelField, ...] = ()
    time: str | None = None
    """Field that metrics run along."""
    filter: str | None = None
    """Condition that all rows meet."""
    title: str | None = None
    description: str | None = None

    def field(self, name: str) -> ModelField | None:
        return next(
            (entry for entry in self.fields if entry.name.casefold() == name.casefold()), None
        )


class ModelLink(Struct, frozen=True):
    """Many rows of one model belong to one row of another."""

    many: str
    one: str
    columns: tuple[tuple[str, str], ...]
    """Pairs of a column there and a column here that are equal."""


class ForeignMetric(Struct, frozen=True):
    """A metric as it is declared elsewhere."""

    name: str
    place: str
    expression: str
    """An aggregate over fields: `sum(amount)`, `sum(orders.amount)`. Of rows that are there
    already: the column that is the value."""
    dialect: str
    model: str | None = None
    """Whose fields are meant by a bare name; None: the models it names."""
    title: str | None = None
    description: str | None = None
    synonyms: tuple[str, ...] = ()
    unit: str | None = None
    format: str | None = None
    direction: Direction = "none"
    missing_is_zero: bool = False
    deprecated: bool = False
    prefix: str | None = None
    """What goes before its name where another has the same; default: the model's name."""
    time: str | None = None
    """Field that it runs along, where it is not its model's."""
    scope: tuple[tuple[str, str], ...] = ()
    """Pairs of a name in the expression and the model that it means, where these differ."""
    aggregated: bool = True
    """False where each row of the model is a value already."""
    losses: tuple[str, ...] = ()
    """What of it could not be carried, in sentences without a full stop."""


class LeftOut(Struct, frozen=True):
    """A definition that is not carried, and why."""

    name: str
    kind: str
    """What it is there: metric, model, measure, file."""
    place: str
    why: str


class Definitions(Struct, frozen=True):
    """All that a reader found."""

    models: tuple[Model, ...] = ()
    links: tuple[ModelLink, ...] = ()
    definitions: tuple[ForeignMetric, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


_TWICE = "another model has its name: import each project by itself"


class Collected(Struct):
    """What a reader has found so far."""

    models: list[Model] = field(default_factory=list)
    links: list[ModelLink] = field(default_factory=list)
    definitions: list[ForeignMetric] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def leave(self, name: str, kind: str, place: str, why: str) -> None:
        self.left_out.append(LeftOut(name or "(no name)", kind, place, why))

    def result(self, unread: Iterable[LeftOut]) -> Definitions:
        """All of it. Of two models of one name the first is kept, as another project's metrics
        would be counted over the wrong rows."""
        first: dict[str, Model] = {}
        twice: set[tuple[str | None, str]] = set()
        for model in self.models:
            if first.setdefault(model.name, model) is not model:
                twice.add((model.name, model.place))
                self.leave(model.name, "model", model.place, _TWICE)
        definitions = []
        for definition in self.definitions:
            if (definition.model, definition.place) in twice:
                self.leave(definition.name, "metric", definition.place, f"its model: {_TWICE}")
            else:
                definitions.append(definition)
        return Definitions(
            tuple(first.values()),
            tuple(self.links),
            tuple(definitions),
            (*self.left_out, *unread),
        )
