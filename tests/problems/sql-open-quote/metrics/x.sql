/* ---
title: Flights
--- */
SELECT count(*) AS value
FROM flights
WHERE origin = 'JFK
