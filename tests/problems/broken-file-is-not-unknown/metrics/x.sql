/* ---
title: Flights
drives: [y]
--- */
SELECT count(*) AS value FROM metrics._operated
