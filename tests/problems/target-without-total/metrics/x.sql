/* ---
title: Delay
unit: min
dimensions: [origin]
total: none
target: 10
--- */
SELECT origin, avg(dep_delay) AS value FROM flights GROUP BY origin
