/* ---
title: JFK leaves on time
owner: maria
unit: "%"
period: {start: 2013-12-31, end: 2013-10-01}
baseline: 0.7
target: 0.8
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
