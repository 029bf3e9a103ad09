"""What each field of a shape is for: the text below its declaration.

Read when somebody asks, and not by pydantic when the shapes are imported: that parses the source of
each shape again in every process."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise

from pydantic import BaseModel

from sharekit.project.shapes.base import Shape


def descriptions(shape: type[BaseModel]) -> Mapping[str, str]:
    """Name of each field, as Python has it -> its text; inherited fields too."""
    shapes = [base for base in reversed(shape.__mro__) if issubclass(base, Shape)]
    return {name: text for base in shapes for name, text in _declared_fields(base)}


def described_keys(shape: type[BaseModel]) -> Mapping[str, str]:
    """Each key that people write, in the order of declaration -> its text; "" where it has none."""
    texts = descriptions(shape)
    return {info.alias or name: texts.get(name, "") for name, info in shape.model_fields.items()}


def _declared_fields(shape: type[object]) -> Iterator[tuple[str, str]]:
    """The fields that a class declares itself, with the texts that follow them."""
    (declaration,) = ast.parse(textwrap.dedent(inspect.getsource(shape))).body
    assert isinstance(declaration, ast.ClassDef)
    for field, text in pairwise(declaration.body):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                yield name, inspect.cleandoc(words)
