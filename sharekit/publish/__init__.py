"""Puts artifacts out: a folder, a mail server, a webhook."""
