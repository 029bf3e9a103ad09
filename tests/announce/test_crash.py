"""Runs that die at every step, and runs that race: nothing is lost, and nothing is sent twice that
could be known."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import peers
import pytest
from gitrepos import bare_remote, clone
from peers import START, Announcer, revise
from smtp_servers import Mailbox, mail_server

from sharekit.announce.ledger.changes import baseline
from sharekit.announce.ledger.git_store import REF

PEOPLE = ["eve@ports.example", "jonas@ports.example", "maria@ports.example"]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a system that can fork")


@dataclass
class Driver:
    """Runs announces in processes of their own."""

    process: subprocess.Popen[str]
    folder: Path
    now: str = START.isoformat()
    names: Iterator[int] = field(default_factory=lambda: iter(range(1000)))
    published: dict[str, object] = field(default_factory=dict)

    def _ask(self, request: dict[str, object]) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return int(json.loads(self.process.stdout.readline()))

    def start(self, announcer: Announcer, **more: object) -> tuple[int, Path]:
        name = f"run{next(self.names)}"
        answer = self.folder / f"{name}.json"
        ledger = str(announcer.ledger_file) if announcer.ledger_file else None
        request = {
            "repo": str(announcer.repo.path),
            "port": announcer.port,
            "ledger": ledger,
            "name": name,
            "now": self.now,
        }
        return self._ask(
            {**request, "answer": str(answer), "published": self.published, **more}
        ), answer

    def wait(self, pid: int) -> int:
        return self._ask({"wait": pid})

    def run(self, announcer: Announcer, point: str = "") -> tuple[int, dict[str, object]]:
        """Exit code (negative: the signal that ended it), and what the report says. It dies at
        "step-count"."""
        step, _, count = point.rpartition("-")
        pid, answer = self.start(announcer, dies={step: int(count)} if step else {})
        code = self.wait(pid)
        report = json.loads(answer.read_text()) if answer.exists() else {}
        self.now = report.get("later", self.now)
        return code, report


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(Path(__file__).parent / "driver.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        yield running
        assert running.stdin is not None
        running.stdin.close()
        running.wait()


@pytest.fixture
def driver(process: subprocess.Popen[str], tmp_path: Path) -> Driver:
    return Driver(process, tmp_path)


@pytest.fixture
def announcer(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Announcer, Mailbox]]:
    """A project with a revision to tell, and its ledger in a file or ("git") at a bare remote."""
    in_git = getattr(request, "param", "file") == "git"
    with mail_server(box := Mailbox()) as port:
        repo = peers.begin(tmp_path / "repo")
        made = Announcer(repo, port, None if in_git else tmp_path / "ledger.json")
        if in_git:
            bare_remote(repo, tmp_path / "bare")
        assert made.ledger.write(made.view(), baseline(peers.state_at(made.history)), "Begin")
        revise(repo)
        yield made, box


ANYWHERE = [
    *("opened-1", "decided-1", "rendered-1", "before swap-1", "after swap-1", "claimed-1"),
    *(f"{step}-{count}" for step in ("sending", "answered", "journaled") for count in (1, 2, 3)),
    *("before swap-2", "after swap-2", "recorded-1"),
]
ON_A_REMOTE = [
    "before swap-1",
    "after swap-1",
    "answered-2",
    "journaled-2",
    "before swap-2",
    "after swap-2",
]
CASES = [*(("file", point) for point in ANYWHERE), *(("git", point) for point in ON_A_REMOTE)]


@pytest.mark.slow
@pytest.mark.parametrize(("announcer", "point"), CASES, indirect=["announcer"])
def test_killed_anywhere_and_run_again(
    announcer: tuple[Announcer, Mailbox], driver: Driver, point: str
) -> None:
    made, box = announcer
    assert driver.run(made, point)[0] == -9
    code, report = driver.run(made)
    assert (code, report["exit"]) == (0, 0)
    assert sorted(set(box.who)) == PEOPLE, "nothing is lost"
    unknowable = 1 if point.startswith("answered") else 0
    assert len(box.received) == 3 + unknowable
    assert len({each.content for each in box.received}) == 3, "a repeat has the same bytes"
    assert set(made.statuses().values()) == {"sent"}
    assert made.view().claims == ()
    assert driver.run(made)[1]["ending"] == "nothing"
    assert len(box.received) == 3 + unknowable


@pytest.mark.slow
def test_killed_again_and_again(announcer: tuple[Announcer, Mailbox], driver: Driver) -> None:
    made, box = announcer
    for point in (
        "claimed-1",
        "rendered-1",
        "after swap-1",
        "journaled-1",
        "before swap-1",
        "opened-1",
    ):
        assert driver.run(made, point)[0] == -9
    assert driver.run(made)[1]["exit"] == 0
    assert sorted(box.who) == PEOPLE


def test_a_line_that_was_not_finished_counts_for_nothing(
    announcer: tuple[Announcer, Mailbox], driver: Driver
) -> None:
    made, box = announcer
    assert driver.run(made, "journaled-2")[0] == -9
    journal = made.history.common_dir / "sharekit/journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-20])
    assert driver.run(made)[1]["exit"] == 0
    assert len(box.received) == 4
    assert len({each.content for each in box.received}) == 3


def standing(status: str, value: float) -> dict[str, object]:
    series = [["2013-11-11", value]]
    return {
        "jfk": {
            "value": value,
            "period": "2013-11-11",
            "status": status,
            "series": series,
            "closings": [],
        }
    }


@pytest.fixture
def turned(
    announcer: tuple[Announcer, Mailbox], driver: Driver, status: bool
) -> tuple[Announcer, Mailbox]:
    """The project after a run that told all there was; since then its number slipped, and no file
    changed."""
    made, box = announcer
    if status:
        made.repo.commit({"sharekit.toml": peers.CONFIG + "\n[announce]\nstatus = true\n"})
    driver.published = standing("on_track", 0.75)
    assert driver.run(made)[1]["ending"] == "sent"
    box.received.clear()
    driver.published = standing("off_track", 0.71)
    return made, box


QUIET = [("file", point) for point in ("opened-1", "decided-1", "before swap-1", "after swap-1")]


@pytest.mark.slow
@pytest.mark.parametrize("status", [False])
@pytest.mark.parametrize(
    ("announcer", "point"), [*QUIET, ("git", "after swap-1")], indirect=["announcer"]
)
def test_a_run_that_only_keeps_what_moved_is_killed_anywhere(
    turned: tuple[Announcer, Mailbox], driver: Driver, point: str
) -> None:
    made, box = turned
    assert driver.run(made, point)[0] == -9
    code, report = driver.run(made)
    assert (code, report["exit"], report["ending"]) == (0, 0, "nothing")
    view = made.view()
    assert len(view.moves()) == 2, "slipped and restated, each once"
    assert view.announced.published == driver.published
    assert (view.claims, box.received) == ((), [])
    version = view.tree.version
    assert driver.run(made)[1]["ending"] == "nothing"
    assert made.view().tree.version == version, "a run that finds nothing new writes nothing"


@pytest.mark.slow
@pytest.mark.parametrize("status", [True])
@pytest.mark.parametrize(
    ("announcer", "point"),
    [*(("file", point) for point in ON_A_REMOTE), ("git", "after swap-1")],
    indirect=["announcer"],
)
def test_a_slip_is_mailed_once_wherever_a_run_is_killed(
    turned: tuple[Announcer, Mailbox], driver: Driver, point: str
) -> None:
    made, box = turned
    assert driver.run(made, point)[0] == -9
    code, report = driver.run(made)
    assert (code, report["exit"]) == (0, 0)
    unknowable = 1 if point.startswith("answered") else 0
    assert sorted(set(box.who)) == PEOPLE, "nothing is lost"
    assert len(box.received) == 3 + unknowable
    assert len({each.content for each in box.received}) == 3, "a repeat has the same bytes"
    assert len(made.view().moves()) == 2
    assert driver.run(made)[1]["ending"] == "nothing"
    assert len(box.received) == 3 + unknowable


@pytest.mark.slow
@pytest.mark.parametrize("mails", [True, False], ids=["with mails", "without"])
def test_two_at_once_on_one_remote(
    process: subprocess.Popen[str], tmp_path: Path, mails: bool
) -> None:
    """Both have everything ready before either writes: one gets the claim, and the other sends
    nothing."""
    with mail_server(box := Mailbox()) as port:
        repo = peers.begin(tmp_path / "repo")
        url = bare_remote(repo, tmp_path / "bare")
        first = Announcer(repo, port)
        before = peers.state_at(first.history, published=standing("on_track", 0.75))
        assert first.ledger.write(first.view(), baseline(before), "Begin")
        if mails:
            revise(repo)
            repo.git("push", "--quiet", "origin", "main")
        desks = [
            Announcer(clone(url, tmp_path / f"job{number}", "--depth=1"), port)
            for number in range(2)
        ]
        up, down = tmp_path / "up", tmp_path / "down"
        os.mkfifo(up)
        os.mkfifo(down)
        pipes = os.open(up, os.O_RDWR), os.open(down, os.O_RDWR)
        driver = Driver(process, tmp_path, published=standing("off_track", 0.71))
        at = "rendered" if mails else "decided"
        started = [driver.start(each, meets=[str(up), str(down)], at=at) for each in desks]
        arrived = b""
        while len(arrived) < 2:
            arrived += os.read(pipes[0], 2)
        os.write(pipes[1], b"xx")
        codes = [driver.wait(pid) for pid, _ in started]
        for pipe in pipes:
            os.close(pipe)
        reports = [json.loads(answer.read_text()) for _, answer in started]
    assert codes == [0, 0]
    assert sorted(report["ending"] for report in reports) == [
        "nothing",
        "sent" if mails else "nothing",
    ]
    assert [report["exit"] for report in reports] == [0, 0]
    assert sorted(box.who) == (PEOPLE if mails else [])
    view = desks[0].view()
    assert len(view.entries()) == (1 if mails else 0)
    assert view.current == 2, "what was found is written once"
    assert len(view.moves()) == (0 if mails else 2)
    assert repo.git("ls-remote", "origin", REF)
