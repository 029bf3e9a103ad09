/* ---
title: Flights
--- */
SELECT 1 AS value;
DROP TABLE flights
