/* ---
title: Average departure delay
question: How late does a flight leave, on average?
owner: maria
unit: min
format: ",.1f"
direction: down
grain: week
dimensions: [origin, carrier]
labels: {carrier: carriers.name}
numerator: delay_minutes
denominator: operated
max_age: 8 days
description: Minutes after schedule, early departures counted as negative; flights that left only.
--- */
SELECT week, origin, carrier, delay_minutes, operated, delay_minutes / operated AS value
FROM metrics._weekly
WHERE operated > 0
