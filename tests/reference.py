"""The manual's reference, written from the code: every key of front matter and configuration, every
command and option.

pytest tests/test_docs.py --update-cases      writes docs/reference/
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import click
from document_reference import document_reference
from pydantic import BaseModel

from sharekit import cli
from sharekit.commands import switches
from sharekit.project import shapes as declared
from sharekit.project.shapes.descriptions import descriptions

WRITTEN = "<!-- Written by tests/reference.py; see CONTRIBUTING.md. -->"

FRONT: dict[str, tuple[type[BaseModel], ...]] = {
    "A metric": (declared.MetricFront,),
    "A key result": (declared.KeyResultFront,),
    "A shared view": (declared.ViewFront,),
    "An objective": (declared.ObjectiveFront,),
    "A dashboard": (declared.DashboardFront,),
    "A question that was asked": (declared.AskFront,),
    "Entries inside them": (
        declared.ColumnFront,
        declared.DatedTarget,
        declared.DatedNote,
        declared.Checkpoint,
        declared.CheckIn,
        declared.PeriodDates,
        declared.PlanItem,
        declared.HelpItem,
        declared.DecisionItem,
        declared.OfferShape,
        declared.RevisionNote,
        declared.NoAnnouncement,
        declared.Retired,
        declared.AskRecord,
    ),
    "Blocks in a dashboard": (
        declared.MetricPlacement,
        declared.MetricsPlacement,
        declared.ScorecardPlacement,
        declared.ChangesPlacement,
        declared.TablePlacement,
    ),
}
"""Heading -> the shapes whose keys stand below it; with several, each has its own line above."""
CONFIG: tuple[type[BaseModel], ...] = (
    declared.ProjectConfig,
    declared.PersonConfig,
    declared.AudienceConfig,
    declared.MeetingConfig,
    declared.SourceConfig,
    declared.EngineConfig,
    declared.MailConfig,
    declared.AnnounceConfig,
    declared.WebhookConfig,
    declared.OkrConfig,
    declared.LimitsConfig,
    declared.SiteConfig,
)
ENTRIES: dict[type[BaseModel], str] = {
    declared.PeriodDates: "{start, end}",
    declared.MeetingConfig: "table",
}
USED = {
    declared.ColumnFront: "A column in `columns`",
    declared.DatedTarget: "An entry of `target`",
    declared.DatedNote: "An entry of `notes`",
    declared.Checkpoint: "An entry of `pace`",
    declared.PeriodDates: "A `period` of free dates",
    declared.PlanItem: "An entry of `plan`",
    declared.HelpItem: "An entry of `help_wanted`",
    declared.DecisionItem: "An entry of `decisions`",
    declared.OfferShape: "An entry of `offers`",
    declared.RevisionNote: "An entry of `revisions`",
    declared.NoAnnouncement: "An entry of `revisions` that announces nothing",
    declared.Retired: "An entry of `retired`",
    declared.AskRecord: "An entry of `asked`",
}


NAMES = ("commands.md", "configuration.md", "documents.md", "front-matter.md")


@cache
def reference() -> Mapping[str, str]:
    """File below docs/reference/ -> its text."""
    pages = {
        "front-matter.md": ("# Front matter", _front()),
        "configuration.md": ("# Configuration", _config()),
        "commands.md": ("# Commands", _commands()),
        "documents.md": ("# JSON documents", document_reference()),
    }
    return {
        name: "\n".join([title, "", WRITTEN, "", *lines]).rstrip() + "\n"
        for name, (title, lines) in pages.items()
    }


def _front() -> Iterator[str]:
    for heading, shapes in FRONT.items():
        yield from (f"## {heading}", "")
        for shape in shapes:
            if len(shapes) > 1:
                yield from (_cell(USED.get(shape) or _doc(shape)).rstrip(".") + ":", "")
            elif shape is declared.KeyResultFront:
                yield from ("Every key of a metric, and these:", "")
            yield from _keys(
                shape, skip=declared.MetricFront if shape is declared.KeyResultFront else None
            )


def _config() -> Iterator[str]:
    yield from ("In `sharekit.toml`, or below `[tool.sharekit]` in `pyproject.toml`.", "")
    for shape in CONFIG:
        head, _, words = _doc(shape).partition(": ")
        yield from (f"## `{head}`", "")
        if words:
            yield from (words[0].upper() + words[1:], "")
        yield from _keys(shape)


def _keys(shape: type[BaseModel], skip: type[BaseModel] | None = None) -> Iterator[str]:
    yield from ("| key | value | meaning |", "|---|---|---|")
    described, above = descriptions(shape), descriptions(skip) if skip else {}
    for name, field in shape.model_fields.items():
        if name in above and above[name] == described.get(name):
            continue
        need = " **Required.**" if field.is_required() else _default(field.default)
        yield (
            f"| `{field.alias or name}` | {_value(field.annotation)} |"
            f" {_cell(described.get(name, ''))}{need} |"
        )
    yield ""


def _default(value: object) -> str:
    """The default, where it is one word that the meaning does not tell already."""
    if value in (None, "", 0) or isinstance(value, (bool, list, dict, BaseModel)):
        return ""
    return f" Default: `{value}`."


def _value(annotation: Any) -> str:
    """What may be written, in a few words."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(inside[0])
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in inside)
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_value(each) for each in inside if each is not type(None)))
    if origin is tuple:
        return "[low, high]"
    if origin is list:
        what = _value(inside[0])
        return (
            "list"
            if what == "text"
            else (
                f"list of {what}"
                if what.endswith("entries") or what[0] == "`"
                else f"list of {what}s"
            )
        )
    if origin is dict:
        return "table"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return ENTRIES.get(annotation, "entries")
    return {str: "text", bool: "true or false", int: "whole number", float: "number", date: "date"}[
        annotation
    ]


def _commands() -> Iterator[str]:
    context = click.Context(cli.sharekit, info_name="sharekit")
    common = {option for switch in switches() for option in switch.opts}
    yield from ("Every command takes these too:", "")
    yield from _options(switches())
    for name in cli.COMMANDS:
        command = cli.sharekit.get_command(context, name)
        assert command is not None
        yield from (
            f"## `sharekit {name}`",
            "",
            *inspect.cleandoc(command.help or "").splitlines(),
            "",
        )
        usage = command.collect_usage_pieces(click.Context(command, parent=context, info_name=name))
        yield from ("```", " ".join(["sharekit", name, *usage]), "```", "")
        own = [
            each
            for each in command.params
            if isinstance(each, click.Option) and not common.issuperset(each.opts)
        ]
        if own:
            yield from _options(own)


def _options(options: Iterable[click.Option]) -> Iterator[str]:
    yield from ("| option | meaning |", "|---|---|")
    for option in options:
        metavar = "" if option.is_flag else f" {_metavar(option)}"
        yield f"| `{_cell(', '.join(option.opts) + metavar)}` | {_cell(option.help or '')} |"
    yield ""


def _metavar(option: click.Option) -> str:
    choices = getattr(option.type, "choices", None)
    return option.metavar or ("|".join(choices) if choices else option.type.name.upper())


def _doc(shape: type[BaseModel]) -> str:
    return inspect.cleandoc(shape.__doc__ or "").splitlines()[0]


def _cell(text: str) -> str:
    """Text for one cell: a bar is escaped, bare TOML and YAML in it stays as written."""
    return " ".join(text.split()).replace("|", "\\|")


def declared_keys() -> Iterator[tuple[str, str]]:
    """Every key that people may write, with the shape it belongs to."""
    for shape in _shapes(declared.Shape):
        if shape is not declared.Config:
            yield from (
                (shape.__name__, field.alias or name) for name, field in shape.model_fields.items()
            )


def _shapes(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for shape in base.__subclasses__():
        yield shape
        yield from _shapes(shape)


def option_names() -> dict[str, set[str]]:
    """Each command's options; "" has those of the program itself."""
    context = click.Context(cli.sharekit, info_name="sharekit")
    found = {
        "": {"--version", "--help", "-h", *(opt for switch in switches() for opt in switch.opts)}
    }
    for name in cli.COMMANDS:
        command: Any = cli.sharekit.get_command(context, name)
        found[name] = {
            opt for param in command.params if isinstance(param, click.Option) for opt in param.opts
        }
    return found
