/* ---
title: Flights
--- */
WITH gone AS (DELETE FROM flights RETURNING *)
SELECT count(*) AS value FROM gone
