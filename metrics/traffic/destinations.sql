/* ---
title: Destinations served
question: How many cities can a passenger reach from here?
owner: sam
unit: airports
direction: up
grain: month
dimensions: [origin]
total: none
description: >
  Airports with at least one operated flight in the month. An airport that two of ours serve counts once in
  the total, so origins do not add up; the query brings its own total rows.
--- */
SELECT date_trunc('month', flight_date)::DATE AS month, origin, count(DISTINCT dest) AS value
FROM metrics._operated
GROUP BY GROUPING SETS ((month, origin), (month))
