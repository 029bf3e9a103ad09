/* ---
title: Flights
--- */
SELECT count(*) AS value
FROM warehouse.flights
