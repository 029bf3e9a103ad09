"""A webhook for tests: a real HTTP server that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from http_servers import running


@dataclass
class Hook:
    """What a webhook answers, and what it got."""

    answers: list[int | str] = field(default_factory=list)
    """Codes, or "hang up" or "stall"; 200 when used up."""
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[str]:
        hook, over = self, threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.requests.append(
                    (self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                )
                answer = hook.answers.pop(0) if hook.answers else 200
                if answer == "stall":
                    over.wait()
                if isinstance(answer, str):
                    return
                self.send_response(answer)
                if 300 <= answer < 400:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_GET = do_POST  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        with running(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as server:
            try:
                yield f"http://127.0.0.1:{server.server_port}/services/T0/B0/s3cret"
            finally:
                over.set()
