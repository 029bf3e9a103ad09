"""Announcement mails and chat messages: visible things -> text, HTML and the message. No I/O."""
