/* ---
title: Flights
grain: day
target: plan
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
