/* ---
title: Flights that leave on time
type: increase
baseline: 0.7
target: [{from: 2013-10-01, value: 0.75}, {from: 2013-11-01, value: 0.8}]
--- */
SELECT 0.75 AS value
