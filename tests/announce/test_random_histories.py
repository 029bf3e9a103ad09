"""Random histories against a small model of who must have been told what: nothing missed, nothing
twice, nothing to anybody who may not see it.

`SHAREKIT_HISTORIES` says how many are tried, and `SHAREKIT_HISTORY` which one is first; each is made
from its number alone, so that one that failed can be run again."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from itertools import count
from pathlib import Path

import pytest
from gitrepos import Repo, bare_remote, clone
from peers import CONFIG, FOLDER, Announcer, Clock, begin, key_result
from smtp_servers import Mailbox, mail_server

pytestmark = pytest.mark.slow

HISTORIES = int(os.environ.get("SHAREKIT_HISTORIES", "10"))
FIRST = int(os.environ.get("SHAREKIT_HISTORY", "1"))
STEPS = 14
ITEMS = ("jfk", "lga", "ewr", "isp")
"""From three revisions on they come in one mail."""
PEOPLE = ("maria", "jonas", "eve")
TARGETS = (0.76, 0.78, 0.8, 0.82, 0.84, 0.86, 0.88)
CRASHES = ("opened", "decided", "rendered", "claimed", "answered", "journaled", "recorded")
Fact = tuple[str, str, str]
"""Person, key result, its target as the mail says it."""


class CrashError(BaseException):
    """The process ends here: nothing after it runs."""


@dataclass
class Project:
    """What is declared at the newest commit of main."""

    targets: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ITEMS, 0.85))
    titles: dict[str, str] = field(default_factory=lambda: {item: item.upper() for item in ITEMS})
    files: dict[str, str] = field(default_factory=lambda: {item: item for item in ITEMS})
    notes: dict[str, str] = field(default_factory=lambda: dict.fromkeys(ITEMS, ""))
    people: dict[str, str] = field(default_factory=lambda: {person: person for person in PEOPLE})
    """Person -> key in [people], of those in the audience."""
    addresses: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PEOPLE, ""))
    """Person -> what follows the name in the address, so that a corrected one is another one."""
    audience: str = "airports"
    name: str = "New York Airports"

    def texts(self) -> dict[str, str]:
        config = CONFIG.replace("audiences.airports", f"audiences.{self.audience}")
        config = config.replace("New York Airports", self.name)
        members = ", ".join(f'"{key}"' for key in self.people.values())
        config = re.sub(r"members = \[.*\]", f"members = [{members}]", config)
        for person, key in self.people.items():
            config = config.replace(f"[people.{person}]", f"[people.{key}]")
        for person in PEOPLE:
            config = config.replace(f"{person}@ports.example", self.address(person))
        owner = self.people["maria"]
        found = {"sharekit.toml": config}
        for item, name in self.files.items():
            text = key_result(
                self.targets[item], title=self.titles[item], note=self.notes[item], owner=owner
            )
            named = text.replace("/* ---\n", f"/* ---\nid: {item}\n") if name != item else text
            found[f"{FOLDER}/{name}.sql"] = named
        objective = f"---\ntitle: Punctual\nowner: {owner}\nperiod: 2013-Q4\n---\nWhy.\n"
        return found | {f"{FOLDER}/objective.md": objective}

    def address(self, person: str) -> str:
        return f"{person}{self.addresses[person]}@ports.example"


@dataclass
class Model:
    """Who must have been told what."""

    told: dict[str, float] = field(default_factory=lambda: dict.fromkeys(ITEMS, 0.85))
    owed: Counter[Fact] = field(default_factory=Counter)
    """Promised by a claim, and not taken by the server yet."""
    got: Counter[Fact] = field(default_factory=Counter)
    refused: Counter[tuple[Fact, str]] = field(default_factory=Counter)
    """With the address that refused it: it comes to a corrected one."""
    repeats: int = 0
    """Mails whose answer a crash lost: each may come once more."""
    people: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    """Keys and addresses as of the last run."""

    def claim(self, project: Project) -> None:
        self.people, self.addresses = dict(project.people), dict(project.addresses)
        for item, target in project.targets.items():
            if target != self.told[item]:
                self.told[item] = target
                self.owed.update((who, item, percent(target)) for who in project.people)

    def settle(self, project: Project, box: Mailbox) -> None:
        """What a run does with all that is owed."""
        for (fact, address), times in list(self.refused.items()):
            if fact[0] in project.people and project.address(fact[0]) != address:
                self.owed[fact] += times
                del self.refused[fact, address]
        for fact in list(self.owed.elements()):
            address = project.address(fact[0])
            reply = box.replies.get(address, "250")
            if fact[0] not in project.people:
                self.owed[fact] -= 1
            elif reply.startswith("5"):
                self.owed[fact] -= 1
                self.refused[fact, address] += 1
            elif reply.startswith("2"):
                self.owed[fact] -= 1
                self.got[fact] += 1


def percent(target: float) -> str:
    return f"{target * 100:g}"


@dataclass
class World:
    """A remote, the keeper's clone, a mail server, and the model beside them."""

    folder: Path
    box: Mailbox
    port: int
    dice: random.Random
    project: Project = field(default_factory=Project)
    model: Model = field(default_factory=Model)
    clock: Clock = field(default_factory=Clock)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    done: list[str] = field(default_factory=list)
    before: list[tuple[dict[str, float], dict[str, str]]] = field(default_factory=list)

    def start(self) -> None:
        self.repo = begin(self.folder / "main", **{item: key_result() for item in ITEMS})
        self.repo.git("config", "user.name", "Maria")
        self.repo.git("config", "user.email", "maria@ports.example")
        self.url = bare_remote(self.repo, self.folder / "bare")
        self.commit("Begin")
        assert self.announcer(self.repo).announce().ending == "baseline"
        self.model.claim(self.project)

    def announcer(self, repo: Repo) -> Announcer:
        name = f"run{next(self.numbers)}-"
        return Announcer(repo, self.port, clock=self.clock, name=name)

    def commit(self, what: str) -> None:
        """The project as it is, brought to main in one of several ways."""
        self.before.append((dict(self.project.targets), dict(self.project.notes)))
        how = self.dice.choice(("direct", "merge", "squash", "rebase"))
        gone = {path: None for path in self._declared() if path not in self.project.texts()}
        if how == "direct":
            self.repo.commit({**self.project.texts(), **gone}, what)
        else:
            self.repo.git("checkout", "--quiet", "-b", "topic")
            self.repo.commit({**self.project.texts(), **gone}, what)
            self.repo.git("checkout", "--quiet", "main")
            self.repo.commit({"README.md": f"{next(self.numbers)}"}, "Beside it")
            self._bring(how, what)
            self.repo.git("branch", "-D", "topic")
        self.repo.git("push", "--quiet", "origin", "main")

    def _bring(self, how: str, what: str) -> None:
        if how == "merge":
            self.repo.git("merge", "--quiet", "--no-ff", "-m", what, "topic")
        elif how == "squash":
            self.repo.git("merge", "--quiet", "--squash", "topic")
            self.repo.commit({}, what)
        else:
            self.repo.git("rebase", "--quiet", "main", "topic")
            self.repo.git("checkout", "--quiet", "main")
            self.repo.git("merge", "--quiet", "--ff-only", "topic")

    def _declared(self) -> list[str]:
        return [
            path for path in self.repo.git("ls-files").splitlines() if path.startswith(f"{FOLDER}/")
        ]

    # -- what people do ---------------------------------------------------------------------------

    def revise(self) -> None:
        items = self.dice.sample(ITEMS, self.dice.choice((1, 1, 3, 4)))
        shared = self.dice.choice((True, False))
        reason = f"Reason {next(self.numbers)}."
        for item in items:
            self.project.targets[item] = self.dice.choice(TARGETS)
            self.project.notes[item] = reason if shared else f"Reason {next(self.numbers)}."
        self.done[-1] += f" {len(items)}"
        self.commit(f"Revise {', '.join(items)}")

    def rename(self) -> None:
        what = self.dice.choice(("title", "file", "audience", "person", "project"))
        number = next(self.numbers)
        item = self.dice.choice(ITEMS)
        if what == "title":
            self.project.titles[item] = f"{item.upper()} {number}"
        elif what == "file":
            self.project.files[item] = f"{item}_{number}"
        elif what == "audience":
            self.project.audience = f"crew{number}"
        elif what == "person":
            who = self.dice.choice(sorted(self.project.people))
            if self.project.addresses[who] == self.model.addresses.get(who):
                self.project.people[who] = f"{who}{number}"
        else:
            self.project.name = f"Airports {number}"
        self.done[-1] += f" {what}"
        self.commit(f"Rename a {what}")

    def leave(self) -> None:
        others = sorted(set(self.project.people) - {"maria"})
        if others:
            del self.project.people[self.dice.choice(others)]
            self.commit("Somebody left")

    def join(self) -> None:
        """Who left comes back: what was announced in between is nothing new."""
        gone = sorted(set(PEOPLE) - set(self.project.people))
        if gone:
            person = self.dice.choice(gone)
            self.project.people[person] = person
            self.commit("Somebody is back")

    def correct(self) -> None:
        """Never in one step with another key: nobody could tell that they are the same person."""
        person = self.dice.choice(PEOPLE)
        if self.project.people.get(person) != self.model.people.get(person):
            return
        self.project.addresses[person] = str(next(self.numbers))
        self.done[-1] += f" {person}"
        self.commit("Correct an address")

    def revert(self) -> None:
        """The targets of an earlier commit, whether they were announced or not, with a reason where
        that is a change of what was announced."""
        targets, notes = self.dice.choice(self.before)
        for item, target in targets.items():
            if target == self.model.told[item]:
                self.project.notes[item] = notes[item]
            elif target != self.project.targets[item]:
                self.project.notes[item] = f"Reason {next(self.numbers)}."
        self.project.targets = dict(targets)
        self.commit("Revert")

    def refuse(self) -> None:
        self._answer("550 5.1.1 nobody")

    def delay(self) -> None:
        self._answer("451 4.7.1 later")

    def _answer(self, reply: str) -> None:
        who = self.dice.choice(PEOPLE)
        self.box.replies[self.project.address(who)] = reply
        self.done[-1] += f" {who}"

    def accept(self) -> None:
        self.box.replies.clear()

    # -- what the pipeline does -------------------------------------------------------------------

    def run(self) -> None:
        self._announce(self.repo)

    def again(self) -> None:
        self._announce(self.repo)
        assert self.announcer(self.repo).announce().ending in ("nothing", "sent")
        self.model.settle(self.project, self.box)

    def elsewhere(self) -> None:
        options = self.dice.choice(("--depth=1", "--filter=blob:none", "--no-tags"))
        self.done[-1] += f" {options}"
        self._announce(clone(self.url, self.folder / f"clone{next(self.numbers)}", options))

    def older(self) -> None:
        """A job of an earlier commit comes late."""
        self._announce(self.repo)
        before = len(self.box.received)
        late = clone(self.url, self.folder / f"clone{next(self.numbers)}", "--no-tags")
        late.git("checkout", "--quiet", "HEAD~1")
        report = self.announcer(late).announce()
        assert report.ending in ("older", "nothing", "sent")
        if report.ending == "older":
            assert len(self.box.received) == before

    def crash(self) -> None:
        at = self.dice.choice(CRASHES)
        self.done[-1] += f" {at}"
        announcer, seen = self.announcer(self.repo), []

        def step(name: str) -> None:
            seen.append(name)
            if name == at:
                raise CrashError

        announcer.on_step = step
        before = len(self.box.received)
        with suppress(CrashError):
            announcer.announce()
        if "claimed" in seen:
            self.model.claim(self.project)
        if at == "answered" and len(self.box.received) > before:
            self.model.repeats += 1
        self._announce(self.repo)

    def _announce(self, repo: Repo) -> None:
        self.clock.now += timedelta(minutes=20)
        self.announcer(repo).announce()
        self.model.claim(self.project)
        self.model.settle(self.project, self.box)

    # -- the verdict ------------------------------------------------------------------------------

    def received(self) -> tuple[Counter[Fact], int]:
        """What arrived, and how many of it were repeats of the same message."""
        facts: Counter[Fact] = Counter()
        seen: set[tuple[str, str]] = set()
        repeats = 0
        for mail in self.box.received:
            read = message_from_bytes(mail.content, policy=default)
            who = mail.to[0].partition("@")[0].rstrip("0123456789")
            if (who, read["Message-ID"]) in seen:
                repeats += 1
                continue
            seen.add((who, read["Message-ID"]))
            text = " ".join(read.get_body(("plain",)).get_content().split())
            found = [*_ALONE.findall(text), *_TOGETHER.findall(text)]
            assert found, read["Subject"]
            facts.update((who, item.lower(), _said(target)) for item, target in found)
        return facts, repeats


_ALONE = re.compile(r"(?i)\b(jfk|lga|ewr|isp)\b[^:.]*: the target is ([\d.]+)")
_TOGETHER = re.compile(r"- (JFK|LGA|EWR|ISP)\b[^,]*, [\d.%]+ → ([\d.]+)%? \(Target")


def _said(text: str) -> str:
    value = float(text.rstrip("."))
    return percent(round(value, 4)) if value <= 1 else f"{value:g}"


ACTIONS = (
    "revise", "revise", "revise", "revert", "rename", "rename", "leave", "join", "correct",
    "refuse", "delay", "delay", "accept", "run", "run", "again", "elsewhere", "older", "crash", "crash",
)  # fmt: skip


@pytest.mark.parametrize("number", range(FIRST, FIRST + HISTORIES))
def test_everybody_is_told_once_what_concerns_them(number: int, tmp_path: Path) -> None:
    box = Mailbox()
    with mail_server(box) as port:
        environment = World(tmp_path, box, port, random.Random(number))
        environment.start()
        for _ in range(STEPS):
            action = environment.dice.choice(ACTIONS)
            environment.done.append(action)
            getattr(environment, action)()
        box.replies.clear()
        environment.done.append("end")
        environment.run()
        environment.again()
    facts, repeats = environment.received()
    story = "; ".join(environment.done)
    assert +environment.model.owed == Counter(), story
    assert facts == +environment.model.got, story
    assert repeats <= environment.model.repeats, story
