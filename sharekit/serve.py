"""The preview: one site in memory, served on loopback, which reloads in the browser when a file of
the project changes.

The pages are the ones that build publishes, under the same content security policy. What the
preview adds, a script from its own address and a panel with what is wrong, is put into each page as
it is sent and is in no published file. The script waits for the next version by loading another
script, which that policy allows where it forbids fetch."""

from __future__ import annotations

import mimetypes
import re
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from msgspec import Struct

from sharekit.errors import SharekitError
from sharekit.escape import html

BUILDING = ".building"
"""Behind the version of a preview: the next one is being built."""
OWN = "/_sharekit/"
"""Address below which the preview's own files are; no page of a site begins so."""
HOLD = 20.0
"""Seconds after which a waiting browser is told that nothing changed, and asks again."""
_PORTS = 20
_SETTLE = 0.05


class Preview(Struct, frozen=True):
    """What a browser sees now."""

    version: str
    files: Mapping[str, bytes]
    """The site by path; empty until a build came through."""
    report: str
    """What is wrong, as the terminal says it; "" where nothing is."""


class LivePreview:
    """The latest preview, for many readers and one writer."""

    def __init__(self) -> None:
        self._run = secrets.token_hex(4)
        self._count = 0
        self._changed = threading.Condition()
        self._now = Preview(f"{self._run}-0", {}, "")
        self._building = False

    def begin(self) -> None:
        """The next build has begun; whoever waits is told at once."""
        with self._changed:
            self._building = True
            self._changed.notify_all()

    def put(self, files: Mapping[str, bytes] | None, report: str) -> None:
        """Show a new build; without files the last good site stays, below the report."""
        with self._changed:
            self._count += 1
            self._building = False
            self._now = Preview(
                f"{self._run}-{self._count}", self._now.files if files is None else files, report
            )
            self._changed.notify_all()

    def now(self) -> Preview:
        with self._changed:
            return self._now

    def news(self, shown_state: str, seconds: float) -> str:
        """Wait until the state is not the one named, for so long at most. A state is the version of
        the preview, with BUILDING behind it while the next is being built."""
        with self._changed:
            self._changed.wait_for(lambda: self._state() != shown_state, seconds)
            return self._state()

    def _state(self) -> str:
        return self._now.version + (BUILDING if self._building else "")


def watch(
    snapshot: Callable[[], object],
    rebuild: Callable[[], tuple[Mapping[str, bytes] | None, str]],
    live: LivePreview,
    stop: threading.Event,
    *,
    every: float = 0.3,
) -> None:
    """Rebuild whenever the snapshot differs, until told to stop. The first build comes at once.

    A file that is being saved in several steps is waited for until it rests.
    """
    built: object = None
    while not stop.is_set():
        state = snapshot()
        if state == built:
            stop.wait(every)
            continue
        while not stop.wait(_SETTLE) and (rested := snapshot()) != state:
            state = rested
        built = state
        live.begin()
        live.put(*rebuild())


class PreviewServer(ThreadingHTTPServer):
    """Serves a Live preview from memory."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, live: LivePreview, host: str, port: int) -> None:
        self.live = live
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), _Handler)
        bound = _address(str(self.server_address[0]))
        self.local = bound is not None and bound.is_loopback
        self._names = frozenset(_own_names(host))

    def is_meant(self, name: str) -> bool:
        """Whether a Host header names this server. A page elsewhere can point a name of its own at
        this machine and read what is previewed; an address it cannot choose."""
        if (address := _address(name)) is not None:
            return address.is_loopback or not self.local
        plain = name.lower().removesuffix(".")
        return (
            plain == "localhost"
            or plain.endswith(".localhost")
            or (not self.local and plain in self._names)
        )

    @property
    def url(self) -> str:
        host, port = self.server_address[:2]
        name = "localhost" if self.local else str(host)
        return f"http://{f'[{name}]' if ':' in name else name}:{port}/"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away is no fault; anything else is shown by the base class."""
        import sys

        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


def open_server(live: LivePreview, host: str, port: int, *, search: bool) -> PreviewServer:
    """Listen on a port, or with `search` on the first free one from there. Raises SharekitError
    where none is free."""
    for candidate in range(port, port + (_PORTS if search else 1)):
        try:
            return PreviewServer(live, host, candidate)
        except OverflowError:
            break
        except PermissionError:
            raise SharekitError(
                f"port {candidate} may not be used", hint="Name one above 1023 with --port."
            ) from None
        except OSError as error:
            if error.errno is not None and "in use" not in str(error):
                raise SharekitError(
                    f"{host}:{candidate} cannot be listened on: {error.strerror}"
                ) from None
    raise SharekitError(
        (
            f"port {port} is in use"
            if not search
            else f"ports {port} to {port + _PORTS - 1} are in use"
        ),
        hint="Name another one with --port, or stop what runs there.",
    )


class _Handler(BaseHTTPRequestHandler):
    server: PreviewServer
    protocol_version = "HTTP/1.1"
    server_version = "sharekit"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not worth a line in somebody's terminal."""

    def _answer(self) -> None:
        if self.headers.get("Content-Length", "0") != "0" or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # a body is not read, and is no next request either
        try:
            (host,) = self.headers.get_all("Host", [""])  # two names are no name
            is_meant = self.server.is_meant(_host(host))
            address = urlsplit(self.path)
            path, version = (
                unquote(address.path),
                parse_qs(address.query, max_num_fields=20).get("version", [""])[0],
            )
        except ValueError:
            self._send(
                HTTPStatus.BAD_REQUEST, "text/plain; charset=utf-8", b"This is no address.\n"
            )
            return
        if not is_meant:
            self._send(
                HTTPStatus.FORBIDDEN,
                "text/plain; charset=utf-8",
                b"This preview answers to localhost only.\n",
            )
        elif path.startswith(OWN):
            self._own_file(path.removeprefix(OWN), version)
        else:
            self._page(path)

    def _own_file(self, name: str, version: str) -> None:
        if name == "wait.js":
            script = _script(version, self.server.live.news(version, HOLD))
            self._send(HTTPStatus.OK, "text/javascript; charset=utf-8", script)
        elif name in _OWN_FILES:
            kind, text = _OWN_FILES[name]
            self._send(HTTPStatus.OK, kind, text.encode())
        else:
            self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"Not found.\n")

    def _page(self, path: str) -> None:
        preview = self.server.live.now()
        name = path.lstrip("/")
        if (
            name
            and not name.endswith("/")
            and any(file.startswith(f"{name}/") for file in preview.files)
        ):
            self._redirect(f"/{quote(name)}/")
            return
        if name == "" or name.endswith("/"):
            name += "index.html"
        status, content = HTTPStatus.OK, preview.files.get(name)
        if content is None and name == "index.html":
            content = _start(preview)
        if content is None:
            status, name = HTTPStatus.NOT_FOUND, "404.html"
            content = _missing(preview, path)
        kind = _kind(name)
        self._send(
            status,
            kind,
            with_preview(content, preview) if kind.startswith("text/html") else content,
        )

    def _redirect(self, target: str) -> None:
        self.send_response(HTTPStatus.MOVED_PERMANENTLY)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _send(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _script(shown_state: str, state: str) -> bytes:
    """What a browser that shows one state is to do in another."""
    if state == shown_state:
        return b""
    if state == shown_state + BUILDING:
        return b"dispatchEvent(new Event('sharekit-building'));"
    return b"location.reload();"


def with_preview(page: bytes, preview: Preview) -> bytes:
    """A page with the preview's script and style, and its panel where something is wrong."""
    head = (
        f'<script src="{OWN}live.js?version={preview.version}" defer></script>'
        f'<link rel="stylesheet" href="{OWN}live.css">'
    )
    if preview.report:
        panel = (
            '<aside class="sharekit-report" role="alert" aria-label="What is wrong">'
            f"<pre>{html(preview.report.strip(chr(10)))}</pre></aside>"
        )
        page = _BODY.sub(lambda match: match[0] + panel.encode(), page, count=1)
    return _HEAD_END.sub(lambda match: head.encode() + match[0], page, count=1)


_BODY = re.compile(rb"<body[^>]*>", re.IGNORECASE)
_HEAD = re.compile(rb"<head[^>]*>", re.IGNORECASE)
_HEAD_END = re.compile(rb"</head\s*>", re.IGNORECASE)


def _missing(preview: Preview, path: str) -> bytes:
    """The site's page for an address that leads nowhere, its links from the top of its tree, however
    deep the address is."""
    folder = f"{path.lstrip('/').partition('/')[0]}/"
    tree = folder if f"{folder}404.html" in preview.files else ""
    page = preview.files.get(f"{tree}404.html", _MISSING)
    base = f'<base href="/{html(quote(tree))}">'.encode()
    return _HEAD.sub(lambda match: match[0] + base, page, count=1)


def _start(preview: Preview) -> bytes:
    """The first page where the site has none of its own: the audiences' trees, or only what is
    wrong."""
    trees = sorted(
        path.removesuffix("/index.html")
        for path in preview.files
        if re.fullmatch("[^/]+/index.html", path)
    )
    links = "".join(f'<li><a href="{quote(tree)}/">{html(tree)}</a></li>' for tree in trees)
    message = (
        f"<p>One site for each audience:</p><ul>{links}</ul>"
        if links
        else "<p>There is no site to show yet.</p>"
    )
    return _document(f"<main><h1>Preview</h1>{message}</main>")


def _document(body: str) -> bytes:
    policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>sharekit'
        f' preview</title><meta http-equiv="Content-Security-Policy" content="{policy}"><meta'
        ' name="viewport" content="width=device-width, initial-scale=1"><link rel="icon"'
        f' href="data:,"></head><body>{body}</body></html>'
    ).encode()


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """The address that a name is, in any of its spellings; an IPv4 address inside an IPv6 one as
    itself."""
    try:
        address = ip_address(name.partition("%")[0])
    except ValueError:
        try:
            return (
                IPv4Address(socket.inet_aton(name))
                if re.fullmatch(r"[0-9a-fA-FxX.]+", name)
                else None
            )
        except OSError:
            return None
    return getattr(address, "ipv4_mapped", None) or address


def _own_names(host: str) -> Iterator[str]:
    """Names of this machine, and the one that it was told to listen on."""
    name = socket.gethostname().lower()
    yield from (host.lower(), name, name.partition(".")[0], f"{name.partition('.')[0]}.local")


def _host(header: str) -> str:
    """The name in a Host header, without its port. Raises ValueError where it is none."""
    return (urlsplit(f"//{header}").hostname or "") if header else ""


def _kind(name: str) -> str:
    kind = (
        _KINDS.get(name.rpartition(".")[2])
        or mimetypes.guess_type(name)[0]
        or "application/octet-stream"
    )
    return (
        f"{kind}; charset=utf-8"
        if kind.startswith("text/") or kind.endswith(("json", "xml"))
        else kind
    )


_KINDS = {
    "html": "text/html",
    "css": "text/css",
    "js": "text/javascript",
    "json": "application/json",
    "csv": "text/csv",
    "xml": "application/atom+xml",
    "ics": "text/calendar",
    "svg": "image/svg+xml",
    "md": "text/markdown",
    "txt": "text/plain",
}
_MISSING = _document("<main><h1>Not found</h1><p>The site has no such page.</p></main>")
_LIVE_JS = f"""\
// Waits for the next build and reloads; only while somebody looks, since browsers allow few connections to one host.
// A mark tells that a build has begun.
(() => {{
  let shown = new URL(document.currentScript.src).searchParams.get('version');
  const mark = document.createElement('p');
  mark.className = 'sharekit-building';
  mark.setAttribute('role', 'status');
  document.body.append(mark);
  addEventListener('sharekit-building', () => {{ shown += '{BUILDING}'; mark.textContent = 'Building…'; }});
  const ask = () => {{
    if (document.hidden) {{
      document.addEventListener('visibilitychange', ask, {{ once: true }});
      return;
    }}
    const script = document.createElement('script');
    const next = (pause) => () => {{ script.remove(); setTimeout(ask, pause); }};
    script.addEventListener('load', next(0));
    script.addEventListener('error', next(1000));
    script.src = '{OWN}wait.js?version=' + encodeURIComponent(shown) + '&at=' + Date.now();
    document.head.append(script);
  }};
  if (document.readyState === 'complete') ask(); else addEventListener('load', ask);
}})();
"""
_LIVE_CSS = """\
.sharekit-building { background: #1d1b1a; border-radius: 4px; color: #fff; font: 14px/1.5 system-ui, sans-serif;
  inset-block-end: 1rem; inset-inline-end: 1rem; margin: 0; padding: .25rem .75rem; position: fixed; z-index: 99; }
.sharekit-building:empty { display: none; }
.sharekit-report { background: #fff4f2; border-block-end: 3px solid #b3261e; color: #1d1b1a; padding: 1rem; }
.sharekit-report pre { font: 14px/1.5 ui-monospace, monospace; margin: 0; max-block-size: 60vh; overflow: auto;
  white-space: pre-wrap; }
@media (prefers-color-scheme: dark) {
  .sharekit-report { background: #2b1714; color: #f4ece9; }
  .sharekit-building { background: #f4ece9; color: #1d1b1a; }
}
@media print { .sharekit-report, .sharekit-building { display: none; } }
"""
_OWN_FILES = {
    "live.js": ("text/javascript; charset=utf-8", _LIVE_JS),
    "live.css": ("text/css; charset=utf-8", _LIVE_CSS),
}
