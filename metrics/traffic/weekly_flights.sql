/* ---
title: Scheduled flights
question: How many flights do we schedule in a week?
synonyms: [traffic, number of departures, flights per week]
owner: sam
unit: flights
direction: none
grain: week
dimensions: [origin, carrier]
labels: {carrier: carriers.name}
total: sum
max_age: 8 days
description: All departures in the schedule of the three airports, flown or not.
--- */
SELECT week, origin, carrier, scheduled AS value
FROM metrics._weekly
