/* ---
title: Departure delay, 90th percentile
question: How bad is a bad departure?
synonyms: [p90, ninetieth percentile delay, worst delays]
owner: eve
unit: min
format: ",.0f"
direction: down
grain: week
dimensions: [origin]
max_age: 8 days
description: >
  Nine of ten flights leave with less delay than this. A percentile cannot be added up from its parts, so
  the query brings its own total rows.
total: none
--- */
SELECT date_trunc('week', flight_date)::DATE AS week, origin, quantile_cont(dep_delay, 0.9) AS value
FROM metrics._operated
GROUP BY GROUPING SETS ((week, origin), (week))
