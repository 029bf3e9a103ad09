"""Who may import whom inside the package: the table of the design, compared with the imports that ast finds.

A module may import its own layer, what its row names, and nothing else of ours. Imports inside functions and under
TYPE_CHECKING count like any other: they are the same arrow.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "sharekit"

TYPES = "errors artifacts declared manifest results changes"
PURE = f"{TYPES} lineage periods formats okr judge measure placements reading"
STEPS = "loader checks reports schema engines cache evaluate sqldiff revisions history render publish"
PIPELINE = f"{PURE} {STEPS} facts asks impact comparisons inputs past published record scaffold weigh"

LAYERS: Mapping[str, str] = {
    # the types that cross steps
    "errors": "",
    "artifacts": "",
    "declared": "",
    "manifest": "declared errors",
    "results": "declared errors",
    "changes": "declared errors results sqldiff.types",
    # pure helpers over those types
    "d3format": "",
    "formats": "declared d3format",
    "periods": "declared manifest",
    "lineage": "manifest errors sqldiff.parse",
    "reading": "errors declared",
    "placements": "manifest errors declared reading",
    "reports": "errors",
    "schema": "declared",
    "sqldiff": "errors",
    "asks": "errors manifest reading",
    "okr": "declared manifest results periods",
    "judge": "declared manifest results periods okr",
    "measure": "declared manifest results errors periods formats reading",
    "revisions": "manifest results okr sqldiff changes errors declared lineage periods formats placements",
    "impact": "manifest results changes errors sqldiff lineage revisions",
    # steps with effects
    "inputs": "errors",
    "record": "",
    "parallel": "",
    "facts": "cache checks sqldiff.parse",
    "comparisons": "cache sqldiff",
    "loader": "manifest errors declared periods reading",
    "checks": "manifest sqldiff errors declared lineage periods formats reading placements measure",
    "cache": "results errors declared",
    "engines": "results manifest errors declared lineage",
    "evaluate": f"{PURE} engines cache",
    "history": "loader manifest errors changes",
    "render": f"{PURE} asks revisions parallel",
    "publish": "artifacts errors",
    "scaffold": "errors",
    "weigh": "changes engines evaluate impact lineage manifest results revisions",
    "past": "changes errors history manifest reading revisions weigh",
    "published": "changes history manifest results revisions",
    # the two files that know an order, and what a person types
    "build": PIPELINE,
    "announce": f"{PURE} asks loader checks history revisions render publish",
    "terminal": "",
    "console": "terminal engines errors results render",
    "serve": "errors",
    "protocol": "asks errors formats periods reading results",
    "summary": "artifacts errors formats lineage manifest record render results terminal",
    "commands": f"{PIPELINE} build announce serve protocol console summary terminal",
    "cli": "errors reports terminal commands",
    "__main__": "cli",
}
"""Layer (a file or folder below sharekit/) -> the layers, or single modules, that it may import."""


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def layer(module: str) -> str:
    return module.partition(".")[0]


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Our modules that a file imports, with their lines; "" is the package itself, which holds the version."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name.removeprefix("sharekit").removeprefix("."), node.lineno)
                        for alias in node.names if alias.name.partition(".")[0] == "sharekit")  # fmt: skip
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: write the import out from sharekit"
            base = node.module or ""
            if base.partition(".")[0] != "sharekit":
                continue
            for alias in node.names:
                full = f"{base}.{alias.name}".removeprefix("sharekit.")
                file = PACKAGE.joinpath(*full.split("."))
                is_module = file.with_suffix(".py").exists() or file.is_dir()
                yield (full if is_module else base.removeprefix("sharekit").removeprefix(".")), node.lineno


SOURCES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_module_imports_only_what_its_layer_may(path: Path) -> None:
    own = layer(module_name(path))
    assert own in LAYERS, f"give {own} a row in the table of layers"
    allowed = LAYERS[own].split()
    wrong = [
        f"{path.relative_to(PACKAGE.parent)}:{line} imports {found}"
        for found, line in imports(path)
        if found and layer(found) != own and layer(found) not in allowed and found not in allowed
    ]
    assert not wrong


def test_table_points_one_way() -> None:
    done: set[str] = set()
    rows = {name: {layer(each) for each in row.split()} - {name} for name, row in LAYERS.items()}
    while ready := [name for name, row in rows.items() if name not in done and row & set(rows) <= done]:
        done.update(ready)
    assert done == set(rows), f"in a circle: {sorted(set(rows) - done)}"


def names_used(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((f"import {alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"import {node.module}", node.lineno
        elif isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


@pytest.mark.parametrize(
    ("name", "homes"),
    [
        ("import click", {"cli", "commands"}),
        ("import rich", {"terminal"}),
        ("print", {"cli"}),
        ("date.today", {"cli"}),
        ("datetime.now", {"cli"}),
        ("datetime.utcnow", set()),
        ("time.time", {"publish", "announce", "engines"}),
        ("sys.exit", {"cli"}),
    ],
)
def test_effect_has_one_home(name: str, homes: set[str]) -> None:
    wrong = [
        f"{path.relative_to(PACKAGE.parent)}:{line}: {used}"
        for path in SOURCES
        for used, line in names_used(path)
        if (used == name or used.startswith(f"{name}.") or ("." in name and used.endswith(f".{name}")))
        and layer(module_name(path)) not in homes
        and not module_name(path).endswith("worker")  # a process of its own, with its own streams and exit code
    ]
    assert not wrong
