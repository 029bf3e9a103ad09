/* ---
title: Flights
audience: [heads, borad]
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
