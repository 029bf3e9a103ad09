"""One adapter a vendor. A module here imports its driver when `adapter()` is called, and nowhere
else."""
