/* ---
title: JFK leaves on time
owner: maria
unit: "%"
type: increase
baseline: 0.8
target: 0.74
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
