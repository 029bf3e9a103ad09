/* ---
title: Flights that leave on time
type: increase
baseline: 0.7
target: metrics.plan
--- */
SELECT 0.75 AS value
