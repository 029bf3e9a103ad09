/* ---
title: Flights
--- */
SELECT flight_date, count(*) AS value,
FROM flights
WHERE
GROUP BY flight_date
