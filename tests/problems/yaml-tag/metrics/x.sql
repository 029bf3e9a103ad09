/* ---
title: !!python/name:os.system Flights
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
