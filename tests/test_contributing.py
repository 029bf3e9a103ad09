"""The recipes of CONTRIBUTING.md, followed in a copy of the package: each file that a recipe names
is edited, no other, and what was added works."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = dict(
    re.findall(r"^## (Add an? [^\n]+)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
)
PROJECT = {
    "sharekit.toml": '[project]\nname = "Shop"\nas_of = 2026-11-23\n[people.ann]\nname = "Ann"\n',
    "metrics/till.sql": (
        "/* ---\ntitle: Cash in the till\nowner: ann\ndirection: up\n--- */\nSELECT 7 AS value\n"
    ),
}


@dataclass
class Checkout:
    """A copy of what a contributor edits, and a small project."""

    root: Path
    edited: list[str] = field(default_factory=list)

    @property
    def project(self) -> Path:
        return self.root / "shop"

    def edit(self, path: str, before: str, after: str) -> None:
        """Put `after` in the place of `before`, which the file has once."""
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert text.count(before) == 1, f"{path} has `{before}` {text.count(before)} times"
        file.write_text(text.replace(before, after), encoding="utf-8")
        self.edited.append(path)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.edited.append(path)

    def run(self, *arguments: str, cwd: Path | None = None, code: int = 0, **environ: str) -> str:
        """What Python writes, with the copy in the place of the package."""
        paths = os.pathsep.join(map(str, (self.root, self.root / "tests")))
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=cwd or self.root,
            env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", **environ},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=540,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def sharekit(self, *arguments: str, code: int = 0, **environ: str) -> str:
        return self.run("-m", "sharekit", *arguments, cwd=self.project, code=code, **environ)

    def pytest(self, *arguments: str) -> str:
        return self.run(
            "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *arguments
        )

    def followed(self, recipe: str) -> bool:
        """Whether the edited files are those that the recipe names, all of them."""
        named = set(re.findall(r"`((?:sharekit|tests)/[^`]*)`", RECIPES[recipe]))
        unnamed = [path for path in self.edited if not any(path.startswith(name) for name in named)]
        left_out = [
            name for name in named if not any(path.startswith(name) for path in self.edited)
        ]
        assert (unnamed, left_out) == ([], [])
        return True


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    for folder in ("sharekit", "tests", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("pyproject.toml", "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path / name)
    for path, text in PROJECT.items():
        file = tmp_path / "shop" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    yield Checkout(tmp_path)
    shutil.rmtree(tmp_path, ignore_errors=True)


def test_there_are_four_recipes() -> None:
    assert list(RECIPES) == [
        "Add a front-matter key",
        "Add a check",
        "Add a page",
        "Add an engine",
    ]


def test_a_front_matter_key_is_documented_shown_and_compared(checkout: Checkout) -> None:
    checkout.edit(
        "sharekit/project/shapes/front_matter.py",
        "class MetricFront(OwnedShape):\n",
        "class MetricFront(OwnedShape):\n"
        '    nickname: str | None = None\n    """What people call it."""\n',
    )
    checkout.edit(
        "sharekit/site/pages/metric.py",
        'question=metric.front.question or ""',
        'question=metric.front.nickname or metric.front.question or ""',
    )
    checkout.edit(
        "sharekit/revisions/revision.py", '    "kind": "redefined",\n',
        '    "kind": "redefined",\n    "nickname": "redefined",\n',
    )  # fmt: skip
    assert checkout.followed("Add a front-matter key")
    metric = checkout.project / "metrics/till.sql"
    text = metric.read_text(encoding="utf-8")
    metric.write_text(text.replace("owner:", "nickname: The drawer\nowner:"), encoding="utf-8")
    checkout.sharekit("build")
    assert "The drawer" in (checkout.project / "site/metrics/till.html").read_text("utf-8")
    checkout.pytest("tests/test_docs.py", "-k", "reference_is_written", "--update-cases")
    pages = [page.read_text(encoding="utf-8") for page in (checkout.root / "docs").rglob("*.md")]
    assert any("`nickname`" in page and "What people call it." in page for page in pages)
    said = "from sharekit.revisions.fields import classes_of, changed_fields as changed;"
    said += "print(classes_of(changed({'nickname': None}, {'nickname': 'The drawer'})))"
    assert "redefined" in checkout.run("-c", said)


CHECK = '''

def short_titles(project: CheckedProject) -> Iterator[Problem]:
    """Titles of one or two letters."""
    for metric in project.manifest.metrics.values():
        if len(metric.title) < 3:
            yield Problem(
                "short-title",
                f"`{metric.title}` is too short for a title",
                metric.keys["title"],
                hint="Write what the number counts.",
            )
'''


def test_a_check_says_what_is_wrong_and_is_read_like_code(checkout: Checkout) -> None:
    numbers = checkout.root / "sharekit/checks/numbers.py"
    checkout.write("sharekit/checks/numbers.py", numbers.read_text(encoding="utf-8") + CHECK)
    checkout.edit(
        "sharekit/checks/__init__.py",
        "    numbers.formats,\n",
        "    numbers.formats,\n    numbers.short_titles,\n",
    )
    broken = PROJECT["metrics/till.sql"].replace("Cash in the till", "Ca").replace("ann", "maria")
    checkout.write("tests/problems/short-title/metrics/till.sql", broken)
    assert checkout.followed("Add a check")
    checkout.pytest("tests/test_checks.py", "-k", "short-title", "--update-cases")
    words = [
        page.read_text(encoding="utf-8")
        for page in (checkout.root / "tests/problems/short-title").iterdir()
        if page.is_file()
    ]
    assert any("`Ca` is too short for a title" in text for text in words)
    assert "is too short" not in checkout.sharekit("check")


PAGE = '''"""The page that thanks people."""

from __future__ import annotations

from msgspec import Struct

from sharekit.site import links
from sharekit.site.audience_tree import AudienceTree
from sharekit.site.pages.page import Page


class ThanksView(Struct, frozen=True):
    """What the page places."""

    people: tuple[str, ...]
    home: str


def thanks_page(tree: AudienceTree) -> Page:
    page = "thanks.html"
    people = tuple(person.name for person in tree.manifest.config.people.values())
    return Page(
        path=page,
        template="thanks.html",
        title="Thanks",
        description="Who made this.",
        section="",
        view=ThanksView(people, links.href(page, links.HOME)),
    )
'''
TEMPLATE = "<h1>Thanks</h1>\n{% for name in people %}<p>{{ name }}</p>\n{% endfor %}\n"


def test_a_page_is_drawn_and_its_template_is_checked(checkout: Checkout) -> None:
    checkout.write("sharekit/site/pages/thanks.py", PAGE)
    checkout.write("sharekit/site/templates/thanks.html", TEMPLATE)
    checkout.edit(
        "sharekit/site/render.py",
        "    yield missing_page(tree)\n",
        "    yield missing_page(tree)\n    yield thanks_page(tree)\n",
    )
    checkout.edit(
        "sharekit/site/render.py",
        "from sharekit.site.pages.preread import digest_page\n",
        "from sharekit.site.pages.preread import digest_page\n"
        "from sharekit.site.pages.thanks import thanks_page\n",
    )
    assert checkout.followed("Add a page")
    checkout.sharekit("build")
    page = (checkout.project / "site/thanks.html").read_text(encoding="utf-8")
    assert "<p>Ann</p>" in page
    assert "Made with sharekit" in page
    checkout.pytest("tests/site/test_template_types.py")


VENDOR = '''"""Boxes: SQLite files under another name."""

from __future__ import annotations

from sharekit.engines.remote.adapter import Adapter
from sharekit.engines.remote.vendors import sqlite
from sharekit.records import replace


def adapter() -> Adapter:
    return replace(sqlite.adapter(), version=lambda connection: "box 1")
'''
SERVER = """@contextmanager
def box(folder: Path) -> Iterator[Server]:
    with sqlite(folder) as server:
        yield replace(server, name="box", url=server.url.replace("sqlite:", "box:"))


SERVERS: Mapping"""


def test_an_engine_passes_the_suite_of_all_engines(checkout: Checkout) -> None:
    checkout.write("sharekit/engines/remote/vendors/box.py", VENDOR)
    checkout.edit(
        "sharekit/engines/remote/registry.py",
        '    "trino": Vendor(',
        '    "box": Vendor("Boxes", "box", None, None, ("sqlite",)),\n    "trino": Vendor(',
    )
    servers = "tests/engines/remote/remote_servers.py"
    checkout.edit(servers, "SERVERS: Mapping", SERVER)
    checkout.edit(servers, '    "sqlite": sqlite,\n', '    "sqlite": sqlite,\n    "box": box,\n')
    checkout.edit(
        servers, "from dataclasses import dataclass", "from dataclasses import dataclass, replace"
    )
    assert checkout.followed("Add an engine")
    said = checkout.pytest("tests/engines/remote/test_remote_contract.py", "-k", "box")
    assert re.search(r"\d+ passed", said)
