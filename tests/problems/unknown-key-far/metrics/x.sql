/* ---
title: Flights
zebra: 1
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
