/* ---
title: Flights
--- */
SELECT avg(dep_delay) AS value
FROM flights
USING SAMPLE 10%
