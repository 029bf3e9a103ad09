/* ---
title: Flights
--- */
SELECT count(*) AS value
FROM departures
