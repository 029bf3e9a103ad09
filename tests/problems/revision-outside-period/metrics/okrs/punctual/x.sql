/* ---
title: JFK leaves on time
owner: maria
unit: "%"
baseline: 0.7
target: 0.8
revisions:
  - {date: 2012-11-04, reason: scope, why: We serve more gates.}
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
