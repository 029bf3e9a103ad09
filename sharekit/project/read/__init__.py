"""Text into plain values with the place of each: YAML, TOML, front matter, and the words for what
does not fit."""
