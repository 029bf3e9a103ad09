"""The pre-read of a meeting in all its forms: its content, its lines, as text and as mail. No
I/O."""
