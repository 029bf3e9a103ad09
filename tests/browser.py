"""A real browser for tests: Chromium through Playwright, once per session; pages that remember what
went wrong.

Where there is no browser, tests that need one are skipped with the reason; where CI=true they fail
instead, so that a missing browser can never look like a pass. tests/conftest.py makes the fixtures
known to every test:

    def test_it(open_page, strict_server, site_folder):
        opened = open_page(strict_server(site_folder) + "index.html", width=390, dark=True)
        assert opened.trouble == []
        opened.page.screenshot(path="...", full_page=True)      # Playwright's Page
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("SHAREKIT_CHROMIUM", "/usr/bin/chromium")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
CSP = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:"
"""The policy under which every page has to work; pages carry it as a meta tag, `strict_server` as a
header too."""


def _unavailable(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(f"needs a browser, and CI has to have one: {reason}", pytrace=False)
    pytest.skip(f"needs a browser: {reason}")


@dataclass
class Opened:
    """A page in the browser, with everything that went wrong on it."""

    page: Any
    """Playwright's Page."""
    trouble: list[str] = field(default_factory=list)
    """Console errors and warnings, uncaught exceptions, CSP violations and failed requests, as
    sentences."""
    requests: list[str] = field(default_factory=list)
    """Every address the page asked for."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, headless; skips where there is none (fails where CI=true)."""
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        _unavailable("playwright is not installed")
        return
    if not Path(CHROMIUM).exists():
        _unavailable(f"no browser at {CHROMIUM}; set SHAREKIT_CHROMIUM")
    with sync_playwright() as play:
        try:
            chromium = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        except Error as error:
            _unavailable(str(error).splitlines()[0])
            return
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Opened]]:
    """open_page(path or URL, *, width, height, dark, touch, script, reduced_motion, scale) ->
    Opened."""
    contexts: list[Any] = []

    def open_(
        where: str | Path,
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        touch: bool = False,
        script: bool = True,
        reduced_motion: bool = False,
        scale: float = 1,
    ) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=touch,
            is_mobile=touch,
            java_script_enabled=script,
            reduced_motion="reduce" if reduced_motion else "no-preference",
            device_scale_factor=scale,
            locale="en-GB",
            timezone_id="UTC",
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        _watch(opened, violations=script)
        opened.page.goto(
            where if isinstance(where, str) else where.resolve().as_uri(), wait_until="load"
        )
        return opened

    yield open_
    for context in contexts:
        context.close()


def _watch(opened: Opened, *, violations: bool) -> None:
    page = opened.page

    def on_console(message: Any) -> None:
        if message.type in ("error", "warning"):
            opened.trouble.append(f"console {message.type}: {message.text}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: opened.trouble.append(f"exception: {error}"))
    page.on(
        "requestfailed", lambda request: opened.trouble.append(f"failed request: {request.url}")
    )
    page.on("request", lambda request: opened.requests.append(request.url))
    if violations:
        page.expose_function(
            "__violation", lambda text: opened.trouble.append(f"CSP violation: {text}")
        )
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', (e) =>"
            " window.__violation(e.violatedDirective + ' ' + e.blockedURI + ' ' + (e.sourceFile ||"
            " '') + ' ' + e.sample))"
        )


@pytest.fixture
def strict_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """strict_server(folder) -> base URL: serves a folder on loopback with the strict policy as a
    header."""
    servers: list[ThreadingHTTPServer] = []

    class Handler(SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", CSP)
            super().end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: what matters is what the page says."""

    def serve(folder: Path) -> str:
        server = ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Handler, directory=str(folder))
        )
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}/"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()
