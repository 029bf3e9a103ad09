/* ---
title: Departures
dimensions: [origin]
missing: last
--- */
SELECT flight_date, origin, count(*) AS value
FROM flights
GROUP BY ALL
