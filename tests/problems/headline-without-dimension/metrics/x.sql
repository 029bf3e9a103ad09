/* ---
title: Flights
headline: JFK
--- */
SELECT count(*) AS value FROM flights
