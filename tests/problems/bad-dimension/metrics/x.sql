/* ---
title: Flights
time: flight_date
dimensions: [flight_date]
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
