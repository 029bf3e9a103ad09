/* ---
title: JFK leaves on time
owner: maria
unit: "%"
baseline: 0.7
target: 0.8
help_wanted:
  - {what: A tow team, who: [jonas, evee]}
  - {what: A hand, who: The fire brigade}
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
