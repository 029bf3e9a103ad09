/* ---
title: Flights
description: All of metrics/data/*.csv
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
