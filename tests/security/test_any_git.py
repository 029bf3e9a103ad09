"""Commits with any bytes for author, date and message, as any tool may write them: read, and shown in plain text."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from commandline import sharekit
from gitrepos import Repo, environment, new_repo
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_any_bytes import any_bytes

from sharekit.history import History, manifests, open_history

CONFIG = """[project]
name = "Shop"
as_of = 2026-11-20
timezone = "Pacific/Kiritimati"
[people.ann]
name = "Ann"
email = "ann@shop.example"
[mail]
from = "numbers@shop.example"
"""
METRIC = (
    "/* ---\ntitle: Orders\nowner: ann\ntarget: {}\nannounce: mail\n--- */\nSELECT 1 AS value\n"
)
DATES = (
    b"0 +0000", b"-1 +0000", b"9999999999999999999999 +0000", b"253402300799 -1200", b"253402300799 +1400",
    b"253370764800 -1159", b"1383555600 +9959", b"x", b"", b"1e9 +0000",
)  # fmt: skip
AUTHORS = (
    b"", b"<>", b"\xff\xfe <a@b>", b"\x1b[31mEve\x1b[0m \xe2\x80\xae <a@b>", b"a" * 100_000 + b" <a@b>", b"\x01 <a@b>",
    b"<a@b", b"A <a@b> 1 +0000 B <c@d>", b"=?utf-8?q?x?= <a@b>", b'"><script>alert(1)</script> <a@b>',
)  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repo:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    repo = new_repo(tmp_path / "shop")
    files = {"sharekit.toml": CONFIG, ".gitignore": "/site/\n/outbox/\n/.sharekit/\n"}
    repo.commit({**files, "metrics/orders.sql": METRIC.format(1)}, "Begin")
    repo.commit({"metrics/orders.sql": METRIC.format(2)}, "Retarget")
    return repo


def rewrite(repo: Repo, author: bytes, date: bytes, message: bytes) -> None:
    """Put a commit of these bytes in the place of the last one."""
    tree, parent = repo.git("rev-parse", "main^{tree}"), repo.git("rev-parse", "main~1")
    person = (author + b" " + date).replace(b"\n", b" ").replace(b"\0", b"")
    head = f"tree {tree}\nparent {parent}\n".encode()
    content = head + b"author " + person + b"\ncommitter " + person + b"\n\n" + message
    made = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--literally", "--stdin"],
        cwd=repo.path,
        input=content,
        capture_output=True,
        check=True,
    )
    repo.git("update-ref", "refs/heads/main", made.stdout.decode().strip())


@pytest.mark.slow
def test_any_commit_is_read(shop: Repo) -> None:
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.one_of(any_bytes, st.sampled_from(AUTHORS)), st.sampled_from(DATES), any_bytes)
    @example(b"Eve <a@b>", b"253402300799 -1200", b"")
    def check(author: bytes, date: bytes, message: bytes) -> None:
        rewrite(shop, author, date, message)
        history = open_history(shop.path)
        assert isinstance(history, History)
        moments = [history.moment(), *(state.moment for state in manifests(history))]
        assert len(moments) > 1
        for moment in moments:
            assert moment.author == "" or moment.author.isprintable()
            assert len(moment.author) <= 200
            moment.on.isoformat()

    check()


@pytest.mark.slow
@pytest.mark.parametrize("date", DATES[:6])
def test_no_command_ends_in_a_fault_of_its_own(shop: Repo, date: bytes) -> None:
    author = AUTHORS[DATES.index(date) + 2]
    rewrite(shop, author, date, b"\xff\x1b]0;x\x07")
    commands = (
        ["build"],
        ["diff", "HEAD~1", "HEAD"],
        ["announce", "--base", "HEAD~1", "--dry-run"],
        ["doctor"],
    )
    for words in commands:
        said = sharekit(*words, cwd=shop.path)
        assert said.code in (0, 1, 2, 3), (words, said.err)
        assert "Traceback" not in said.err
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", said.out + said.err)
    pages = [path.read_text() for path in (shop.path / "site").rglob("*.html")]
    assert pages
    assert not any("<script>alert" in page for page in pages)
