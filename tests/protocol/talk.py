"""Asks by the SDK's own client: a process of its own over standard input and output, or a server in
this process."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import anyio
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import CallToolResult, TextContent

from sharekit.mcp.published_tree import find_tree
from sharekit.mcp.server import make_server

T = TypeVar("T")
TODAY = date(2013, 11, 25)
LONGEST = 60
"""Seconds after which a conversation is given up."""


def converse(site: Path, audience: str | None, talk: Callable[[Client], Awaitable[T]]) -> T:
    """What `talk` makes of a client that is connected to a server of its own."""

    async def run() -> T:
        chosen = [] if audience is None else ["--audience", audience]
        args = ["-m", "sharekit", "mcp", "--site", str(site), *chosen]
        server = StdioServerParameters(
            command=sys.executable, args=args, cwd=str(Path(__file__).parents[2])
        )
        with anyio.fail_after(LONGEST):
            async with Client(server) as client:
                return await talk(client)

    return _alone(run)


def _alone(run: Callable[[], Awaitable[T]]) -> T:
    """In a thread of its own: a browser of other tests may keep an event loop running in this
    one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(anyio.run, run).result()


def inside(site: Path, audience: str | None, talk: Callable[[Client], Awaitable[T]]) -> T:
    """The same without a process, on a fixed day."""

    async def run() -> T:
        async with Client(make_server(find_tree(site, audience), lambda: TODAY)) as client:
            return await talk(client)

    return _alone(run)


def ask_all(
    site: Path, audience: str | None, *calls: tuple[str, Mapping[str, Any]]
) -> list[CallToolResult]:
    """The answers to these tool calls."""

    async def talk(client: Client) -> list[CallToolResult]:
        return [await client.call_tool(name, dict(arguments)) for name, arguments in calls]

    return inside(site, audience, talk)


def ask(site: Path, audience: str | None, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer to one tool call that works."""
    (answer,) = ask_all(site, audience, (tool, arguments))
    return given(answer)


def given(answer: CallToolResult) -> dict[str, Any]:
    assert not answer.is_error, said(answer)
    assert answer.structured_content is not None
    return dict(answer.structured_content)


def said(answer: CallToolResult) -> str:
    """The text of an answer."""
    return "\n".join(part.text for part in answer.content if isinstance(part, TextContent))
