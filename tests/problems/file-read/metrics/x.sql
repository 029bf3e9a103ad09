/* ---
title: Flights
--- */
SELECT count(*) AS value
FROM 'metrics/data/flights.csv'
