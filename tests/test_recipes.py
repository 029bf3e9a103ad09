"""The recipes of the manual for owners work as they are printed."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from commandline import sharekit
from sampling import mostly_slow

MANUAL = (Path(__file__).parent.parent / "docs/owner.md").read_text(encoding="utf-8")
RECIPES = MANUAL.partition("## Recipes\n")[2].partition("\n## ")[0]
FILES = re.findall(
    r"^```sql\n(/\* ---\ntitle: ([^\n]+)\n.*?)^```", RECIPES, re.DOTALL | re.MULTILINE
)
CONFIG = '[project]\nname = "Shop"\nas_of = 2026-03-01\n[people.ann]\nname = "Ann"\n'
FIRST, DAYS = date(2026, 1, 5), 55
"""From a Monday to the last day of February."""


def slug(title: str) -> str:
    return title.lower().replace(" ", "_")


def orders() -> str:
    """Twelve customers; on odd days two orders of 10 in the south, one of them shipped, on even days one of 40."""
    lines = ["day,region,customer,amount,shipped"]
    for number in range(DAYS):
        day = FIRST + timedelta(days=number)
        customer = f"customer {number % 12}"
        if number % 2:
            lines += [f"{day},south,{customer},10,{shipped}" for shipped in ("true", "false")]
        else:
            lines.append(f"{day},north,{customer},40,true")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    data = root / "metrics/data"
    data.mkdir(parents=True)
    (root / "sharekit.toml").write_text(CONFIG)
    (data / "orders.csv").write_text(orders())
    days = [FIRST + timedelta(days=number) for number in range(DAYS)]
    north = [f"{day},north,7" for day in days]
    south = [f"{day},south,5" for day in days[:-1]]  # not measured on the last day
    (data / "backlog.csv").write_text("\n".join(["day,site,open_tickets", *north, *south]) + "\n")
    (data / "budget.csv").write_text(
        "region,Dec 2025,Jan 2026,Feb 2026\nnorth,1,2,3\nsouth,4,5,6\n"
    )
    for text, title in FILES:
        owned = text.replace("/* ---\n", "/* ---\nowner: ann\n", 1)
        (root / f"metrics/{slug(title)}.sql").write_text(owned)
    return root


def value(shop: Path, title: str) -> object:
    said = sharekit("show", slug(title), "--format", "json", "--project", shop)
    assert said.code == 0, said.err
    return json.loads(said.out)["value"]


@pytest.mark.slow
def test_check_warns_only_of_the_site_whose_last_day_is_missing(shop: Path) -> None:
    assert len(FILES) == 7
    said = sharekit("check", "--project", shop)
    assert said.code == 0, said.out
    assert said.err.count("warning[") + said.out.count("warning[") == 1
    assert (
        "open_tickets.sql:5:13: warning[late-member]: the total over `site` uses an older value:"
        " with south of 27 Feb 2026" in said.out + said.err
    )


@pytest.mark.parametrize(
    ("title", "right"),
    mostly_slow(
        [
            # the last whole week, 16 to 22 February: three odd days, four even ones
            ("Orders shipped", 7 / 10),
            ("Median order", 10.0),
            ("Budget by month", 9),
            ("Sales this year", 28 * 40 + 27 * 20),
            ("Open tickets", 12),
            # February: 14 days of each kind
            ("Sales of the ten largest customers", 14 * 40 + 14 * 20),
        ],
        quick=2,
    ),
)
def test_recipe_gives_the_right_number(shop: Path, title: str, right: float) -> None:
    assert value(shop, title) == pytest.approx(right)
