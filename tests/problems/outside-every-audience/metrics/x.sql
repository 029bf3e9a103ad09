/* ---
title: Flights
owner: jonas
audience: [board, crew]
announce: mail
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
