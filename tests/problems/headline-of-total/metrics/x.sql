/* ---
title: Flights
dimensions: [origin]
total: sum
headline: JFK
--- */
SELECT origin, count(*) AS value FROM flights GROUP BY origin
