"""What all declared shapes have in common: their base, and the kinds of values that keys take."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sharekit.project.days import FIRST, LAST

Day = Annotated[date, Field(ge=FIRST, le=LAST)]
"""A date that somebody wrote."""
Direction = Literal["up", "down", "none"]
Grain = Literal["day", "week", "month", "quarter", "year"]
AccumulateSpan = Literal["month", "quarter", "year"]
Total = Literal["sum", "none"]
OverTime = Literal["sum", "last", "mean", "max", "min", "none"]
CompareKind = Literal["previous", "year_ago", "target", "previous_to_date", "year_ago_to_date"]
ChangeKind = Literal["relative", "absolute", "points"]
ChangeWay = Literal["relative", "absolute", "points", "both"]
"""How a change is written in the end; `both`: in the unit, with the relative change beside it."""
KeyResultType = Literal["increase", "decrease", "maintain", "milestone", "baseline"]
Commitment = Literal["committed", "aspirational"]
RevisionReason = Literal["world_changed", "new_information", "was_wrong", "scope", "data"]
ChartKind = Literal["line", "bar", "stacked", "card", "table"]


class FiscalYear(NamedTuple):
    """When a fiscal year begins, and which calendar year names it."""

    start: int = 1
    """Its first month."""
    named_by: Literal["end", "start"] = "end"
    """Whether it bears the number of the calendar year in which it ends, or of that in which it
    begins."""

    @property
    def is_calendar(self) -> bool:
        return self.start == 1

    def number(self, day: date) -> int:
        """The number of the fiscal year in which a day lies."""
        begun = day.year if day.month >= self.start else day.year - 1
        return begun + (self.named_by == "end" and not self.is_calendar)

    def first_day(self, number: int) -> date:
        """The first day of the fiscal year that bears a number."""
        return date(number - (self.named_by == "end" and not self.is_calendar), self.start, 1)


CALENDAR_YEAR = FiscalYear()

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=80)]
"""Lower snake case: also the page's name and the name SQL uses."""
ViewId = Annotated[str, Field(pattern=r"^_[a-z][a-z0-9_]*$", max_length=80)]
ObjectiveId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=120)]
Text = Annotated[str, Field(min_length=1, pattern=r"\S")]


def _bare_year(value: object) -> object:
    """2013 as the text it stands for; 2013.0 is an integer too, as JSON Schema counts."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if type(value) is int else value


PeriodText = Annotated[
    str,
    BeforeValidator(_bare_year, json_schema_input_type=str | int),
]
""""2013-Q4", "2013-H2", "2013-11" or "2013"; a bare year needs no quotes."""
Number = Annotated[float, Field(allow_inf_nan=False)]


class Shape(BaseModel):
    """Base of all declared shapes: frozen, strict about unknown keys. What a field is for stands
    below it (see `descriptions`). A shape's validator is built when the first value is checked."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, defer_build=True)


TargetName = Annotated[str, Field(pattern=r"^(metrics\.)?[A-Za-z_][A-Za-z0-9_ ]*$", max_length=120)]
"""A column of the query, or another metric by the name that SQL has for it."""
ColumnName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_ ]*$", max_length=120)]
"""A column of the query."""
LookupName = Annotated[
    str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$", max_length=160)
]
"""A column of a source or view: carriers.name."""
Owner = str | Annotated[list[Text], Field(min_length=1)]
"""Who answers for something: a key of [people], or several, of whom the first speaks for all."""

AudienceNames = str | Annotated[list[Text], Field(min_length=1)]
"""Whom something is for: a key of [audiences], or several. Order and repeats mean nothing."""


def audience_names(value: AudienceNames | None) -> tuple[str, ...]:
    """The audiences that a value names, each once, by key; none where nothing is said."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(sorted(set(value)))


def audience_value(audiences: tuple[str, ...]) -> str | list[str]:
    """Audiences as people write them: a name, or a list."""
    return audiences[0] if len(audiences) == 1 else list(audiences)


def audience_text(audiences: tuple[str, ...]) -> str:
    """The same as text: "leads", "[board, leads]"."""
    return audiences[0] if len(audiences) == 1 else f"[{', '.join(audiences)}]"


class OwnedShape(Shape):
    """What somebody answers for."""

    @property
    def owners(self) -> tuple[str, ...]:
        """Everybody who answers for it, in declared order."""
        owner: Owner | None = getattr(self, "owner", None)
        return () if owner is None else (owner,) if isinstance(owner, str) else tuple(owner)

    @property
    def lead(self) -> str | None:
        """The one whom questions go to."""
        return next(iter(self.owners), None)


JsonValue = Any
"""What JSON can say; pydantic's own alias is recursive and slow to check."""
