/* ---
title: Flights
--- */
SELECT
FROM flights
