"""`sharekit doctor`: a set-up in which all is well, and broken ones, each named in one line with how to correct it."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from commandline import Said, sharekit
from gitrepos import Repo, bare_remote, clone, environment, identity, new_repo
from http_servers import running
from smtp_servers import (
    Certificates,
    FaultServer,
    Mailbox,
    certificates,
    check_login,
    free_port,
    mail_server,
)

from sharekit.announce.ledger.changes import take_over
from sharekit.announce.ledger.git_store import GitStore
from sharekit.announce.ledger.ledger import Ledger
from sharekit.history.git import Git

pytestmark = pytest.mark.slow

PASSWORD = "correct-horse-battery"
TODAY = date.today()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def web_server(folder: Path, tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(Quiet, directory=str(folder)))
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with running(server):
        yield server.server_address[1]


@dataclass(frozen=True)
class Setup:
    """A published project, its remote, its mail server that wants a login, its web server."""

    folder: Path
    repo: Repo
    mailbox: Mailbox
    environ: pytest.MonkeyPatch
    web: int

    def doctor(self, *args: str, folder: Path | None = None) -> Said:
        said = sharekit("doctor", *args, cwd=folder or self.repo.path, wait=lambda seconds: None)
        assert PASSWORD not in said.out + said.err
        return said

    def config(self, old: str, new: str) -> None:
        path = self.repo.path / "sharekit.toml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        self.put({"sharekit.toml": text.replace(old, new)})

    def put(self, files: dict[str, str]) -> None:
        """Commit and push."""
        self.repo.commit(files)
        self.repo.git("push", "--quiet", "origin", "main")

    def publish(self) -> None:
        """Build into the served folder, and announce."""
        for words in (["build", "--out", self.folder / "site"], ["announce"]):
            sharekit(*words, cwd=self.repo.path, wait=lambda seconds: None)


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


@contextmanager
def served(folder: Path, repo: Repo, tls: Certificates, web: int) -> Iterator[Setup]:
    """The servers of a project in `folder`, with the environment that reaches them."""
    login = {"authenticator": check_login(b"robot", PASSWORD.encode()), "auth_required": True}
    with (
        pytest.MonkeyPatch.context() as environ,
        web_server(folder / "site", port=web),
        mail_server(
            mailbox := Mailbox(), tls_context=tls.server, require_starttls=True, **login
        ) as port,
    ):
        settings = {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PASSWORD": PASSWORD,
            "CA_FILE": str(tls.ca_file),
        }
        mail = {f"SHAREKIT_SMTP_{name}": value for name, value in settings.items()}
        for name, value in (environment() | mail).items():
            environ.setenv(name, value)
        yield Setup(folder, repo, mailbox, environ, web)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Certificates, int]:
    """The folder of a project that was published once for all tests that only copy it, and the
    port that its site has."""
    folder = tmp_path_factory.mktemp("published")
    tls, web = certificates(folder / "tls"), free_port()
    (folder / "site").mkdir()
    repo = new_repo(folder / "repo")
    repo.commit(files(web), "Begin")
    bare_remote(repo, folder / "bare.git")
    with served(folder, repo, tls, web) as made:
        made.publish()
    return folder, tls, web


@pytest.fixture
def setup(published: tuple[Path, Certificates, int], tmp_path: Path) -> Iterator[Setup]:
    folder, tls, web = published
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    repo = Repo(tmp_path / "repo")
    repo.git("remote", "set-url", "origin", f"file://{tmp_path / 'bare.git'}")
    with served(tmp_path, repo, tls, web) as made:
        yield made


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


# -- broken set-ups --------------------------------------------------------------------------------

Broken = AbstractContextManager[object]
HOOK = '[[announce.webhooks]]\nname = "team"\nkind = "json"\nurl = "env:TEAM_HOOK"\nsecret = "env:TEAM_KEY"\n'
ENGINE = '[engines.w]\nurl = "env:W"\ndialect = "trino"\nallow = ["a.*"]\n'
LOGIN = {"authenticator": check_login(b"robot", PASSWORD.encode()), "auth_required": True}


def environ(**changed: str | None) -> Callable[[Setup], Broken]:
    """A variable of the environment is wrong, or with None missing."""

    def break_it(setup: Setup) -> Broken:
        for name, value in changed.items():
            if value is None:
                setup.environ.delenv(name)
            else:
                setup.environ.setenv(name, value)
        return nullcontext()

    return break_it


def config(old: str, new: str) -> Callable[[Setup], Broken]:
    """sharekit.toml says something else, which is published and announced."""

    def break_it(setup: Setup) -> Broken:
        setup.config(old, new)
        setup.publish()
        return nullcontext()

    return break_it


def mail_certificate(**options: Any) -> Callable[[Setup], Broken]:
    """The mail server has this certificate."""

    @contextmanager
    def break_it(setup: Setup) -> Iterator[None]:
        made = certificates(setup.folder / "other", **options)
        with mail_server(
            Mailbox(), tls_context=made.server, require_starttls=True, **LOGIN
        ) as port:
            setup.environ.setenv("SHAREKIT_SMTP_PORT", str(port))
            setup.environ.setenv("SHAREKIT_SMTP_CA_FILE", str(made.ca_file))
            yield

    return break_it


def site_certificate(trusted: bool = True, **options: Any) -> Callable[[Setup], Broken]:
    """The site is served over https with this certificate."""

    @contextmanager
    def break_it(setup: Setup) -> Iterator[None]:
        made = certificates(setup.folder / "web", **options)
        if trusted:
            setup.environ.setenv("SSL_CERT_FILE", str(made.ca_file))
        with web_server(setup.folder / "site", made.server) as port:
            setup.config(f'"http://127.0.0.1:{setup.web}/"', f'"https://127.0.0.1:{port}/"')
            setup.publish()
            yield

    return break_it


@contextmanager
def sender_refused(setup: Setup) -> Iterator[None]:
    for name in ("PASSWORD", "CA_FILE", "HOST"):
        setup.environ.delenv(f"SHAREKIT_SMTP_{name}")
    setup.config('user = "robot"\n', 'host = "127.0.0.1"\nsecurity = "none"\n')
    setup.publish()
    with FaultServer({"MAIL": ["553 5.7.1 not yours"]}).running() as port:
        setup.environ.setenv("SHAREKIT_SMTP_PORT", str(port))
        yield


@contextmanager
def ledger_not_writable(setup: Setup) -> Iterator[None]:
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
        yield
    finally:
        daemon.terminate()
        daemon.communicate()


def no_host(setup: Setup) -> Broken:
    setup.environ.delenv("SHAREKIT_SMTP_HOST")
    return config("[mail]\n", '[mail]\nhost = "smtp.shop.example"\n')(setup)


def unsigned(setup: Setup) -> Broken:
    setup.environ.setenv("TEAM_HOOK", "https://hooks.example.com/secret-part")
    return config("[mail]\n", HOOK + "[mail]\n")(setup)


def no_driver(setup: Setup) -> Broken:
    if find_spec("trino") is not None:
        pytest.skip("the driver for Trino is installed here")
    setup.environ.setenv("W", "trino://reader@127.0.0.1:1/numbers")
    return config("[mail]\n", ENGINE + "[mail]\n")(setup)


def shallow(setup: Setup) -> Broken:
    setup.put({"metrics/data/more.csv": "day,more\n2026-01-01,1\n"})
    setup.publish()
    clone(f"file://{setup.folder}/bare.git", setup.folder / "shallow", "--depth", "1")
    shutil.rmtree(setup.repo.path)
    (setup.folder / "shallow").rename(setup.repo.path)
    return nullcontext()


def stale(setup: Setup) -> Broken:
    setup.put({"metrics/data/orders.csv": rows(TODAY - timedelta(days=9))})
    setup.publish()
    return nullcontext()


def stale_by_hand(setup: Setup) -> Broken:
    first = TODAY - timedelta(days=60)
    front = (
        f"title: Ovens\nowner: ann\nperiod: {{start: {first}, end: {TODAY + timedelta(days=30)}}}"
    )
    step = f"type: milestone\ncheckins:\n  - {{on: {first}, value: 0.5}}"
    setup.put(
        {
            "metrics/okrs/ovens/objective.md": f"---\n{front}\n---\nBread.\n",
            "metrics/okrs/ovens/oven.md": f"---\ntitle: The oven is in\nowner: ann\n{step}\n---\nOne.\n",
        }
    )
    setup.publish()
    return nullcontext()


def older_site(setup: Setup) -> Broken:
    setup.put({"README.md": "Numbers.\n"})
    said = sharekit("announce", cwd=setup.repo.path)
    assert said.code == 0, said.err
    return nullcontext()


def no_site(setup: Setup) -> Broken:
    (setup.folder / "site/sharekit.json").unlink()
    return nullcontext()


def not_published(setup: Setup) -> Broken:
    setup.repo.git("switch", "--quiet", "-c", "idea")
    setup.repo.git("branch", "--quiet", "--set-upstream-to=origin/main")
    setup.repo.commit({"README.md": "An idea.\n"}, "Idea")
    said = sharekit("build", "--out", setup.folder / "site", cwd=setup.repo.path)
    assert said.code == 0, said.err
    return nullcontext()


SETUPS: dict[str, tuple[Callable[[Setup], Broken], int, str, str]] = {
    "wrong password": (
        environ(SHAREKIT_SMTP_PASSWORD="wrong-battery"),
        3,
        "refuses the login: 535 5.7.8 Authentication credentials invalid",
        "Correct SHAREKIT_SMTP_USER and SHAREKIT_SMTP_PASSWORD.",
    ),
    "no password": (
        environ(SHAREKIT_SMTP_PASSWORD=None),
        1,
        "the mail server's password for robot is not set",
        "SHAREKIT_SMTP_PASSWORD",
    ),
    "a password and no host beside it": (
        no_host,
        1,
        "SHAREKIT_SMTP_PASSWORD is set and SHAREKIT_SMTP_HOST is not",
        "Set SHAREKIT_SMTP_HOST=smtp.shop.example in the environment, beside the password.",
    ),
    "no host": (
        environ(SHAREKIT_SMTP_HOST=None),
        1,
        "no mail server is named",
        'Add host = "smtp.example.com" to [mail], or set SHAREKIT_SMTP_HOST.',
    ),
    "expired certificate of the mail server": (
        mail_certificate(expired=True),
        3,
        "certificate has expired",
        "Renew the server's certificate",
    ),
    "certificate of the mail server that expires soon": (
        mail_certificate(days=6),
        1,
        "its certificate expires on ",
        "Renew it before then: no mail goes to a server with an expired one.",
    ),
    "expired certificate of the site": (
        site_certificate(expired=True),
        3,
        "its certificate cannot be trusted: certificate has expired",
        "Renew it on the web server",
    ),
    "certificate of the site that expires soon": (
        site_certificate(days=6),
        1,
        "its certificate expires on ",
        "Renew it before then: no browser shows pages with an expired one.",
    ),
    "certificate of the site from nobody": (
        site_certificate(trusted=False),
        3,
        "its certificate cannot be trusted: unable to get local issuer certificate",
        "SSL_CERT_FILE",
    ),
    "sender refused": (
        sender_refused,
        3,
        "rejects the sender: 553 5.7.1 not yours",
        "Let the server take numbers@shop.example, or change [mail] from.",
    ),
    "no mail server": (
        environ(SHAREKIT_SMTP_PORT=str(free_port())),
        3,
        "cannot be reached",
        "Correct SHAREKIT_SMTP_HOST, _PORT and _SECURITY",
    ),
    "no right to write the ledger": (
        ledger_not_writable,
        3,
        "the ledger cannot be written to origin",
        "permissions: contents: write",
    ),
    "shallow clone": (shallow, 1, "this clone is shallow", "fetch-depth: 0"),
    "stale data": (
        stale,
        1,
        "orders_a_day is stale. Data is 9 days old; its limit is 3 days",
        "Deliver newer rows before the build",
    ),
    "no check-in": (
        stale_by_hand,
        1,
        "oven is stale. No check-in since",
        "sharekit checkin oven VALUE",
    ),
    "a day that stands still": (
        config("[project]\n", f"[project]\nas_of = {TODAY - timedelta(days=1)}\n"),
        1,
        f"as_of = {TODAY - timedelta(days=1)} is set under [project]: every build shows that day",
        "Remove as_of",
    ),
    "webhook without address": (
        config("[mail]\n", HOOK.replace('secret = "env:TEAM_KEY"\n', "") + "[mail]\n"),
        1,
        "webhook team is not set",
        "Set the environment variable TEAM_HOOK.",
    ),
    "webhook without its key": (
        unsigned,
        1,
        "TEAM_KEY",
        "Set the environment variable TEAM_KEY",
    ),
    "engine without address": (
        config("[mail]\n", ENGINE + "[mail]\n"),
        3,
        "the environment has no W",
        "Set W to its address",
    ),
    "engine without driver": (
        no_driver,
        3,
        "the driver for Trino is not installed",
        "pip install 'sharekit[trino]'",
    ),
    "site of an older commit": (
        older_site,
        1,
        "it shows an older commit",
        "Look at the last run of the pipeline",
    ),
    "no site": (no_site, 1, "no site is published there", "Publish the folder site/"),
    "a commit that is not published": (
        not_published,
        1,
        "is not on main, the only branch that is announced",
        "Merge and push it",
    ),
}
"""What is broken, its exit code, and what the one line says: the fault, and how to correct it."""


@pytest.mark.parametrize("name", SETUPS)
def test_a_broken_setup_is_named_in_one_line_with_how_to_correct_it(
    setup: Setup, name: str
) -> None:
    break_it, code, fault, advice = SETUPS[name]
    with break_it(setup):
        said = setup.doctor()
    assert said.code == code, said.out + said.err
    only_line(said, fault)
    only_line(said, advice)
    assert "wrong-battery" not in said.out + said.err


def test_a_damaged_ledger_is_one_finding_of_many(setup: Setup) -> None:
    repo = setup.repo
    repo.git("fetch", "--quiet", "origin", "+refs/sharekit/announced:refs/sharekit/announced")
    ref, tree = "refs/sharekit/announced", repo.git("rev-parse", "HEAD^{tree}")
    good = repo.git("rev-parse", ref)
    who = identity("Ann", "2024-01-01T09:00:00+00:00")
    bad = repo.git("commit-tree", "-p", good, "-m", "Damage", tree, **who)
    repo.git("push", "--quiet", "--force", "origin", f"{bad}:{ref}")
    said = setup.doctor()
    assert said.code == 1, said.out + said.err
    only_line(said, "the ledger is damaged")
    only_line(said, f"git push --force origin VERSION:{ref}")
    assert "Sources" in said.out
    repo.git("push", "--quiet", "--force", "origin", f"{good}:{ref}")
    assert setup.doctor("ledger").code == 0


def test_remote_out_of_reach(setup: Setup) -> None:
    setup.repo.git("remote", "set-url", "origin", f"file://{setup.folder}/gone.git")
    said = setup.doctor("ledger")
    assert said.code == 3
    only_line(said, "the ledger at origin cannot be read")


def test_a_webhook_shows_nothing_of_its_address(setup: Setup) -> None:
    setup.config("[mail]\n", HOOK.replace('secret = "env:TEAM_KEY"\n', "") + "[mail]\n")
    setup.environ.setenv("TEAM_HOOK", "https://hooks.example.com/secret-part")
    said = setup.doctor("webhooks")
    assert said.code == 0
    assert "secret-part" not in said.out


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
    only_line(said, "was not finished. Run sharekit announce")
    git = Git(setup.repo.path, environment())
    ledger = Ledger(
        GitStore(git, "origin"), clock=lambda: datetime.now(UTC), wait=lambda seconds: None
    )
    ledger.amend(lambda view: take_over(view.claims, run="lost", place="https://forge/7"), "Go on")
    said = setup.doctor("ledger")
    assert said.code == 1
    only_line(said, "(https://forge/7) and has not said that it ended. ")
    assert "sharekit announce --take-over" in said.out


def test_mistake_in_a_file_is_said_first(setup: Setup) -> None:
    (setup.repo.path / "sharekit.toml").write_text("[project]\nnam = 1\n")
    said = setup.doctor()
    assert said.code == 2
    assert "nam" in said.err
