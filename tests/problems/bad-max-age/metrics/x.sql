/* ---
title: Flights
max_age: a week or so
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
