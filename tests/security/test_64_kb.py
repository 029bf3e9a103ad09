"""64 kB of anything, in any file that is read, end soon and in little memory, with a report or a result.

Each case is a process of its own: processor seconds and the largest resident memory are the kernel's counts, so that
other work of the machine says nothing. The figures are printed: pytest -s -m slow tests/security/test_64_kb.py"""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

SIZE = 64_000
SECONDS = 10
"""The promise is 2; a slow machine has some room."""
MEGABYTES = 300
PRINTED = 1_000_000
"""Bytes that a report may have."""
CONFIG = '[project]\nname = "T"\n[people.a]\nname = "Ann"\n'

UNITS = (
    "[", "]", "{", "(", "((1)", "/*", "--\n", "`", "``` ", "> ", "* ", "- ", "1. ", "a: ", "&a [*a, ", "{{ ", "{{m}}",
    "\n", "\t", " ", "\0", "|", "| a ", "|-", "#", "<", "<b>", "![", "[](", "[a]: b\n", "\\", "é", "\u202e", "9",
    "1e9,", "'", '"', '"""', "$$", ",", ";", "SELECT ", "(SELECT ", "1+", "-", "NOT ", "CASE WHEN ", "x AND ", "a.",
    "a,", "x OR y=", "::int", "f(", "ARRAY[", "UNION SELECT 1 ", "JOIN t ", "EXISTS(", "x BETWEEN 1 AND ", "\r",
    "\r\n", "!!a ", "? ", "*_", "~~", "&amp;", "http://a.b ", "a@b.c ", "*a ", "__a", "{a: ", "- - ", "%", "\\(",
    "\ufeff",
)  # fmt: skip
"""What is repeated until 64 kB are full."""
PLACES = {
    "metrics/m.sql": ("", "/* ---\ntitle: M\nowner: a\n--- */\nSELECT 1 AS value WHERE ", "/* ---\ntitle: M\nwhy: "),
    "dashboards/d.md": ("---\ntitle: D\n---\n", "---\ntitle: "),
    "metrics/okrs/o/objective.md": ("---\ntitle: O\nowner: a\n---\n", "---\ntitle: O\nplan: "),
    "metrics/asks/q.yaml": ("", "question: "),
    "sharekit.toml": (CONFIG, f"{CONFIG}[audiences.x]\ntitle = ", f"{CONFIG}x"),
    ".mailmap": ("",),
}  # fmt: skip
"""Files, and what stands before the repeated text."""


def measure(jobs: list[dict[str, object]]) -> Iterator[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("measuring.py"))],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=True,
    )
    yield from map(json.loads, done.stdout.splitlines())


def job(root: Path, path: str, content: bytes, *words: str) -> dict[str, object]:
    text = base64.b64encode(content).decode()
    return {"folder": str(root), "words": words, "path": str(root / path), "content": text}


def judge(name: str, cases: dict[str, dict[str, object]]) -> None:
    """Every case within the limits; prints the figures."""
    bad, seconds, megabytes = {}, 0.0, 0
    for case, took in zip(cases, measure(list(cases.values())), strict=True):
        seconds = max(seconds, float(str(took["seconds"])))
        megabytes = max(megabytes, int(str(took["megabytes"])))
        fine = (
            took["code"] in (0, 1, 2, 3)
            and float(str(took["seconds"])) < SECONDS
            and int(str(took["megabytes"])) < MEGABYTES
            and int(str(took["bytes"])) < PRINTED
            and "Traceback" not in str(took["said"])
        )
        if not fine:
            bad[case] = took
    held = len(cases) - len(bad)
    print(f"64 kB, {name}: {held}/{len(cases)}, at most {seconds} s and {megabytes} MB")
    assert not bad


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for folder in ("metrics/data", "metrics/okrs/o", "metrics/asks", "dashboards"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "sharekit.toml").write_text(CONFIG)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("path", PLACES)
def test_text_of_any_kind(path: str, project: Path) -> None:
    cases = {}
    for start in PLACES[path]:
        for unit in UNITS:
            text = start + unit * ((SIZE - len(start)) // len(unit.encode()))
            cases[f"{start[-12:]!r} {unit!r}"] = job(
                project, path, text.encode(), "check", "--no-run"
            )
    judge(path, cases)


# -- data ------------------------------------------------------------------------------------------


def workbook(sheet: str) -> bytes:
    """A workbook whose one sheet has this XML."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/package/2006/relationships"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1" Type="{office}/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="S" sheetId="1"'
        ' r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{relations}"><Relationship Id="r1"'
        f' Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}">{sheet}</worksheet>',
    }
    with io.BytesIO() as out:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in parts.items():
                archive.writestr(name, text)
        return out.getvalue()


def cell(at: str, value: str = "1") -> str:
    return f'<c r="{at}"><v>{value}</v></c>'


def entities() -> str:
    """A document that would grow to gigabytes if its entities were filled in."""
    lines = ['<!ENTITY a0 "aaaaaaaaaa">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)]
    return f"<!DOCTYPE x [{''.join(lines)}]>"


DATA_FILES = 21


def data_files(folder: Path) -> dict[str, bytes]:
    """Small files that stand for much, or for nothing that could be read."""
    pattern = bytes(range(256)) * (SIZE // 256)
    parquet = folder / "many.parquet"
    duckdb.sql("SELECT 1 AS n FROM range(3000000)").write_parquet(str(parquet), compression="zstd")
    wide = ",".join(f"c{n}" for n in range(9000))
    return {
        "brackets.json": b"[" * SIZE,
        "braces.json": b'{"a":' * (SIZE // 5),
        "wide.csv": f"{wide}\n{wide}\n".encode()[:SIZE],
        "quotes.csv": b'"' * SIZE,
        "commas.csv": b"," * SIZE,
        "lines.csv": b"\n" * SIZE,
        "nothing.csv": b"\0" * SIZE,
        "any.csv": pattern,
        "any.json": pattern,
        "any.parquet": pattern,
        "any.xlsx": pattern,
        "any.sqlite": b"SQLite format 3\0" + pattern,
        "any.duckdb": bytes(8) + b"DUCK" + pattern,
        "head.parquet": b"PAR1" + b"\xff" * SIZE + b"PAR1",
        "many.parquet": parquet.read_bytes(),
        "far.xlsx": workbook(f"<sheetData><row>{cell('A1')}</row><row>{cell('XFD1048576')}</row></sheetData>"),
        "long.xlsx": workbook("<sheetData><row>" + cell("A1", "1" * 20_000_000) + "</row></sheetData>"),
        "deep.xlsx": workbook("<a>" * 3_000_000),
        "rows.xlsx": workbook("<sheetData>" + "<row/>" * 2_000_000 + "</sheetData>"),
        "merged.xlsx": workbook("<sheetData><row>" + cell("A1") + "</row></sheetData><mergeCells>"
                                + '<mergeCell ref="A1:XFD1048576"/>' * 300_000 + "</mergeCells>"),
        "entities.xlsx": workbook(f"{entities()}<sheetData><row>{cell('A1', '&a9;')}</row></sheetData>"),
    }  # fmt: skip


@pytest.mark.slow
def test_data_of_any_kind(project: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    cases = {}
    made = data_files(tmp_path_factory.mktemp("made"))
    assert len(made) == DATA_FILES
    for name, content in made.items():
        root = project / name.replace(".", "_")
        (root / "metrics/data").mkdir(parents=True)
        (root / "sharekit.toml").write_text(CONFIG)
        cases[name] = job(root, f"metrics/data/{name}", content, "sources")
    judge("data", cases)
