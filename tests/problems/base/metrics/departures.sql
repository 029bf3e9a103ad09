/* ---
title: Departures
owner: maria
unit: flights
dimensions: [origin]
--- */
SELECT flight_date, origin, count(*) AS value
FROM metrics._operated
GROUP BY flight_date, origin
