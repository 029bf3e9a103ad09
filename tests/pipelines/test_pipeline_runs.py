"""The shell steps of each forge's pipeline, run for real against a bare repository and a mail server, in the order
in which a forge may run them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from bakery import BROKEN, MISTAKEN, READERS
from commandline import sharekit
from forges import PAGES_AND_MAILS, TOKEN, Actions, GitLab
from gitrepos import environment
from published import Forge

from sharekit.announce.ledger.changes import take_over
from sharekit.announce.ledger.git_store import GitStore
from sharekit.announce.ledger.ledger import Ledger
from sharekit.history.git import Git

pytestmark = pytest.mark.slow


def test_a_revision_is_published_and_mailed_once(forge: Forge) -> None:
    forge.project.push(0.07)
    ran = forge.main()
    assert ran.code == 0, ran.log
    assert (ran.tree / "site/index.html").is_file()
    assert sorted(forge.project.mailbox.who) == READERS
    assert forge.main().code == 0
    assert len(forge.project.mailbox.received) == 2


def test_an_old_run_that_runs_again_takes_the_newest_state(forge: Forge) -> None:
    """The whole of it, or only the job that announces."""
    old = forge.project.push(0.07)
    assert forge.main().code == 0
    newest = forge.project.push(0.06)
    assert forge.main().code == 0
    sent = len(forge.project.mailbox.received)
    ran = forge.main(commit=old, attempt=2)
    assert ran.code == 0, ran.log
    assert forge.project.repo.git("-C", str(ran.tree), "rev-parse", "HEAD") == newest
    ran = forge.announce(old)
    assert ran.code == 0, ran.log
    assert len(forge.project.mailbox.received) == sent


def test_a_cancelled_run_loses_nothing(forge: Forge) -> None:
    forge.project.push(0.07)  # its run is cancelled before it published or announced
    if forge.name != "forgejo":  # which does all in one job
        forge.runner.job("sharekit-publish" if forge.name == "gitlab" else "build")
    forge.project.push(0.06)
    ran = forge.main()
    assert ran.code == 0, ran.log
    received = forge.project.mailbox.received
    assert len(received) == 2, "one mail for each reader, with both reasons"
    assert b"It is 0.07." in received[0].content
    assert b"It is 0.06." in received[0].content


def test_what_a_lost_run_left_goes_on_when_the_keeper_says_so(
    forge: Forge, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailbox, folder = forge.project.mailbox, forge.project.repo.path
    server = {"HOST": "127.0.0.1", "PORT": str(forge.machines.port), "SECURITY": "none"}
    for name, value in server.items():
        monkeypatch.setenv(f"SHAREKIT_SMTP_{name}", value)
    mailbox.replies |= dict.fromkeys(READERS, "451 4.3.2 later")
    commit = forge.project.push(0.07)
    said = sharekit("announce", cwd=folder, wait=lambda seconds: None)
    assert said.code == 3, said.out + said.err
    store = GitStore(Git(folder, environment()), "origin")
    ledger = Ledger(store, clock=lambda: datetime.now(UTC), wait=lambda seconds: None)
    ledger.amend(lambda view: take_over(view.claims, run="lost", place="https://forge/7"), "Go on")
    mailbox.replies.clear()
    ran = forge.announce(commit)
    assert (ran.code, mailbox.received) == (3, []), ran.log
    assert "(https://forge/7) and has not said that it ended" in ran.log
    ran = forge.announce(commit, take_over="true")
    assert ran.code == 0, ran.log
    assert sorted(mailbox.who) == READERS


def test_two_at_once_send_each_mail_once(forge: Forge) -> None:
    commit = forge.project.push(0.07)
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda _: forge.announce(commit), range(2)))
    assert {job.code for job in ran} <= {0, 3}, ran
    assert sorted(forge.project.mailbox.who) == READERS


def test_a_force_push_is_published_and_announces_nothing_until_it_is_accepted(
    forge: Forge,
) -> None:
    forge.project.push(0.07)
    forge.main()
    sent = len(forge.project.mailbox.received)
    forge.project.put_back()
    rewritten = forge.project.push(0.05, "--force")
    ran = forge.main()
    assert ran.code == 2
    assert "--accept-rewrite" in ran.log
    assert forge.project.repo.git("-C", str(ran.tree), "rev-parse", "HEAD") == rewritten
    assert (ran.tree / "site/index.html").is_file()
    assert len(forge.project.mailbox.received) == sent


def test_one_number_that_fails_does_not_stop_the_others(forge: Forge) -> None:
    forge.project.put({"metrics/broken.sql": BROKEN})
    ran = forge.main()
    assert ran.code == 1
    assert ran.outputs.get("code", ran.outputs.get("SHAREKIT_CODE")) == "1"
    assert (ran.tree / "site/metrics/orders_delivered.html").is_file()
    assert "A number failed" in ran.log


def test_a_mistake_in_a_file_publishes_and_announces_nothing(forge: Forge) -> None:
    forge.project.put({"metrics/bad.sql": MISTAKEN})
    ran = forge.main()
    assert ran.code == 2
    assert not (ran.tree / "site").exists()
    assert "announce" not in ran.log
    assert forge.project.mailbox.received == []


def test_a_scheduled_run_sends_the_pre_read_of_tomorrow_once(forge: Forge) -> None:
    day = (date.today() + timedelta(days=1)).strftime("%A").lower()
    later = (date.today() + timedelta(days=4)).strftime("%A").lower()
    config = (forge.project.repo.path / "sharekit.toml").read_text(encoding="utf-8")
    for when, mails in ((later, 0), (day, 2)):
        meeting = f'\n[audiences.team]\nmeeting = {{day = "{when}", time = "09:00"}}\n'
        forge.project.put({"sharekit.toml": config + meeting})
        for _ in range(2):
            ran = forge.main(event="schedule")
            assert ran.code == 0, ran.log
        assert len(forge.project.mailbox.received) == mails


# -- what one forge has of its own -----------------------------------------------------------------


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_github_publishes_only_what_its_own_attempt_built(forge: Forge) -> None:
    assert isinstance(forge.runner, Actions)
    forge.project.push(0.07)
    built = forge.runner.job("build")
    again = forge.runner.job("publish", needs=built.outputs, attempt=2)
    assert again.code == 1
    assert "Re-run all jobs" in again.log


@pytest.mark.parametrize("forge", ["forgejo"], indirect=True)
def test_forgejo_pushes_the_site_as_one_commit_without_a_past(forge: Forge) -> None:
    for target in (0.07, 0.06):
        forge.project.push(target)
        assert forge.main().code == 0
    bare = str(forge.machines.folder / "bare.git")
    git = forge.project.repo.git
    names = git("--git-dir", bare, "ls-tree", "-r", "--name-only", "pages").splitlines()
    assert "index.html" in names
    assert not [name for name in names if name.startswith(("metrics/data", ".sharekit", ".git/"))]
    assert git("--git-dir", bare, "rev-list", "--count", "pages") == "1"
    assert git("--git-dir", bare, "log", "-1", "--format=%s", "pages").startswith("Site of ")


@pytest.mark.parametrize("forge", ["gitlab"], indirect=True)
def test_gitlab_pushes_the_ledger_by_a_token_that_stands_in_no_file(forge: Forge) -> None:
    assert isinstance(forge.runner, GitLab)
    commit = forge.project.push(0.07)
    wrong = forge.runner.job(
        "sharekit-announce", needs={"SHAREKIT_COMMIT": commit}, more={"LEDGER_TOKEN": "wrong"}
    )
    assert wrong.code == 2, wrong.log
    assert forge.project.mailbox.received == []
    right = forge.announce(commit)
    assert right.code == 0, right.log
    assert sorted(forge.project.mailbox.who) == READERS
    for job in (wrong, right):
        files = [path for path in job.tree.rglob("*") if path.is_file()]
        assert not [path for path in files if TOKEN.encode() in path.read_bytes()]
        assert TOKEN not in job.log


MERGE_REQUEST = {
    "CI_PIPELINE_SOURCE": "merge_request_event",
    "CI_DEFAULT_BRANCH": "main",
    "CI_PROJECT_ID": "5",
    "COMMENT_TOKEN": "t",
}
ON_MAIN = {"CI_PIPELINE_SOURCE": "push", "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main"}


@pytest.mark.parametrize("forge", ["gitlab"], indirect=True)
def test_gitlab_has_these_jobs(forge: Forge) -> None:
    assert isinstance(forge.runner, GitLab)
    jobs = forge.runner.jobs
    ours = {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "5"}
    fork = {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "6"}
    assert jobs(**MERGE_REQUEST, **ours) == ["sharekit-check", "sharekit-comment"]
    assert jobs(**MERGE_REQUEST, **fork) == ["sharekit-check"], "no token for a fork"
    assert jobs(**ON_MAIN) == [], "nothing is published before it is switched on"
    assert jobs(**ON_MAIN, SHAREKIT_PAGES="true") == ["sharekit-publish", "sharekit-numbers"]
    assert len(jobs(**ON_MAIN, **PAGES_AND_MAILS)) == 3
    assert jobs(**{**ON_MAIN, "CI_COMMIT_BRANCH": "idea"}, **PAGES_AND_MAILS) == []
