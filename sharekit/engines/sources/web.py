"""One file over https: within a deadline and a size, and never anywhere that the address does not
lead to.

The standard library's opener follows a redirect with the token of the first host and waits anew for
every byte, so here each connection, redirect and read is ours. An address is resolved once: what
was looked at is connected to."""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import urllib.request
import zlib
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import IO
from urllib.parse import SplitResult, parse_qs, quote, urljoin, urlsplit

from msgspec import Struct

from sharekit.engines.sources.fetching import Fetcher, LastAnswer, Unreadable, response_tags
from sharekit.project.manifest import Source
from sharekit.timing import time_limit

SECONDS = 120.0
"""How long one source may take, redirects included."""
CONNECT_SECONDS = 20.0
MAX_REDIRECTS = 5
CHUNK = 1 << 16
LOOPBACK = "SHAREKIT_ALLOW_LOOPBACK"
"""Variable that lets addresses of this machine be fetched from; for tests."""
PIN = "_HOST"
"""Ending of the variable that says which hosts a token is for: RATES_TOKEN_HOST of
RATES_TOKEN."""
_KINDS = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.sqlite3": ".sqlite",
}
_ENDINGS = frozenset((".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".parquet", ".xlsx", ".sqlite"))
_BY_FORMAT = {"parquet": ".parquet", "csv": ".csv", "tsv": ".tsv", "json": ".json", "jsonl": ".jsonl",
              "xlsx": ".xlsx", "sqlite": ".sqlite"}  # fmt: skip
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


class Deadline(Struct):
    """Ends a fetch from outside: the socket that is used is shut when the time is over."""

    seconds: float
    over: bool = False
    socket: socket.socket | None = None

    def end(self) -> None:
        self.over = True
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)


def fetch(
    fetcher: Fetcher,
    source: Source,
    address: str,
    last: LastAnswer | None,
    seconds: float = SECONDS,
) -> LastAnswer:
    """The file at an address, or the known copy where the server says that it is unchanged. Raises
    Unreadable."""
    token = token_for(fetcher, source.config.bearer, address) if source.config.bearer else None
    deadline = Deadline(seconds)
    with time_limit(seconds, deadline.end):
        try:
            return _follow(fetcher, source, address, token, last, deadline)
        except (OSError, http.client.HTTPException, ValueError, zlib.error) as error:
            # ValueError: the socket was shut under a read. The errors' own words can hold the
            # address: a secret.
            raise Unreadable(_failure_reason(error, deadline), outside=True) from None


def token_for(fetcher: Fetcher, bearer: str, address: str) -> str:
    """The token, where the environment says beside it that this host may have it: the address stands
    in the repository, where a change of it may be anybody's. Raises Unreadable."""
    token = fetcher.secret(bearer, "token")
    name, host = f"{bearer.removeprefix('env:')}{PIN}", str(_split(address).hostname)
    hosts = re.split(r"[\s,]+", fetcher.environ.get(name, "").strip().lower())
    if host.lower() in hosts:
        return token
    if hosts == [""]:
        raise Unreadable(
            f"its token is set and {name} is not: whoever changes the address would get the token",
            f"Set {name} to the host that may have it, where sharekit runs.",
        )
    raise Unreadable(
        f"its address is not on the host that {name} names",
        f"Name that host in the address, or set {name} again where sharekit runs.",
    )


def _follow(
    fetcher: Fetcher,
    source: Source,
    address: str,
    token: str | None,
    last: LastAnswer | None,
    deadline: Deadline,
) -> LastAnswer:
    first = at = _split(address)
    loopback = fetcher.environ.get(LOOPBACK) == "1"
    for _ in range(MAX_REDIRECTS + 1):
        same = (at.hostname, at.port or 443) == (first.hostname, first.port or 443)
        with closing(_connect(at, deadline, trusted=same, loopback=loopback)) as connection:
            connection.request("GET", _target(at), headers=_headers(token if same else None, last))
            with connection.getresponse() as answer:  # it keeps the socket that is closed behind it
                if answer.status not in _REDIRECTS:
                    return _save_new_answer(fetcher, source, first, answer, deadline, last)
                at = _split(urljoin(at.geturl(), answer.headers.get("Location", "")))
    raise Unreadable(f"it was sent on more than {MAX_REDIRECTS} times", outside=True)


def _save_new_answer(
    fetcher: Fetcher,
    source: Source,
    at: SplitResult,
    answer: http.client.HTTPResponse,
    deadline: Deadline,
    last: LastAnswer | None,
) -> LastAnswer:
    if answer.status == 304 and last is not None:
        return LastAnswer(last.files, fetcher.now(), last.tags)
    _refuse(answer)
    return _save(fetcher, source, at, answer, deadline)


def _split(address: str) -> SplitResult:
    """An https address. Raises Unreadable without repeating it."""
    try:
        url_parts = urlsplit(address)
        port = url_parts.port
    except ValueError:
        raise Unreadable("its address cannot be read") from None
    if url_parts.scheme != "https" or not url_parts.hostname or port == 0:
        raise Unreadable(
            "it leads to an address that is not https://",
            "Only https is read; name the address it has there.",
        )
    if url_parts.username or url_parts.password:
        raise Unreadable(
            "its address has a password in it",
            'Leave it out of the address, and write bearer = "env:NAME" for a token.',
        )
    return url_parts


def _headers(token: str | None, last: LastAnswer | None) -> dict[str, str]:
    headers = {
        "User-Agent": "sharekit",
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    tags = last.tags if last is not None else {}
    if "etag" in tags:
        headers["If-None-Match"] = tags["etag"]
    elif "modified" in tags:
        headers["If-Modified-Since"] = tags["modified"]
    return headers


def _target(at: SplitResult) -> str:
    target = (at.path or "/") + (f"?{at.query}" if at.query else "")
    return quote(target, safe="/%?=&:;,+$!*'()@~-._#[]")


def _connect(
    at: SplitResult, deadline: Deadline, *, trusted: bool, loopback: bool
) -> http.client.HTTPSConnection:
    """A connection to the host, over the proxy that the environment names, or straight to an
    address looked at."""
    host, port = str(at.hostname), at.port or 443
    context = ssl.create_default_context()
    proxy = None if urllib.request.proxy_bypass(host) else urllib.request.getproxies().get("https")
    if proxy is not None:
        through = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        connection = http.client.HTTPSConnection(
            str(through.hostname), through.port or 80, timeout=CONNECT_SECONDS, context=context
        )
        connection.set_tunnel(host, port)
        connection.connect()
    else:
        connection = http.client.HTTPSConnection(
            host, port, timeout=CONNECT_SECONDS, context=context
        )
        straight = _straight(host, port, trusted=trusted, loopback=loopback)
        deadline.socket = straight
        connection.sock = context.wrap_socket(straight, server_hostname=host)
    deadline.socket = connection.sock
    if deadline.over:
        connection.close()
        raise TimeoutError
    return connection


def _straight(host: str, port: int, *, trusted: bool, loopback: bool) -> socket.socket:
    """A socket to the first address of the host that answers, each allowed."""
    places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for place in places:
        address = ipaddress.ip_address(str(place[4][0]).partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
        if address.is_loopback and loopback:
            continue
        if not address.is_global and not (
            trusted and address.is_private and not _is_this_machine(address)
        ):
            raise Unreadable(
                "it leads to an address inside this network",
                "Name an address that everyone can reach.",
            )
    for place in places:
        with suppress(OSError):
            return socket.create_connection((str(place[4][0]), port), CONNECT_SECONDS)
    raise ConnectionError


def _is_this_machine(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """This machine itself, or what its cloud tells it alone."""
    return (
        address.is_loopback
        or address.is_link_local
        or address.is_unspecified
        or address.is_multicast
    )


def _refuse(answer: http.client.HTTPResponse) -> None:
    """Raise Unreadable unless the answer is a file."""
    if answer.status in (401, 403):
        raise Unreadable(
            f"the server refuses it ({answer.status})",
            "Is the token of `bearer` right?",
            outside=True,
        )
    if answer.status != 200:
        raise Unreadable(f"the server answers {answer.status}", outside=True)
    if answer.headers.get_content_type() in ("text/html", "application/xhtml+xml"):
        raise Unreadable(
            "the server answers with a web page, as where a login is wanted",
            "Name the address of the file itself; a sheet is published as CSV.",
            outside=True,
        )


def _save(
    fetcher: Fetcher,
    source: Source,
    at: SplitResult,
    answer: http.client.HTTPResponse,
    deadline: Deadline,
) -> LastAnswer:
    ending = _ending(source, at, answer)
    part_file = fetcher.part()
    try:
        with part_file.open("wb") as file:
            _copy(answer, file, source.config.max_mb * 1_000_000, deadline, fetcher.advice(source))
        if part_file.stat().st_size == 0:
            raise Unreadable("the server answers with nothing", outside=True)
        name = fetcher.keep(part_file, ending)
    finally:
        part_file.unlink(missing_ok=True)
    tags = response_tags(
        {"etag": answer.headers.get("ETag"), "modified": answer.headers.get("Last-Modified")}
    )
    file_name = Path(at.path).name or str(at.hostname)
    return LastAnswer(((file_name if _public(source) else source.id, name),), fetcher.now(), tags)


def _public(source: Source) -> bool:
    return not (source.config.url or "").startswith("env:")


def _copy(
    answer: http.client.HTTPResponse, file: IO[bytes], most: int, deadline: Deadline, hint: str
) -> None:
    """Write the whole body. Raises where it is cut short, too late, or larger than `most` bytes, with the hint."""
    expected = answer.length
    packed = answer.headers.get("Content-Encoding", "identity").lower() not in ("identity", "")
    unpack = zlib.decompressobj(47) if packed else None
    received = written = 0
    while data := answer.read1(CHUNK):
        received += len(data)
        while data:
            plain_data = unpack.decompress(data, CHUNK) if unpack else data
            data = unpack.unconsumed_tail if unpack else b""
            written += len(plain_data)
            if written > most:
                raise Unreadable(f"it is larger than {most // 1_000_000} MB", hint)
            file.write(plain_data)
        if deadline.over:
            raise TimeoutError
    if deadline.over:
        raise TimeoutError
    if (expected is not None and received != expected) or (unpack is not None and not unpack.eof):
        raise http.client.IncompleteRead(b"")


def _ending(source: Source, at: SplitResult, answer: http.client.HTTPResponse) -> str:
    """The ending that tells the format: as declared, as in the address, as the server says."""
    if source.config.format is not None:
        return _BY_FORMAT.get(source.config.format, "")
    if (suffix := Path(at.path).suffix.lower()) in _ENDINGS:
        return suffix
    query: Mapping[str, list[str]] = parse_qs(at.query)
    for key in ("format", "output"):
        if (from_query := f".{query.get(key, [''])[0].lower()}") in _ENDINGS:
            return from_query
    kind = answer.headers.get_content_type()
    disposed = re.search(
        r'filename="?[^";]*(\.[a-z]+)"?', answer.headers.get("Content-Disposition", "").lower()
    )
    ending = _KINDS.get(kind) or (disposed[1] if disposed and disposed[1] in _ENDINGS else None)
    if ending is None:
        raise Unreadable(
            "the format of the fetched file is not known", 'Write format = "csv", or another.'
        )
    return ending


def _failure_reason(error: Exception, deadline: Deadline) -> str:
    if deadline.over or isinstance(error, TimeoutError):
        return (
            f"it took longer than {deadline.seconds:g} seconds"
            if deadline.over
            else "the server does not answer"
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate cannot be trusted: {error.verify_message}"
    if isinstance(error, socket.gaierror):
        return "there is no such host"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer broke off"
    return "the connection failed"
