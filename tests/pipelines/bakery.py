"""A project of bakeries in a bare repository, with its pipeline."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from commandline import sharekit
from gitrepos import Repo, bare_remote, new_repo
from smtp_servers import Mailbox

READERS = ["ines@bakery.example", "tom@bakery.example"]
BROKEN = (
    "/* ---\ntitle: Broken\nowner: tom\ngrain: day\n--- */\n"
    "SELECT day, CAST(shop AS INTEGER) AS value FROM orders\n"
)
"""A number whose query fails."""
MISTAKEN = "/* ---\ntitel: Bad\n--- */\nSELECT 1 AS value\n"
"""A file with a mistake."""


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass
class Project:
    """The owner's clone, and the mailbox of everybody."""

    repo: Repo
    mailbox: Mailbox

    def push(self, target: float, *options: str, note: bool = True) -> str:
        """Retarget the key result and push. Returns the commit."""
        (path,) = self.repo.path.glob("metrics/okrs/*/*/harbour_late_share.sql")
        text = re.sub(r"\ntarget: [\d.]+", f"\ntarget: {target}", path.read_text(encoding="utf-8"))
        if note:
            entry = (
                f"  - date: {date.today()}\n    reason: new_information\n    why: It is {target}.\n"
                "    we_will: Carry on.\n"
            )
            before = "" if "revisions:" in text else "revisions:\n"
            text = text.replace("--- */", f"{before}{entry}--- */", 1)
        return self.put({str(path.relative_to(self.repo.path)): text}, *options)

    def put(self, files: dict[str, str], *options: str) -> str:
        """Commit these files and push. Returns the commit."""
        commit = self.repo.commit(files, "Change", on=now())
        self.repo.git("push", "--quiet", *options, "origin", "HEAD")
        return commit

    def put_back(self) -> None:
        """Take the last commit away, as before a force-push."""
        self.repo.git("reset", "--quiet", "--hard", "HEAD~1")


def new_project(folder: Path, forge: str) -> Repo:
    """Written by `init`, committed, and pushed to `folder`/bare.git."""
    repo = new_repo(folder / "repo")
    assert sharekit("init", "--no-build", "--ci", forge, repo.path).code == 0
    config = (repo.path / "sharekit.toml").read_text(encoding="utf-8")
    config = re.sub(r"# url = .*", 'url = "https://numbers.example.com/"', config)
    mail = '\n[mail]\nfrom = "n@bakery.example"\n'
    repo.commit({"sharekit.toml": config + mail}, "Begin", on=now())
    bare_remote(repo, folder / "bare.git")
    return repo
