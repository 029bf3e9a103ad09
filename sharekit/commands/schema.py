"""`sharekit schema`: the shapes of what people write, for their editors."""

from __future__ import annotations

import click

from sharekit.app.session import Session
from sharekit.commands import command
from sharekit.escape import to_json
from sharekit.project import json_schema as schemas

PARTS = {
    "all": schemas.schema,
    "front-matter": schemas.front_matter_schema,
    "config": schemas.config_schema,
}


@command(example="sharekit schema config > sharekit.schema.json")
@click.argument("part", type=click.Choice(list(PARTS)), default="all")
def schema(session: Session, part: str) -> int:
    """Print the JSON Schema of what you write, for editors.

    config is sharekit.toml, front-matter everything between --- lines; each kind of file is a
    definition of its own, such as #/$defs/MetricFront. In sharekit.toml the line `#:schema
    ./sharekit.schema.json` makes editors use it."""
    session.terminal.data(to_json(PARTS[part](), indent=2))
    return 0
