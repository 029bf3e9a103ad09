/* ---
title: "Flights
description: All of them
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
