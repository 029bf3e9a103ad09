/* ---
title: Flights
time: week
value: flights
--- */
SELECT flight_date, origin, count(*) AS number
FROM flights
GROUP BY ALL
