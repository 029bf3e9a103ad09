"""Questions people ask: who waits, what was there before anyone asked, and what answers a new
one."""
