"""Markdown twins: the same page as text that a script or an assistant reads without a browser.

Each stands beside its page, with the same name and `.md`, and is written from the very view that
the page's template places, so that neither form can say what the other does not."""
