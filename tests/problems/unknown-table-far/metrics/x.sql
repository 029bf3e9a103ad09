/* ---
title: Flights
--- */
SELECT count(*) AS value
FROM zebras
