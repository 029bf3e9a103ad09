"""One published JSON Schema (draft 2020-12) of everything people write, for editors and for the
reference. Pure.

Each kind of file is a definition of its own, `#/$defs/MetricFront` for a metric's front matter, so
that a modeline or a glob can tell an editor which one to use. The root accepts any of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from sharekit.project.shapes import (
    AskFront,
    ChangesPlacement,
    Config,
    DashboardFront,
    KeyResultFront,
    MetricFront,
    MetricPlacement,
    MetricsPlacement,
    ObjectiveFront,
    ScorecardPlacement,
    Shape,
    TablePlacement,
    ViewFront,
)
from sharekit.project.shapes.descriptions import described_keys

SCHEMA_ID = "urn:sharekit:schema:1"
FILES: Mapping[str, type[BaseModel]] = {
    "metric": MetricFront,
    "key_result": KeyResultFront,
    "view": ViewFront,
    "objective": ObjectiveFront,
    "dashboard": DashboardFront,
    "ask": AskFront,
    "config": Config,
}
"""What a file can declare -> its shape."""
BLOCKS: Mapping[str, type[BaseModel]] = {
    "metrics": MetricPlacement,
    "metrics in columns": MetricsPlacement,
    "okrs": ScorecardPlacement,
    "changes": ChangesPlacement,
    "table": TablePlacement,
}
"""First word of a dashboard's block -> the shape of what it holds; of each entry of a `metrics`
block, and of one that says how it is laid out."""


def front_matter_schema() -> dict[str, Any]:
    """The schema of the front matter of metrics, key results, views, objectives, dashboards and
    asks."""
    return _document({name: shape for name, shape in FILES.items() if name != "config"})


def config_schema() -> dict[str, Any]:
    """The schema of sharekit.toml, or of [tool.sharekit] in pyproject.toml."""
    return _document({"config": Config})


def schema() -> dict[str, Any]:
    """Everything in one document: files, and the blocks of dashboards."""
    return _document(FILES, BLOCKS)


def _document(
    files: Mapping[str, type[BaseModel]], blocks: Mapping[str, type[BaseModel]] | None = None
) -> dict[str, Any]:
    shapes = [*files.values(), *(blocks or {}).values()]
    references, schema_document = models_json_schema(
        [(shape, "validation") for shape in shapes], by_alias=True
    )
    declared = {shape.__name__: shape for shape in _all_shapes(Shape)}
    definitions = {
        name: _without_titles(definition, declared[name])
        for name, definition in sorted(schema_document["$defs"].items())
    }
    document: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "sharekit",
        "description": "What people declare in a sharekit project.",
        "$defs": definitions,
    }
    shape_references = [
        {"title": name.replace("_", " "), **references[shape, "validation"]}
        for name, shape in files.items()
    ]
    return document | (
        _any_file(shape_references, definitions)
        if len(shape_references) > 1
        else shape_references[0]
    )


def _any_file(
    shape_references: list[dict[str, Any]], definitions: Mapping[str, Any]
) -> dict[str, Any]:
    """A file of any kind. A key that no kind has is wrong by itself: an editor marks it, and not
    the whole file."""
    names = {
        name
        for reference in shape_references
        for name in definitions[_name(reference)]["properties"]
    }
    some_keys = {"properties": dict.fromkeys(sorted(names), True), "additionalProperties": False}
    return {"if": some_keys, "then": {"anyOf": shape_references}, "else": some_keys}


def _all_shapes(base: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for shape in base.__subclasses__():
        yield shape
        yield from _all_shapes(shape)


def _without_titles(definition: dict[str, Any], shape: type[BaseModel]) -> dict[str, Any]:
    """A definition with what its fields are for, without made-up titles of them, and with what
    pydantic checks and does not write down."""
    described = described_keys(shape)
    properties = {
        name: _strict({key: value for key, value in field.items() if key != "title"})
        | ({"description": described[name]} if described[name] else {})
        for name, field in definition.get("properties", {}).items()
    }
    return {**definition, "properties": properties} if properties else definition


def _strict(field: Any) -> Any:
    """Dates by their pattern, since most editors do not look at formats; names of free keys without
    exception."""
    if isinstance(field, list):
        return [_strict(item) for item in field]
    if not isinstance(field, dict):
        return field
    field = {key: _strict(value) for key, value in field.items()}
    if field.get("format") == "date":
        field["pattern"] = r"^[12]\d{3}-\d{2}-\d{2}$"
    if "patternProperties" in field:
        field["additionalProperties"] = False
    if any(_is_deep(alternative) for alternative in field.get("anyOf", ())):
        alternatives = field.pop("anyOf")
        return field | _by_type(alternatives)
    return field


def _is_deep(alternative: Mapping[str, Any]) -> bool:
    """Whether something can be wrong inside a value of this kind."""
    return "$ref" in alternative or alternative.get("type") in ("array", "object")


def _by_type(alternatives: list[dict[str, Any]]) -> dict[str, Any]:
    """One of several kinds of values, chosen by the value's type: what is wrong inside is told
    where it stands.

    `anyOf` would only say that the whole value fits none of them.
    """
    kinds: dict[str, list[dict[str, Any]]] = {}
    for alternative in alternatives:
        kinds.setdefault("object" if "$ref" in alternative else alternative["type"], []).append(
            alternative
        )
    conditions = [
        {"if": {"type": kind}, "then": _one_of(same_type)} for kind, same_type in kinds.items()
    ]
    return {"type": list(kinds), "allOf": conditions}


def _one_of(alternatives: list[dict[str, Any]]) -> dict[str, Any]:
    return alternatives[0] if len(alternatives) == 1 else {"anyOf": alternatives}


def _name(reference: Mapping[str, Any]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]
