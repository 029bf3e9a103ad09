/* ---
title: JFK leaves on time
owner: maria
unit: "%"
type: maintain
band: [0.9]
--- */
SELECT flight_date, avg(on_time) AS value
FROM flights
GROUP BY flight_date
