/* ---
title: Flights
target:
  - {from: 2013-10-01, value: 10}
  - {from: 2013-07-01, value: 9}
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
