"""What a file of the repository may not raise: the environment's ceiling over [limits]."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import sharekit_process

from sharekit.engines.ceiling import under_ceiling
from sharekit.errors import SharekitError
from sharekit.project.shapes import LimitsConfig

WISHED = LimitsConfig(seconds=3600, memory="64GB", max_rows=10**9)


def test_the_environment_has_the_last_word() -> None:
    environ = {
        "SHAREKIT_MAX_MEMORY": "512 MiB",
        "SHAREKIT_MAX_SECONDS": "10",
        "SHAREKIT_MAX_ROWS": "1000",
    }
    held = under_ceiling(WISHED, environ)
    assert (held.seconds, held.memory, held.max_rows) == (10, "512 MiB", 1000)
    modest = LimitsConfig(seconds=0.5, memory="100MB", max_rows=5)
    assert under_ceiling(modest, environ) == modest
    assert under_ceiling(WISHED, {}) == WISHED


@pytest.mark.parametrize("text", ["lots", "-1", "0", "1e99", "9" * 400, "1GB; 2GB", "\u0663"])
@pytest.mark.parametrize("name", ["MEMORY", "SECONDS", "ROWS"])
def test_a_ceiling_that_is_none_is_named(name: str, text: str) -> None:
    if name == "MEMORY" and text == "0":
        text = "0GB 1"
    with pytest.raises(SharekitError, match=f"SHAREKIT_MAX_{name} is .* which is no limit"):
        under_ceiling(WISHED, {f"SHAREKIT_MAX_{name}": text})


@pytest.mark.slow
def test_a_project_cannot_give_itself_more_time(tmp_path: Path) -> None:
    (tmp_path / "metrics").mkdir()
    (tmp_path / "sharekit.toml").write_text(
        '[project]\nname = "T"\n[people.a]\nname = "A"\n[limits]\nseconds = 3600\n'
    )
    endless = "SELECT count(*) AS value FROM range(100000000000) a, range(1000) b"
    (tmp_path / "metrics/m.sql").write_text(f"/* ---\ntitle: M\nowner: a\n--- */\n{endless}\n")
    said = sharekit_process("build", cwd=tmp_path, environ={"SHAREKIT_MAX_SECONDS": "1"})
    assert "longer than 1 seconds" in " ".join((said.out + said.err).split())
