/* ---
title: Flights
--- */
SELECT count(*) AS value
FROM metrics.flights
