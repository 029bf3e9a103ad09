/* ---
title: Flights
period: 2013-Q4
baseline: 1
target: 2
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
