"""What is wrong with the arguments of a tool, in sentences that say what it takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from pydantic import ValidationError

from sharekit.project.read.did_you_mean import suggestion

LONGEST = 100
"""Characters of an unknown name that are repeated."""


class PlainTool(Tool):
    """A tool that says in its own words what is wrong with its arguments."""

    async def run(
        self, arguments: dict[str, Any], context: Any, convert_result: bool = False
    ) -> Any:
        try:
            return await super().run(arguments, context, convert_result)
        except ToolError as error:
            if not isinstance(error.__cause__, ValidationError):
                raise
            mistakes = argument_mistakes(error.__cause__, self.parameters.get("properties", {}))
            raise ToolError(f"Error executing tool {self.name}: {mistakes}") from None


def argument_mistakes(error: ValidationError, declared: Mapping[str, Any]) -> str:
    """A sentence for each argument that is wrong, in their order. `declared` is each argument's
    JSON schema."""
    mistakes: dict[str, str] = {}
    for entry in error.errors():
        name = str(entry["loc"][0]) if entry["loc"] else ""
        if entry["type"] == "extra_forbidden":
            hint = suggestion(name, declared, are="Arguments here", none="It takes none.")
            mistakes[name] = f"There is no argument {name[:LONGEST]!r}. {hint}"
        else:
            verb = "is needed" if entry["type"] == "missing" else "cannot be used"
            mistakes[name] = f"`{name}` {verb}: it is {_kind_words(declared.get(name, {}))}."
    return " ".join(mistakes.values())


def _kind_words(schema: Mapping[str, Any]) -> str:
    """What an argument must be: "a whole number from 1 to 100"."""
    schema = next(
        (option for option in schema.get("anyOf", ()) if option["type"] != "null"), schema
    )
    if "enum" in schema:
        return f"one of {', '.join(f'`{value}`' for value in schema['enum'])}"
    if schema.get("format") == "date":
        return "a day, such as 2013-11-04"
    if schema.get("type") == "integer":
        return f"a whole number from {schema['minimum']} to {schema['maximum']}"
    longest = schema.get("maxLength")
    return f"a text of at most {longest} characters" if longest else "a text"
