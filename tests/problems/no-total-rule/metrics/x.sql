/* ---
title: Average delay
unit: min
dimensions: [origin]
--- */
SELECT flight_date, origin, avg(dep_delay) AS value
FROM flights
GROUP BY flight_date, origin
