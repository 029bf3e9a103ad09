/* ---
title: Fewer carriers below 80% on time
owner: sam
unit: carriers
format: ",.0f"
direction: down
grain: week
max_age: 8 days
type: decrease
baseline: 6
target: 1
confidence: 6
challenges: Small carriers swing. Two late flights of Mesa's are a bad week.
plan: Share each carrier's record with all of them, every Monday.
description: Carriers with at least 20 flights in the week of which fewer than 80% left on time.
--- */
SELECT week, count(*) FILTER (WHERE on_time / scheduled < 0.8) AS value
FROM (
  SELECT week, carrier, sum(on_time) AS on_time, sum(scheduled) AS scheduled
  FROM metrics.on_time_departures
  GROUP BY week, carrier
  HAVING sum(scheduled) >= 20
) AS carriers_of_week
GROUP BY week
