/* ---
title: Cancelled flights
question: How many flights were cancelled?
synonyms: [cancellations, cancelled departures]
owner: sam
unit: flights
direction: down
grain: week
dimensions: [origin, carrier]
labels: {carrier: carriers.name}
total: sum
missing: zero
max_age: 8 days
description: Flights in the schedule that never left. The storms of 8 February and 12 September stand out.
--- */
SELECT week, origin, carrier, cancelled AS value
FROM metrics._weekly
