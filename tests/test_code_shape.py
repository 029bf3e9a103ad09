"""The code's own measures: how long a function is, and what names say."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from source_trees import PACKAGE, SOURCES, nodes, tree

MOST_LINES = 60
LEAST_WORDS = 7
SAYS_NOTHING = frozenset({
    "each", "told", "found", "known", "stands", "said", "spoken", "mine", "given", "again", "lot",
})  # fmt: skip
"""Words that say what was done with a thing, and not what it is: no name is one, or has one in it."""
ALLOWED = frozenset({
    "mcp/answer_types.py found",  # documents that others read
    "revisions/revision.py known_to",
    "numbers/evaluate/data_coverage.py stands_for_period",  # as the configuration calls it
    "numbers/measure/remarks.py stands_for_period",
    "site/overview.py how_it_stands",
    "site/overview.py _STANDS",
    "sqldiff/canonical/merge.py stands_in_from",
    "sqldiff/canonical/merge.py stands_in_join",
    "sqldiff/canonical/resolve_names.py _has_known_type",
    "sqldiff/canonical/scopes.py KNOWN_SOURCES",
})  # fmt: skip
STANDS_FOR_ANYTHING = frozenset({
    "wanted", "named", "own", "kept", "meant", "seen", "one", "other", "both", "made", "taken", "whole",
})  # fmt: skip
"""Whole names that leave open what is held: a wanted what, one of what, both of what?"""
ALLOWED_ALONE = frozenset({
    "importing/model.py one",  # of "many to one"
    "importing/queries.py one",
    "importing/formats/ossie.py one",
})  # fmt: skip
SAYS_LITTLE = frozenset({
    "words", "asked", "gone", "numbered", "sent", "revised", "joined", "without", "named", "together", "lost",
    "made", "taken", "seen", "meant", "owned", "judged", "followed", "some", "who", "with", "about", "left",
    "weigh", "judge", "past", "facts", "misfits", "standing", "shaken", "desk", "world", "later", "quiet", "kept",
})  # fmt: skip
"""Whole names of modules, classes and functions that a stranger cannot guess."""


@cache
def _names() -> Sequence[tuple[str, ast.AST]]:
    """What gives a name to something, with its file."""
    return [(_short(file), node) for file in SOURCES for node in nodes(file) if _given_name(node)]


def _short(file: Path) -> str:
    return file.relative_to(PACKAGE).as_posix()


def _long_functions() -> Iterator[str]:
    for file, node in _names():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MOST_LINES:
                yield f"{file}:{node.lineno} {node.name}: {lines} lines"


def _given_name(node: ast.AST) -> str:
    """The name that a statement, a parameter or a loop gives; "" where it gives none."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.arg):
        return node.arg
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return node.attr
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    return ""


def test_a_person_can_hold_each_function_in_the_head() -> None:
    assert list(_long_functions()) == []


def test_names_say_what_a_thing_is() -> None:
    names = {
        f"{file} {name}"
        for file, node in _names()
        if SAYS_NOTHING & set((name := _given_name(node)).lower().split("_"))
    }
    assert names - ALLOWED == set()


def test_names_say_of_what() -> None:
    names = {
        f"{file} {name}"
        for file, node in _names()
        if (name := _given_name(node).strip("_")) in STANDS_FOR_ANYTHING
    }
    assert names - ALLOWED_ALONE == set()


def test_a_stranger_can_guess_what_a_function_or_class_does() -> None:
    names = {
        f"{file} {node.name}"
        for file, node in _names()
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and node.name.strip("_").lower() in SAYS_LITTLE
    }
    modules = {file.stem for file in SOURCES} & SAYS_LITTLE
    assert names | modules == set()


def test_a_class_name_means_one_thing() -> None:
    files: dict[str, list[str]] = {}
    for file, node in _names():
        if isinstance(node, ast.ClassDef):
            files.setdefault(node.name.strip("_"), []).append(file)
    assert {name: where for name, where in files.items() if len(where) > 1} == {}


def test_each_module_says_what_it_is_for() -> None:
    """In its first paragraph, and in more than a word or two."""
    silent = []
    for file in SOURCES:
        paragraph = (ast.get_docstring(tree(file)) or "").partition("\n\n")[0]
        if tree(file).body and len(paragraph.split()) < LEAST_WORDS and file.name != "__main__.py":
            silent.append(_short(file))
    assert silent == []


def _imported_from(module: ast.Module) -> Mapping[str, str]:
    """Name -> the module that it is imported from, where it is."""
    return {
        alias.asname or alias.name: node.module or ""
        for node in module.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def test_records_are_copied_by_one_function() -> None:
    """`dataclasses.replace` refuses a Struct when it runs, and mypy does not know it."""
    home = "sharekit.records"
    assert [
        file for file in SOURCES if _imported_from(tree(file)).get("replace", home) != home
    ] == []


def test_a_default_is_made_by_the_kind_of_record_that_has_it() -> None:
    """A dataclass's `field` in a Struct is a value like any other, and would be shared by all."""
    wrong = []
    for file in SOURCES:
        origin = _imported_from(tree(file)).get("field")
        for node in nodes(file):
            if isinstance(node, ast.ClassDef) and "field" in _functions_of_defaults(node):
                is_struct = "Struct" in map(ast.unparse, node.bases)
                if origin != ("msgspec" if is_struct else "dataclasses"):
                    wrong.append(f"{_short(file)} {node.name}")
    assert wrong == []


def _functions_of_defaults(record: ast.ClassDef) -> set[str]:
    return {
        ast.unparse(node.value.func)
        for node in record.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Call)
    }
