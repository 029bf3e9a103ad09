/* ---
title: JFK leaves on time
owner: maria
unit: "%"
type: decrease
baseline: 0.8
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
