"""Who may import whom inside the package: the table of the design, compared with the imports that
ast finds.

A row is a file, a folder, or a part of a folder below sharekit/; the longest row that fits a module
is its layer. A module may import its own layer and what its row names, with everything below those
names. Imports inside functions and under TYPE_CHECKING count like any other: they are the same
arrow."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest
import source_trees
from source_trees import PACKAGE, nodes

pytestmark = pytest.mark.slow

TYPES = "errors artifacts project.days project.shapes project.manifest numbers.results revisions.revision"
PURE = (
    f"{TYPES} project.lineage project.dashboard_body project.dashboard_rows project.read"
    " numbers.periods numbers.formats numbers.d3format numbers.measure numbers.additivity numbers.exact"
    " okr sqldiff.types"
)
PIPELINE = (
    f"{PURE} app asks checks engines history mail numbers preread project publish revisions site"
    " sqldiff visible wording"
)

LAYERS: Mapping[str, str] = {
    "errors": "",
    "documents": "",
    "escape": "",
    "read_json": "",
    "record_json": "",
    "records": "",
    "artifacts": "",
    "files": "",
    "timing": "",
    "files.templates": "files",
    # what people write
    "project.days": "",
    "project.data_formats": "",
    "project.shapes": "project.days",
    "project.manifest": "project.shapes errors",
    "project.read": "project.shapes files errors",
    "project.addresses": "",
    "project.dashboard_rows": "project.shapes",
    "project.dashboard_body": "project.manifest project.shapes project.read errors",
    "project.json_schema": "project.shapes",
    "project.lineage": "project.manifest errors sqldiff.parse sqldiff.types",
    "project.load": (
        "project.data_formats project.manifest project.shapes project.read numbers.periods"
        " okr.checkins files errors"
    ),
    "project.scaffold": "errors project.read project.shapes",
    "project": "",
    # two queries
    "sqldiff.types": "",
    "sqldiff.parse": "errors sqldiff.types",
    "sqldiff": "errors",
    # definitions of other tools
    "importing": "errors files project.shapes project.read project.scaffold numbers.formats sqldiff",
    # rows -> readings
    "numbers.results": "project.shapes project.manifest errors",
    "numbers.exact": "",
    "numbers.outages": "",
    "numbers.additivity": "errors numbers.cache.answers project.shapes project.lineage sqldiff",
    "numbers.d3format": "",
    "numbers.formats": "project.days project.shapes numbers.d3format numbers.exact",
    "numbers.periods": "project.days project.shapes project.manifest numbers.formats numbers.d3format",
    "numbers.measure": (
        f"{TYPES} numbers.periods numbers.formats numbers.additivity numbers.exact numbers.outages"
        " project.read"
    ),
    "numbers.cache.codec": "numbers.results numbers.exact project.shapes errors",
    "numbers.cache": "files numbers.results numbers.exact project.shapes errors numbers.cache.codec",
    "numbers.evaluate": f"{PURE} engines numbers.cache numbers.outages sqldiff",
    "numbers": "",
    "okr": "project.shapes project.manifest numbers.results numbers.periods",
    "okr.checkins": "project.shapes project.manifest numbers.results",
    "engines": (
        "errors files project.days project.data_formats project.shapes project.manifest"
        " project.lineage project.read numbers.results"
        " numbers.outages sqldiff timing"
    ),
    "checks": f"{PURE} project.data_formats sqldiff numbers.cache engines.remote.guard visible wording.english",
    "asks": "errors project.manifest project.read project.shapes visible",
    # git, and what two states of it say
    "history.moment": "",
    "history.states": "history.moment project.manifest",
    "history": "project.addresses project.load project.manifest files errors",
    "revisions.revision": "project.shapes project.manifest numbers.results sqldiff.types history.moment errors",
    "revisions.comparison_cache": "sqldiff numbers.cache engines.duckdb.constant_folding",
    "revisions.effect.cache": "revisions.revision numbers.cache",
    "revisions.effect.measure": (
        f"{TYPES} revisions engines numbers.cache.answers numbers.evaluate project.lineage sqldiff"
    ),
    "revisions.history_log": f"{TYPES} visible revisions history",
    "revisions.history_log_store": "revisions.history_log numbers.cache",
    "revisions.timeline": (
        f"{TYPES} visible revisions revisions.effect.measure history project.read"
    ),
    "revisions": f"{PURE} sqldiff history.states history.moment visible wording.declared_values wording.effect",
    # the one door, and what goes through it
    "visible": (
        "project.addresses project.manifest project.lineage numbers.measure numbers.results okr"
        " revisions.revision"
    ),
    "wording": f"{PURE} visible",
    "wording.declared_values": f"{PURE} wording.english wording.number_phrases wording.statuses",
    "wording.statuses": PURE,
    "wording.english": PURE,
    "wording.number_phrases": f"{PURE} wording.english",
    "wording.effect": f"{PURE} wording.english wording.number_phrases",
    "site.links": "project.manifest",
    "site.folders": "project.manifest site.links",
    "site.processes": "",
    "site.charts": f"{PURE} wording site.links",
    "site.assets": "artifacts site.charts",
    "site.hosting": "artifacts",
    "site.icons": "",
    "site.ask_link": "project.manifest visible site.links",
    "site.badge": f"{PURE} site.charts wording",
    "site.sqltext": "",
    "site.prose": "site.links site.sqltext",
    "site.audience_tree": f"{PURE} asks visible site.charts site.links site.prose wording",
    "site.from_to_rows": f"{PURE} visible site.audience_tree site.charts wording",
    "site.events": f"{PURE} mail visible site.audience_tree site.from_to_rows site.icons site.links wording",
    "site.overview": f"{PURE} site.audience_tree site.events wording",
    "site.long_lists": "",
    "site.number_cards": f"{PURE} site.audience_tree site.charts site.links wording",
    "site.scorecard": f"{PURE} site.audience_tree site.charts site.icons site.links site.number_cards wording",
    "site.feeds": f"{PURE} visible site.audience_tree site.events site.folders site.links wording",
    "mail": f"{PURE} asks files.templates visible wording site.charts site.folders site.links"
    " site.prose",
    "preread": (
        f"{PURE} asks mail visible wording site.audience_tree site.events site.feeds site.links"
        " site.number_cards site.overview site.scorecard"
    ),
    "site": f"{PURE} asks documents files.templates numbers.cache.codec preread visible wording",
    # telling people
    "announce.ledger": "history project.days project.shapes errors",
    "announce.channels": "errors timing",
    "announce": (
        f"{PURE} files asks announce.ledger announce.channels history mail publish revisions"
        " site.charts visible"
    ),
    "publish": "artifacts files errors",
    # how a terminal shows things
    "terminal.screen": "errors terminal.colours terminal.reports",
    "terminal.reports": "errors",
    "terminal.console": (
        "errors files engines numbers.results site.json site.exact_text terminal.screen"
    ),
    "terminal.revision_reports": f"{PURE} mail revisions terminal.screen wording",
    "terminal.summary": f"{PURE} app.last_build terminal.screen wording",
    "terminal": "",
    # what commands share, and the file that knows an order
    "app.inputs": "files errors",
    "app.last_build": "files",
    "app.last_check": "errors files",
    "app.session": "app.inputs errors project.days engines history project.load project.manifest terminal.screen",
    "app.extras": "app.inputs",
    "app.pipelines": "app.extras app.inputs history.git project.scaffold.pipeline",
    "app.pull_request_comment": "announce.channels errors",
    "app.engine_example": f"{PURE} app.session engines project sqldiff",
    "app.new_source": f"{PURE} app.engine_example app.session engines project terminal",
    "app.ledger_facts": "announce.ledger history numbers.results project.manifest revisions",
    "app.closed_key_results": f"{TYPES} history numbers.measure okr revisions visible",
    "app.page_cache": "files",
    "app.caches": "app.inputs app.page_cache checks numbers.cache revisions",
    "app.page_weight": "artifacts errors project.manifest site.folders site.links",
    "build": f"{PIPELINE} app.closed_key_results app.caches app.page_cache app.page_weight app.ledger_facts",
    "app": f"{PIPELINE} announce build documents",
    "serve": "errors",
    "mcp": "asks documents errors files numbers project.read wording.english",
    "commands": f"{PIPELINE} app announce build importing serve mcp terminal",
    "cli": "app.session errors terminal commands",
    "__main__": "cli",
}
"""Layer -> the layers, or parts of them, that it may import."""


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def within(module: str, name: str) -> bool:
    return module == name or module.startswith(f"{name}.")


def layer(module: str) -> str:
    """The longest row that fits; a module without any keeps its own name and fails below."""
    return max((row for row in LAYERS if within(module, row)), key=len, default=module)


def allowed(own: str, target: str) -> bool:
    """Whether a layer may import a module: what its row covers, its own, the parts of its own
    folder, how text is escaped, how JSON is read, and how records are
    copied and become JSON."""
    everywhere = ("escape", "read_json", "record_json", "records")
    return any(within(target, name) for name in (own, *everywhere, *LAYERS[own].split()))


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Our modules that a file imports, with their lines; "" is the package itself, which holds the
    version."""
    for node in nodes(path):
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
                yield (
                    (full if is_module else base.removeprefix("sharekit").removeprefix(".")),
                    node.lineno,
                )


SOURCES = [path for path in source_trees.SOURCES if path != PACKAGE / "__init__.py"]


@pytest.mark.parametrize("path", SOURCES, ids=module_name)
def test_module_imports_only_what_its_layer_may(path: Path) -> None:
    own = layer(module_name(path))
    assert own in LAYERS, f"give {own} a row in the table of layers"
    wrong = [
        f"{path.relative_to(PACKAGE.parent)}:{line} imports {found}"
        for found, line in imports(path)
        if found and layer(found) != own and not allowed(own, found)
    ]
    assert not wrong


def test_layers_import_one_way() -> None:
    rows: dict[str, set[str]] = {name: set() for name in LAYERS}
    for path in SOURCES:
        own = layer(module_name(path))
        rows[own] |= {layer(found) for found, _ in imports(path) if found} - {own}
    done: set[str] = set()
    while ready := [name for name, row in rows.items() if name not in done and row <= done]:
        done.update(ready)
    assert done == set(rows), f"in a circle: {sorted(set(rows) - done)}"


def test_every_row_has_modules() -> None:
    assert {layer(module_name(path)) for path in SOURCES} == set(LAYERS)


@cache
def names_used(path: Path) -> tuple[tuple[str, int], ...]:
    return tuple(_names_used(path))


def _names_used(path: Path) -> Iterator[tuple[str, int]]:
    for node in nodes(path):
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
        ("json.loads", {"read_json"}),
        ("date.today", {"cli"}),
        ("datetime.now", {"cli"}),
        ("datetime.utcnow", set()),
        ("time.time", {"announce", "engines"}),
        ("sys.exit", {"cli"}),
    ],
)
def test_effect_has_one_home(name: str, homes: set[str]) -> None:
    wrong = [
        f"{path.relative_to(PACKAGE.parent)}:{line}: {used}"
        for path in SOURCES
        for used, line in names_used(path)
        if (
            used == name
            or used.startswith(f"{name}.")
            or ("." in name and used.endswith(f".{name}"))
        )
        and module_name(path).partition(".")[0] not in homes
        and not module_name(path).endswith(
            "worker"
        )  # a process of its own, with its own streams and exit code
    ]
    assert not wrong
