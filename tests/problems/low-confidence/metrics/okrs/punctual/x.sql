/* ---
title: JFK leaves on time
owner: maria
unit: "%"
baseline: 0.7
target: 0.8
confidence: 0.7
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
