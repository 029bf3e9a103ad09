"""Real git repositories for tests, untouched by the machine's own git settings."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DAY = "2013-11-04T10:00:00+01:00"


def environment(**more: str) -> dict[str, str]:
    """An environment with nothing of the developer's in it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "SHAREKIT_"))
    }
    return (
        kept
        | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "HOME": os.devnull}
        | more
    )


@dataclass(frozen=True)
class Repo:
    """A repository and its work tree."""

    path: Path

    def git(self, *args: str, stdin: bytes = b"", **more: str) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *args],
            cwd=self.path,
            env=environment(**more),
            input=stdin,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, f"git {' '.join(args)}: {done.stderr.decode()}"
        return done.stdout.decode().strip()

    def write(self, files: Mapping[str, str | bytes | None]) -> None:
        """Set files below the work tree; None removes one."""
        for name, content in files.items():
            path = self.path / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(
        self,
        files: Mapping[str, str | bytes | None],
        message: str = "Change",
        *,
        author: str = "Maria Okafor",
        on: str = DAY,
    ) -> str:
        """Commit these files and whatever else is new. Returns the commit's id."""
        self.write(files)
        self.git("add", "--all")
        return self._commit(message, author, on)

    def _commit(self, message: str, author: str, on: str) -> str:
        self.git("commit", "--quiet", "--allow-empty", "-m", message, **identity(author, on))
        return self.git("rev-parse", "HEAD")

    def merge(
        self, branch: str, *, author: str = "Merge Button", on: str = DAY, squash: bool = False
    ) -> str:
        if squash:
            self.git("merge", "--quiet", "--squash", branch, **identity(author, on))
            return self._commit(f"Squash {branch}", author, on)
        self.git(
            "merge", "--quiet", "--no-ff", "-m", f"Merge {branch}", branch, **identity(author, on)
        )
        return self.git("rev-parse", "HEAD")


def identity(author: str, on: str) -> dict[str, str]:
    mail = f"{author.split()[0].lower()}@ports.example"
    return {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", author), ("EMAIL", mail), ("DATE", on))
    }


def new_repo(path: Path) -> Repo:
    path.mkdir(parents=True, exist_ok=True)
    repo = Repo(path)
    repo.git("init", "--quiet", "--initial-branch=main", "--template=")
    return repo


def bare_remote(repo: Repo, path: Path, name: str = "origin") -> str:
    """A bare repository that `repo` pushes main to. Returns its address."""
    url = f"file://{path}"
    repo.git("clone", "--quiet", "--bare", str(repo.path), str(path))
    repo.git("remote", "add", name, url)
    repo.git("fetch", "--quiet", name)
    return url


def clone(url: str, path: Path, *options: str) -> Repo:
    path.parent.mkdir(parents=True, exist_ok=True)
    Repo(path.parent).git("clone", "--quiet", *options, url, str(path))
    return Repo(path)
