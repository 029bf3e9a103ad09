/* ---
title: Flights
dimensions: [orign]
--- */
SELECT flight_date, origin, count(*) AS value
FROM flights
GROUP BY ALL
