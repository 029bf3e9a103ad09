/* ---
title: Delay of a destination
dimensions: [origin]
numerator: delay
denominator: destinations
--- */
SELECT flight_date, origin, sum(dep_delay) AS delay, count(DISTINCT dest) AS destinations, delay / destinations AS value
FROM flights
GROUP BY ALL
