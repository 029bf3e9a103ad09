"""The web server's configuration in docs/publishing.md, run by a real nginx."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from machine import program

PAGE = (Path(__file__).parent.parent / "docs/publishing.md").read_text(encoding="utf-8")


@contextmanager
def web_server(site: Path, folder: Path, audiences: Sequence[str]) -> Iterator[int]:
    """Serves `site` with a login for each audience of the manual's configuration: the user is its name, the password
    `NAME-word`. The server's own files lie in `folder`. Yields the port."""
    nginx = program("nginx")
    found = re.search(r"^```nginx\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = int(listener.getsockname()[1])
    server = re.sub(r"\n  ssl_\S+ \S+;", "", found[1])
    for old, new in (
        ("listen 443 ssl;", f"listen 127.0.0.1:{number};"),
        ("/srv/numbers/site", str(site)),
        ("/etc/nginx/numbers", str(folder)),
    ):
        assert old in server
        server = server.replace(old, new)
    for name in audiences:
        secret = subprocess.run(
            ["openssl", "passwd", "-apr1", f"{name}-word"],
            capture_output=True,
            text=True,
            check=True,
        )
        (folder / f"{name}.htpasswd").write_text(f"{name}:{secret.stdout}")
    temp = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off;\nuser root;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{temp}{server}}}\n"
    )
    started = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    looked = subprocess.run([*started, "-t"], capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr
    assert "duplicate" not in looked.stderr, looked.stderr
    process = subprocess.Popen(started, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1000):
            assert process.poll() is None
            try:
                ask(number, "/")
            except ConnectionRefusedError:
                continue
            break
        yield number
    finally:
        process.terminate()
        process.wait()


def ask(port: int, path: str, user: str = "") -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    mark = base64.b64encode(f"{user}:{user}-word".encode()).decode()
    connection.request("GET", path, headers={"Authorization": f"Basic {mark}"} if user else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer
