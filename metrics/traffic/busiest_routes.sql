/* ---
title: Busiest routes
question: Which routes carry the most flights, and how late are they?
kind: table
owner: sam
description: The twenty routes with the most operated flights in the last 28 days.
--- */
SELECT
  origin AS "From",
  dest AS "To",
  count(*) AS "Flights",
  round(100.0 * count(*) FILTER (WHERE dep_delay <= 15) / count(*), 1) AS "On time, %",
  round(avg(dep_delay), 1) AS "Average delay, min"
FROM metrics._operated
WHERE flight_date >= as_of() - INTERVAL 28 DAY AND flight_date < as_of()
GROUP BY ALL
ORDER BY "Flights" DESC, "From", "To"
LIMIT 20
