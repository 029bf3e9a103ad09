"""What announcing costs, counted: tests/bench/announce_counts.json has how many processes of git
each kind of run started when it was last looked at."""

from __future__ import annotations

import json
from pathlib import Path

import peers
import pytest
from commandline import sharekit
from counting import counted
from gitrepos import bare_remote, environment
from golden import Golden
from peers import FOLDER, key_result
from smtp_servers import Mailbox, mail_server

pytestmark = pytest.mark.slow

COUNTS = Path(__file__).parents[1] / "bench" / "announce_counts.json"
KINDS = ("evaluations", "git processes", "histories", "query processes")


def cost(root: Path, *words: str) -> dict[str, int]:
    with counted() as calls:
        said = sharekit(*words, "--as-of", "2013-11-22", cwd=root)
    assert said.code == 0, said.err
    return {kind: calls[kind] for kind in KINDS}


def test_announcing_starts_no_more_processes_than_it_did(
    tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    repo = peers.begin(tmp_path / "repo")
    bare_remote(repo, tmp_path / "bare")
    with mail_server(Mailbox()) as port:
        monkeypatch.setenv("SHAREKIT_SMTP_PORT", str(port))
        costs = {"the first run": cost(repo.path, "announce")}
        revised = key_result(0.82, note="Cancelled flights count.")
        repo.commit({f"{FOLDER}/jfk.sql": revised.replace("0.75 AS value", "0.70 AS value")})
        repo.git("push", "--quiet", "origin", "main")
        costs["three mails"] = cost(repo.path, "announce")
        costs["nothing to tell"] = cost(repo.path, "announce")
        costs["a build"] = cost(repo.path, "build")
    golden.check(json.dumps(costs, indent=2) + "\n", COUNTS)
