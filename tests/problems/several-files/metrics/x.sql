/* ---
title: Flights
onwer: maria
grain: weak
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
