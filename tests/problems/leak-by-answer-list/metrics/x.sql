/* ---
title: Margin
audience: [board, crew]
--- */
SELECT flight_date, count(*) AS value
FROM flights
GROUP BY flight_date
