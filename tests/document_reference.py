"""The reference of the JSON documents, written from `sharekit/documents.py`."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sharekit import documents

ROOTS: Mapping[str, str] = {
    "TreeIndex": "`sharekit.json`",
    "OkrsDocument": "`okrs.json`",
    "ChangesDocument": "`changes.json`",
    "NumberDocument": "`data/ID.json`",
}
"""Type of a document -> the file."""
WORDS = {
    "str": "text", "int": "whole number", "bool": "true or false", "Number": "number", "None": "null", "Any": "value",
    "Point": "[day, number]", "NumberKind": '"metric", "key_result", "table"',
    "TaskState": '"done", "todo", "overdue"', "QuestionState": '"waiting", "answered", "declined"',
}  # fmt: skip


@dataclass(frozen=True)
class Described:
    """One type of the module as it is written there."""

    words: str
    bases: tuple[str, ...]
    keys: tuple[tuple[str, str, str], ...]
    """Name, type and meaning of each key."""


def described() -> Mapping[str, Described]:
    """Every type of the module, by name."""
    module = ast.parse(inspect.getsource(documents))
    return {node.name: _described(node) for node in module.body if isinstance(node, ast.ClassDef)}


def _described(node: ast.ClassDef) -> Described:
    keys = []
    for statement, after in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            text = ""
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                text = " ".join(str(after.value.value).split())
            keys.append((statement.target.id, ast.unparse(statement.annotation), text))
    bases = tuple(ast.unparse(base) for base in node.bases if ast.unparse(base) != "TypedDict")
    return Described(ast.get_docstring(node) or "", bases, tuple(keys))


def document_reference() -> Iterator[str]:
    """The page's lines, below its title."""
    yield from (
        "What a tree holds for scripts, beside its pages. Keys are added, never renamed; what is absent is null, an",
        "empty list or an empty object. Days are ISO dates, addresses relative to the root of the tree, texts without",
        "Markdown, a score goes from 0 to 1.",
        "",
    )
    types = described()
    for name, file in ROOTS.items():
        yield from (f"## {file}", "", types[name].words, "")
        yield from _table(types, name)
        inside = _inside(types, name, [])
        for part in inside:
            yield from (f"### {_title(part)}", "", types[part].words, "")
            yield from _table(types, part)


def _inside(types: Mapping[str, Described], name: str, seen: list[str]) -> list[str]:
    """The types that a document is made of, in the order in which they are met."""
    for _, hint, _ in _keys(types, name):
        for part in re.findall(r"\w+", hint):
            if part in types and part not in seen:
                seen.append(part)
                _inside(types, part, seen)
    return seen


def _keys(types: Mapping[str, Described], name: str) -> Iterator[tuple[str, str, str]]:
    yield from types[name].keys
    for base in types[name].bases:
        yield from _keys(types, base)


def _table(types: Mapping[str, Described], name: str) -> Iterator[str]:
    yield from ("| key | value | meaning |", "|---|---|---|")
    for key, hint, text in _keys(types, name):
        yield f"| `{key}` | {_value(types, ast.parse(hint, mode='eval').body)} | {text} |"
    yield ""


def _value(types: Mapping[str, Described], hint: ast.expr) -> str:
    """A type in a few words."""
    match hint:
        case ast.BinOp(left=left, right=right):
            return f"{_value(types, left)} or {_value(types, right)}"
        case ast.Subscript(value=ast.Name(id="list"), slice=inner):
            return f"list of: {_value(types, inner)}"
        case ast.Subscript(value=ast.Name(id="dict"), slice=ast.Tuple(elts=[_, inner])):
            return f"object of: {_value(types, inner)}"
        case ast.Constant(value=None):
            return "null"
        case ast.Name(id=name) if name in types:
            return f"[{_title(name).lower()}](#{_title(name).lower().replace(' ', '-')})"
        case ast.Name(id=name):
            return WORDS[name]
    raise AssertionError(ast.unparse(hint))


def _title(name: str) -> str:
    """ "Key result entry" of KeyResultEntry."""
    return " ".join(re.findall(r"[A-Z][a-z]*", name)).capitalize()
