"""Runs the shell steps of written pipelines as each forge does: every job in a fresh clone, at the commit that the
forge would check out, with the variables that it would set."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import yaml
from gitrepos import Repo, clone, environment

ROOT = Path(__file__).parent.parent.parent
BIN = Path(sys.executable).parent
TOKEN = "a-secret-token"
PAGES_AND_MAILS = {"SHAREKIT_PAGES": "true", "SHAREKIT_ANNOUNCE": "true"}
"""What a keeper switches on."""


@dataclass(frozen=True)
class Ran:
    """What one job did."""

    code: int
    outputs: Mapping[str, str]
    tree: Path
    log: str


@dataclass
class Machines:
    """Fresh clones for jobs, and the mail server that they reach."""

    url: str
    folder: Path
    port: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    log: list[str] = field(default_factory=list)

    def fresh(self, commit: str) -> tuple[Repo, Path]:
        """A clone at this commit, and a folder for the job's own files."""
        number = next(self.numbers)
        repo = clone(self.url, self.folder / f"run-{number}")
        repo.git("checkout", "--quiet", "--detach", commit)
        temp = self.folder / f"temp-{number}"
        temp.mkdir()
        return repo, temp

    def environment(self, **more: str) -> dict[str, str]:
        return environment(
            PATH=f"{BIN}{os.pathsep}{os.environ['PATH']}",
            PYTHONPATH=str(ROOT),
            SHAREKIT_SMTP_PORT=str(self.port),
            SHAREKIT_SMTP_SECURITY="none",
            **more,
        )

    def shell(self, script: str, tree: Path, env: Mapping[str, str]) -> tuple[int, str]:
        """Run a script as both kinds of runner do: the first command that fails ends it."""
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=tree,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        said = f"$ {script}\n{done.stdout}{done.stderr}= {done.returncode}"
        self.log.append(said)
        return done.returncode, said


# -- GitHub and Forgejo ----------------------------------------------------------------------------


@dataclass
class Actions:
    """A workflow of GitHub or Forgejo."""

    machines: Machines
    workflow: Mapping[str, Any]

    def job(
        self,
        name: str,
        *,
        commit: str = "origin/main",
        needs: Mapping[str, str] | None = None,
        event: str = "push",
        attempt: int = 1,
        more: Mapping[str, str] | None = None,
        inputs: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run one job for a push of `commit`; a checkout with a `ref` of its own takes that.
        `inputs`: what somebody chose who started it by hand."""
        repo, temp = self.machines.fresh(commit)
        output = temp / "output"
        output.touch()
        base = self.machines.environment(
            GITHUB_OUTPUT=str(output),
            GITHUB_STEP_SUMMARY=str(temp / "summary.md"),
            GITHUB_RUN_ATTEMPT=str(attempt),
            GITHUB_EVENT_NAME=event,
            GITHUB_BASE_REF="main",
            RUNNER_TEMP=str(temp),
            **(more or {}),
        )
        code, logs = 0, []
        context = {f"needs.build.outputs.{key}": value for key, value in (needs or {}).items()}
        context |= {f"vars.{key}": value for key, value in PAGES_AND_MAILS.items()} | OURS
        context |= {f"inputs.{key}": value for key, value in (inputs or {}).items()}
        for step in self.workflow["jobs"][name]["steps"]:
            if "/checkout@" in step.get("uses", ""):
                _check_out(repo, filled(step["with"].get("ref", ""), context))
            if "run" not in step or step["run"].startswith("pip install"):
                continue
            condition = step.get("if", "")
            if (code and "!cancelled()" not in condition) or not holds(condition, context):
                continue
            env = {key: filled(value, context) for key, value in step.get("env", {}).items()}
            ended, said = self.machines.shell(step["run"], repo.path, base | env)
            code, logs = code or ended, [*logs, said]
            if "id" in step:
                written = _pairs(output).items()
                context |= {f"steps.{step['id']}.outputs.{key}": value for key, value in written}
        return Ran(code, _pairs(output), repo.path, "\n".join(logs))


OURS = {
    "vars.SMTP_HOST": "127.0.0.1",
    "vars.SMTP_USER": "",
    "secrets.SMTP_PASSWORD": "",
    "inputs.take_over": "",
    "github.token": "a-token",
    "github.repository": "o/r",
    "github.event.pull_request.head.repo.full_name": "o/r",
}
"""What expressions come to: variables and secrets are those of the test's mail server."""


def filled(text: str, context: Mapping[str, str]) -> str:
    """A text with its expressions replaced."""
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: context[found[1]], text)


def holds(condition: str, context: Mapping[str, str]) -> bool:
    """Whether an `if:` is true: comparisons of names and texts, joined by &&."""
    terms = re.sub(r"^\$\{\{ | \}\}$", "", condition).split(" && ")
    return all(_holds(term, context) for term in terms if term not in ("", "!cancelled()"))


def _holds(term: str, context: Mapping[str, str]) -> bool:
    left, sign, right = term.split(" ")
    same = context[left] == (right.strip("'") if right.startswith("'") else context[right])
    return same == (sign == "==")


def _check_out(repo: Repo, ref: str) -> None:
    """As actions/checkout does: a branch by its name, a commit without one."""
    if re.fullmatch("[0-9a-f]{40}", ref):
        repo.git("checkout", "--quiet", "--detach", ref)
    elif ref:
        repo.git("checkout", "--quiet", "-B", ref, f"origin/{ref}")


def _pairs(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines())


# -- GitLab ----------------------------------------------------------------------------------------


class Reference(tuple[str, ...]):
    """!reference [job, key] of GitLab."""


class Loader(yaml.SafeLoader):
    """Reads GitLab's file."""


Loader.add_constructor(
    "!reference", lambda loader, node: Reference(loader.construct_sequence(node))
)


@dataclass
class GitLab:
    """A pipeline of GitLab."""

    machines: Machines
    pipeline: Mapping[str, Any]
    address: str
    """Of the project, without `.git`: pushing there needs TOKEN."""

    def jobs(self, **variables: str) -> list[str]:
        """Names of the jobs that a pipeline with these variables has."""
        jobs = {name: job for name, job in self.pipeline.items() if name.startswith("sharekit-")}
        return [
            name
            for name, job in jobs.items()
            if any(_true(rule["if"], variables) for rule in job["rules"])
        ]

    def job(
        self,
        name: str,
        *,
        commit: str = "origin/main",
        needs: Mapping[str, str] | None = None,
        source: str = "push",
        more: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run one job. `needs`: what earlier jobs left as dotenv report."""
        repo, _ = self.machines.fresh(commit)
        variables = {
            "CI_DEFAULT_BRANCH": "main",
            "CI_PIPELINE_SOURCE": source,
            "CI_PROJECT_URL": self.address,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
            "LEDGER_TOKEN": TOKEN,
            "SHAREKIT_SMTP_HOST": "127.0.0.1",
        }
        env = self.machines.environment(**variables | (more or {}) | (needs or {}))
        script = [line for line in self._script(name) if not line.startswith("pip install")]
        code, log = self.machines.shell("\n".join(script), repo.path, env)
        report = repo.path / "sharekit.env"
        return Ran(code, _pairs(report) if report.is_file() else {}, repo.path, log)

    def _script(self, name: str) -> Sequence[str]:
        return [*self._lines(self._setting(name, "before_script")), *self.pipeline[name]["script"]]

    def _setting(self, name: str, key: str) -> Sequence[str | Reference]:
        job = self.pipeline[name]
        inherited = job.get("extends")
        return job.get(key) or (self._setting(inherited, key) if inherited else [])

    def _lines(self, script: Sequence[str | Reference]) -> Iterator[str]:
        for line in script:
            if isinstance(line, Reference):
                yield from self._lines(self._setting(*line))
            else:
                yield line


def _true(rule: str, variables: Mapping[str, str]) -> bool:
    """Whether a rule's `if` holds: `$A == "x"`, `$A == $B` or `$A`, joined by &&."""

    def value(word: str) -> str:
        return variables.get(word[1:], "") if word.startswith("$") else word.strip('"')

    terms = (term.split(" == ") for term in rule.split(" && "))
    return all(
        value(left) == value(right[0]) if right else bool(value(left)) for left, *right in terms
    )
