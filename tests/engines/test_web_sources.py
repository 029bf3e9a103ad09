"""Sources over https: what is fetched, what is refused, and what is taken where the server is out
of reach."""

from __future__ import annotations

import gc
import gzip
import json
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from enginekit import manifest, opened
from webserver import Route, Server, answer, redirect, serving

from sharekit.engines.sources import web
from sharekit.engines.sources.fetching import FetchedSource, Fetcher, Unreadable
from sharekit.errors import Place
from sharekit.project.manifest import Source
from sharekit.project.shapes import SourceConfig

CSV = b"day,n\n2026-10-01,5\n2026-11-01,7\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(autouse=True)
def _trusting(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
    server.asked.clear()


class Clock:
    """Seconds that a test moves on."""

    def __init__(self) -> None:
        self.seconds = 1_800_000_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fetcher(tmp_path: Path, clock: Clock) -> Fetcher:
    return Fetcher(
        tmp_path / "fetched",
        {web.LOOPBACK: "1", "TOKEN": "s3cr3t-token", "TOKEN_HOST": "localhost"},
        clock,
    )


def source(url: str, **keys: object) -> Source:
    return Source("rates", (), SourceConfig(url=url, **keys), Place("sharekit.toml"))  # type: ignore[arg-type]


def text(found: FetchedSource) -> bytes:
    (path,) = found.paths
    return path.read_bytes()


def refusal(fetcher: Fetcher, wanted: Source) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        fetcher.get(wanted)
    assert "s3cr3t" not in f"{caught.value} {caught.value.hint}"
    return caught.value


def test_rows_of_an_address_are_a_table(
    server: Server, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(web.LOOPBACK, "1")
    server.routes["/rates.csv"] = answer(CSV)
    server.routes["/rates"] = answer(
        json.dumps([{"n": 3}, {"n": 4}]).encode(), Content_Type="application/json"
    )
    sources = {
        name: SourceConfig(url=server.url(path))
        for name, path in (("a", "/rates.csv"), ("b", "/rates"))
    }
    with opened(manifest(root, sources)) as engine:
        assert engine.query("SELECT sum(n) FROM a").rows == ((12,),)
        assert engine.query("SELECT sum(n) FROM b").rows == ((7,),)


def test_options_of_text_are_for_fetched_text_too(
    server: Server, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(web.LOOPBACK, "1")
    server.routes["/eu.csv"] = answer(b"day;n\n31.12.2026;1.234,50\n")
    config = SourceConfig(
        url=server.url("/eu.csv"), decimal=",", thousands=".", date_format="%d.%m.%Y"
    )
    with opened(manifest(root, {"t": config})) as engine:
        assert engine.query("SELECT day::VARCHAR, n FROM t").rows == (("2026-12-31", 1234.5),)


def test_unchanged_file_is_not_sent_again(server: Server, fetcher: Fetcher, clock: Clock) -> None:
    def route(handler: BaseHTTPRequestHandler) -> None:
        same = handler.headers.get("If-None-Match") == '"v1"'
        (answer(b"", 304) if same else answer(CSV, ETag='"v1"'))(handler)

    server.routes["/etag.csv"] = route
    first = fetcher.get(source(server.url("/etag.csv")))
    clock.seconds += 3600
    again = fetcher.get(source(server.url("/etag.csv")))
    assert (first.paths, first.stale) == (again.paths, again.stale)
    assert [headers.get("if-none-match") for _, headers in server.asked] == [None, '"v1"']


def test_keep_spares_asking_as_long_as_it_says(
    server: Server, fetcher: Fetcher, clock: Clock
) -> None:
    server.routes["/keep.csv"] = answer(CSV)
    wanted = source(server.url("/keep.csv"), keep="1 hour")
    fetcher.get(wanted)
    clock.seconds += 3599
    fetcher.get(wanted)
    assert len(server.asked) == 1
    clock.seconds += 2
    fetcher.get(wanted)
    assert len(server.asked) == 2


def test_changed_file_takes_the_place_of_the_old_one(
    server: Server, fetcher: Fetcher, clock: Clock
) -> None:
    server.routes["/moves.csv"] = answer(CSV)
    fetcher.get(source(server.url("/moves.csv")))
    clock.seconds += 3600
    server.routes["/moves.csv"] = answer(CSV + b"2026-12-01,9\n")
    assert text(fetcher.get(source(server.url("/moves.csv")))).endswith(b"9\n")
    assert len(list(fetcher.folder.glob("*.csv"))) == 1


def test_chunks_and_packed_answers_are_put_together(server: Server, fetcher: Fetcher) -> None:
    def chunked(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/csv")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for part in (CSV[:7], CSV[7:]):
            handler.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")

    server.routes["/chunked.csv"] = chunked
    server.routes["/packed.csv"] = answer(gzip.compress(CSV), Content_Encoding="gzip")
    assert text(fetcher.get(source(server.url("/chunked.csv")))) == CSV
    assert text(fetcher.get(source(server.url("/packed.csv")))) == CSV


def test_token_goes_to_the_host_that_is_named_and_to_no_other(
    server: Server, fetcher: Fetcher
) -> None:
    server.routes["/mine.csv"] = redirect(server.url("/there.csv", host="127.0.0.1"))
    server.routes["/there.csv"] = answer(CSV)
    server.routes["/home.csv"] = redirect("/there.csv")
    fetcher.get(source(server.url("/mine.csv"), bearer="env:TOKEN"))
    assert [headers.get("authorization") for _, headers in server.asked] == [
        "Bearer s3cr3t-token",
        None,
    ]
    server.asked.clear()
    fetcher.get(source(server.url("/home.csv"), bearer="env:TOKEN"))
    assert [headers.get("authorization") for _, headers in server.asked] == [
        "Bearer s3cr3t-token"
    ] * 2


@pytest.mark.parametrize(
    ("pinned", "words"),
    [
        ("", "TOKEN_HOST is not: whoever changes the address"),
        ("rates.example", "not on the host that TOKEN_HOST names"),
        ("localhost.evil.example", "not on the host that TOKEN_HOST names"),
        ("local", "not on the host that TOKEN_HOST names"),
    ],
)
def test_token_goes_only_where_the_environment_lets_it(
    server: Server, tmp_path: Path, clock: Clock, pinned: str, words: str
) -> None:
    environ = {web.LOOPBACK: "1", "TOKEN": "s3cr3t-token", "TOKEN_HOST": pinned}
    strict = Fetcher(tmp_path / "strict", environ, clock)
    error = refusal(strict, source(server.url("/rates.csv"), bearer="env:TOKEN"))
    assert words in str(error)
    assert not server.asked
    server.routes["/rates.csv"] = answer(CSV)
    several = Fetcher(
        tmp_path / "more", {**environ, "TOKEN_HOST": "rates.example, LOCALHOST"}, clock
    )
    assert text(several.get(source(server.url("/rates.csv"), bearer="env:TOKEN"))) == CSV


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("http://localhost/there.csv", "not https"),
        ("file:///etc/passwd", "not https"),
        ("https://10.0.0.1/there.csv", "inside this network"),
        ("https://169.254.169.254/latest/meta-data", "inside this network"),
        ("https://[::ffff:10.0.0.1]/there.csv", "inside this network"),
        ("https://user:word@localhost/there.csv", "has a password"),
    ],
)
def test_redirect_that_leads_elsewhere_is_refused(
    server: Server, fetcher: Fetcher, to: str, words: str
) -> None:
    server.routes["/away.csv"] = redirect(to)
    assert words in str(refusal(fetcher, source(server.url("/away.csv"))))


def test_this_machine_is_no_source_unless_a_test_says_so(
    server: Server, tmp_path: Path, clock: Clock
) -> None:
    strict = Fetcher(tmp_path / "strict", {}, clock)
    assert "inside this network" in str(refusal(strict, source(server.url("/rates.csv"))))
    assert not server.asked


def test_circle_of_redirects_ends(server: Server, fetcher: Fetcher) -> None:
    server.routes["/circle.csv"] = redirect("/circle.csv")
    assert "more than 5 times" in str(refusal(fetcher, source(server.url("/circle.csv"))))


def test_drip_ends_at_the_deadline(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/csv")
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        while not over.wait(0.1):
            handler.wfile.write(b"1")

    server.routes["/drip.csv"] = drip
    start = time.monotonic()
    with pytest.raises(Unreadable, match="longer than 1 seconds"):
        web.fetch(
            fetcher_ready(fetcher),
            source(server.url("/drip.csv")),
            server.url("/drip.csv"),
            None,
            seconds=1.0,
        )
    over.set()
    assert time.monotonic() - start < 20


def fetcher_ready(fetcher: Fetcher) -> Fetcher:
    fetcher.folder.mkdir(parents=True, exist_ok=True)
    return fetcher


def test_answer_that_breaks_off_is_no_file(server: Server, fetcher: Fetcher) -> None:
    def cut(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "text/csv")
        handler.send_header("Content-Length", str(len(CSV) + 10))
        handler.end_headers()
        handler.wfile.write(CSV)
        handler.close_connection = True

    server.routes["/cut.csv"] = cut
    server.routes["/torn.csv"] = answer(gzip.compress(CSV)[:-9], Content_Encoding="gzip")
    assert "broke off" in str(refusal(fetcher, source(server.url("/cut.csv"))))
    assert "broke off" in str(refusal(fetcher, source(server.url("/torn.csv"))))
    assert {path.name for path in fetcher.folder.iterdir()} <= {".gitignore"}


def test_size_has_a_limit_packed_or_not(server: Server, fetcher: Fetcher) -> None:
    server.routes["/big.csv"] = answer(b"n\n" + b"1\n" * 600_000)
    server.routes["/bomb.csv"] = answer(
        gzip.compress(b"n\n" + b"1\n" * 5_000_000), Content_Encoding="gzip"
    )
    for path in ("/big.csv", "/bomb.csv"):
        error = refusal(fetcher, source(server.url(path), max_mb=1))
        assert str(error) == "it is larger than 1 MB"
        assert not error.outside
    assert {path.name for path in fetcher.folder.iterdir()} <= {".gitignore"}


def test_login_page_is_no_data(server: Server, fetcher: Fetcher) -> None:
    server.routes["/login.csv"] = answer(
        b"<html>Log in</html>", Content_Type="text/html; charset=utf-8"
    )
    assert "web page" in str(refusal(fetcher, source(server.url("/login.csv"))))


@pytest.mark.parametrize(
    ("status", "words"), [(401, "refuses it (401)"), (404, "answers 404"), (503, "answers 503")]
)
def test_status_is_told(server: Server, fetcher: Fetcher, status: int, words: str) -> None:
    server.routes["/status.csv"] = answer(b"no", status)
    error = refusal(fetcher, source(server.url("/status.csv"), bearer="env:TOKEN"))
    assert words in str(error)
    assert error.outside


def open_connections() -> list[ssl.SSLSocket]:
    return [
        thing
        for thing in gc.get_objects()
        if isinstance(thing, ssl.SSLSocket) and not thing.server_side and thing.fileno() >= 0
    ]


@pytest.mark.parametrize(
    "route",
    [
        answer(b"no", 403, Connection="close"),
        answer(b"no" * 100_000, 404, Connection="close"),
        answer(b"<html>Log in</html>", Content_Type="text/html", Connection="close"),
        answer(b"", 302, Location="http://localhost/plain", Connection="close"),
    ],
)
def test_no_connection_stays_open_behind_a_refusal(
    server: Server, fetcher: Fetcher, route: Route
) -> None:
    server.routes["/refused.csv"] = route
    with warnings.catch_warnings(action="ignore"):  # of what other tests left
        gc.collect()
    with pytest.raises(Unreadable) as caught:
        fetcher.get(source(server.url("/refused.csv")))
    assert open_connections() == [], "while the error, and its traceback, are still there"
    assert caught.value


def test_certificate_of_another_is_not_trusted(
    server: Server, fetcher: Fetcher, tmp_path: Path
) -> None:
    with serving(tmp_path / "other") as other:
        other.routes["/rates.csv"] = answer(CSV)
        error = refusal(fetcher, source(other.url("/rates.csv"), bearer="env:TOKEN"))
        assert "certificate cannot be trusted" in str(error)
        assert not other.asked, "nothing is said to a server that is not the one"


def test_secret_that_is_missing_or_odd_is_told_by_its_name(
    server: Server, tmp_path: Path, clock: Clock
) -> None:
    environ = {web.LOOPBACK: "1", "ODD": "s3cr3t\nX-Header: 1"}
    fetcher = Fetcher(tmp_path / "fetched", environ, clock)
    assert "TOKEN, which is not set" in str(
        refusal(fetcher, source(server.url("/rates.csv"), bearer="env:TOKEN"))
    )
    assert "ODD holds characters that no token has" in str(
        refusal(fetcher, source(server.url("/rates.csv"), bearer="env:ODD"))
    )
    assert "SHEET, which is not set" in str(refusal(fetcher, source("env:SHEET")))
    assert not server.asked


def test_secret_address_is_nowhere(server: Server, tmp_path: Path, clock: Clock) -> None:
    server.routes["/s3cr3t-sheet/pub"] = answer(CSV)
    fetcher = Fetcher(
        tmp_path / "f",
        {web.LOOPBACK: "1", "SHEET": server.url("/s3cr3t-sheet/pub?output=csv")},
        clock,
    )
    found = fetcher.get(source("env:SHEET"))
    written = "".join(path.name + path.read_text() for path in fetcher.folder.iterdir())
    assert "s3cr3t" not in written + "".join(found.names)
    server.routes["/s3cr3t-sheet/pub"] = answer(b"", 500)
    clock.seconds += 3600
    assert "s3cr3t" not in str(fetcher.get(source("env:SHEET")).stale)


def test_last_good_copy_is_taken_and_dated_where_the_server_fails(
    server: Server, fetcher: Fetcher, clock: Clock
) -> None:
    server.routes["/goes.csv"] = answer(CSV)
    fetcher.get(source(server.url("/goes.csv")))
    clock.seconds += 86_400
    server.routes["/goes.csv"] = answer(b"", 503)
    found = fetcher.get(source(server.url("/goes.csv")))
    assert text(found) == CSV
    assert found.stale == "its rows are those of 15 Jan 2027, 08:00 UTC: the server answers 503"


def test_copy_that_was_tampered_with_or_lost_is_fetched_anew(
    server: Server, fetcher: Fetcher, clock: Clock
) -> None:
    server.routes["/lost.csv"] = answer(CSV, ETag='"v1"')
    (path,) = fetcher.get(source(server.url("/lost.csv"))).paths
    path.unlink()
    clock.seconds += 3600
    assert text(fetcher.get(source(server.url("/lost.csv")))) == CSV
    memory = next(fetcher.folder.glob("*.json"))
    memory.write_text(
        json.dumps({"files": [["a", "../../../etc/passwd"]], "asked": clock.seconds, "tags": {}})
    )
    clock.seconds += 3600
    assert text(fetcher.get(source(server.url("/lost.csv")))) == CSV
