/* ---
title: Flights
--- */
SELECT avg(dep_delay) AS value
FROM flights
WHERE random() < 0.1
