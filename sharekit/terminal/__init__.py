"""How a terminal shows things: lines and tables, problems, summaries, and the SQL console."""
