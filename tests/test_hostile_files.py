"""Files that nobody means well: what has no end, leads elsewhere, or would cost more than it is
worth."""

from __future__ import annotations

import ast
import os
import re
import re._constants as sre  # type: ignore[import-untyped]
import re._parser as sre_parse  # type: ignore[import-untyped]
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from source_trees import PACKAGE, SOURCES, nodes

from sharekit.app.inputs import find_project, fingerprint, snapshot
from sharekit.errors import (
    LONGEST_HINT,
    LONGEST_MESSAGE,
    MOST_ALIKE,
    MOST_PROBLEMS,
    Place,
    Problem,
    ProblemsError,
    limited,
)
from sharekit.files.fence import Fence, FenceError
from sharekit.files.globs import glob_pattern
from sharekit.files.sharekit_folders import own_folder, read_own_record, write_own
from sharekit.files.toml import TomlError, parse_toml
from sharekit.project.load import load
from sharekit.terminal.reports import FORMATS

CONFIG = '[project]\nname = "T"\n[people.a]\nname = "Ann"\nemail = "a@x.example"\n'
REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    (root / "metrics/data").mkdir(parents=True)
    (root / "dashboards").mkdir()
    (root / ".git").mkdir()
    (root / ".git/config").write_text("[remote]\n  token = s3cr3t")
    (tmp_path / "outside.md").write_text("OUTSIDE-LINE")
    (root / "sharekit.toml").write_text(CONFIG)
    return root


@pytest.mark.parametrize(
    "where", ["metrics/data/x.csv", "metrics/x.sql", "dashboards/x.md", "sharekit.toml"]
)
@pytest.mark.parametrize("what", ["device", "pipe", "outside", "hidden", "nowhere", "loop"])
def test_no_reader_follows_what_has_no_end_or_lies_elsewhere(
    project: Path, where: str, what: str
) -> None:
    path = project / where
    path.unlink(missing_ok=True)
    targets = {
        "device": "/dev/zero",
        "outside": project.parent / "outside.md",
        "hidden": project / ".git/config",
    }
    if what == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(targets.get(what, project / "none" if what == "nowhere" else path))
    found = find_project(project)
    assert fingerprint(found, {}) is not None
    assert snapshot(found) is not None
    try:
        problems, files = (manifest := load(project)).problems, manifest.files
    except ProblemsError as error:
        problems, files = error.problems, {}
    assert any(problem.place.path == where for problem in problems)
    said = f"{problems}{files}"
    assert "s3cr3t" not in said
    assert "OUTSIDE-LINE" not in said


def test_a_walk_ends_after_so_many_files(project: Path) -> None:
    for number in range(12):
        (project / f"metrics/data/{number}.csv").touch()
    told: list[str] = []
    fence = Fence(project.resolve(), most_files=10)
    assert len(list(fence.below("metrics", refused=lambda path, reason: told.append(reason)))) == 10
    assert told == ["there are more than 10 files here; the rest are left out"]


@pytest.mark.parametrize("path", ["in/a.md", "./in/a.md", "in/../in/a.md", "in//a.md"])
@pytest.mark.parametrize("target", ["..", "../outside", ".git", "metrics"])
def test_a_link_on_the_way_to_a_file_is_followed_before_it_is_judged(
    project: Path, path: str, target: str
) -> None:
    (project.parent / "outside").mkdir()
    for folder in (".", "..", "../outside", ".git", "metrics"):
        (project / folder / "a.md").write_text(folder)
    (project / "in").symlink_to(project / target)
    fence = Fence.around(project)
    if target == "metrics":
        assert fence.read(path, 99) == b"metrics"
    else:
        with pytest.raises(FenceError):
            fence.read(path, 99)


def test_no_more_of_a_file_is_read_than_is_asked_for(project: Path) -> None:
    (project / "metrics/a.sql").write_text("SELECT 1")
    fence = Fence.around(project)
    read = [fence.read("metrics/a.sql", most) for most in (0, 3, 8, 9, 10**9)]
    assert read == [b"", b"SEL", b"SELECT 1", b"SELECT 1", b"SELECT 1"]


def test_a_path_of_the_repository_stays_inside_it(project: Path) -> None:
    fence = Fence.around(project)
    assert fence.inside("a/b.json") == project.resolve() / "a/b.json"
    (project / "out").symlink_to(project.parent)
    for path in ("../ledger.json", "/etc/passwd", "out/ledger.json", "a/../../x"):
        with pytest.raises(FenceError):
            fence.inside(path)


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".b" * 20_000 + " = 1",
        "[a" + ".b" * 20_000 + "]",
        "x = " + "[" * 600 + "]" * 600,
        "x = " + "{a = " * 600 + "1" + "}" * 600,
        'x = "' * 10_000,
        '"""x' * 16_000,
        "x = " + "9" * 5_000,
    ],
    ids=["key", "table", "brackets", "braces", "quotes", "long-quotes", "digits"],
)
def test_toml_without_bottom_is_refused(text: str, project: Path) -> None:
    with pytest.raises(TomlError):
        parse_toml(text)
    (project / "sharekit.toml").write_text(text)
    assert find_project(project).config == {}
    with pytest.raises(ProblemsError) as told:
        load(project)
    assert [problem.code for problem in told.value.problems] == ["toml-syntax"]


def test_a_number_that_no_computer_holds_is_a_problem_of_the_file(project: Path) -> None:
    (project / "sharekit.toml").write_text(f"{CONFIG}[limits]\nseconds = {'9' * 400}\n")
    with pytest.raises(ProblemsError, match="1 error"):
        load(project)


HOSTILE = {
    "dashboards/d.md": [
        "---\ntitle: D\n---\n" + "{{ " * 21_000,
        "---\ntitle: D\n---\n{{ m" + " " * 64_000 + "x }}",
        "---\ntitle: D\n---\n" + "`a` {{ m }} " * 5_000,
        "---\ntitle: D\n---\n" + "> " * 32_000,
        "---\ntitle: D\n---\n" + "[" * 64_000,
        "---\n" + "k: " * 20_000,
    ],
    "metrics/m.sql": [
        "/* ---\ntitle: T\ndimensions: ["
        + ", ".join(f"abc{n}" for n in range(6_000))
        + "]\n--- */\nSELECT 1 AS value",
        "/* ---\n" + "".join(f"k{n}: 1\n" for n in range(7_000)) + "--- */\nSELECT 1",
        " " * 64_000 + "x",
        "-- a\n" * 13_000 + "/",
        "/* ---\n" + "\n" * 64_000 + "--- */ SELECT 1",
    ],
    "sharekit.toml": [CONFIG + "".join(f"k{n} = 1\n" for n in range(6_000))],
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "text"), [(path, text) for path, texts in HOSTILE.items() for text in texts]
)
def test_64_kb_of_anything_are_read_soon_and_reported_shortly(
    project: Path, path: str, text: str
) -> None:
    """In processor seconds, so that a busy machine does not count, with room for a slow one."""
    from sharekit.checks import check

    (project / path).write_text(text)
    began = time.process_time()
    try:
        problems = check(load(project))
    except ProblemsError as error:
        problems = error.problems
    reports = [write(problems) for write in FORMATS.values()]
    assert time.process_time() - began < 10
    assert max(map(len, reports)) < 1_000_000


def test_problems_of_a_kind_are_counted_beyond_twenty() -> None:
    many = [Problem("bad", f"number {n}", Place("a.md", n)) for n in range(5_000)]
    found = limited(many)
    assert [problem.message for problem in found[-2:]] == [
        "number 19",
        "4,980 more are of the kind bad",
    ]
    assert len(found) == MOST_ALIKE + 1
    assert limited(found) == found
    wide = limited(Problem("bad", "it is", Place(f"{n}.md")) for n in range(5_000))
    assert (len(wide), wide[-1].message) == (
        MOST_PROBLEMS + 1,
        "4,000 more problems are in other places",
    )


def test_a_problem_is_short_whatever_the_file_says() -> None:
    found = Problem("bad", "x" * 100_000, Place("a.md"), hint="y" * 100_000)
    assert len(found.message) < LONGEST_MESSAGE + 10
    assert len(found.hint or "") < LONGEST_HINT + 10


def test_a_pattern_of_many_wildcards_is_matched_at_once() -> None:
    assert not glob_pattern("**/" * 30 + "*a" * 30 + "b").match("a" * 200 + "/" + "a/" * 500 + "c")
    cases = {
        "a/**/b/*.csv": ("a/b/x.csv", "a/c/d/b/x.csv", "a/b/b/x.csv"),
        "**/*.csv": ("x.csv", "a/b/x.csv"),
        "**/b/**/c.csv": ("b/c.csv", "a/b/b/x/c.csv"),
        "a*b*c": ("abc", "axbxbc"),
        "data/**": ("data/x", "data/a/b"),
    }
    for pattern, paths in cases.items():
        assert [path for path in paths if not glob_pattern(pattern).match(path)] == [], pattern
    assert not glob_pattern("a/*.csv").match("a/b/x.csv")


def test_folders_of_ours_are_left_out_by_git_and_survive_what_stands_in_them(
    tmp_path: Path,
) -> None:
    file = own_folder(tmp_path / ".sharekit") / "build.json"
    assert (tmp_path / ".sharekit/.gitignore").read_text() == "*\n"
    for damage in (b"", b"\xff\x00", b"[" * 100_000, b'{"a":'):
        file.write_bytes(damage)
        assert read_own_record(file, int) is None
    file.unlink()
    file.symlink_to("/dev/zero")
    assert read_own_record(file, int) is None
    write_own(file, b"1")
    assert (read_own_record(file, int), file.is_symlink()) == (1, False)
    file.unlink()
    (file / "inside").mkdir(parents=True)
    assert read_own_record(file, int) is None
    write_own(file, b"2")
    assert read_own_record(file, int) == 2


# -- no regular expression tries neighbouring repeats against each other --------------------------


def patterns() -> Iterator[tuple[str, int, str]]:
    for path in SOURCES:
        for node in nodes(path):
            call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args
            if (
                call
                and ast.unparse(node.func.value) == "re"
                and isinstance(node.args[0], ast.Constant)
            ):  # type: ignore[attr-defined]
                text, flags = (
                    node.args[0].value,
                    re.VERBOSE if "VERBOSE" in ast.unparse(node) else 0,
                )  # type: ignore[attr-defined]
                if isinstance(text, str) and node.func.attr != "escape":  # type: ignore[attr-defined]
                    yield path.relative_to(PACKAGE).as_posix(), flags, text


def takes(item: Any, sign: str) -> bool:
    """Whether one item of a pattern is a sign that may be this one."""
    kind, value = item
    if kind not in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
        return False
    return re.compile(sre_text(kind, value)).match(sign) is not None


def sre_text(kind: Any, value: Any) -> str:
    if kind is sre.ANY:
        return "."
    if kind in (sre.LITERAL, sre.NOT_LITERAL):
        return f"[{'^' if kind is sre.NOT_LITERAL else ''}\\U{value:08x}]"
    parts = []
    for inner, what in value:
        if inner is sre.NEGATE:
            parts.append("^")
        elif inner is sre.LITERAL:
            parts.append(f"\\U{what:08x}")
        elif inner is sre.RANGE:
            parts.append(f"\\U{what[0]:08x}-\\U{what[1]:08x}")
        else:
            name = str(what).removeprefix("CATEGORY_")
            parts.append({"SPACE": r"\s", "WORD": r"\w", "DIGIT": r"\d"}.get(name) or
                         {"NOT_SPACE": r"\S", "NOT_WORD": r"\W", "NOT_DIGIT": r"\D"}[name])  # fmt: skip
    return f"[{''.join(parts)}]"


def begins(items: Any, sign: str) -> tuple[bool, bool]:
    """Whether a sequence may begin with an endless repeat of a sign, and whether it may be
    empty."""
    endless = False
    for kind, value in items:
        empty = kind in (sre.AT, sre.ASSERT, sre.ASSERT_NOT)
        if kind in REPEATS:
            inner, inside_empty = begins(value[2], sign)
            endless |= inner or (
                value[1] is sre.MAXREPEAT and len(value[2]) == 1 and takes(value[2][0], sign)
            )
            empty = inside_empty or value[0] == 0
        elif kind is sre.POSSESSIVE_REPEAT:
            empty = value[0] == 0
        elif kind is sre.SUBPATTERN:
            inner, empty = begins(value[3], sign)
            endless |= inner
        elif kind is sre.BRANCH:
            branches = [begins(each, sign) for each in value[1]]
            endless |= any(inner for inner, _ in branches)
            empty = any(each for _, each in branches)
        if not empty:
            return endless, False
    return endless, True


def sequences(items: Any) -> Iterator[Any]:
    yield items
    for kind, value in items:
        if kind in (*REPEATS, sre.POSSESSIVE_REPEAT):
            yield from sequences(value[2])
        elif kind is sre.SUBPATTERN:
            yield from sequences(value[3])
        elif kind is sre.ATOMIC_GROUP:
            yield from sequences(value)
        elif kind is sre.BRANCH:
            for each in value[1]:
                yield from sequences(each)


def clashes(text: str, flags: int) -> bool:
    for items in map(list, sequences(sre_parse.parse(text, flags))):
        for index, (kind, value) in enumerate(items):
            if kind not in REPEATS or value[1] is not sre.MAXREPEAT or len(value[2]) != 1:
                continue
            if any(
                takes(value[2][0], sign) and begins(items[index + 1 :], sign)[0] for sign in " \n"
            ):
                return True
    return False


@pytest.mark.slow
def test_no_pattern_tries_neighbouring_blanks_against_each_other() -> None:
    assert clashes(r"\s*(?:a)?\s*\Z", 0)
    assert clashes(r"\s*(a\s*)?\s+b", 0)
    assert not clashes(r"\s*+(?:a)?+\s*+\Z", 0)
    found = [(path, text) for path, flags, text in patterns() if clashes(text, flags)]
    assert found == []
