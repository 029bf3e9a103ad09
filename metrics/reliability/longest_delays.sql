/* ---
title: Longest delays of the week
question: Which flights kept people waiting longest?
kind: table
owner: eve
description: The ten longest departure delays of the last seven days.
--- */
SELECT
  o.flight_date AS "Date",
  o.origin AS "From",
  o.dest AS "To",
  c.name AS "Carrier",
  o.dep_delay AS "Delay, min"
FROM metrics._operated AS o
JOIN carriers AS c USING (carrier)
WHERE o.flight_date >= as_of() - INTERVAL 7 DAY AND o.flight_date < as_of()
ORDER BY o.dep_delay DESC, o.flight_date, o.origin, o.dest
LIMIT 10
