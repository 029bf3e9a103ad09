"""`python -m sharekit`."""

from sharekit.cli import main

main()
