/* ---
title: Share
format: ".1%"
dimensions: [origin]
--- */
SELECT flight_date, origin, avg(dep_delay) AS value
FROM flights
GROUP BY flight_date, origin
