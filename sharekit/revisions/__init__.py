"""Two declared states of a project -> revisions: what changed for whom, why, and whether anybody
was told."""
