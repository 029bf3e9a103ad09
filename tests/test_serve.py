"""The preview: right bytes, reload on change under the pages' own policy, what is wrong in the
page, loopback only."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browser import CSP
from gitrepos import new_repo
from http_servers import running

from sharekit.app.session import Session, Switches
from sharekit.commands.serve import state_watcher
from sharekit.errors import SharekitError
from sharekit.serve import BUILDING, LivePreview, PreviewServer, open_server, watch


def page(title: str, body: str = "") -> bytes:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><meta'
        f' http-equiv="Content-Security-Policy" content="{CSP}"><link rel="icon"'
        f' href="data:,"></head><body class="home"><h1>{title}</h1>{body}</body></html>'
    ).encode()


SITE = {
    "index.html": page("Home"),
    "404.html": page("Nothing here"),
    "metrics/index.html": page("Numbers"),
    "metrics/a b.html": page("A b"),
    "data/a.csv": b"value\r\n1\r\n",
    "calendar.ics": b"BEGIN:VCALENDAR",
    "feed.xml": b"<feed/>",
}


def serving(live: LivePreview) -> AbstractContextManager[PreviewServer]:
    return running(open_server(live, "127.0.0.1", 0, search=False))


@pytest.fixture
def live() -> LivePreview:
    live = LivePreview()
    live.put(SITE, "")
    return live


def ask(
    server: PreviewServer, path: str, method: str = "GET", host: str = "localhost"
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=30)
    connection.request(method, path, headers={"Host": host})
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    connection.close()
    return response


def body(response: Any) -> str:
    return bytes(response.body).decode()


@pytest.mark.parametrize(
    ("path", "status", "kind", "text"),
    [
        ("/", 200, "text/html; charset=utf-8", "<h1>Home</h1>"),
        ("/index.html?by=origin#x", 200, "text/html; charset=utf-8", "<h1>Home</h1>"),
        ("/metrics/", 200, "text/html; charset=utf-8", "<h1>Numbers</h1>"),
        ("/metrics/a%20b.html", 200, "text/html; charset=utf-8", "<h1>A b</h1>"),
        ("/data/a.csv", 200, "text/csv; charset=utf-8", "value\r\n1\r\n"),
        ("/calendar.ics", 200, "text/calendar; charset=utf-8", "BEGIN:VCALENDAR"),
        ("/feed.xml", 200, "application/atom+xml; charset=utf-8", "<feed/>"),
        ("/gone.html", 404, "text/html; charset=utf-8", "<h1>Nothing here</h1>"),
        ("/../../etc/passwd", 404, "text/html; charset=utf-8", "<h1>Nothing here</h1>"),
        ("/%2e%2e/%2e%2e/etc/passwd", 404, "text/html; charset=utf-8", "<h1>Nothing here</h1>"),
        ("/_sharekit/other", 404, "text/plain; charset=utf-8", "Not found."),
    ],
)
def test_address_gives_the_file_of_the_site(
    live: LivePreview, path: str, status: int, kind: str, text: str
) -> None:
    with serving(live) as server:
        response = ask(server, path)
    assert (response.status, response.headers["Content-Type"]) == (status, kind)
    assert text in body(response)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_folder_without_a_slash_is_sent_to_its_page(live: LivePreview) -> None:
    with serving(live) as server:
        response = ask(server, "/metrics")
        away = ask(server, "//elsewhere.example")
    assert (response.status, response.headers["Location"]) == (301, "/metrics/")
    assert away.status == 404, "no redirect leads to another host"


def test_head_has_no_body(live: LivePreview) -> None:
    with serving(live) as server:
        response = ask(server, "/", "HEAD")
    assert response.status == 200
    assert body(response) == ""


@pytest.mark.parametrize(("method", "status"), [("POST", 501), ("PUT", 501), ("DELETE", 501)])
def test_nothing_can_be_written(live: LivePreview, method: str, status: int) -> None:
    with serving(live) as server:
        assert ask(server, "/", method).status == status


def test_another_name_for_this_machine_is_refused(live: LivePreview) -> None:
    """A page elsewhere may let its own name point at loopback; the browser then sends that name as
    Host."""
    with serving(live) as server:
        port = server.server_address[1]
        refused = [
            ask(server, "/", host=host)
            for host in ("evil.example", f"evil.example:{port}", "", "127.0.0.1.evil")
        ]
        names = (
            "[::1]:80",
            "LOCALHOST",
            "localhost.",
            "site.localhost",
            "127.0.0.2",
            "127.1",
            "[::ffff:127.0.0.1]",
        )
        allowed = [
            ask(server, "/", host=host)
            for host in (f"localhost:{port}", f"127.0.0.1:{port}", *names)
        ]
    assert [response.status for response in refused] == [403] * 4
    assert not any("Home" in body(response) for response in refused)
    assert [response.status for response in allowed] == [200] * len(allowed)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "LocalHost", "127.1"])
def test_every_spelling_of_loopback_is_this_machine_alone(live: LivePreview, host: str) -> None:
    server = open_server(live, host, 0, search=False)
    server.server_close()
    assert server.local
    assert not server.is_meant("evil.example")
    assert not server.is_meant("192.0.2.1")


def test_on_every_address_a_name_of_somebody_else_is_refused_too(live: LivePreview) -> None:
    server = open_server(live, "0.0.0.0", 0, search=False)
    server.server_close()
    assert not server.local
    assert all(
        map(server.is_meant, ("192.0.2.1", "2001:db8::1", "localhost", socket.gethostname()))
    )
    assert not any(map(server.is_meant, ("evil.example", "", "192.0.2.1.evil.example")))


@pytest.mark.parametrize(
    ("path", "host"), [("http://[", "localhost"), ("/", "[::1"), ("/?" + "a&" * 500, "localhost")]
)
def test_a_malformed_request_is_answered(live: LivePreview, path: str, host: str) -> None:
    with serving(live) as server:
        assert ask(server, path, host=host).status == 400
        assert ask(server, "/").status == 200


def test_a_body_is_no_second_request(live: LivePreview) -> None:
    with (
        serving(live) as server,
        socket.create_connection(server.server_address[:2], timeout=30) as connection,
    ):
        inner = b"GET /inner HTTP/1.1\r\nHost: localhost\r\n\r\n"
        head = b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(inner)
        connection.sendall(head + inner)
        said = b"".join(iter(lambda: connection.recv(65536), b""))
    assert said.count(b"HTTP/1.1 ") == 1


def test_what_is_wrong_stands_above_the_last_good_page(live: LivePreview) -> None:
    live.put(None, '  [x] unknown key `onwer`\n\n      <script>alert("x")</script>')
    with serving(live) as server:
        text = body(ask(server, "/"))
        assert body(ask(server, "/data/a.csv")) == "value\r\n1\r\n", "only pages get anything added"
    assert "<h1>Home</h1>" in text
    assert "[x] unknown key `onwer`" in text
    assert "<script>alert" not in text


def test_what_is_wrong_is_shown_before_there_is_a_site() -> None:
    live = LivePreview()
    live.put(None, "  [x] no sharekit.toml here")
    with serving(live) as server:
        text = body(ask(server, "/"))
    assert "no sharekit.toml here" in text
    assert "There is no site to show yet." in text


def test_several_audiences_are_listed() -> None:
    live = LivePreview()
    live.put(
        {
            "team1/index.html": page("One"),
            "team2/index.html": page("Two"),
            "team2/404.html": page("No"),
        },
        "",
    )
    with serving(live) as server:
        text = body(ask(server, "/"))
        missing = body(ask(server, "/team2/metrics/x.html"))
        assert "<h1>One</h1>" in body(ask(server, "/team1/"))
    assert '<a href="team1/">' in text
    assert '<a href="team2/">' in text
    assert "<h1>No</h1>" in missing
    assert '<base href="/team2/">' in missing, "its style is found from any depth"


def test_waiting_browser_is_told_of_the_next_build(live: LivePreview) -> None:
    version = live.now().version
    with serving(live) as server:
        answers: list[str] = []
        asking = threading.Thread(
            target=lambda: answers.append(
                body(ask(server, f"/_sharekit/wait.js?version={version}"))
            )
        )
        asking.start()
        live.put(SITE, "")
        asking.join()
        assert answers == ["location.reload();"]


def test_waiting_browser_is_told_that_a_build_has_begun(live: LivePreview) -> None:
    version = live.now().version
    live.begin()
    with serving(live) as server:
        wait = f"/_sharekit/wait.js?version={version}"
        assert body(ask(server, wait)) == "dispatchEvent(new Event('sharekit-building'));"
        live.put(None, "  [x] something is wrong")
        assert body(ask(server, f"{wait}{BUILDING}")) == "location.reload();"


@pytest.mark.slow
def test_many_browsers_are_answered_while_others_wait(live: LivePreview) -> None:
    version = live.now().version
    with serving(live) as server:
        waiting = [
            threading.Thread(target=ask, args=(server, f"/_sharekit/wait.js?version={version}"))
            for _ in range(30)
        ]
        for thread in waiting:
            thread.start()
        assert "<h1>Home</h1>" in body(ask(server, "/"))
        live.put(SITE, "")
        for thread in waiting:
            thread.join()


def test_port_in_use_gives_way_to_the_next_or_is_named(live: LivePreview) -> None:
    with serving(live) as server:
        taken = server.server_address[1]
        with pytest.raises(SharekitError, match=f"port {taken} is in use"):
            open_server(live, "127.0.0.1", taken, search=False)
        other = open_server(live, "127.0.0.1", taken, search=True)
        assert other.server_address[1] > taken
        other.server_close()


@pytest.mark.parametrize(
    ("host", "port"), [("203.0.113.1", 8000), ("no.such.host.invalid", 8000), ("127.0.0.1", 99999)]
)
def test_address_that_cannot_be_listened_on_is_said_in_a_sentence(
    live: LivePreview, host: str, port: int
) -> None:
    with pytest.raises(SharekitError):
        open_server(live, host, port, search=False)


def test_ipv6_loopback_is_served_where_there_is_one(live: LivePreview) -> None:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            pytest.skip("this machine has no IPv6 loopback")
    server = open_server(live, "::1", 0, search=False)
    assert server.url.startswith("http://localhost:")
    server.server_close()


@contextmanager
def watching(file: Path, live: LivePreview) -> Iterator[list[str]]:
    built: list[str] = []
    stop = threading.Event()

    def rebuild() -> tuple[dict[str, bytes], str]:
        built.append(file.read_text())
        return {"index.html": page(built[-1])}, ""

    thread = threading.Thread(
        target=watch,
        args=(lambda: (file.stat().st_ino, file.read_text()), rebuild, live, stop),
        kwargs={"every": 0.01},
    )
    thread.start()
    try:
        yield built
    finally:
        stop.set()
        thread.join()


def rebuilt(live: LivePreview, version: str) -> str:
    """The version that follows one, with or without a look at its being built."""
    state = live.news(version, 30)
    return live.news(state, 30) if state == version + BUILDING else state


def test_saving_a_file_rebuilds(tmp_path: Path) -> None:
    file, live = tmp_path / "metric.sql", LivePreview()
    file.write_text("one")
    first = live.now().version
    with watching(file, live) as built:
        second = rebuilt(live, first)
        file.write_text("two")
        third = rebuilt(live, second)
        assert b"<h1>two</h1>" in live.now().files["index.html"]
        assert live.news(third, 0.2) == third, "nothing changed since"
    assert built == ["one", "two"]


@pytest.mark.slow
def test_browser_reloads_by_itself_under_the_strict_policy(
    live: LivePreview, open_page: Callable[..., Any]
) -> None:
    with serving(live) as server:
        opened = open_page(server.url)
        opened.page.wait_for_selector('script[src*="wait.js"]', state="attached")
        live.begin()
        opened.page.wait_for_selector(".sharekit-building:text('Building…')")
        live.put({**SITE, "index.html": page("Rebuilt")}, "")
        opened.page.wait_for_selector("h1:text('Rebuilt')")
        assert not opened.page.locator(".sharekit-building").is_visible()
        live.put(None, "  [x] something is wrong\n      metrics/a.sql:1:1")
        opened.page.wait_for_selector("aside.sharekit-report")
        panel = opened.page.locator("aside.sharekit-report")
        assert "something is wrong" in panel.inner_text()
        assert panel.evaluate("e => getComputedStyle(e).padding") == "16px", (
            "its style sheet is loaded"
        )
        live.put(SITE, "")
        opened.page.wait_for_selector("h1:text('Home')")
        assert opened.page.locator("aside.sharekit-report").count() == 0
        # A page that is replaced while it loads is given up by the browser for the newer one.
        superseded = f"failed request: {server.url}"
        assert [
            line for line in opened.trouble if "wait.js" not in line and line != superseded
        ] == []


# -- what the preview is rebuilt for ---------------------------------------------------------------


def test_a_commit_and_the_next_day_are_news_although_no_file_changed(tmp_path: Path) -> None:
    repo = new_repo(tmp_path)
    repo.commit({"sharekit.toml": '[project]\nname = "N"\ntimezone = "Asia/Manila"\n'})
    repo.write({"metrics/a.sql": "SELECT 1"})
    now = [datetime(2026, 11, 30, 15, 59, tzinfo=UTC)]
    session = Session(tmp_path, {}, lambda: now[0], Switches())
    state = state_watcher(session, tmp_path, None)
    fixed = state_watcher(session, tmp_path, date(2026, 11, 1))
    first, fixed_first = state(), fixed()
    assert state() == first
    repo.commit({}, "What is there")
    second, fixed_second = state(), fixed()
    assert second != first
    assert fixed_second != fixed_first
    now[0] += timedelta(minutes=2)
    assert state() != second, "midnight in Manila"
    assert fixed() == fixed_second, "the day that was asked for"
