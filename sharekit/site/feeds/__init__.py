"""What people subscribe to: the Atom feeds and the calendar."""
