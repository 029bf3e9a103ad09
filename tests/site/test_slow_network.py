"""A page that arrives in two pieces, as by a slow network: what is painted of the first stays where it
is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from commandline import sharekit
from http_servers import running

pytestmark = pytest.mark.slow

CONFIG = '[project]\nname = "P"\nas_of = 2026-11-20\n[people.ann]\nname = "Ann"\n'
NUMBER = "/* ---\ntitle: Orders {n}\nowner: ann\ngrain: week\n--- */\nSELECT week, orders AS value FROM orders\n"
ORDERS = "week,orders\n" + "".join(f"2026-{month:02}-02,{month}\n" for month in (2, 3, 11))
CARDS = "\n".join(f"- {{id: orders_{n}, chart: card}}" for n in range(4))
CHARTS = "\n".join(f"- {{id: orders_{n}, chart: line}}" for n in range(2))
PAGES = {"cards": (CARDS, "</li>", "li.kpi"), "charts": (CHARTS, "</figure>", ".panel")}
MOVED = """window.__moved = 0; new PerformanceObserver((list) => {
  for (const shift of list.getEntries()) window.__moved += shift.value;
}).observe({ type: 'layout-shift', buffered: true });"""
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("slow")
    files = {"sharekit.toml": CONFIG, "metrics/data/orders.csv": ORDERS}
    files |= {f"metrics/orders_{n}.sql": NUMBER.format(n=n) for n in range(4)}
    files |= {
        f"dashboards/{name}.md": f"---\ntitle: {name}\n---\n```metrics\n{entries}\n```\n"
        for name, (entries, _, _) in PAGES.items()
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    built = sharekit("build", "--project", root)
    assert built.code == 0, built.err
    return root / "site"


class TwoPieces(ThreadingHTTPServer):
    """Serves a site; a page stops behind `until` in its main part, and goes on when told."""

    daemon_threads = True

    def __init__(self, site: Path, until: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.site, self.until, self.rest = site, until, threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: TwoPieces

    def do_GET(self) -> None:
        path = self.server.site / self.path.lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        content = path.read_bytes()
        kinds = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
        self.send_response(200)
        self.send_header("Content-Type", kinds.get(path.suffix, "image/svg+xml"))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if path.suffix == ".html":
            tiles = content.index(b'class="tiles')
            cut = content.index(self.server.until.encode(), tiles) + len(self.server.until)
            self.wfile.write(content[:cut])
            self.wfile.flush()
            assert self.server.rest.wait(30)
            content = content[cut:]
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server(site: Path, name: str) -> Iterator[TwoPieces]:
    with running(TwoPieces(site, PAGES[name][1])) as found:
        yield found


@pytest.mark.parametrize("name", PAGES)
def test_a_row_keeps_its_widths_while_the_rest_of_it_arrives(
    browser: Any, server: TwoPieces, name: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 844})
    page = context.new_page()
    page.add_init_script(MOVED)
    address = f"http://127.0.0.1:{server.server_port}/dashboards/{name}.html"
    first = f"() => document.querySelector('{PAGES[name][2]}').getBoundingClientRect().width"
    page.goto(address, wait_until="commit")
    page.wait_for_selector(PAGES[name][2])
    page.evaluate(PAINTED)
    begun = page.evaluate(first)
    server.rest.set()
    page.wait_for_load_state("load")
    page.evaluate(PAINTED)
    assert page.evaluate(first) == pytest.approx(begun, abs=1)
    assert page.evaluate("window.__moved") < 0.01
    context.close()
