"""What a change of audiences opens: whoever joins one may read its past, which is easily forgotten.

Not a rule of one state, so it is no part of `check`: it looks at two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sharekit.errors import Place, Problem
from sharekit.project.manifest import Manifest
from sharekit.project.read.config_text import config_values
from sharekit.visible import readers_before


def audience_joins(before: Manifest, after: Manifest) -> tuple[Problem, ...]:
    """One warning for each audience that people have joined since an earlier state."""
    places = config_values(after.files.get(after.config_path, ""), after.config_path).places
    return tuple(_new_members(before, after, places))


def _new_members(
    before: Manifest, after: Manifest, places: Mapping[str, Place]
) -> Iterator[Problem]:
    for audience in sorted(before.config.audiences.keys() & after.config.audiences.keys()):
        people = sorted(after.audiences[audience])
        stayed = readers_before((audience,), before, people, after)
        new_people = [key for key in people if key not in stayed]
        if not new_people:
            continue
        who = after.person(new_people[0]) if len(new_people) == 1 else f"{len(new_people)} people"
        verb = "joins" if len(new_people) == 1 else "join"
        yield Problem(
            "audience-grew",
            f"{who} {verb} the audience `{audience}`, and may read all of its past",
            places.get(f"audiences.{audience}.members", Place(after.config_path, 1, 1)),
            hint=(
                "Its pages tell of earlier definitions and of notes that were taken out since."
                " Where these are not for everyone, leave the audience as it is and give what comes"
                " from now on a new one."
            ),
            severity="warning",
        )
