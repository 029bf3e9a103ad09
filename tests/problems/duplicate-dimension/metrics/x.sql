/* ---
title: Flights
dimensions: [origin, origin]
--- */
SELECT flight_date, origin, count(*) AS value
FROM flights
GROUP BY ALL
