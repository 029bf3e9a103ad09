/* ---
title: Flights by week, origin and carrier
description: One row for each week, origin and carrier, with the counts that most numbers add up.
owner: sam
materialize: true
--- */
SELECT
  date_trunc('week', flight_date)::DATE AS week,
  origin,
  carrier,
  count(*) AS scheduled,
  count(dep_delay) AS operated,
  count(*) - count(dep_delay) AS cancelled,
  count(*) FILTER (WHERE dep_delay <= 15) AS on_time,
  count(*) FILTER (WHERE arr_delay <= 15) AS arrived_on_time,
  count(*) FILTER (WHERE dep_delay > 60) AS long_delays,
  sum(dep_delay) AS delay_minutes
FROM flights
GROUP BY ALL
