"""The published JSON Schema accepts what the loader accepts, and rejects what it rejects."""

from __future__ import annotations

import json
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import jsonschema
import pytest
from commandline import sharekit
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from sharekit.errors import Place
from sharekit.project import shapes as declared
from sharekit.project.days import FIRST, LAST
from sharekit.project.json_schema import (
    BLOCKS,
    FILES,
    config_schema,
    front_matter_schema,
    schema,
)
from sharekit.project.load import load
from sharekit.project.read.into_shapes import fit
from sharekit.project.read.key_names import PATTERNS
from sharekit.project.read.shape_errors import validate
from sharekit.project.read.values import ValueTree, as_integer
from sharekit.project.read.yaml_text import read_yaml
from sharekit.project.shapes.descriptions import described_keys

SHAPES = {**FILES, **BLOCKS}
CHECKER = jsonschema.FormatChecker(["date"])


@cache
def document() -> dict[str, Any]:
    return schema()


def accepts(shape: type[BaseModel], value: Any) -> bool:
    """Whether the schema's definition of this shape accepts a value."""
    pointed = {"$defs": document()["$defs"], "$ref": f"#/$defs/{shape.__name__}"}
    return bool(jsonschema.Draft202012Validator(pointed, format_checker=CHECKER).is_valid(value))


def examples(schema: dict[str, Any], depth: int = 0) -> st.SearchStrategy[Any]:
    """Values near what a part of the schema describes, right and wrong ones."""
    if "$ref" in schema:
        return examples(document()["$defs"][schema["$ref"].rpartition("/")[2]], depth)
    odd: st.SearchStrategy[Any] = st.sampled_from(
        [
            None,
            True,
            False,
            0,
            -1,
            2013,
            0.5,
            1e9,
            "",
            " ",
            "x",
            "2013-11-04",
            "2013-02-30",
            "x@y",
            "env:X",
            "upp",
            [],
            {},
        ]
    )
    if "allOf" in schema:
        return st.one_of([examples(each["then"], depth) for each in schema["allOf"]] + [odd])
    if "anyOf" in schema:
        return st.one_of([examples(each, depth) for each in schema["anyOf"]] + [odd])
    if "enum" in schema:
        return st.sampled_from([*schema["enum"], "upp"])
    if "const" in schema:
        return st.sampled_from([schema["const"], "other"])
    kind = schema.get("type")
    if kind == "string":
        good = [st.dates(FIRST, LAST).map(date.isoformat)] if schema.get("format") == "date" else []
        if "pattern" in schema and not good:
            good = [
                st.from_regex(re.compile(schema["pattern"], re.ASCII), fullmatch=True).map(typed)
            ]
        return st.one_of(*good, st.sampled_from(["a", "team1", "1 day"]), odd)
    if kind in ("number", "integer"):
        return st.one_of(
            st.integers(-5, 100), st.floats(-2, 20, allow_nan=False).map(as_integer), odd
        )
    if kind == "boolean":
        return st.one_of(st.booleans(), odd)
    if kind == "array":
        items = schema.get("items") or {"anyOf": schema.get("prefixItems", [])}
        return st.one_of(st.lists(examples(items, depth + 1), max_size=3), odd)
    if kind == "object" and depth < 4:
        return st.one_of(objects(schema, depth), odd) if depth else objects(schema, depth)
    return odd


def typed(text: str) -> str:
    """As a file can hold it: without control characters, and not too long."""
    return re.sub(r"[^ -~]", "~", text)[:90]


def objects(schema: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    known = schema.get("properties", {})
    inner = next(
        iter(schema.get("patternProperties", {}).values()), schema.get("additionalProperties")
    )
    if not known:
        keys = st.sampled_from(["a", "team1", "Team 1", "x y"])
        return st.dictionaries(
            keys, examples(inner if isinstance(inner, dict) else {}, depth + 1), max_size=2
        )
    required = {key: examples(known[key], depth + 1) for key in schema.get("required", [])}
    optional = {
        key: examples(value, depth + 1) for key, value in known.items() if key not in required
    }
    whole = (
        st.fixed_dictionaries(required, optional={**optional, "zebra": st.just(1)})
        if depth
        else few(required, optional)
    )
    return st.one_of(whole, st.fixed_dictionaries({}, optional=required))


def few(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[Any]:
    """All required keys and at most four others: with thirty at once something is always wrong."""
    chosen = st.lists(st.sampled_from([*optional, "zebra"]), max_size=4, unique=True)
    more = {**optional, "zebra": st.just(1)}
    return chosen.flatmap(
        lambda keys: st.fixed_dictionaries({**required, **{key: more[key] for key in keys}})
    )


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_schema_and_loader_are_of_one_mind(shape: type[BaseModel]) -> None:
    @given(examples(document()["$defs"][shape.__name__]))
    @settings(max_examples=250)
    def compare(value: Any) -> None:
        fits = not isinstance(validate(shape, value), tuple)
        assert accepts(shape, value) == fits

    compare()


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_whatever_does_not_fit_is_told_in_our_words(shape: type[BaseModel]) -> None:
    @given(examples(document()["$defs"][shape.__name__]))
    @settings(max_examples=150)
    def words(value: Any) -> None:
        made, problems = fit(shape, ValueTree(value), Place("x", 1, 1))
        assert (made is None) == bool(problems)
        for problem in problems:
            said = f"{problem.message} {problem.hint}"
            assert not re.search(
                r"Input should|validation|pydantic|something else|NoneType|Front\b|<class", said
            ), said

    words()


@pytest.mark.slow
def test_the_document_is_a_schema() -> None:
    for published in (schema(), front_matter_schema(), config_schema()):
        jsonschema.Draft202012Validator.check_schema(published)
        assert published["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def errors(definition: dict[str, Any], value: Any) -> list[tuple[str, str]]:
    """Where each error stands, and its rule; rules of several alternatives stand for the value as a
    whole."""
    found = jsonschema.Draft202012Validator(definition).iter_errors(value)
    return [("/".join(map(str, error.absolute_path)), str(error.validator)) for error in found]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (
            {"project": {"name": "X", "timezon": "Europe/Berlin"}, "site": {"page_kb": 300}},
            "project",
        ),
        ({"project": {"name": "X"}, "sitee": {}}, ""),
        (
            {
                "project": {"name": "X"},
                "audiences": {"a": {"meeting": {"day": "monday", "tme": 9, "time": "09:00"}}},
            },
            "audiences/a/meeting",
        ),
    ],
    ids=["in a table", "a table", "in a table of a table"],
)
def test_an_editor_marks_the_misspelled_key_of_the_configuration(value: Any, place: str) -> None:
    assert errors(config_schema(), value) == [(place, "additionalProperties")]


@pytest.mark.parametrize(
    ("value", "place", "rule"),
    [
        ({"title": "X", "tilte": "Y"}, "", "additionalProperties"),
        ({"title": "X", "ownr": "Y", "columns": {}}, "", "additionalProperties"),
    ],
)
def test_an_editor_marks_the_misspelled_key_of_front_matter(
    value: Any, place: str, rule: str
) -> None:
    assert set(errors(front_matter_schema(), value)) == {(place, rule)}


@pytest.mark.parametrize(
    ("shape", "value", "place"),
    [
        ("KeyResultFront", {"title": "X", "plan": [{"what": "a", "duee": "2026-01-01"}]}, "plan/0"),
        (
            "KeyResultFront",
            {"title": "X", "pace": [{"onn": "2026-01-01", "on": "2026-01-01", "value": 1}]},
            "pace/0",
        ),
        (
            "MetricFront",
            {"title": "X", "target": [{"form": 1, "from": "2026-01-01", "value": 1}]},
            "target/0",
        ),
        (
            "MetricFront",
            {"title": "X", "kind": "table", "columns": {"a": {"fromat": "€"}}},
            "columns/a",
        ),
    ],
)
def test_an_editor_marks_the_misspelled_key_inside_an_entry(
    shape: str, value: Any, place: str
) -> None:
    definition = {"$defs": document()["$defs"], "$ref": f"#/$defs/{shape}"}
    assert errors(definition, value) == [(place, "additionalProperties")]


def test_the_example_of_this_repository_is_valid() -> None:
    root = Path(__file__).parent.parent
    manifest = load(root)
    validator = jsonschema.Draft202012Validator(front_matter_schema(), format_checker=CHECKER)
    for path, text in manifest.files.items():
        if path.endswith(".sql") and text.startswith("/* ---"):
            front = read_yaml(text[len("/* ---\n") : text.index("\n--- */")], path).value
            assert validator.is_valid(front), path


def test_every_key_says_what_it_is() -> None:
    tables = {
        "project",
        "people",
        "audiences",
        "sources",
        "engines",
        "mail",
        "announce",
        "okrs",
        "limits",
        "site",
    }
    for shape in SHAPES.values():
        assert [
            key
            for key, meaning in described_keys(shape).items()
            if not meaning and key not in tables
        ] == []


def test_every_pattern_has_its_words() -> None:
    written = set(re.findall(r'"pattern": ("(?:[^"\\]|\\.)*")', json.dumps(document())))
    patterns = {json.loads(pattern) for pattern in written} - {r"^[12]\d{3}-\d{2}-\d{2}$"}
    free_keys = set(
        re.findall(r'"patternProperties": \{("(?:[^"\\]|\\.)*")', json.dumps(document()))
    )
    assert patterns | {json.loads(pattern) for pattern in free_keys} == set(PATTERNS) - {r"\S"} | (
        {r"\S"} & patterns
    )


def test_the_definition_that_the_help_names_is_there() -> None:
    said = sharekit("schema", "--help").out
    named = re.findall(r"#/\$defs/(\w+)", said)
    assert named
    assert set(named) <= set(document()["$defs"])


def test_every_shape_refuses_unknown_keys() -> None:
    for name, definition in document()["$defs"].items():
        assert definition["additionalProperties"] is False, name


def test_all_shapes_are_published() -> None:
    shapes = {
        name
        for name, each in vars(declared).items()
        if isinstance(each, type) and issubclass(each, declared.Shape)
    }
    assert shapes - {"Shape"} == set(document()["$defs"])


def bare_dates(annotation: object) -> bool:
    """Whether a date may stand there that no limit holds within the calendar."""
    if get_origin(annotation) is Annotated:
        return False
    return annotation is date or any(map(bare_dates, get_args(annotation)))


def test_every_date_that_people_write_has_limits() -> None:
    shapes = [
        shape
        for shape in vars(declared).values()
        if isinstance(shape, type) and issubclass(shape, BaseModel)
    ]
    hints = {shape: get_type_hints(shape, include_extras=True) for shape in shapes}
    dated = [
        f"{shape.__name__}.{name}"
        for shape, names in hints.items()
        for name in names
        if bare_dates(names[name])
    ]
    assert not dated
    assert declared.Checkpoint in shapes
