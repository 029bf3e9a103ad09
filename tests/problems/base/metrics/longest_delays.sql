/* ---
title: Longest delays
kind: table
--- */
SELECT flight_date, origin, dep_delay
FROM flights
ORDER BY dep_delay DESC
