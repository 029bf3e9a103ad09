/* ---
title: On time
unit: "%"
dimensions: [origin]
numerator: on_time
denominator: n
total: sum
--- */
SELECT flight_date, origin, sum(on_time) AS on_time, count(*) AS n, on_time / n AS value
FROM flights
GROUP BY ALL
