"""A clone of the newest commits alone, as CI systems make it: what nobody can tell there goes to no
page and to no mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import sharekit
from gitrepos import Repo, bare_remote, clone, new_repo
from peers import CONFIG, FOLDER, OBJECTIVE, files, key_result
from smtp_servers import Mailbox, environment_mailbox

pytestmark = pytest.mark.slow

AS_OF = ("--as-of", "2013-11-25")
NARROW = "owner: maria\naudience: board"
TWO = CONFIG.replace("[people.maria]", 'audience = "airports"\n\n[people.maria]', 1).replace(
    "[mail]", '[audiences.board]\ntitle = "Board"\nmembers = ["maria"]\n\n[mail]'
)


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    with environment_mailbox(monkeypatch) as mailbox:
        yield mailbox


def declared(target: float, note: str, *, narrow: bool) -> dict[str, str]:
    """The key result with a note, for the board or for all."""
    texts = {
        f"{FOLDER}/jfk.sql": key_result(target, note=note),
        f"{FOLDER}/objective.md": OBJECTIVE,
    }
    if not narrow:
        return texts
    return {path: text.replace("owner: maria", NARROW) for path, text in texts.items()}


def opened_later(path: Path, config: str) -> Repo:
    """A key result that was revised while it was the board's alone, and then opened to all."""
    repo = new_repo(path)
    several = "board" in config
    repo.commit(files() | {"sharekit.toml": config}, "Begin")
    if several:
        repo.commit(declared(0.85, "", narrow=True), "Narrow")
    repo.commit(declared(0.82, "Murmured.", narrow=several), "Revise")
    repo.commit(declared(0.82, "Murmured.", narrow=False), "Open")
    return repo


def murmurs(folder: Path) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and b"Murmured" in path.read_bytes()
    )


@pytest.mark.parametrize("depth", ["--depth=1", "--depth=2", "--depth=50"])
def test_a_note_of_the_few_stays_theirs_where_its_time_is_not_known(
    tmp_path: Path, depth: str
) -> None:
    repo = opened_later(tmp_path / "repo", TWO)
    job = clone(bare_remote(repo, tmp_path / "bare"), tmp_path / "job", depth)
    said = sharekit("build", *AS_OF, cwd=job.path)
    assert said.code == 0, said.err
    assert murmurs(job.path / "site/airports") == []
    shallow = depth != "--depth=50"
    assert ("which audience could read them then is not known here" in said.err) == shallow
    assert bool(murmurs(job.path / "site/board")) != shallow


def test_the_notes_of_one_audience_are_there_in_a_shallow_clone(tmp_path: Path) -> None:
    repo = opened_later(tmp_path / "repo", CONFIG)
    job = clone(bare_remote(repo, tmp_path / "bare"), tmp_path / "job", "--depth=1")
    said = sharekit("build", *AS_OF, cwd=job.path)
    assert said.code == 0, said.err
    assert "okrs/jfk.html" in murmurs(job.path / "site")
    assert "which audience" not in said.err


def test_a_mail_from_a_shallow_clone_has_no_note_of_the_few(tmp_path: Path, box: Mailbox) -> None:
    repo = new_repo(tmp_path / "repo")
    for number in range(3):
        repo.commit(files() | {"sharekit.toml": TWO, "README.md": f"{number}"}, "Before")
    url = bare_remote(repo, tmp_path / "bare")
    assert sharekit("announce", *AS_OF, cwd=repo.path).code == 0
    repo.commit(declared(0.85, "", narrow=True), "Narrow")
    repo.commit(declared(0.82, "Murmured.", narrow=True), "Revise")
    repo.commit(declared(0.82, "Murmured.", narrow=False), "Open")
    repo.git("push", "--quiet", "origin", "main")
    job = clone(url, tmp_path / "job", "--depth=1")
    said = sharekit("announce", *AS_OF, cwd=job.path)
    assert said.code == 0, said.out + said.err
    assert len(box.received) == 3
    assert not [mail for mail in box.received if b"Murmured" in mail.content]
