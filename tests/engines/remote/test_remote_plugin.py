"""An adapter that another distribution brings, by the entry points `sharekit.engines`: a real one,
built here as a wheel and installed by pip into an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
MODULE = """
import sqlite3

from sharekit.engines.remote import pep249
from sharekit.engines.remote.adapter import DriverError


def connect(address, seconds):
    path = "/" + address.path
    if address.host == "strange":
        raise RuntimeError("no idea, but the password is " + address.password)
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)


def fault(error):
    return DriverError(str(error), "failed", outside="unable to open" in str(error))


def adapter():
    return pep249.make(
        connect, lambda column: None, fault, version="SELECT sqlite_version()",
        cancel=lambda link: link.raw.interrupt(),
    )


def no_adapter():
    return "not an adapter"


def breaks():
    raise OSError("the licence file is missing")
"""
PYPROJECT = """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"
[project]
name = "shelf-engine"
version = "1.2"
[project.entry-points."sharekit.engines"]
shelf = "shelf_engine:adapter"
nothing = "shelf_engine:no_adapter"
breaks = "shelf_engine:breaks"
gone = "shelf_engine.missing:adapter"
[tool.hatch.build.targets.wheel]
include = ["shelf_engine.py"]
"""
CONFIG = """[project]
name = "Shop"
as_of = 2025-11-20
[people.ann]
name = "Ann"
[engines.shelf]
url = "env:SHELF_URL"
dialect = "sqlite"
allow = ["sales"]
"""
METRIC = """/* ---
title: Sales
owner: ann
engine: shelf
kind: table
description: What was sold.
--- */
SELECT region, sum(amount) AS amount FROM sales GROUP BY region ORDER BY region
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has sharekit, its dependencies, and the distribution."""
    top = tmp_path_factory.mktemp("plugin")
    source = top / "source"
    source.mkdir()
    (source / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    (source / "shelf_engine.py").write_text(MODULE, encoding="utf-8")
    made = top / "venv"
    venv.create(made, symlinks=True, with_pip=False)
    inside = made / "bin" / "python"
    packages = sysconfig.get_path("purelib", vars={"base": str(made), "platbase": str(made)})
    here = sysconfig.get_path("purelib")
    Path(packages, "outer.pth").write_text(f"{ROOT}\n{here}\n", encoding="utf-8")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index",
               "--no-build-isolation", "--disable-pip-version-check", "--target", packages, str(source)]  # fmt: skip
    ran = subprocess.run(install, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return inside


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    import sqlite3

    (tmp_path / "metrics").mkdir()
    (tmp_path / "sharekit.toml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "metrics" / "sales_by_region.sql").write_text(METRIC, encoding="utf-8")
    with sqlite3.connect(tmp_path / "shelf.db") as books:
        books.execute("CREATE TABLE sales (region TEXT, amount REAL)")
        books.execute("INSERT INTO sales VALUES ('north', 40.5), ('south', 2)")
    books.close()
    return tmp_path


def said(python: Path, shop: Path, words: str, **urls: str) -> tuple[int, str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(shop), **urls}
    command = [str(python), "-m", "sharekit", "--project", str(shop), words]
    ran = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    return ran.returncode, " ".join((ran.stdout + ran.stderr).split())


def test_its_number_is_on_a_page(python: Path, shop: Path) -> None:
    url = f"shelf://reader:secret@localhost{shop}/shelf.db"
    code, words = said(python, shop, "check", SHELF_URL=url)
    assert code == 0, words
    code, words = said(python, shop, "build", SHELF_URL=url)
    assert code == 0, words
    page = (shop / "site/metrics/sales_by_region.html").read_text(encoding="utf-8")
    assert "40.5" in page
    code, words = said(python, shop, "doctor", SHELF_URL=url)
    assert "shelf 3." in words, "its version"
    assert "cannot be asked what its role could do" in words
    assert "can do no more" not in words
    assert "secret" not in words


WRONG = {
    "nothing": ("nothing://h/x", "the adapter for nothing:// does not return an Adapter"),
    "breaks": ("breaks://h/x", "the adapter for breaks:// cannot be loaded: OSError"),
    "gone": ("gone://h/x", "the adapter for gone:// cannot be loaded: ModuleNotFoundError"),
    "unheard": ("unheard://h/x", "no adapter serves its address"),
    "strange": ("shelf://r:secret@strange/x", "no idea, but the password is ***"),
    "lost": ("shelf://r:secret@localhost/no/such.db", "unable to open"),
}
"""Engine -> its address, and what is said about it."""


@pytest.mark.parametrize("command", ["build", "doctor"])
def test_what_is_wrong_with_it_is_said(python: Path, shop: Path, command: str) -> None:
    head, engine = CONFIG.split("[engines.shelf]")
    engines = (f"[engines.{name}]" + engine.replace("SHELF", name.upper()) for name in WRONG)
    (shop / "sharekit.toml").write_text(head + "".join(engines), encoding="utf-8")
    (shop / "metrics" / "sales_by_region.sql").unlink()
    for name in WRONG:
        metric = METRIC.replace("engine: shelf", f"engine: {name}")
        (shop / "metrics" / f"{name}_sales.sql").write_text(metric, encoding="utf-8")
    urls = {f"{name.upper()}_URL": url for name, (url, _) in WRONG.items()}
    code, printed = said(python, shop, command, **urls)
    assert code in (1, 3), printed
    for _, words in WRONG.values():
        assert words.lower() in printed.lower(), printed
    assert "secret" not in printed
    assert "Traceback" not in printed
