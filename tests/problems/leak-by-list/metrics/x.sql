/* ---
title: Flights
audience: [heads, board, crew]
--- */
SELECT flight_date, count(*) AS value FROM metrics._wide GROUP BY flight_date
