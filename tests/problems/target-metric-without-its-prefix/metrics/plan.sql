/* ---
title: Flights planned
grain: day
--- */
SELECT DATE '2013-01-01' AS flight_date, 10 AS value
