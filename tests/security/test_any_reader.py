"""Any bytes, in definitions of other tools and on the wire: a report or an answer, and never a traceback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from commandline import sharekit
from http_servers import running
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_any_bytes import any_bytes, spoiled
from test_ledger_text import VALUES, changed, nodes

from sharekit.importing.formats import FORMATS
from sharekit.serve import LivePreview, PreviewServer, open_server

DEFINITIONS = {
    "ossie": (
        "models/m.yaml",
        b"""version: 0.1.1
semantic_model:
  - name: sales
    datasets:
      - name: orders
        source: a.b.orders
        fields:
          - name: day
            expression: {dialects: [{dialect: ANSI_SQL, expression: day}]}
    metrics:
      - name: total
        expression: {dialects: [{dialect: ANSI_SQL, expression: SUM(orders.n)}]}
""",
    ),
    "dbt": (
        "models/m.yml",
        b"""semantic_models:
  - name: orders
    model: ref('orders')
    entities: [{name: id, type: primary}]
    dimensions: [{name: day, type: time, type_params: {time_granularity: day}}]
    measures: [{name: n, agg: sum}]
metrics:
  - {name: total, label: Total, type: simple, type_params: {measure: n}}
""",
    ),
    "lightdash": (
        "models/m.yml",
        b"""models:
  - name: orders
    columns:
      - {name: n, meta: {metrics: {total: {type: sum}}}}
""",
    ),
    "rill": (
        "metrics/m.yaml",
        b"""type: metrics_view
model: orders
timeseries: day
dimensions: [{column: shop}]
measures: [{name: total, expression: sum(n)}]
""",
    ),
    "evidence": (
        "pages/index.md",
        b"""# Orders

```sql orders
SELECT day, sum(n) AS n FROM shop.orders GROUP BY 1
```

<LineChart data={orders} x=day y=n/>
""",
    ),
    "metric-hub": (
        "definitions/m.toml",
        b"""[metrics.total]
select_expression = "SUM(n)"
data_source = "orders"
[data_sources.orders]
from_expression = "a.b.orders"
""",
    ),
}
"""A good file of each tool."""
YAML = ("ossie", "dbt", "lightdash", "rill")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "p").mkdir()
    (tmp_path / "p/sharekit.toml").write_text('[project]\nname = "T"\n[people.a]\nname = "A"\n')
    return tmp_path


def import_of(form: str, project: Path, content: bytes) -> None:
    """One file of a tool, imported; a traceback is a fault."""
    file = project / "other" / DEFINITIONS[form][0]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    said = sharekit("import", form, project / "other", "--dry-run", cwd=project / "p")
    assert said.code in (0, 1, 2), said.err
    assert "Traceback" not in said.err


@pytest.mark.slow
@pytest.mark.parametrize("form", DEFINITIONS)
def test_any_bytes_in_definitions_of_another_tool_give_a_report(form: str, project: Path) -> None:
    assert set(DEFINITIONS) == set(FORMATS)

    @settings(
        max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(spoiled(DEFINITIONS[form][1]))
    def check(content: bytes) -> None:
        import_of(form, project, content)

    check()


@pytest.mark.slow
@pytest.mark.parametrize("form", YAML)
def test_any_value_at_any_place_of_a_definition_gives_a_report(form: str, project: Path) -> None:
    document = yaml.safe_load(DEFINITIONS[form][1])
    cases = [(place, value) for place in nodes(document) for value in VALUES]
    for place, value in cases[::5]:
        import_of(form, project, yaml.safe_dump(changed(document, place, value)).encode())


@pytest.fixture
def server() -> Iterator[PreviewServer]:
    live = LivePreview()
    live.put({"index.html": b"<!doctype html><title>Home</title><h1>Home</h1>"}, "")
    with running(open_server(live, "127.0.0.1", 0, search=False)) as server:
        yield server


def exchange(server: PreviewServer, sent: bytes) -> bytes:
    with socket.create_connection(server.server_address[:2], timeout=30) as connection:
        with suppress(OSError):  # it may hang up before it has read everything
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        with suppress(OSError):
            while part := connection.recv(65536):
                answer += part
        return answer


REQUEST = b"GET /index.html HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\nConnection: close\r\n\r\n"


def test_any_request_is_answered_and_none_ends_the_preview(
    server: PreviewServer, capsys: pytest.CaptureFixture[str]
) -> None:
    @settings(
        max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.one_of(spoiled(REQUEST), any_bytes))
    @example(b"GET elsewhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    def check(sent: bytes) -> None:
        answer = exchange(server, sent)
        assert b"Traceback" not in answer
        assert b"access-control-allow" not in answer.lower()

    check()
    assert capsys.readouterr().err == "", "of a fault its traceback would be printed"
    assert exchange(server, REQUEST).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET / HTTP/1.1",
        b"OPTIONS / HTTP/1.1",
        b"GET http://evil.example/ HTTP/1.1",
        b"HEAD / HTTP/1.1",
        b"TRACE / HTTP/1.1",
        b"CONNECT evil.example:443 HTTP/1.1",
    ],
)
@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"http://localhost:1"])
def test_a_page_of_another_origin_may_read_nothing(
    server: PreviewServer, request_line: bytes, origin: bytes
) -> None:
    head = b"\r\n".join(
        (
            request_line,
            b"Host: localhost",
            b"Origin: " + origin,
            b"Access-Control-Request-Method: GET",
            b"Access-Control-Request-Private-Network: true",
            b"Connection: close",
        )
    )
    answer = exchange(server, head + b"\r\n\r\n").lower()
    assert answer.startswith(b"http/1.")
    assert b"access-control-allow" not in answer


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: evil.example\r\nHost: localhost",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example",
        b"GET / HTTP/1.1\r\nHost: localhost@evil.example",
        b"GET / HTTP/1.1\r\nHost: evil.example#localhost",
        b"GET / HTTP/1.1\r\nHost: localhost.evil.example",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1.nip.example",
        b"GET / HTTP/1.1\r\nHost: 2130706433.evil.example",
        b"GET / HTTP/1.1",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example",
    ],
)
def test_a_name_that_points_here_reads_nothing(server: PreviewServer, head: bytes) -> None:
    """Of DNS rebinding: the browser sends the name that it was given."""
    answer = exchange(server, head + b"\r\nConnection: close\r\n\r\n")
    assert answer.split(b" ", 2)[1] in (b"400", b"403"), answer
    assert b"<h1>Home" not in answer
