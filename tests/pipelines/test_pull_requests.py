"""Pull requests: the gate, the preview, and the comment that is kept up to date."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from commandline import sharekit
from forges import Actions, GitLab, Ran
from http_servers import running
from published import Forge

pytestmark = pytest.mark.slow


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
    with running(server):
        yield kept


def gitlab(kept: Comments) -> dict[str, str]:
    return {
        "CI_API_V4_URL": f"{kept.url}/api/v4",
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_TOKEN": "a-secret-token",
    }


def checked(forge: Forge, commit: str, kept: Comments) -> tuple[Ran, ...]:
    """What the jobs of a pull request did: the one that checks, then the one that comments where it is one of its
    own."""
    if isinstance(forge.runner, GitLab):
        more = gitlab(kept) | {"COMMENT_TOKEN": gitlab(kept)["GITLAB_TOKEN"]}
        names = ("sharekit-check", "sharekit-comment")
        return tuple(forge.runner.job(name, commit=commit, more=more) for name in names)
    more = {
        "GITHUB_API_URL": kept.url,
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_REF": "refs/pull/7/merge",
    }
    names = ("check",) if forge.name == "forgejo" else ("check", "comment")
    runner: Actions = forge.runner
    return tuple(runner.job(name, commit=commit, event="pull_request", more=more) for name in names)


def test_a_pull_request_is_checked_and_commented_once(forge: Forge) -> None:
    project = forge.project
    project.repo.git("switch", "--quiet", "-c", "idea")
    with comments() as kept:
        for target in (0.07, 0.06):
            check, *others = checked(forge, project.push(target), kept)
            assert [job.code for job in (check, *others)] == [0] * (1 + len(others)), check.log
        assert len(list((check.tree / "outbox").glob("*.eml"))) == 2, "the mails, made and not sent"
        assert (check.tree / "site/index.html").is_file()
        assert project.mailbox.received == []
        assert len(kept.bodies) == 1
        assert "0.06" in kept.bodies[1] or "6.0%" in kept.bodies[1]
        assert len(set(kept.tokens)) == 1
        assert kept.tokens[0] in ("token a-token", gitlab(kept)["GITLAB_TOKEN"])


def test_a_revision_without_a_note_is_held_by_the_gate(forge: Forge) -> None:
    forge.project.repo.git("switch", "--quiet", "-c", "idea")
    with comments() as kept:
        check, *_ = checked(forge, forge.project.push(0.1, note=False), kept)
    assert check.code == 2, check.log
    assert "revision-without-note" in check.log
    assert (check.tree / "site/index.html").is_file(), "the preview is made all the same"


@pytest.mark.parametrize("forge", ["gitlab"], indirect=True)
def test_comment_on_gitlab(forge: Forge, monkeypatch: pytest.MonkeyPatch) -> None:
    path = forge.project.repo.path
    with comments() as kept:
        kept.bodies[1] = "A remark of a person"
        for name, value in gitlab(kept).items():
            monkeypatch.setenv(name, value)

        def comment(base: str) -> None:
            said = sharekit("diff", base, "--format", "markdown", "--comment", cwd=path)
            assert said.code == 0, said.err

        comment("HEAD")
        assert list(kept.bodies) == [1], "nobody is to read that nothing changed"
        forge.project.push(0.07)
        for _ in range(2):
            comment("HEAD~1")
        assert list(kept.bodies) == [1, 2]
        assert "7.0%" in kept.bodies[2]
        comment("HEAD")
        assert list(kept.bodies) == [1, 2]
        assert kept.bodies[2].startswith("<!-- sharekit diff -->\nNothing changed in meaning")
        assert set(kept.tokens) == {"a-secret-token"}
        kept.status = 403
        said = sharekit("diff", "HEAD", "--format", "markdown", "--comment", cwd=path)
        assert said.code == 3
        assert "refused the comment: it answered 403" in said.err
        assert "a-secret-token" not in said.out + said.err


@pytest.mark.parametrize("forge", ["github"], indirect=True)
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
    forge: Forge,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    environ: Mapping[str, str],
    reason: str,
) -> None:
    for name in ("GITHUB_REF", "GITHUB_API_URL", "GITHUB_TOKEN", "CI_MERGE_REQUEST_IID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    said = sharekit("diff", *words, cwd=forge.project.repo.path)
    assert said.code == 2
    assert reason in said.err
