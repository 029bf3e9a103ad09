/* ---
title: Delay
dimensions: [origin]
--- */
SELECT flight_date, origin, dep_delay AS value
FROM flights
