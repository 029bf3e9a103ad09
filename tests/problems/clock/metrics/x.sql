/* ---
title: Flights
--- */
SELECT count(*) AS value
FROM flights
WHERE flight_date > current_date - 28 AND flight_date < now()
