"""A keeper's first hour, from an empty folder: a project with its pipeline, a pull request that the gate holds, a
note, a merge, pages behind a login for each audience, and every mail once."""

from __future__ import annotations

import re

import pytest
from bakery import READERS
from forges import Actions
from nginx import ask, web_server
from published import Forge

pytestmark = pytest.mark.slow

AUDIENCES = """
[audiences.airports]
members = ["ines", "tom"]
[audiences.board]
members = ["ines"]
"""
"""Named as in the manual's configuration of the web server."""
FEES = "/* ---\ntitle: Fees\nowner: ines\naudience: board\n--- */\nSELECT 12 AS value\n"


@pytest.mark.parametrize("forge", ["github"], indirect=True)
def test_from_nothing_to_pages_and_mails(forge: Forge) -> None:
    project, runner = forge.project, forge.runner
    assert isinstance(runner, Actions)
    config = (project.repo.path / "sharekit.toml").read_text(encoding="utf-8")
    config = re.sub(r"\[project\]\n", '[project]\naudience = "airports"\n', config)
    project.put({"sharekit.toml": config + AUDIENCES, "metrics/fees.sql": FEES})
    assert forge.main().code == 0

    project.repo.git("switch", "--quiet", "-c", "idea")
    held = runner.job("check", commit=project.push(0.07, note=False), event="pull_request")
    assert held.code == 2
    assert "revision-without-note" in held.log
    assert sorted(project.mailbox.who) == [], "nothing is announced of an idea"
    noted = runner.job("check", commit=project.push(0.07), event="pull_request")
    assert noted.code == 0, noted.log

    project.repo.git("switch", "--quiet", "main")
    project.repo.git("merge", "--quiet", "--ff-only", "idea")
    project.repo.git("push", "--quiet", "origin", "main")
    merged = forge.main()
    assert merged.code == 0, merged.log
    assert forge.main().code == 0
    assert sorted(project.mailbox.who) == READERS, "each mail once, however often it runs"

    with web_server(merged.tree / "site", forge.machines.folder, ("airports", "board")) as port:
        assert ask(port, "/airports/", "airports").status == 200
        assert ask(port, "/board/metrics/fees.html", "board").status == 200
        assert ask(port, "/board/metrics/fees.html", "airports").status == 401
        assert ask(port, "/airports/metrics/fees.html", "airports").status == 404
