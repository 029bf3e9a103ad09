/* ---
title: Flights a day
question: How busy is a single day?
owner: sam
unit: flights
grain: day
dimensions: [origin]
max_age: 3 days
description: Scheduled departures by day. Saturdays are about 30% quieter than Fridays.
--- */
SELECT flight_date AS day, origin, count(*) AS value
FROM flights
GROUP BY ALL
