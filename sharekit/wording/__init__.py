"""Words and views of one thing that pages, mails, the pre-read and the terminal share."""
