/* ---
title: JFK leaves on time
owner: eve
unit: "%"
baseline: 0.7
target: 0.8
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
