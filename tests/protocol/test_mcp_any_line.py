"""Any lines on the wire: what is no request is answered or left, and the next request is answered."""

from __future__ import annotations

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from test_mcp_process import INITIALIZE, INITIALIZED, server_command

ROOT = Path(__file__).parents[2]
LAST = {
    "jsonrpc": "2.0",
    "id": "the last",
    "method": "tools/call",
    "params": {"name": "search_numbers", "arguments": {"query": "ferry"}},
}
METHODS = ["initialize", "tools/call", "tools/list", "resources/read", "resources/list", "prompts/get", "ping",
           "completion/complete", "logging/setLevel", "notifications/cancelled", "notifications/initialized", "x",
           ""]  # fmt: skip
TOOLS = ["search_numbers", "get_number", "list_okrs", "list_changes", "list_questions", "other", ""]
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
              st.sampled_from(["9999-12-31", "0001-01-01", "-0", "\ud800", "\x1b[31m", "../x", "night_ferry",
                               "x" * 5000])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip
arguments = st.dictionaries(
    st.sampled_from(["query", "limit", "id", "periods", "dimension", "owner", "period", "status", "since", "item",
                     "state", "uri", "x"]),
    values,
)  # fmt: skip
calls = st.fixed_dictionaries(
    {"name": st.sampled_from(TOOLS), "arguments": st.one_of(arguments, values)}
)
requests = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.sampled_from(["2.0", "1.0", 2, None]),
        "id": st.one_of(st.integers(), st.text(max_size=5), values),
        "method": st.one_of(st.sampled_from(METHODS), values),
        "params": st.one_of(calls, arguments, values),
    },
)
line = st.one_of(
    requests.map(lambda request: json.dumps(request).encode()),
    requests.map(lambda request: json.dumps({**request, "jsonrpc": "2.0", "id": 1}).encode()),
    st.lists(requests, max_size=3).map(lambda batch: json.dumps(batch).encode()),
    st.binary(max_size=60).map(lambda content: content.replace(b"\n", b"")),
    st.sampled_from([b"[" * 50_000, b'{"a":' * 20_000, b"9" * 9000, b'"\\ud800"', b"\xff\xfe", b"\0", b"NaN",
                     b" " * 70_000]),
)  # fmt: skip


def said(site: Path, lines: list[bytes]) -> tuple[list[Any], str]:
    """The answers to these lines, up to that of the last request, and what stands beside them."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        server_command(site), cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        begun = [json.dumps(message).encode() for message in (INITIALIZE, INITIALIZED)]
        whole = b"".join(text + b"\n" for text in (*begun, *lines, json.dumps(LAST).encode()))
        with ThreadPoolExecutor(1) as writer:
            writing = writer.submit(write, process.stdin, whole)
            answers = []
            for answer in process.stdout:
                answers.append(json.loads(answer))
                if answers[-1].get("id") == LAST["id"]:
                    break
            writing.result()
        process.stdin.close()
        return answers, process.stderr.read().decode()


def write(file: IO[bytes], content: bytes) -> None:
    with suppress(BrokenPipeError):
        file.write(content)
        file.flush()


@pytest.mark.slow
def test_any_line_is_answered_or_left_and_the_next_is_answered(site: Path) -> None:
    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(line, min_size=20, max_size=40))
    @example(
        [
            b"[" * 50_000,
            b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_number"}}',
        ]
    )
    def check(lines: list[bytes]) -> None:
        answers, beside = said(site, lines)
        assert [
            answer for answer in answers if answer.get("id") == "the last" and "result" in answer
        ]
        assert "Traceback" not in beside
        assert "zanzibar" not in json.dumps(answers).lower(), "the other audience's"

    check()
