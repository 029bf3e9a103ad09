"""The ledger in both of its places, under everything that real repositories and races do to it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import cycle
from pathlib import Path

import pytest
from gitrepos import Repo, bare_remote, clone, environment, new_repo

from sharekit.announce.ledger.changes import advance, baseline, claim, record, take_over
from sharekit.announce.ledger.git_store import REF, GitStore, choose_remote
from sharekit.announce.ledger.ledger import (
    DeclaredState,
    Delivery,
    DeliveryStatus,
    Ledger,
    LedgerEntry,
    LedgerView,
)
from sharekit.announce.ledger.store import FileStore, LedgerFiles, LedgerStore
from sharekit.errors import OutsideError, SharekitError
from sharekit.history.git import Git
from sharekit.history.moment import Moment
from sharekit.records import replace

NOW = datetime(2013, 11, 22, 12, tzinfo=UTC)


def state(target: str, commit: str = "a" * 40) -> DeclaredState:
    return DeclaredState(
        Moment(commit, NOW, "Maria"),
        date(2013, 11, 22),
        {"metrics/data/a.csv": "1f", "metrics/zürich x.sql": target},
    )


def entry(key: str = "jfk.1.ab", item: str = "jfk") -> LedgerEntry:
    return LedgerEntry(
        key,
        "revision",
        item,
        (item,),
        ("r1",),
        ("team",),
        "OKR revised: JFK",
        f"<{key}@x>",
        NOW,
        "b" * 40,
    )


def delivery(
    key: str = "jfk.1.ab", who: str = "jonas", status: str = "claimed", code: str = ""
) -> Delivery:
    return Delivery(key, who, status, NOW, code, "00ff")  # type: ignore[arg-type]


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "repo")
    made.commit({"a.txt": "a"})
    return made


def git_store(repo: Repo, remote: str | None = None) -> GitStore:
    return GitStore(Git(repo.path, environment()), remote)


Opener = Callable[[], LedgerStore]


@pytest.fixture(params=["file", "git", pytest.param("git with a remote", marks=pytest.mark.slow)])
def opener(request: pytest.FixtureRequest, repo: Repo, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same ledger as somebody else would: with a remote, from one of several shallow
    clones."""
    if request.param == "file":
        yield lambda: FileStore(tmp_path / "state" / "ledger.json")
    elif request.param == "git":
        yield lambda: git_store(repo)
    else:
        url = bare_remote(repo, tmp_path / "bare")
        clones = cycle(
            [clone(url, tmp_path / f"clone{number}", "--depth=1") for number in range(3)]
        )
        yield lambda: git_store(next(clones), "origin")


def ledger(store: LedgerStore) -> Ledger:
    return Ledger(store, clock=lambda: NOW, wait=lambda seconds: None)


def begin(opener: Opener) -> None:
    opened = ledger(opener())
    assert opened.write(opened.open(), baseline(state("0.85")), "Begin")


def take(opener: Opener, run: str = "run1", *people: str) -> bool:
    opened = ledger(opener())
    view = opened.open()
    changes = claim(
        view,
        before=view.announced,
        after=state("0.82", "b" * 40),
        run=run,
        entries=[entry()],
        deliveries=[delivery(who=who) for who in people or ("jonas", "eve")],
    )
    return opened.write(view, changes, "Claim")


# -- what every place can do ----------------------------------------------------------------------


def test_a_ledger_of_today_is_not_moved_on(opener: Opener) -> None:
    assert not ledger(opener()).open().outdated
    begin(opener)
    assert not ledger(opener()).open().outdated


def test_an_empty_ledger_begins_with_what_is_declared(opener: Opener) -> None:
    assert ledger(opener()).open().empty
    begin(opener)
    view = ledger(opener()).open()
    assert not view.empty
    assert view.announced == state("0.85")
    assert (view.entries(), view.claims, view.deliveries()) == ((), (), ())


def test_a_claim_moves_what_counts_as_announced_and_keeps_both_states(opener: Opener) -> None:
    begin(opener)
    assert take(opener)
    view = ledger(opener()).open()
    assert view.announced == state("0.82", "b" * 40)
    (held,) = view.claims
    assert (held.run, held.keys, held.date) == ("run1", ("jfk.1.ab",), entry().date)
    assert (view.state(held.before), view.state(held.after)) == (
        state("0.85"),
        state("0.82", "b" * 40),
    )
    assert view.entries() == (entry(),)
    assert view.deliveries() == (delivery(who="eve"), delivery(who="jonas"))
    assert view.thread("jfk") == (("jfk.1.ab", "<jfk.1.ab@x>"),)
    assert view.thread("lga") == ()


@pytest.mark.slow
def test_a_finished_claim_goes_and_takes_its_old_state_along(opener: Opener) -> None:
    begin(opener)
    take(opener)
    opened = ledger(opener())
    opened.amend(lambda view: record(view, [delivery(status="sent", code="250")], now=NOW), "One")
    assert len(opened.open().claims) == 1
    opened.amend(
        lambda view: record(view, [delivery(who="eve", status="refused", code="550")], now=NOW),
        "Both",
    )
    view = opened.open()
    assert view.claims == ()
    assert view.tree.below("states/1") == []
    assert view.announced == state("0.82", "b" * 40)
    assert {each.recipient: (each.status, each.code) for each in view.deliveries()} == {
        "eve": ("refused", "550"),
        "jonas": ("sent", "250"),
    }


def test_what_is_final_stays_and_recording_twice_changes_nothing(opener: Opener) -> None:
    begin(opener)
    take(opener)
    opened = ledger(opener())
    opened.amend(lambda view: record(view, [delivery(status="sent", code="250")], now=NOW), "Sent")
    before = opened.open()
    assert record(before, [delivery(status="sent", code="250")], now=NOW) == {}
    assert record(before, [delivery(status="pending", code="451")], now=NOW) == {}
    assert record(before, [delivery(who="stranger", status="sent")], now=NOW) == {}


@pytest.mark.slow
def test_a_run_that_ends_lets_go_and_another_goes_on(opener: Opener) -> None:
    begin(opener)
    take(opener)
    opened = ledger(opener())
    opened.amend(
        lambda view: record(
            view, [delivery(status="pending", code="451")], release="run1", now=NOW
        ),
        "End",
    )
    (held,) = opened.open().claims
    assert held.run == ""
    opened.amend(lambda view: take_over(view.claims, run="run2"), "Go on")
    (held,) = opened.open().claims
    assert (held.id, held.run) == ("run1", "run2")


def test_an_answer_of_one_run_lets_go_of_no_other_runs_claim(opener: Opener) -> None:
    """Else a third run would take over messages that the other is still sending: a mail twice."""
    begin(opener)
    take(opener)
    opened = ledger(opener())
    view = opened.open()
    second = claim(
        view,
        before=view.announced,
        after=state("0.80", "c" * 40),
        run="run2",
        entries=[entry("lhr.1.cd", "lhr")],
        deliveries=[delivery("lhr.1.cd", "ann")],
    )
    assert opened.write(view, second, "Claim")
    answered = [delivery(status="pending", code="451")]
    opened.amend(lambda view: record(view, answered, release="run1", now=NOW), "End")
    assert {held.id: held.run for held in opened.open().claims} == {"run1": "", "run2": "run2"}


def test_an_answer_alone_lets_go_of_no_claim(opener: Opener) -> None:
    begin(opener)
    take(opener)
    opened = ledger(opener())
    opened.amend(lambda view: record(view, [delivery(status="sent")], now=NOW), "One")
    (held,) = opened.open().claims
    assert held.run == "run1"


@pytest.mark.parametrize(("status", "run"), [("pending", ""), ("claimed", "run1")])
def test_a_claim_of_an_earlier_sharekit_is_free_where_its_run_came_to_its_end(
    opener: Opener, status: DeliveryStatus, run: str
) -> None:
    begin(opener)
    take(opener, "run1", "jonas")
    opened = ledger(opener())
    opened.amend(lambda view: record(view, [delivery(status=status)], now=NOW), "Answer")
    view = opened.open()
    (path,) = view.tree.below("claims")
    document = json.loads(view.tree.load([path])[path])
    del document["place"]
    document["lease_until"] = "2013-11-22T10:15:00+00:00"
    assert opened.write(view, {path: json.dumps(document)}, "As it was written then")
    (held,) = opened.open().claims
    assert held.run == run


def test_of_two_claims_on_one_view_one_wins(opener: Opener) -> None:
    begin(opener)
    one, other = ledger(opener()), ledger(opener())
    views = one.open(), other.open()
    made = [
        opened.write(
            view,
            claim(
                view,
                before=view.announced,
                after=state("0.8"),
                run=run,
                entries=[entry()],
                deliveries=[],
            ),
            "Claim",
        )
        for opened, view, run in ((one, views[0], "run1"), (other, views[1], "run2"))
    ]
    assert made == [True, False]
    assert [each.run for each in ledger(opener()).open().claims] == ["run1"]


@pytest.mark.slow
def test_many_writers_at_once_all_get_through(opener: Opener) -> None:
    begin(opener)
    people = [f"person{number}" for number in range(3)]
    take(opener, "run1", *people)
    stores = [opener() for _ in people]

    def write(who: str, store: LedgerStore) -> None:
        ledger(store).amend(
            lambda view: record(view, [delivery(who=who, status="sent")], now=NOW), who
        )

    threads = [
        threading.Thread(target=write, args=pair) for pair in zip(people, stores, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.status for each in ledger(opener()).open().deliveries()} == {"sent"}


def test_any_name_of_a_person_or_item_is_kept_apart(opener: Opener) -> None:
    begin(opener)
    odd = [
        "a/b",
        "..",
        ".git",
        "a b",
        "ä",
        "A%2Fb",
        "webhook:ops room",
        "con",
        "x" * 60,
        "\U0001f600",
    ]
    take(opener, "run1", *odd)
    assert sorted(each.recipient for each in ledger(opener()).open().deliveries()) == sorted(odd)


def test_no_address_and_no_secret_is_ever_in_it(opener: Opener) -> None:
    begin(opener)
    take(opener)
    tree = opener().open()
    assert not any("@ports.example" in text for text in tree.load(tree.paths).values())


def test_a_ledger_of_a_newer_format_is_left_alone(opener: Opener) -> None:
    begin(opener)
    store = opener()
    assert store.swap(store.open(), {"ledger.json": '{"format": 99, "state": 1}'}, "Newer", NOW)
    with pytest.raises(SharekitError, match="format 99") as told:
        _ = ledger(opener()).open().announced
    assert "Upgrade" in (told.value.hint or "")


def test_a_damaged_ledger_is_a_sentence(opener: Opener) -> None:
    begin(opener)
    store = opener()
    assert store.swap(store.open(), {"ledger.json": "{"}, "Damage", NOW)
    with pytest.raises(SharekitError, match=r"damaged at ledger\.json"):
        _ = ledger(opener()).open().announced


# -- git ------------------------------------------------------------------------------------------


def test_the_work_tree_index_and_branches_are_left_alone(repo: Repo, tmp_path: Path) -> None:
    bare_remote(repo, tmp_path / "bare")
    repo.write({"a.txt": "changed", "new.txt": "new", "staged.txt": "staged"})
    repo.git("add", "staged.txt")
    before = (
        repo.git("status", "--porcelain"),
        repo.git("for-each-ref", "refs/heads", "refs/remotes", "refs/tags"),
    )
    store = git_store(repo, "origin")
    opened = ledger(store)
    assert opened.write(opened.open(), baseline(state("0.85")), "Begin")
    assert (
        repo.git("status", "--porcelain"),
        repo.git("for-each-ref", "refs/heads", "refs/remotes", "refs/tags"),
    ) == before
    assert repo.git("rev-list", "--max-parents=0", REF) == repo.git("rev-parse", REF)
    assert (
        repo.git("log", "-1", "--format=%an <%ae> %s", REF)
        == "sharekit <ledger@sharekit.invalid> Begin"
    )
    assert (
        not (repo.path / ".git/FETCH_HEAD").exists()
        or REF not in (repo.path / ".git/FETCH_HEAD").read_text()
    )


def test_hooks_and_settings_do_not_get_in_the_way(repo: Repo, tmp_path: Path) -> None:
    bare_remote(repo, tmp_path / "bare")
    hook = repo.path / ".git/hooks/pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{tmp_path}/sprung'\nexit 1\n")
    hook.chmod(0o755)
    for name, value in (("commit.gpgSign", "true"), ("push.gpgSign", "true"), ("gpg.program", str(hook)),
                        ("core.autocrlf", "true"), ("push.followTags", "true")):  # fmt: skip
        repo.git("config", name, value)
    repo.write({".gitattributes": "* text eol=crlf\n"})
    opened = ledger(git_store(repo, "origin"))
    assert opened.write(opened.open(), baseline(state("0.85")), "Begin")
    assert opened.open().announced == state("0.85")
    assert not (tmp_path / "sprung").exists()


def test_without_the_right_to_push_nothing_is_claimed_and_the_way_out_is_named(
    repo: Repo, tmp_path: Path
) -> None:
    bare_remote(repo, tmp_path / "bare")
    hook = tmp_path / "bare/hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'you may not' >&2\nexit 1\n")
    hook.chmod(0o755)
    opened = ledger(git_store(repo, "origin"))
    with pytest.raises(OutsideError, match="the ledger cannot be written to origin") as told:
        opened.write(opened.open(), baseline(state("0.85")), "Begin")
    assert "contents: write" in (told.value.hint or "")
    assert 'ledger = "file:PATH"' in (told.value.hint or "")
    assert opened.open().empty


def test_a_remote_out_of_reach_stops_everything(repo: Repo, tmp_path: Path) -> None:
    repo.git("remote", "add", "origin", f"file://{tmp_path}/nowhere")
    with pytest.raises(OutsideError, match="the ledger at origin cannot be read"):
        ledger(git_store(repo, "origin")).open()


def test_a_push_whose_answer_was_lost_is_found_to_have_worked(repo: Repo, tmp_path: Path) -> None:
    bare_remote(repo, tmp_path / "bare")
    hook = tmp_path / "bare/hooks/post-update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nkill -9 $PPID\n")
    hook.chmod(0o755)
    opened = ledger(git_store(repo, "origin"))
    assert opened.write(opened.open(), baseline(state("0.85")), "Begin")
    assert opened.open().announced == state("0.85")


def test_a_remote_that_lost_its_ledger_is_asked_about(repo: Repo, tmp_path: Path) -> None:
    bare_remote(repo, tmp_path / "bare")
    opened = ledger(git_store(repo, "origin"))
    opened.write(opened.open(), baseline(state("0.85")), "Begin")
    Repo(tmp_path / "bare").git("update-ref", "-d", REF)
    with pytest.raises(SharekitError, match="origin has no ledger, but this clone has one") as told:
        opened.open()
    assert f"git push origin {REF}" in (told.value.hint or "")
    repo.git("push", "--quiet", "origin", REF)
    assert opened.open().announced == state("0.85")


def test_a_ref_with_a_similar_name_is_not_the_ledger(repo: Repo, tmp_path: Path) -> None:
    bare_remote(repo, tmp_path / "bare")
    repo.git("push", "--quiet", "origin", f"main:refs/heads/{REF}")
    assert ledger(git_store(repo, "origin")).open().empty


def test_which_remote(repo: Repo, tmp_path: Path) -> None:
    git = Git(repo.path, environment())
    assert choose_remote(git) is None
    repo.git("remote", "add", "upstream", "file:///nowhere")
    assert choose_remote(git) == "upstream"
    repo.git("remote", "add", "fork", "file:///nowhere")
    with pytest.raises(SharekitError, match="several remotes"):
        choose_remote(git)
    repo.git("remote", "add", "origin", "file:///nowhere")
    assert choose_remote(git) == "origin"
    repo.git("config", "sharekit.remote", "fork")
    assert choose_remote(git) == "fork"
    repo.git("config", "sharekit.remote", "none")
    with pytest.raises(SharekitError, match="no such remote"):
        choose_remote(git)


def test_a_repository_with_sha_256(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "sha256")
    repo.path.mkdir()
    repo.git("init", "--quiet", "--object-format=sha256", "--initial-branch=main")
    repo.commit({"a.txt": "a"})
    opened = ledger(git_store(repo))
    opened.write(opened.open(), baseline(state("0.85")), "Begin")
    view = opened.open()
    assert opened.write(view, {"x.json": "{}"}, "Add")
    assert opened.write(opened.open(), {"x.json": None}, "Remove")
    assert "x.json" not in opened.open().tree.paths


# -- a file ---------------------------------------------------------------------------------------


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    for number, text in enumerate(
        ["", "[]", '{"files": 3}', '{"files": {"a": 1}}', "not json", '{"other": {}}']
    ):
        path = tmp_path / f"{number}.json"
        path.write_text(text)
        with pytest.raises(SharekitError, match="is not a ledger of sharekit"):
            FileStore(path).open()
        assert path.read_text() == text


@pytest.mark.slow
def test_a_writer_killed_in_the_middle_leaves_the_old_ledger_and_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    opened = ledger(FileStore(path))
    opened.write(opened.open(), baseline(state("0.85")), "Begin")
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom sharekit.announce.ledger.store import"
        " locked\npath = Path(sys.argv[1])\nwith locked(path.with_name(path.name + '.lock')):\n   "
        " path.with_name(path.name + '.new').write_text('half')\n    os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -9
    view = opened.open()
    assert view.announced == state("0.85")
    assert opened.write(view, {"x.json": "1"}, "After")


def test_a_folder_that_cannot_be_written_stops(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    opened = ledger(FileStore(tmp_path / "taken" / "ledger.json"))
    with pytest.raises(OutsideError, match="cannot be"):
        opened.write(opened.open(), baseline(state("0.85")), "Begin")


def test_what_is_published_goes_on_although_nothing_is_sent(opener: Opener) -> None:
    begin(opener)
    opened = ledger(opener())
    view = opened.open()
    after = replace(
        state("0.85", "c" * 40), published={"jfk": {"value": 0.8, "series": [["2013-11-11", 0.8]]}}
    )
    moves = {"2013-11-22.jfk.slipped": {"item": "jfk"}}
    assert opened.write(view, advance(view, after, moves), "Keep what is published")
    view = ledger(opener()).open()
    assert view.announced == after
    assert view.moves() == ({"item": "jfk"},)
    assert {path.split("/")[1] for path in view.tree.below("states")} == {str(view.current)}
    assert not opened.write(
        LedgerView(LedgerFiles("", frozenset(), lambda paths: {})), {"x.json": "{}"}, "Late"
    )
