/* ---
title: Flights by origin
owner: maria
dimensions: [origin]
labels: {origin: airprts.name}
--- */
SELECT origin, count(*) AS value FROM flights GROUP BY ALL
