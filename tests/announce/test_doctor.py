"""`sharekit doctor`: a set-up in which all is well, and broken ones, each named in one line with how to correct it."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from commandline import Said, sharekit
from gitrepos import Repo, bare_remote, clone, environment, new_repo
from smtp_servers import (
    FaultServer,
    Mailbox,
    certificates,
    check_login,
    free_port,
    mail_server,
)

pytestmark = pytest.mark.slow

PASSWORD = "correct-horse-battery"
TODAY = date.today()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def web_server(folder: Path) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass(frozen=True)
class Setup:
    """A published project, its remote, its mail server that wants a login, its web server."""

    folder: Path
    repo: Repo
    mailbox: Mailbox
    environ: pytest.MonkeyPatch

    def doctor(self, *args: str, folder: Path | None = None) -> Said:
        said = sharekit("doctor", *args, cwd=folder or self.repo.path, wait=lambda seconds: None)
        assert PASSWORD not in said.out + said.err
        return said

    def config(self, old: str, new: str) -> None:
        path = self.repo.path / "sharekit.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        self.repo.commit({"sharekit.toml": text.replace(old, new)}, "Configure")
        self.repo.git("push", "--quiet", "origin", "main")


def rows(last: date) -> str:
    days = [last - timedelta(days=ago) for ago in range(40, -1, -1)]
    return "day,orders\n" + "".join(f"{day},{day.day}\n" for day in days)


def files(web: int) -> dict[str, str]:
    return {
        ".gitignore": "/site/\n/outbox/\n/.sharekit/\n",
        "sharekit.toml": (
            f'[project]\nname = "Shop"\nurl = "http://127.0.0.1:{web}/"\n'
            '[people.ann]\nname = "Ann"\nemail = "ann@shop.example"\n'
            '[mail]\nfrom = "numbers@shop.example"\nuser = "robot"\n'
        ),
        "metrics/data/orders.csv": rows(TODAY - timedelta(days=1)),
        "metrics/orders_a_day.sql": (
            "/* ---\ntitle: Orders\nowner: ann\ngrain: day\nmax_age: 3 days\n--- */\n"
            "SELECT day, orders AS value FROM orders\n"
        ),
    }


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Setup]:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    made = certificates(tmp_path / "tls")
    login = {"authenticator": check_login(b"robot", PASSWORD.encode()), "auth_required": True}
    site = tmp_path / "site"
    site.mkdir()
    with (
        web_server(site) as web,
        mail_server(
            mailbox := Mailbox(), tls_context=made.server, require_starttls=True, **login
        ) as port,
    ):
        repo = new_repo(tmp_path / "repo")
        repo.commit(files(web), "Begin")
        bare_remote(repo, tmp_path / "bare.git")
        settings = {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PASSWORD": PASSWORD,
            "CA_FILE": str(made.ca_file),
        }
        for name, value in settings.items():
            monkeypatch.setenv(f"SHAREKIT_SMTP_{name}", value)
        for words in (["build", "--out", site], ["announce"]):
            said = sharekit(*words, cwd=repo.path)
            assert said.code == 0, said.err
        yield Setup(tmp_path, repo, mailbox, monkeypatch)


def only_line(said: Said, words: str) -> None:
    """One line names the fault and nothing else is found to be wrong."""
    bad = [line for line in said.out.splitlines() if line.startswith("       no  ")]
    assert len(bad) == 1, said.out + said.err
    assert words in bad[0]
    assert ". " in bad[0], "it says how to correct it"


def test_all_is_well(setup: Setup) -> None:
    said = setup.doctor()
    assert said.code == 0, said.out + said.err
    assert "       no " not in said.out
    for words in (
        "the whole history is here",
        "is the newest commit of main",
        "refs/sharekit/announced at origin can be read",
        "it can be written",
        "HEAD was announced",
        "it takes the login",
        "41 rows, through",
        "it shows HEAD",
    ):
        assert words in said.out
    assert setup.mailbox.received == []
    document = json.loads(setup.doctor("--format", "json").out)
    assert (document["ok"], document["exit"]) == (True, 0)
    assert set(document["sections"]) >= {"project", "git", "ledger", "mail", "sources", "site"}


def test_looking_changes_nothing(setup: Setup) -> None:
    bare = Repo(setup.folder / "bare.git")
    before = bare.git("for-each-ref")
    setup.doctor()
    assert bare.git("for-each-ref") == before


def test_a_trial_mail(setup: Setup) -> None:
    said = setup.doctor("project", "--mail", "me@shop.example")
    assert said.code == 0, said.out
    assert setup.mailbox.who == ["me@shop.example"]
    assert b"Subject: A trial from Shop" in setup.mailbox.received[0].content
    assert setup.doctor("--mail", "me").code == 2


def test_wrong_password(setup: Setup) -> None:
    setup.environ.setenv("SHAREKIT_SMTP_PASSWORD", "wrong-battery")
    said = setup.doctor()
    assert said.code == 3
    only_line(
        said,
        "refuses the login: 535 5.7.8 Authentication credentials invalid."
        " Correct SHAREKIT_SMTP_USER and SHAREKIT_SMTP_PASSWORD.",
    )
    assert "wrong-battery" not in said.out + said.err


def test_no_password(setup: Setup) -> None:
    setup.environ.delenv("SHAREKIT_SMTP_PASSWORD")
    said = setup.doctor()
    assert said.code == 1
    only_line(said, "the mail server's password for robot is not set")


def test_expired_certificate(setup: Setup) -> None:
    made = certificates(setup.folder / "old", expired=True)
    with mail_server(Mailbox(), tls_context=made.server, require_starttls=True) as port:
        setup.environ.setenv("SHAREKIT_SMTP_PORT", str(port))
        setup.environ.setenv("SHAREKIT_SMTP_CA_FILE", str(made.ca_file))
        said = setup.doctor()
    assert said.code == 3
    only_line(said, "certificate has expired. Renew the server's certificate")


def test_certificate_that_expires_soon(setup: Setup) -> None:
    made = certificates(setup.folder / "soon", days=6)
    login = {"authenticator": check_login(b"robot", PASSWORD.encode()), "auth_required": True}
    with mail_server(Mailbox(), tls_context=made.server, require_starttls=True, **login) as port:
        setup.environ.setenv("SHAREKIT_SMTP_PORT", str(port))
        setup.environ.setenv("SHAREKIT_SMTP_CA_FILE", str(made.ca_file))
        said = setup.doctor()
    assert said.code != 0
    only_line(said, "its certificate expires on ")
    assert "in five days. Renew it before then" in said.out


def test_sender_that_the_server_does_not_take(setup: Setup) -> None:
    for name in ("PASSWORD", "CA_FILE", "HOST"):
        setup.environ.delenv(f"SHAREKIT_SMTP_{name}")
    setup.config('user = "robot"\n', 'host = "127.0.0.1"\nsecurity = "none"\n')
    with FaultServer({"MAIL": ["553 5.7.1 not yours"]}).running() as port:
        setup.environ.setenv("SHAREKIT_SMTP_PORT", str(port))
        said = setup.doctor("mail")
    assert said.code == 3
    only_line(said, "rejects the sender: 553 5.7.1 not yours. Let the server take")


def test_no_mail_server(setup: Setup) -> None:
    setup.environ.setenv("SHAREKIT_SMTP_PORT", str(free_port()))
    said = setup.doctor()
    assert said.code == 3
    only_line(said, "cannot be reached")


def test_no_right_to_write_the_ledger(setup: Setup) -> None:
    port = free_port()
    served = ["git", "daemon", "--export-all", "--reuseaddr", f"--base-path={setup.folder}"]
    daemon = subprocess.Popen(
        [*served, "--listen=127.0.0.1", f"--port={port}", "--verbose"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert daemon.stderr is not None
        assert "Ready to rumble" in daemon.stderr.readline()
        setup.repo.git("remote", "set-url", "origin", f"git://127.0.0.1:{port}/bare.git")
        said = setup.doctor()
    finally:
        daemon.terminate()
        daemon.communicate()
    assert said.code == 3
    only_line(said, "the ledger cannot be written to origin")
    assert "permissions: contents: write" in said.out


def test_remote_out_of_reach(setup: Setup) -> None:
    setup.repo.git("remote", "set-url", "origin", f"file://{setup.folder}/gone.git")
    said = setup.doctor("ledger")
    assert said.code == 3
    only_line(said, "the ledger at origin cannot be read")


def test_shallow_clone(setup: Setup) -> None:
    setup.repo.commit({"metrics/data/more.csv": "day,more\n2026-01-01,1\n"}, "More")
    setup.repo.git("push", "--quiet", "origin", "main")
    shallow = clone(f"file://{setup.folder}/bare.git", setup.folder / "shallow", "--depth", "1")
    said = setup.doctor("git", folder=shallow.path)
    assert said.code == 1
    only_line(said, "this clone is shallow")
    assert "fetch-depth: 0" in said.out


def test_stale_data(setup: Setup) -> None:
    setup.repo.commit({"metrics/data/orders.csv": rows(TODAY - timedelta(days=9))}, "Old rows")
    said = setup.doctor("sources")
    assert said.code == 1
    only_line(said, "orders_a_day is stale. Data is 9 days old; its limit is 3 days.")


def test_frozen_day(setup: Setup) -> None:
    setup.config("[project]\n", "[project]\nas_of = 2026-01-31\n")
    said = setup.doctor("project")
    assert said.code == 1
    only_line(said, "as_of = 2026-01-31 is set under [project]: every build shows that day")


def test_webhook_without_address(setup: Setup) -> None:
    setup.config(
        "[mail]\n",
        '[[announce.webhooks]]\nname = "team"\nkind = "slack"\nurl = "env:TEAM_HOOK"\n[mail]\n',
    )
    said = setup.doctor("webhooks")
    assert said.code == 1
    only_line(said, "webhook team is not set. Set the environment variable TEAM_HOOK.")
    setup.environ.setenv("TEAM_HOOK", "https://hooks.example.com/secret-part")
    assert setup.doctor("webhooks").code == 0
    assert "secret-part" not in setup.doctor("webhooks").out


def test_site_of_an_older_commit(setup: Setup) -> None:
    setup.repo.commit({"README.md": "Numbers.\n"}, "Read me")
    setup.repo.git("push", "--quiet", "origin", "main")
    said = setup.doctor("site")
    assert said.code == 1
    only_line(said, "it shows an older commit")


def test_no_site(setup: Setup) -> None:
    (setup.folder / "site/sharekit.json").unlink()
    said = setup.doctor("site")
    assert said.code == 1
    only_line(said, "no site is published there. Publish the folder site/")


def test_commit_that_is_not_published(setup: Setup) -> None:
    setup.repo.git("switch", "--quiet", "-c", "idea")
    setup.repo.commit({"README.md": "An idea.\n"}, "Idea")
    said = setup.doctor("git")
    assert said.code == 1
    only_line(said, "is not on main, the only branch that is announced")


def test_claim_that_is_still_open(setup: Setup) -> None:
    for text in ("max_age: 3 days", "max_age: 3 days\ntarget: 12\nannounce: mail"):
        path = setup.repo.path / "metrics/orders_a_day.sql"
        setup.repo.commit(
            {"metrics/orders_a_day.sql": path.read_text().replace("max_age: 3 days", text)},
            "Revise",
        )
    setup.repo.git("push", "--quiet", "origin", "main")
    setup.mailbox.replies["ann@shop.example"] = "451 4.3.0 later"
    said = sharekit("announce", cwd=setup.repo.path, wait=lambda seconds: None)
    assert said.code == 3, said.out + said.err
    said = setup.doctor("ledger")
    assert said.code == 1
    only_line(said, "UTC. ")
    assert "sharekit announce" in said.out


def test_mistake_in_a_file_is_said_first(setup: Setup) -> None:
    (setup.repo.path / "sharekit.toml").write_text("[project]\nnam = 1\n")
    said = setup.doctor()
    assert said.code == 2
    assert "nam" in said.err
