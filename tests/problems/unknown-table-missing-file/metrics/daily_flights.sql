/* ---
title: Flights a day
owner: maria
--- */
SELECT day, count(*) AS value
FROM flights
GROUP BY day
