/* ---
title: Flights
tags:
  - one
  two: 2
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
