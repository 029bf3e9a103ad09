/* ---
title: Flights this year
question: How many flights have left since January?
owner: sam
unit: flights
direction: none
format: ","
description: Flights that left the gate between 1 January and yesterday.
--- */
SELECT count(*) AS value
FROM metrics._operated
WHERE flight_date >= date_trunc('year', as_of()) AND flight_date < as_of()
