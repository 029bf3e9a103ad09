"""What a revision does to the number: P published, O the old SQL and N the new SQL, both on today's
data.

Data effect O - P, definition effect N - O; where a redefinition has several changes that can be
applied one at a time, the effect of each, in order, adding up to the definition effect. Who runs
the queries is an argument."""

from sharekit.revisions.effect.impact import (
    HELD,
    Measure,
    as_unchanged,
    confirm_equal_values,
    held_words,
    impact_of,
    is_only_moved,
    on_todays_data,
)

__all__ = [
    "HELD",
    "Measure",
    "as_unchanged",
    "confirm_equal_values",
    "held_words",
    "impact_of",
    "is_only_moved",
    "on_todays_data",
]
