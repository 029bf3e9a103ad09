/* ---
title: Flights
format: "0,0.00"
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
