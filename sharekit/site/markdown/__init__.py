"""Markdown twins: the same page as text that a script or an assistant reads without a browser. Each
stands beside its page, with the same name and `.md`."""
