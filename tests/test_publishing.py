"""The web server's configuration in docs/publishing.md, run by a real nginx."""

from __future__ import annotations

import base64
import http.client
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import sharekit
from machine import program

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs/publishing.md").read_text(encoding="utf-8")
CONFIG = """[project]
name = "Ports"
audience = "airports"
[people.maria]
name = "Maria"
[people.eve]
name = "Eve"
[audiences.airports]
members = ["maria", "eve"]
[audiences.board]
members = ["eve"]
"""
METRIC = "/* ---\ntitle: {0}\nowner: eve\naudience: {1}\n--- */\nSELECT 1 AS value\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("ports")
    (root / "metrics").mkdir()
    (root / "sharekit.toml").write_text(CONFIG)
    for name, audience in (("flights", "airports"), ("fees", "board")):
        (root / f"metrics/{name}.sql").write_text(METRIC.format(name.title(), audience))
    said = sharekit("build", cwd=root)
    assert said.code == 0, said.err
    return root / "site"


@pytest.fixture(scope="module")
def port(site: Path) -> Iterator[int]:
    nginx = program("nginx")
    folder = site.parent
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
    for name in ("airports", "board"):
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


def test_each_audience_logs_in_to_its_own_tree(port: int) -> None:
    assert ask(port, "/board/").status == 401
    assert ask(port, "/board/", "board").status == 200
    assert ask(port, "/airports/", "airports").status == 200
    assert ask(port, "/board/", "airports").status == 401
    for path in ("/airports/../board/index.html", "/airports/%2e%2e/board/index.html", "//board/"):
        assert ask(port, path, "airports").status in (400, 401, 404)


def test_nothing_stands_above_the_trees(port: int) -> None:
    for path in ("/", "/index.html", "/_headers", "/.sharekit", "/other/"):
        assert ask(port, path, "board").status == 404


def test_types_and_headers(port: int) -> None:
    twin = ask(port, "/board/metrics/fees.md", "board")
    assert twin.headers["Content-Type"] == "text/markdown; charset=utf-8"
    page = ask(port, "/board/index.html", "board")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Cache-Control"] == "private, no-cache"


def test_every_kind_of_file_has_a_type(site: Path) -> None:
    kinds = {
        path.suffix for path in site.rglob("*.*") if path.is_file() and path.name != ".sharekit"
    }
    known = set(re.findall(r"^    \S+/\S+ (\w+);", PAGE, re.MULTILINE))
    assert {kind.removeprefix(".") for kind in kinds} <= known


def test_headers_for_static_hosts_name_no_audience(site: Path) -> None:
    text = (site / "_headers").read_text(encoding="utf-8")
    assert "text/markdown; charset=utf-8" in text
    assert "board" not in text
    assert "airports" not in text
