"""The process itself: how it starts, which tree it reads, what it reads after a build, and how it
ends."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, get_type_hints

import ferries
import pytest
from commandline import sharekit, sharekit_process
from mcp import Client, MCPError
from talk import ask, ask_all, converse, given, said

from sharekit.artifacts import Artifact
from sharekit.documents import ChangesDocument, NumberDocument, OkrsDocument, TreeIndex
from sharekit.errors import SharekitError
from sharekit.mcp.published_tree import PublishedTree, TreeFolder, find_tree
from sharekit.publish import FolderPublisher

ROOT = Path(__file__).parents[2]
INITIALIZE = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}  # fmt: skip
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}
CALL = {
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {"name": "search_numbers", "arguments": {}},
}


# -- which tree -----------------------------------------------------------------------------------


def test_one_of_several_audiences_must_be_chosen(site: Path) -> None:
    said = sharekit("mcp", "--site", site)
    assert (said.code, said.out) == (2, "")
    assert "this site is built for several audiences" in said.err
    assert "Choose one: --audience board or harbour." in said.err


def test_an_audience_that_is_not_there_is_said_with_the_nearest(site: Path) -> None:
    said = sharekit("mcp", "--site", site, "--audience", "harbor")
    assert said.code == 2
    assert "Did you mean `harbour`?" in said.err


def test_the_tree_alone_serves_as_a_site(site: Path) -> None:
    """So that a machine which holds one audience's tree can answer."""
    assert (
        ask(site / "board", None, "search_numbers", query="proceeds")["found"][0]["id"]
        == "zanzibar_proceeds"
    )


def test_no_site_is_a_sentence_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "sharekit.toml").write_text('[project]\nname = "New"\n')
    said = sharekit("mcp", cwd=tmp_path)
    assert (said.code, said.out) == (2, "")
    assert (
        said.err == f"  [x] there is no built site in {tmp_path / 'site'}\n\n"
        "      Run sharekit build first, or name its folder with --site.\n"
    )


def test_a_site_of_an_older_sharekit_is_said(site: Path, tmp_path: Path) -> None:
    shutil.copytree(site / "harbour", tmp_path / "site")
    index = json.loads((tmp_path / "site/sharekit.json").read_text())
    del index["okrs"]
    (tmp_path / "site/sharekit.json").write_text(json.dumps(index))
    said = sharekit("mcp", "--site", tmp_path / "site")
    assert said.code == 2
    assert "an older sharekit made this site" in said.err
    assert "Run sharekit build again." in said.err


@pytest.mark.slow
def test_without_the_extra_one_sentence_says_how_to_install_it(site: Path) -> None:
    code = (
        "import sys; sys.modules['mcp'] = None\nfrom sharekit.cli import run; sys.exit(run(['mcp',"
        f" '--site', {str(site)!r}, '--audience', 'board']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (3, "")
    assert "[x] sharekit mcp needs the Model Context Protocol SDK" in done.stderr
    assert "pip install 'sharekit[mcp]'" in done.stderr


def test_help_needs_no_extra() -> None:
    code = (
        "import sys; sys.modules['mcp'] = None\nfrom sharekit.cli import run; sys.exit(run(['mcp',"
        " '--help']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "sharekit mcp --audience airports" in done.stdout


# -- nothing outside the tree ---------------------------------------------------------------------

HOSTILE = [
    "../board/data/zanzibar_proceeds", "..%2fboard", "/etc/passwd", "C:\\Windows\\win.ini", "data/night_ferry",
    "night_ferry.json", "night_ferry\x00", "../harbour/data/night_ferry", ".", "", "__class__", "{id}", "%s", "𝛑" * 60,
    "'; DROP TABLE crossings; --", "night_ferry/../punctual_crossings",
]  # fmt: skip


@pytest.mark.slow
def test_no_id_is_a_path(site: Path) -> None:
    async def talk(client: Client) -> list[str]:
        told = []
        for name in HOSTILE:
            answer = await client.call_tool("get_number", {"id": name})
            assert answer.is_error
            told.append(said(answer))
            with pytest.raises(MCPError) as caught:
                await client.read_resource(f"sharekit://numbers/{name}")
            told.append(caught.value.message)
        return told

    told = "\n".join(converse(site, "harbour", talk))
    assert (
        "zanzibar"
        not in told.replace("sharekit://numbers/../board/data/zanzibar_proceeds", "").lower()
    )
    assert "root:" not in told


@pytest.mark.slow
@pytest.mark.parametrize(
    "data", ["../board/data/zanzibar_proceeds.json", "/etc/hostname", "data/link.json"]
)
def test_an_index_that_points_elsewhere_is_not_followed(
    site: Path, tmp_path: Path, data: str
) -> None:
    shutil.copytree(site, tmp_path / "site")
    tree = tmp_path / "site/harbour"
    (tree / "data/link.json").symlink_to(tmp_path / "site/board/data/zanzibar_proceeds.json")
    index = json.loads((tree / "sharekit.json").read_text())
    index["metrics"] = [row | {"data": data} for row in index["metrics"]]
    (tree / "sharekit.json").write_text(json.dumps(index))
    answer, resource = converse(tmp_path / "site", "harbour", _get_night_ferry)
    assert answer.is_error
    assert "Zanzibar" not in said(answer) + resource


async def _get_night_ferry(client: Client) -> tuple[Any, str]:
    answer = await client.call_tool("get_number", {"id": "night_ferry"})
    try:
        return answer, str(await client.read_resource("sharekit://numbers/night_ferry"))
    except MCPError as error:
        return answer, error.message


# -- while it runs --------------------------------------------------------------------------------


@pytest.mark.slow
def test_after_a_build_it_answers_from_the_new_site(tmp_path: Path) -> None:
    repo = ferries.new_project(tmp_path / "ferries")

    async def talk(client: Client) -> None:
        before = await client.call_tool("get_number", {"id": "crossings_sailed"})
        renamed = ferries.SAILED.replace("Crossings sailed", "Voyages made").replace(
            "sum(sailed)", "sum(sailed) + 1000"
        )
        repo.write(
            {
                "metrics/quay/crossings_sailed.sql": renamed,
                "metrics/quay/ferries_in_service.sql": None,
            }
        )
        ferries.build(repo.path)
        after = await client.call_tool("get_number", {"id": "crossings_sailed"})
        assert given(after)["title"] == "Voyages made"
        assert given(after)["value"] == given(before)["value"] + 1000
        found = await client.call_tool("search_numbers", {"query": "voyages"})
        assert given(found)["found"][0]["id"] == "crossings_sailed"
        assert (await client.call_tool("get_number", {"id": "ferries_in_service"})).is_error

    converse(repo.path / "site", "harbour", talk)


@pytest.mark.slow
def test_a_site_that_is_gone_is_an_error_until_it_is_back(site: Path, tmp_path: Path) -> None:
    shutil.copytree(site, tmp_path / "site")

    async def talk(client: Client) -> None:
        (tmp_path / "site").rename(tmp_path / "away")
        gone = await client.call_tool("list_okrs", {})
        assert gone.is_error
        assert (
            said(gone)
            == "Error executing tool list_okrs: The site is not there. Run sharekit build."
        )
        (tmp_path / "away").rename(tmp_path / "site")
        assert not (await client.call_tool("list_okrs", {})).is_error

    converse(tmp_path / "site", "harbour", talk)


@pytest.mark.slow
def test_a_folder_that_becomes_another_audiences_is_not_read(site: Path, tmp_path: Path) -> None:
    """The audience is chosen at the start, whatever a later build puts there."""
    shutil.copytree(site / "harbour", tmp_path / "site")

    async def talk(client: Client) -> str:
        shutil.rmtree(tmp_path / "site")
        shutil.copytree(site / "board", tmp_path / "site")
        answers = [
            await client.call_tool("search_numbers", {"query": "proceeds"}),
            await client.call_tool("get_number", {"id": "zanzibar_proceeds"}),
            await client.call_tool("list_changes", {}),
        ]
        assert all(answer.is_error for answer in answers)
        return "\n".join(map(said, answers))

    told = converse(tmp_path / "site", None, talk)
    assert "The folder holds another audience's site now. Start sharekit mcp again." in told
    assert "anzibar" not in told


def test_one_answer_never_mixes_two_builds(tmp_path: Path) -> None:
    """A build swaps the folder between the index and a data file: the answer is made anew from the
    second one."""
    publisher = FolderPublisher(tmp_path / "site")
    publisher.publish(_versioned("first"))
    swapped = []

    def make(published: PublishedTree) -> tuple[str, str]:
        title = published.metrics["n"]["title"]
        if not swapped:
            publisher.publish(_versioned("second"))
            swapped.append(True)
        return title, published.number("n")["title"]

    assert find_tree(tmp_path / "site", None).answer(make) == ("second", "second")


def _empty(kind: type) -> dict[str, object]:
    """A document with all its keys."""
    return dict.fromkeys(get_type_hints(kind))


def _versioned(title: str) -> list[Artifact]:
    index = {
        "audience": "all", "okrs": "okrs.json", "changes": "changes.json", "people": {}, "asks": [],
        "metrics": [{"id": "n", "title": title, "data": f"data/{title}.json"}],
    }  # fmt: skip
    files = {
        "sharekit.json": _empty(TreeIndex) | index,
        "okrs.json": _empty(OkrsDocument),
        "changes.json": _empty(ChangesDocument),
        f"data/{title}.json": _empty(NumberDocument) | {"title": title},
    }
    return [Artifact(path, json.dumps(content).encode()) for path, content in files.items()]


def test_a_document_that_is_half_there_is_an_error(tmp_path: Path) -> None:
    FolderPublisher(tmp_path / "site").publish(_versioned("first"))
    (tmp_path / "site/data/first.json").write_text('{"title": ')
    tree = TreeFolder(tmp_path / "site", "all")
    with pytest.raises(SharekitError, match=r"data/first\.json of the site cannot be read"):
        tree.answer(lambda published: published.number("n"))


# -- its streams and its end ----------------------------------------------------------------------


def server_command(site: Path) -> list[str]:
    """Starts a server for the harbour."""
    words = ["mcp", "--site", str(site), "--audience", "harbour"]
    return [sys.executable, "-m", "sharekit", *words]


@contextmanager
def server(site: Path) -> Iterator[subprocess.Popen[str]]:
    """A server that has shaken hands, spoken to line by line."""
    pipes: dict[str, Any] = {
        "stdin": subprocess.PIPE,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
    }
    process = subprocess.Popen(server_command(site), cwd=ROOT, text=True, encoding="utf-8", **pipes)
    try:
        send(process, INITIALIZE)
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["result"]["serverInfo"]["name"] == "sharekit"
        send(process, INITIALIZED)
        yield process
    finally:
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()
        process.wait()


def send(process: subprocess.Popen[str], message: object) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(message) + "\n")
    process.stdin.flush()


@pytest.mark.slow
def test_standard_output_carries_the_protocol_alone(site: Path) -> None:
    with server(site) as process:
        send(process, CALL)
        assert process.stdout is not None
        first = process.stdout.readline()
        out, err = process.communicate(timeout=20)
    messages = [json.loads(line) for line in (first, *out.splitlines())]
    assert [each["id"] for each in messages] == [2]
    assert "Petrel" not in err
    assert err == f"  Serving {site / 'harbour'} for harbour over MCP. Ctrl-C ends it.\n"
    assert process.returncode == 0, "closed input is its end"


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="no such signals there")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_a_signal_ends_it_at_once_without_a_word(site: Path, sign: signal.Signals) -> None:
    with server(site) as process:
        process.send_signal(sign)
        assert process.wait(timeout=20) == -sign
        assert process.stderr is not None
        assert process.stderr.read().count("\n") == 1


@pytest.mark.slow
def test_a_client_that_reads_no_more_ends_it_without_a_traceback(site: Path) -> None:
    with server(site) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        with suppress(BrokenPipeError):
            while (
                process.poll() is None
            ):  # the first answer meets the closed pipe, the next line wakes the reader
                send(process, CALL)
        assert process.wait(timeout=20) == 141
        assert process.stderr.read().count("\n") == 1


@pytest.mark.slow
def test_what_is_not_the_protocol_does_not_end_it(site: Path) -> None:
    with server(site) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("hello\n\n[]\n{}\n")
        send(process, CALL)
        answers = [json.loads(process.stdout.readline())]
        while answers[-1].get("id") != 2:
            answers.append(json.loads(process.stdout.readline()))
        assert "result" in answers[-1]


@pytest.mark.slow
def test_the_readme_shows_a_configuration_that_starts(site: Path) -> None:
    text = (ROOT / "docs/keeper.md").read_text(encoding="utf-8")
    shown = next(
        part.split("```")[0] for part in text.split("```json\n")[1:] if "mcpServers" in part
    )
    (entry,) = json.loads(shown)["mcpServers"].values()
    assert entry["command"] == "sharekit"
    args = [str(site) if "/" in each else each for each in entry["args"]]
    assert args.count(str(site)) == 1
    args = ["harbour" if each == "airports" else each for each in args]
    said = sharekit_process(*args)
    assert (said.code, said.out) == (0, "")
    assert "Serving" in said.err


def test_answers_are_the_same_whatever_is_asked_before(site: Path) -> None:
    first, _, again = ask_all(
        site,
        "harbour",
        ("list_changes", {}),
        ("search_numbers", {"query": "ferry"}),
        ("list_changes", {}),
    )
    assert given(first) == given(again)
