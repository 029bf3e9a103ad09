/* ---
title: Flights
target: "1,200"
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
