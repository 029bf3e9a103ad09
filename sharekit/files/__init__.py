"""The project's folder as every reader of it may see it: what is read, how much, and never what has
no end."""
