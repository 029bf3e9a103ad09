"""The JSON documents are what `sharekit/documents.py` says, and the MCP server reads them as that."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from site_files import write

from sharekit import documents
from sharekit.mcp.published_tree import PublishedTree, UnreadableError, find_tree

Tree = Mapping[str, bytes]
FILES = {
    "sharekit.json": documents.TreeIndex,
    "okrs.json": documents.OkrsDocument,
    "changes.json": documents.ChangesDocument,
}


def differences(value: object, hint: Any, where: str) -> Iterator[str]:
    """Where a JSON value is not what its type says: a key too many or too few counts."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if typing.is_typeddict(hint):
        hints = typing.get_type_hints(hint)
        if not isinstance(value, dict) or value.keys() != hints.keys():
            keys = set(value) if isinstance(value, dict) else {type(value).__name__}
            yield f"{where}: {sorted(keys ^ hints.keys())}"
            return
        for key, kind in hints.items():
            yield from differences(value[key], kind, f"{where}.{key}")
    elif origin in (typing.Union, types.UnionType):
        if all(list(differences(value, kind, where)) for kind in inside):
            yield f"{where}: {value!r} is no {hint}"
    elif origin is typing.Literal:
        if value not in inside:
            yield f"{where}: {value!r}"
    elif origin is list and isinstance(value, list):
        for item in value:
            yield from differences(item, inside[0], f"{where}[]")
    elif origin is dict and isinstance(value, dict):
        for key, item in value.items():
            yield from differences(item, inside[1], f"{where}[{key}]")
    elif hint is not Any and not (isinstance(value, hint) if isinstance(hint, type) else False):
        yield f"{where}: {value!r} is no {hint}"


@pytest.mark.parametrize("audience", ["tree", "board"])
def test_every_document_is_what_its_type_says(
    audience: str, request: pytest.FixtureRequest
) -> None:
    files: Tree = request.getfixturevalue(audience)
    numbers = {
        path: documents.NumberDocument
        for path in files
        if path.startswith("data/") and path.endswith(".json")
    }
    assert numbers
    for path, kind in (FILES | numbers).items():
        assert list(differences(json.loads(files[path]), kind, path)) == []


def test_what_is_written_is_what_is_read(folder: Path, tree: Tree) -> None:
    """A round through the disk: the reader gives the very values that the files hold."""
    published = PublishedTree(folder, "team")
    assert published.index == json.loads(tree["sharekit.json"])
    assert published.scorecard == json.loads(tree["okrs.json"])
    assert published.changes == json.loads(tree["changes.json"])["changes"]
    for name, row in published.metrics.items():
        assert published.number(name) == json.loads(tree[row["data"]])


@pytest.mark.parametrize("path", FILES)
def test_a_site_that_lacks_a_key_is_to_be_built_again(
    tree: Tree, tmp_path: Path, path: str
) -> None:
    document = json.loads(tree[path])
    del document["as_of"]
    write({**tree, path: json.dumps(document).encode()}, tmp_path / "site")
    with pytest.raises(UnreadableError, match="an older sharekit made this site"):
        find_tree(tmp_path / "site", "team").answer(
            lambda published: (published.index, published.scorecard, published.changes)
        )
