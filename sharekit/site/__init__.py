"""Results and revisions become artifacts; nothing here reads or writes a file."""
