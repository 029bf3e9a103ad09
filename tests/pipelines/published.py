"""A published project on a forge, and the jobs that run on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from bakery import Project
from forges import TOKEN, Actions, GitLab, Loader, Machines, Ran
from git_server import git_server
from gitrepos import Repo
from smtp_servers import Mailbox, mail_server

from sharekit.project.scaffold.pipeline import PATHS


@dataclass(frozen=True)
class Forge:
    """A forge with a project on it."""

    name: str
    project: Project
    machines: Machines
    runner: Actions | GitLab

    def main(self, *, event: str = "push", commit: str = "origin/main", attempt: int = 1) -> Ran:
        """The whole run on the published branch. Its exit code is that of the first job that failed; the log is of
        all jobs."""
        if isinstance(self.runner, GitLab):
            return self._gitlab(self.runner, event, commit)
        if self.name == "forgejo":
            return self.runner.job("publish", event=event, commit=commit, attempt=attempt)
        return self._github(self.runner, event, commit, attempt)

    def announce(self, commit: str, *, take_over: str = "") -> Ran:
        """The job that announces, for what was built of this commit."""
        if isinstance(self.runner, GitLab):
            more = {"TAKE_OVER": take_over} if take_over else {}
            needs = {"SHAREKIT_COMMIT": commit}
            return self.runner.job("sharekit-announce", needs=needs, more=more)
        inputs = {"take_over": take_over}
        if self.name == "forgejo":
            return self.runner.job("publish", commit=commit, inputs=inputs)
        return self.runner.job("announce", needs={"commit": commit}, inputs=inputs)

    def _github(self, runner: Actions, event: str, commit: str, attempt: int) -> Ran:
        built = runner.job("build", event=event, commit=commit, attempt=attempt)
        if built.code:
            return built
        ran = [built]
        for name in ("publish", "announce", *(["numbers"] if built.outputs["code"] != "0" else [])):
            job = runner.job(name, needs=built.outputs, event=event, attempt=attempt)
            ran.append(job)
        return _together(ran, built)

    def _gitlab(self, runner: GitLab, source: str, commit: str) -> Ran:
        built = runner.job("sharekit-publish", source=source, commit=commit)
        if built.code:
            return built
        jobs = ("sharekit-announce", "sharekit-numbers")
        return _together(
            [built, *(runner.job(name, needs=built.outputs, source=source) for name in jobs)], built
        )


def _together(ran: list[Ran], built: Ran) -> Ran:
    code = next((job.code for job in ran if job.code), 0)
    return Ran(code, built.outputs, built.tree, "\n".join(job.log for job in ran))


@contextmanager
def on_forge(name: str, folder: Path) -> Iterator[Forge]:
    """The project below `folder`, its repository served, and a mail server."""
    repo, url = Repo(folder / "repo"), f"file://{folder}/bare.git"
    repo.git("remote", "set-url", "origin", url)
    text = (repo.path / PATHS[name]).read_text(encoding="utf-8")
    with mail_server(mailbox := Mailbox()) as port, git_server(folder, TOKEN) as address:
        machines = Machines(url, folder, port)
        if name == "gitlab":
            machines.url = f"{address}/bare.git"
            pipeline = yaml.load(text, Loader=Loader)
            runner: Actions | GitLab = GitLab(machines, pipeline, f"{address}/bare")
        else:
            runner = Actions(machines, yaml.safe_load(text))
        yield Forge(name, Project(repo, mailbox), machines, runner)
