/* ---
title: Flights
--- */
SELCT count(*) AS value
FROM flights
