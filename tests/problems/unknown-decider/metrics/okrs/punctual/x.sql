/* ---
title: JFK leaves on time
owner: maria
unit: "%"
baseline: 0.7
target: 0.8
decisions:
  - {what: "May we borrow the tow team?", who: [jonas, evee], by: 2013-11-25}
  - {what: "Who calls the fire brigade?", who: The fire brigade}
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
