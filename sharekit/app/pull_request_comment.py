"""One comment on a pull request, found by its mark and kept up to date: on GitHub, Forgejo and GitLab, by what
their jobs have in the environment."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from sharekit.announce.channels.delivery import is_loopback
from sharekit.errors import OutsideError, SharekitError
from sharekit.read_json import read_json

MARK = "<!-- sharekit diff -->"
"""First line of the comment, which no reader sees."""
LONGEST = 60_000
"""Characters; GitHub takes 65,536."""
SECONDS = 30.0
PAGE, PAGES = 100, 20
_LARGEST = 10_000_000


@dataclass(frozen=True)
class Thread:
    """The comments of one pull request."""

    api: str
    """Address of the forge's interface, without a slash at its end."""
    list_path: str
    """Path of the list of comments."""
    comment_path: str
    """Path of one comment, before its number."""
    update: Literal["PATCH", "PUT"]
    headers: Mapping[str, str] = field(repr=False)


def thread_of(environ: Mapping[str, str]) -> Thread:
    """The pull request that this job is of. Raises SharekitError where it is of none."""
    if environ.get("CI_MERGE_REQUEST_IID") and environ.get("CI_API_V4_URL"):
        notes = (
            f"/projects/{quote(environ.get('CI_PROJECT_ID', ''), safe='')}"
            f"/merge_requests/{quote(environ['CI_MERGE_REQUEST_IID'], safe='')}/notes"
        )
        token = {"PRIVATE-TOKEN": _token(environ, "GITLAB_TOKEN")}
        return Thread(environ["CI_API_V4_URL"], notes, notes, "PUT", token)
    match = re.match(r"refs/pull/(\d+)/", environ.get("GITHUB_REF", ""))
    if match is None or not environ.get("GITHUB_API_URL"):
        raise SharekitError(
            "--comment only works in the job of a pull request",
            hint="Leave --comment out, or run it in the pipeline: sharekit init --ci github.",
        )
    issues = f"/repos/{quote(environ.get('GITHUB_REPOSITORY', ''))}/issues"
    token = {"Authorization": f"token {_token(environ, 'GITHUB_TOKEN')}"}
    return Thread(
        environ["GITHUB_API_URL"],
        f"{issues}/{match[1]}/comments",
        f"{issues}/comments",
        "PATCH",
        token,
    )


def keep_comment(thread: Thread, text: str, *, has_changes: bool) -> None:
    """Write the comment, or bring it up to date. Where nothing changed, only an earlier comment is
    brought up to date: nobody needs to read that nothing happened. Raises OutsideError where the
    forge does not take it."""
    body = f"{MARK}\n{text}"
    if len(body) > LONGEST:
        cut = body[:LONGEST].rpartition("\n")[0]
        body = f"{cut}\n\nThe rest is too long for a comment; `sharekit diff` shows it.\n"
    number = _earlier(thread)
    if number is None and has_changes:
        _ask(thread, "POST", thread.list_path, {"body": body})
    elif number is not None:
        _ask(thread, thread.update, f"{thread.comment_path}/{number}", {"body": body})


def _earlier(thread: Thread) -> int | None:
    """Number of the comment that an earlier run wrote."""
    for page in range(1, PAGES + 1):
        comments = _ask(
            thread, "GET", f"{thread.list_path}?per_page={PAGE}&limit={PAGE}&page={page}"
        )
        if not isinstance(comments, list):
            raise OutsideError(f"{_host(thread)} did not answer with a list of comments")
        for comment in comments:
            if isinstance(comment, dict) and str(comment.get("body", "")).startswith(MARK):
                return int(comment["id"])
        if len(comments) < PAGE:
            return None
    return None


def _ask(thread: Thread, method: str, path: str, body: object = None) -> Any:
    """One request. A redirect is not followed, so that the token goes to no other host."""
    url_parts = urlsplit(thread.api)
    host = url_parts.hostname or ""
    if url_parts.scheme != "https" and not is_loopback(host):
        raise SharekitError(f"the address of the forge at {host} does not begin with https://")
    connect = (
        http.client.HTTPSConnection if url_parts.scheme == "https" else http.client.HTTPConnection
    )
    connection = connect(host, url_parts.port, timeout=SECONDS)
    headers = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "User-Agent": "sharekit",
    }
    try:
        content = None if body is None else json.dumps(body).encode()
        target = url_parts.path.rstrip("/") + path
        connection.request(method, target, content, {**headers, **thread.headers})
        with connection.getresponse() as answer:
            text = answer.read(_LARGEST)
        if not 200 <= answer.status < 300:
            raise OutsideError(
                f"{host} refused the comment: it answered {answer.status}",
                hint="Its token needs the right to write on pull requests; that of a fork has"
                " none.",
            )
        return read_json(text or b"null")
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = (error.strerror or "").lower() if isinstance(error, OSError) else ""
        raise OutsideError(f"{host} cannot be asked: {reason or 'no usable answer'}") from None
    finally:
        connection.close()


def _host(thread: Thread) -> str:
    return urlsplit(thread.api).hostname or ""


def _token(environ: Mapping[str, str], name: str) -> str:
    token = environ.get(name, "").strip()
    if not token or not token.isascii() or not token.isprintable():
        raise SharekitError(
            f"the environment has no {name}",
            hint=f"Give the step that comments {name}, and no other step.",
        )
    return token
