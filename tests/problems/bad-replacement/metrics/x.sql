/* ---
title: Flights
state: deprecated
replaced_by: x
--- */
SELECT count(*) AS value FROM flights
