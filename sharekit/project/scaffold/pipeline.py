"""The pipelines that `sharekit init --ci` writes: one file for a forge, with the project's facts in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Literal, get_args

from msgspec import Struct

Forge = Literal["github", "gitlab", "forgejo"]
FORGES: tuple[Forge, ...] = get_args(Forge)
PATHS: Mapping[Forge, str] = {
    "github": ".github/workflows/sharekit.yml",
    "gitlab": ".gitlab-ci.yml",
    "forgejo": ".forgejo/workflows/sharekit.yml",
}
"""Where each forge looks for its pipeline."""
ACTIONS: Mapping[str, str] = {
    "CHECKOUT": "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1",
    "PYTHON": "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0",
    "CACHE": "actions/cache@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5",
    "UPLOAD": "actions/upload-artifact@bbbca2ddaa5d8feaa63e36b76fdaad77386f024f # v7.0.0",
    "UPLOAD_PAGES": "actions/upload-pages-artifact@fc324d3547104276b827a68afc52ff2a11cc49c9 # v5.0.0",
    "DEPLOY": "actions/deploy-pages@cd2ce8fcbc39b97be8ca5fce6e763baed58fa128 # v5.0.0",
}
"""Actions by the commit of a release, since a tag can be moved."""


class Pipeline(Struct, frozen=True):
    """What a pipeline has to know of its project."""

    package: str
    """What pip installs: "sharekit[excel]==0.1.0"."""
    branch: str
    """The published branch."""
    cron: str
    """When the schedule runs, in UTC."""
    source_secrets: Sequence[str] = ()
    """Environment variables that the configuration names for sources and engines."""
    announce_secrets: Sequence[str] = ()
    """Those that it names for webhooks."""


def pipeline_file(forge: Forge, pipeline: Pipeline) -> Mapping[str, str]:
    """The pipeline of one forge, by its path."""
    text = files(__package__).joinpath("ci", f"{forge}.yml").read_text(encoding="utf-8")
    secrets = sorted({*pipeline.source_secrets, *pipeline.announce_secrets})
    sources = _secrets(sorted(pipeline.source_secrets))
    facts = {
        **ACTIONS,
        "PACKAGE": pipeline.package,
        "BRANCH": pipeline.branch,
        "CRON": pipeline.cron,
    }
    text = text.replace("@SOURCE_ENV@", f"        env:\n{sources}" if sources else "")
    text = text.replace("@ANNOUNCE_ENV@\n", _secrets(secrets) + "\n")
    text = text.replace("@ANNOUNCE_ENV@", _secrets(secrets))
    text = text.replace("@CHECKOUT_PLAIN@", ACTIONS["CHECKOUT"])
    for name, value in facts.items():
        text = text.replace(f"@{name}@", value)
    return {PATHS[forge]: text}


def _secrets(names: Sequence[str]) -> str:
    return "".join(f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in names)
