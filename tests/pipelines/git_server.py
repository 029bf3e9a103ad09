"""Git over HTTP for tests, as a forge serves it: anybody may fetch, and a push needs a token."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gitrepos import environment
from http_servers import running


@contextmanager
def git_server(folder: Path, token: str) -> Iterator[str]:
    """Serves the bare repositories below `folder` by git's own program. Yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            path, _, query = self.path.partition("?")
            _, _, login = self.headers.get("Authorization", "").partition(" ")
            if "git-receive-pack" in self.path and not _has(login, token):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            size = int(self.headers.get("Content-Length") or 0)
            done = subprocess.run(
                ["git", "http-backend"],
                input=self.rfile.read(size),
                env=environment(
                    GIT_PROJECT_ROOT=str(folder),
                    GIT_HTTP_EXPORT_ALL="1",
                    GIT_PROTOCOL=self.headers.get("Git-Protocol", ""),
                    HTTP_CONTENT_ENCODING=self.headers.get("Content-Encoding", ""),
                    CONTENT_TYPE=self.headers.get("Content-Type", ""),
                    CONTENT_LENGTH=str(size),
                    PATH_INFO=path,
                    QUERY_STRING=query,
                    REMOTE_USER="ledger" if login else "",
                    REQUEST_METHOD=self.command,
                ),
                capture_output=True,
                check=True,
            )
            self._pass_on(done.stdout)

        def _pass_on(self, answer: bytes) -> None:
            head, _, content = answer.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve  # noqa: N815 (names of http.server)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
        yield f"http://127.0.0.1:{server.server_port}"


def _has(login: str, token: str) -> bool:
    return base64.b64decode(login).decode().partition(":")[2] == token
