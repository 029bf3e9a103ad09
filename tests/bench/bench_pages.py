"""What a dashboard of ten charts costs in a browser: python tests/bench/bench_pages.py [--repeat 9].

Two pages are opened in turns in Chromium, from a server on this machine that compresses as a web
server does: a dashboard of ten weekly numbers over two and a half years, each by four shops, and the
floor's page, which has the same ten series as plain HTML tables and neither style nor script. For
both: bytes and requests before anybody touches the page, the first paint, and when the last of what
is on the first screen is drawn. For the dashboard also the time from a click on another view to the
next frame."""

from __future__ import annotations

import argparse
import functools
import gzip
import statistics
import sys
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from floor import opened, page
from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser import ARGS, CHROMIUM
from commandline import sharekit

CONFIG = '[project]\nname = "Weights"\nas_of = 2025-06-30\n[people.ann]\nname = "Ann"\n'
VIEWPORTS = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1440, "height": 900}}
DRAWN = """() => new Promise(done => requestAnimationFrame(() => setTimeout(() => {
  const paint = performance.getEntriesByName('first-contentful-paint')[0];
  done({paint: paint.startTime, drawn: performance.now(),
        bytes: performance.getEntries().reduce((sum, e) => sum + (e.transferSize || 0), 0),
        requests: performance.getEntriesByType('resource').length + 1});
})))"""
CLICK = """selector => new Promise(done => {
  const input = document.querySelector(selector), begun = performance.now();
  input.click();
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - begun)));
})"""


def metric(number: int) -> str:
    return (
        f"/* ---\ntitle: Orders of line {number}\nowner: ann\ngrain: week\ndimensions: [shop]\ntotal: sum\n"
        "--- */\nSELECT DATE '2023-01-02' + INTERVAL (7 * i) DAY AS week, shop,\n"
        f"       100 + (i * {number + 7}) % 41 + i // 9 + length(shop) AS value\n"
        "FROM range(130) t(i), (VALUES ('north'), ('south'), ('eastern'), ('westend')) s(shop)\n"
    )


def project(folder: Path) -> None:
    """Ten numbers and their dashboard, built; and the floor's page beside it."""
    for number in range(10):
        (folder / "metrics").mkdir(exist_ok=True)
        (folder / f"metrics/line_{number}.sql").write_text(metric(number))
    (folder / "sharekit.toml").write_text(CONFIG)
    (folder / "dashboards").mkdir()
    entries = "\n".join(f"- {{id: line_{number}, chart: line}}" for number in range(10))
    (folder / "dashboards/ten.md").write_text(f"---\ntitle: Ten\n---\n```metrics\n{entries}\n```\n")
    built = sharekit("build", "--project", folder)
    if built.code:
        sys.exit(built.err)
    con, metrics = opened(folder)
    tables = []
    for name, sql in metrics:
        rows = con.execute(sql)
        tables.append(page(name, [column[0] for column in rows.description], rows.fetchall()))
    (folder / "site/floor.html").write_text("".join(tables))


class Compressed(SimpleHTTPRequestHandler):
    """Files as servers send them: compressed, with their length."""

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file():
            self.send_error(404)
            return
        content = gzip.compress(path.read_bytes(), 6)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *words: object) -> None:
        pass


def visit(browser: Any, url: str, viewport: dict[str, int]) -> tuple[dict[str, float], float]:
    """What one first visit took, and the click on another view (0 where there is none)."""
    context = browser.new_context(viewport=viewport)
    try:
        tab = context.new_page()
        tab.goto(url, wait_until="load")
        measured = tab.evaluate(DRAWN)
        other = "input[name=member]:not(:checked)"
        clicked = tab.evaluate(CLICK, other) if tab.query_selector(other) else 0.0
        return measured, clicked
    finally:
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=9)
    repeat = parser.parse_args().repeat
    with tempfile.TemporaryDirectory() as name, sync_playwright() as play:
        folder = Path(name)
        project(folder)
        handler = functools.partial(Compressed, directory=str(folder / "site"))
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        root = f"http://127.0.0.1:{server.server_port}/"
        browser = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        print("| screen | page | kB | requests | first paint ms | drawn ms | x floor | click ms |")
        print("|---|---|---:|---:|---:|---:|---:|---:|")
        for screen, viewport in VIEWPORTS.items():
            visits: dict[str, list[tuple[dict[str, float], float]]] = {
                "floor": [],
                "ten charts": [],
            }
            for _ in range(repeat):
                visits["floor"].append(visit(browser, root + "floor.html", viewport))
                visits["ten charts"].append(visit(browser, root + "dashboards/ten.html", viewport))
            floor = statistics.median(m["drawn"] for m, _ in visits["floor"])
            for title, several in visits.items():
                paint, drawn, size, requests = (
                    statistics.median(measured[key] for measured, _ in several)
                    for key in ("paint", "drawn", "bytes", "requests")
                )
                click = statistics.median(clicked for _, clicked in several)
                print(
                    f"| {screen} | {title} | {size / 1000:.1f} | {requests:.0f} | {paint:.0f} |"
                    f" {drawn:.0f} | {drawn / floor:.2f} | {click:.0f} |"
                )
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
