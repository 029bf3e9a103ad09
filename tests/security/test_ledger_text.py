"""A ledger that somebody else wrote: a file of the project, or a ref that others may push. Whatever it says, it is
read, or it is said where it is damaged."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commandline import sharekit
from gitrepos import environment, new_repo

from sharekit.announce.ledger.ledger import LedgerView
from sharekit.announce.ledger.store import FileStore, LedgerFiles
from sharekit.errors import SharekitError

DOCUMENTS: dict[str, Any] = {
    "ledger.json": {
        "format": 2,
        "ids": {"host": "numbers.example.com", "project": "https://numbers.example.com/"},
        "state": 2,
    },
    "states/1/state.json": {
        "as_of": "2026-11-19",
        "author": "Ann",
        "commit": "0" * 40,
        "digests": {"sharekit.toml": "1" * 40},
        "on": "2026-11-19T10:00:00+00:00",
    },
    "states/2/state.json": {
        "as_of": "2026-11-20",
        "author": "Ann",
        "commit": "1" * 40,
        "digests": {"metrics/orders.sql": "2" * 40, "sharekit.toml": "1" * 40},
        "held": {"orders": 1},
        "on": "2026-11-20T10:00:00+00:00",
    },
    "states/2/published.json": {"orders": {"value": 19.0, "status": None, "series": []}},
    "moves/a.json": {"item": "orders"},
    "items/orders.json": {
        "announcements": [{"key": "orders.1", "message_id": "<orders.1@numbers.example.com>"}],
        "item": "orders",
    },
    "announcements/orders%2E1.json": {
        "audience": ["all", "board"],
        "commit": "1" * 40,
        "date": "2026-11-20T10:00:00+00:00",
        "effects": {"r": {"old": 19.0, "new": 18.0}},
        "items": ["orders"],
        "key": "orders.1",
        "kind": "revision",
        "message_id": "<orders.1@numbers.example.com>",
        "names": ["days"],
        "revisions": ["r"],
        "subject": "Orders: target 9, was 5",
        "thread": "orders",
    },
    "sent/orders%2E1/ann.json": {
        "at": "2026-11-20T10:00:01+00:00",
        "audience": "all",
        "code": "250 2.0.0",
        "key": "orders.1",
        "mailbox": "850e8a20143e6e71",
        "person": "",
        "recipient": "ann",
        "sha256": "3" * 64,
        "status": "sent",
    },
    "claims/c.json": {
        "after": 2,
        "before": 1,
        "date": "2026-11-20T10:00:00+00:00",
        "id": "c",
        "keys": ["orders.1"],
        "place": "https://forge.example/jobs/7",
        "run": "a run",
    },
}
GONE = object()
VALUES = (
    GONE, None, True, 0, -1, 10**400, 1e308, float("nan"), "", "x", "\x1b[31m", "2026-13-40", "2026-11-20T10:00:00",
    "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "9999-12-31", "0001-01-01",
    [], [1], {}, {"a": 1}, ["x", ["y"]],
)  # fmt: skip
"""What stands in place of each value."""


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    parts = dict(enumerate(value)) if isinstance(value, list) else value
    for key, part in parts.items() if isinstance(parts, dict) else ():
        yield from nodes(part, (*path, key))


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with another value at a place, or none there."""
    if not path:
        return {} if value is GONE else value
    copy = part = json.loads(json.dumps(document))
    for key in path[:-1]:
        part = part[key]
    if value is GONE:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return copy


def ledgers() -> Iterator[tuple[str, dict[str, str]]]:
    """Every place of every document with every value, one at a time."""
    good = {path: json.dumps(document) for path, document in DOCUMENTS.items()}
    for file, document in DOCUMENTS.items():
        for place in nodes(document):
            for value in VALUES:
                text = json.dumps(changed(document, place, value))
                yield f"{file} {place} {value}", {**good, file: text}
        yield f"{file} is no JSON", {**good, file: "{"}
        yield f"{file} has no bottom", {**good, file: "[" * 100_000}
        yield f"{file} is missing", {path: text for path, text in good.items() if path != file}


def read_all(files: dict[str, str]) -> LedgerView:
    """All that anybody asks of a ledger."""
    tree = LedgerFiles("1", frozenset(files), lambda paths: {path: files[path] for path in paths})
    view = LedgerView(tree)
    _ = view.outdated, view.ids, view.announced, view.held(2), view.moves(), view.open_claims
    _ = sorted(view.announced.digests.values()), view.announced.day, view.entries()
    _ = view.deliveries(), view.thread("orders")
    return view


def test_whatever_a_ledger_says_is_read_or_named() -> None:
    good = {path: json.dumps(document) for path, document in DOCUMENTS.items()}
    (claim,) = read_all(good).claims
    assert claim.keys == ("orders.1",)
    read = named = 0
    for _, files in ledgers():
        try:
            read_all(files)
            read += 1
        except SharekitError as error:
            named += error.message.startswith("the ledger ")
    print(f"ledgers: {read} read, {named} named as damaged, of {read + named}")
    assert named > read > 400
    assert named + read == len(list(ledgers())), "each that is not read is named"


CONFIG = """[project]
name = "Shop"
as_of = 2026-11-20
[people.ann]
name = "Ann"
[announce]
ledger = "file:ledger.json"
"""


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"files": ' + "[" * 100_000, "{" * 9, "\0", "\ufeff{}", "9" * 9_000]
)
def test_a_file_that_is_no_ledger_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "ledger.json").write_text(text)
    with pytest.raises(SharekitError, match="is not a ledger of sharekit"):
        FileStore(tmp_path / "ledger.json").open()


@pytest.mark.slow
def test_no_command_ends_in_a_fault_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    repo = new_repo(tmp_path / "shop")
    metric = "/* ---\ntitle: Orders\nowner: ann\n--- */\nSELECT 1 AS value\n"
    repo.commit({"sharekit.toml": CONFIG, "metrics/orders.sql": metric, ".gitignore": "*\n"})
    repo.git("add", "--force", "sharekit.toml", "metrics/orders.sql", ".gitignore")
    repo.commit({}, "Begin")
    cases = random.Random(11).sample(list(ledgers()), 40)
    for case, files in cases:
        (repo.path / "ledger.json").write_text(json.dumps({"sharekit": 1, "files": files}))
        for words in (["ledger"], ["announce", "--dry-run"], ["build"]):
            said = sharekit(*words, cwd=repo.path)
            assert said.code in (0, 1, 2, 3), (case, words, said.err)
            assert "\x1b" not in said.out + said.err
    print(f"ledgers on the command line: survived {len(cases)}/{len(cases)}")
