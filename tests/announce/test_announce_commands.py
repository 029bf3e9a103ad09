"""`sharekit announce` and `sharekit ledger` as a keeper uses them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import peers
import pytest
from commandline import Said, sharekit
from gitrepos import bare_remote, environment, new_repo
from peers import CONFIG, FOLDER, key_result, revise
from smtp_servers import FaultServer, Mailbox, check_login, environment_mailbox, mail_server

from sharekit.announce.ledger.git_store import REF, ledger_ref

AS_OF = ("--as-of", "2013-11-22")


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that the environment names, and git without the developer's settings."""
    with environment_mailbox(monkeypatch) as mailbox:
        yield mailbox


Run = Callable[..., Said]


@pytest.fixture
def run(tmp_path: Path, box: Mailbox) -> Run:
    """Runs a command in a repository, in which no time passes for a server that says "later"."""
    return lambda *args, folder="repo": sharekit(
        *args, cwd=tmp_path / folder, wait=lambda seconds: None
    )


@pytest.mark.slow
def test_from_the_first_run_to_the_ledger(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = peers.begin(tmp_path / "repo", lga=key_result(title="LGA lands on time", owner="jonas"))
    bare_remote(repo, tmp_path / "bare")
    said = run("ledger")
    assert (said.code, said.err) == (0, "")
    assert "There is no ledger yet: refs/sharekit/announced at origin." in said.out

    said = run("announce", *AS_OF)
    assert said.code == 0, said.err
    assert said.out.startswith(
        f"  The ledger begins at {repo.git('rev-parse', '--short=7', 'HEAD')}"
    )
    assert box.received == []

    text = key_result(0.82, note="Cancelled flights count.").replace(
        "0.75 AS value", "0.70 AS value"
    )
    repo.commit({f"{FOLDER}/jfk.sql": text})
    said = run("announce", "--dry-run", *AS_OF)
    assert said.code == 0, said.err
    assert "1 announcement is waiting. Nothing is sent in a dry run." in said.out
    assert (
        "Revised key result: JFK leaves on time was counted wrong. It is 0.7, not 0.75, and the"
        " target is 0.82, not 0.85."
    ) in " ".join(said.out.split())
    assert "To       3 readers: Maria Okafor, Jonas Lind, Eve Sato" in said.out
    assert "Preview  outbox/index.html" in said.out
    assert len(list((tmp_path / "repo/outbox").glob("*.eml"))) == 3
    assert box.received == []
    assert "is not on main at origin" in run("announce", *AS_OF).err, (
        "what is not pushed is not published"
    )

    repo.git("push", "--quiet", "origin", "main")
    said = run("announce", *AS_OF)
    assert said.code == 0, said.err
    assert said.out.startswith("  3 messages sent.\n")
    assert len(box.received) == 3
    assert run("announce", *AS_OF).out == "  There is nothing new to announce.\n"
    assert len(box.received) == 3

    said = run("ledger")
    assert "JFK leaves on time: target 0.82, was 0.85" in said.out
    assert "3 sent" in said.out
    assert "@ports.example" not in said.out
    found = json.loads(run("ledger", "jfk", "--format", "json").out)
    (one,) = found["announcements"]
    assert {each["recipient"]: each["status"] for each in one["recipients"]} == dict.fromkeys(
        ("eve", "jonas", "maria"), "sent"
    )
    assert found["announced"]["commit"] == repo.git("rev-parse", "HEAD")
    assert run("ledger", "lga").code == 2


@pytest.mark.slow
def test_the_mail_tells_what_todays_numbers_are(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = peers.begin(tmp_path / "repo")
    run("announce", *AS_OF)
    revise(repo, 0.82)
    assert run("announce", *AS_OF).code == 0
    content = box.received[0].content.decode()
    assert re.search(r"before +after", content)
    assert "Now" in content
    assert "https://numbers.example.com/ny/okrs/jfk.html#r2" in content


@pytest.mark.slow
def test_what_was_promised_among_the_few_is_in_no_mail_to_all(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    few = '[audiences.board]\nmembers = ["maria"]\n\n[mail]'
    config = peers.CONFIG.replace("[mail]", few).replace(
        "[people.maria]", 'audience = "airports"\n\n[people.maria]', 1
    )
    jfk, narrow = (
        f"{FOLDER}/jfk.sql",
        key_result(0.94).replace("owner: maria", "owner: maria\naudience: board"),
    )
    repo = new_repo(tmp_path / "repo")
    repo.commit(peers.files() | {"sharekit.toml": config, jfk: narrow})
    repo.commit({jfk: key_result(0.88)}, "Open it")
    run("announce", *AS_OF)
    repo.commit({jfk: key_result(0.87, note="Snow.")})
    repo.commit({jfk: key_result(0.86, note="More snow.")})
    assert run("announce", *AS_OF).code == 0
    text = box.received[0].content.decode()
    assert "0.86" in text
    assert "0.94" not in text


def test_base_is_a_name_of_a_commit(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = peers.begin(tmp_path / "repo")
    revise(repo, 0.82)
    said = run("announce", "--base", "nowhere", *AS_OF)
    assert said.code == 2
    assert "there is no commit 'nowhere'" in said.err
    assert run("announce", "--base", "HEAD~1", *AS_OF).code == 0
    assert len(box.received) == 3


def test_a_missing_note_is_shown_as_check_shows_it(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = peers.begin(tmp_path / "repo")
    run("announce", *AS_OF)
    repo.commit({f"{FOLDER}/jfk.sql": key_result(0.82)})
    said = run("announce", *AS_OF)
    assert said.code == 2
    assert "without a reason" in said.err
    (told,) = re.findall(r"sharekit (note jfk --base \w+)", said.err)
    assert "revisions:" in run(*told.split(), "--print", *AS_OF).out
    assert box.received == []


@pytest.mark.slow
def test_refused_and_pending_are_named_without_addresses(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    box.replies["jonas@ports.example"] = "550 5.1.1 <jonas@ports.example> unknown"
    repo = peers.begin(tmp_path / "repo")
    repo.commit({"sharekit.toml": CONFIG.replace('email = "eve@ports.example"\n', "")})
    run("announce", *AS_OF)
    revise(repo, 0.82)
    said = run("announce", *AS_OF)
    assert said.code == 2
    assert "[x] Jonas Lind: the address was refused: 550 5.1.1 <…> unknown" in said.out
    assert "[!] No usable address for Eve Sato: add email under [people]." in said.out
    assert "@ports.example" not in said.out + said.err
    assert "Jonas Lind: refused (550 5.1.1)" in run("ledger").out


@pytest.mark.slow
def test_changes_that_are_not_committed_are_not_announced(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = peers.begin(tmp_path / "repo")
    run("announce", *AS_OF)
    repo.write({f"{FOLDER}/jfk.sql": key_result(0.82, note="Later.")})
    said = run("announce", *AS_OF)
    assert "are not announced" in said.err
    assert "There is nothing new to announce." in said.out


@pytest.mark.slow
def test_a_status_that_got_worse_is_told_where_it_is_asked_for(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = peers.begin(tmp_path / "repo")
    falling = key_result(0.8).replace(
        "SELECT DATE '2013-11-11' AS week, 0.75 AS value", "FROM numbers SELECT week, value"
    )
    repo.commit({
        "sharekit.toml": CONFIG + "[announce]\nstatus = true\n",
        f"{FOLDER}/jfk.sql": falling,
        "metrics/data/numbers.csv": "week,value\n2013-11-11,0.79\n",
    })  # fmt: skip
    assert run("announce", *AS_OF).code == 0
    repo.commit({"metrics/data/numbers.csv": "week,value\n2013-11-11,0.70\n"})
    said = run("announce", *AS_OF)
    assert said.code == 0, said.err
    assert "slipped: off track, after on track" in said.out
    assert len(box.received) == 3
    assert run("announce", *AS_OF).out == "  There is nothing new to announce.\n"


@pytest.mark.slow
def test_two_projects_in_one_repository_have_a_ledger_each(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = peers.begin(tmp_path / "repo")
    repo.commit({f"teams/ny/{name}": text for name, text in peers.files().items()})
    assert run("announce", *AS_OF).code == 0
    assert run("announce", *AS_OF, folder="repo/teams/ny").code == 0
    assert repo.git("for-each-ref", "--format=%(refname)", "refs/sharekit").splitlines() == [
        REF,
        ledger_ref("teams/ny"),
    ]
    repo.commit({f"teams/ny/{FOLDER}/jfk.sql": key_result(0.82, note="Ours.")})
    assert run("announce", *AS_OF).out == "  There is nothing new to announce.\n"
    assert run("announce", *AS_OF, folder="repo/teams/ny").out.startswith("  3 messages sent.")
    assert len(box.received) == 3


def test_a_ledger_in_a_file(
    tmp_path: Path, run: Run, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the repository names lies in the project; beside it is a file that the environment
    names."""
    repo = peers.begin(tmp_path / "repo")
    repo.commit({"sharekit.toml": CONFIG + '[announce]\nledger = "file:../ledger.json"\n'})
    for refused in (run("announce", *AS_OF), run("ledger"), run("build", *AS_OF)):
        assert "lies outside the project" in refused.err
    assert not (tmp_path / "ledger.json").exists()
    with monkeypatch.context() as environ:
        environ.setenv("SHAREKIT_LEDGER_FILE", "../ledger.json")
        assert run("announce", *AS_OF).code == 0
    assert (tmp_path / "ledger.json").exists()
    repo.commit({"sharekit.toml": CONFIG + '[announce]\nledger = "file:ledger.json"\n'})
    assert run("announce", *AS_OF).code == 0
    assert (tmp_path / "repo/ledger.json").exists()
    assert repo.git("for-each-ref", "refs/sharekit") == ""
    repo.commit({"sharekit.toml": CONFIG + '[announce]\nledger = "s3://bucket"\n'})
    said = run("ledger")
    assert (said.code, "cannot be" in said.err) == (2, True)


def test_outside_git_it_says_so(
    tmp_path: Path, run: Run, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "repo").mkdir()
    (tmp_path / "repo/sharekit.toml").write_text(CONFIG)
    said = run("announce", *AS_OF)
    assert said.code == 2
    assert "announcing needs git" in said.err


def test_an_address_for_a_trial_must_be_one(tmp_path: Path, run: Run, box: Mailbox) -> None:
    peers.begin(tmp_path / "repo")
    said = run("announce", "--to", "me", *AS_OF)
    assert (said.code, "'me' is not an address" in said.err) == (2, True)


@pytest.mark.parametrize(
    "options",
    [
        ("--dry-run", "--to", "me@ports.example"),
        ("--dry-run", "--take-over"),
        ("--dry-run", "--drop", "x"),
        ("--to", "me@ports.example", "--drop", "x"),
        ("--pending", "--digest"),
        ("--pending", "--base", "HEAD"),
        ("--to", "me@ports.example", "--pending"),
    ],
)
def test_an_option_without_effect_beside_another_is_refused(
    tmp_path: Path, run: Run, box: Mailbox, options: tuple[str, ...]
) -> None:
    peers.begin(tmp_path / "repo")
    said = run("announce", *options)
    assert said.code == 2
    assert " has no effect with --" in said.err
    assert box.received == []


def test_a_key_that_cannot_be_dropped_is_said_before_a_ledger_begins(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = peers.begin(tmp_path / "repo")
    said = run("announce", "--drop", "x", *AS_OF)
    assert said.code == 2
    assert "the ledger has no announcement x" in said.err
    assert "refs/sharekit" not in repo.git("for-each-ref")


def test_what_is_pending_begins_no_ledger(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = peers.begin(tmp_path / "repo")
    for options in (("--pending",), ("--pending", "--dry-run")):
        said = run("announce", *options, *AS_OF)
        assert said.code == 0
        assert "The ledger is empty, so no earlier run left anything open." in said.out
    assert "refs/sharekit" not in repo.git("for-each-ref")


@pytest.mark.slow
def test_a_cancelled_job_records_what_was_answered(tmp_path: Path) -> None:
    announcer = peers.Announcer(peers.begin(tmp_path / "repo"))
    assert announcer.announce().ending == "baseline"
    revise(announcer.repo)
    server = FaultServer({"end": ["250 OK", "stall"]})
    with server.running() as port:
        job = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "sharekit",
                "--project",
                str(announcer.repo.path),
                "announce",
                *AS_OF,
            ],
            env=environment(SHAREKIT_SMTP_PORT=str(port), PYTHONPATH=os.pathsep.join(sys.path)),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert server.stalled.wait(60)
        job.send_signal(signal.SIGTERM)
        job.communicate()
    assert job.returncode == 130
    assert announcer.by_person() == {"maria": "sent", "jonas": "claimed", "eve": "claimed"}
    (held,) = announcer.view().claims
    assert held.run == "", "others need not wait for it"
    with mail_server(box := Mailbox()) as port:
        announcer.port = port
        assert announcer.announce().exit_code == 0
    assert sorted(box.who) == ["eve@ports.example", "jonas@ports.example"]


def test_an_alarm_reads_what_was_sent_and_why_the_rest_was_not(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = peers.begin(tmp_path / "repo")
    run("announce", *AS_OF)
    box.replies |= {"eve@ports.example": "550 5.1.1 nobody", "jonas@ports.example": "451 later"}
    revise(repo)
    said = run("announce", "--format", "json", *AS_OF)
    found = json.loads(said.out)
    assert (said.code, found["exit_code"], found["ending"]) == (3, 3, "sent")
    assert [each["recipient"] for each in found["sent"]] == ["maria"]
    assert [each["recipient"] for each in found["refused"]] == ["eve"]
    assert [each["code"] for each in found["pending"]] == ["451"]
    assert {(each["status"], each["permanent"]) for each in found["causes"]} == {
        ("refused", True),
        ("pending", False),
    }
    assert "@ports.example" not in said.out


@pytest.mark.slow
def test_a_mistake_is_in_the_document_too(tmp_path: Path, run: Run) -> None:
    repo = peers.begin(tmp_path / "repo")
    run("announce", *AS_OF)
    repo.commit({f"{FOLDER}/jfk.sql": key_result(0.8)}, "Without a note")
    said = run("announce", "--format", "json", *AS_OF)
    found = json.loads(said.out)
    assert (said.code, found["exit_code"], found["ending"]) == (2, 2, None)
    assert "without a reason" in found["causes"][0]["cause"]


@pytest.mark.slow
def test_one_line_a_cause_and_two_for_a_wrong_password(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = peers.begin(tmp_path / "repo")
    run("announce", *AS_OF)
    revise(repo)
    login = check_login(b"robot", b"right")
    with mail_server(Mailbox(), authenticator=login, auth_require_tls=False) as port:
        monkeypatch.setenv("SHAREKIT_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("SHAREKIT_SMTP_PORT", str(port))
        monkeypatch.setenv("SHAREKIT_SMTP_USER", "robot")
        monkeypatch.setenv("SHAREKIT_SMTP_PASSWORD", "hunter2")
        said = run("announce", *AS_OF)
    assert said.code == 2
    assert said.out.count("refuses the login: 535 5.7.8") == 1
    assert "Maria Okafor, Jonas Lind and Eve Sato" in said.out
    assert "Correct the setting" in said.out


def test_a_push_that_is_refused_ends_with_2_and_the_remotes_words(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = peers.begin(tmp_path / "repo")
    bare_remote(repo, tmp_path / "bare")
    hook = tmp_path / "bare/hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'you may not' >&2\nexit 1\n")
    hook.chmod(0o755)
    said = run("announce", *AS_OF)
    assert said.code == 2
    assert "cannot be written to origin: you may not; " in said.err
    assert "contents: write" in said.err
    assert box.received == []


@pytest.mark.slow
def test_an_accepted_rewrite_moves_the_ledger(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = peers.begin(tmp_path / "repo")
    repo.commit({"README.md": "a"}, "Read me")
    run("announce", *AS_OF)
    repo.git("reset", "--quiet", "--soft", "HEAD~1")
    repo.commit({"README.md": "b"}, "Read me, again")
    assert run("announce", *AS_OF).code == 2
    assert run("announce", "--accept-rewrite", *AS_OF).code == 0
    assert run("announce", *AS_OF).code == 0
    assert box.received == []


@pytest.mark.slow
def test_a_person_is_forgotten_by_command(tmp_path: Path, run: Run, box: Mailbox) -> None:
    repo = peers.begin(tmp_path / "repo")
    run("announce", *AS_OF)
    box.replies["eve@ports.example"] = "451 later"
    revise(repo)
    run("announce", *AS_OF)
    said = run("ledger", "--forget", "eve")
    assert said.code == 2
    assert "--pending" in said.err, "what is to be sent still needs what would be removed"
    del box.replies["eve@ports.example"]
    run("announce", *AS_OF)
    got = len(box.received)
    said = run("ledger", "--forget", "eve")
    assert (said.code, said.err) == (0, "")
    assert "1 record of mails to eve" in said.out
    assert "eve is still in [people]" in said.out
    assert "eve" not in repo.git("grep", "-h", "-i", "-e", "", REF)
    assert run("announce", *AS_OF).code == 0
    assert len(box.received) == got
    for more in (["--format", "json"], ["--last", "2"], ["jfk"]):
        said = run("ledger", "--forget", "eve", *more)
        assert (said.code, "nothing else" in said.err) == (2, True)
    said = run("ledger", "--forget", "nobody-of-this-name")
    assert (said.code, "has nobody called" in said.err) == (2, True)


def test_a_pull_request_reads_both_halves_of_the_note(tmp_path: Path, run: Run) -> None:
    repo = peers.begin(tmp_path / "repo")
    revise(repo)
    said = run("diff", "HEAD~1", "HEAD", "--no-run", "--format", "markdown")
    assert "It is 0.82 now." in said.out
    assert "**What we will do.** Do better." in said.out
    assert "What we will do: Do better." in run("diff", "HEAD~1", "HEAD", "--no-run").out


@pytest.mark.slow
def test_who_left_long_ago_is_forgotten_by_every_name_that_they_had(
    tmp_path: Path, run: Run, box: Mailbox
) -> None:
    repo = peers.begin(tmp_path / "repo", jfk=key_result(owner="eve"))
    assert run("announce", *AS_OF).code == 0
    married = peers.CONFIG.replace("Eve Sato", "Eve Moon")
    repo.commit({"sharekit.toml": married, f"{FOLDER}/jfk.sql": key_result(owner="maria")})
    assert run("announce", *AS_OF).code == 0
    start, end = married.index("[people.eve]"), married.index("[audiences.airports]")
    config = (married[:start] + married[end:]).replace(', "eve"]', "]")
    repo.commit({"sharekit.toml": config}, "Eve has left")
    repo.commit({f"{FOLDER}/jfk.sql": key_result(0.82, note="It is 0.82 now.")})
    assert run("announce", *AS_OF).code == 0
    assert "Eve" in run("ledger").out
    said = run("ledger", "--forget", "eve")
    assert said.code == 0, said.err
    assert "Eve" not in run("ledger").out
    assert run("announce", *AS_OF).code == 0
