/* ---
title: JFK leaves on time
owner: maria
unit: "%"
baseline: 0.7
target: 0.8
revisions:
  - date: 2013-11-04
    reason: was_wrong
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
